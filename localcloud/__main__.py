"""Runs both clouds by themselves: `python -m localcloud > localcloud.env &`, then `. ./localcloud.env` in any shell.

The file is empty until the clouds listen, some seconds later.
"""

import argparse
import shlex
import signal
import sys
import threading
from pathlib import Path

from .cloud import ACCOUNT, INTERNAL, local_cloud
from .google import fresh

_NOTES = """\
# Both clouds, as their deployer. Run `terraform init` before reading this file: it needs the outside.
# Somebody else's address: the user name in the proxy's address, for example http://203.0.113.7:x@127.0.0.1:{port};
# an instance's: its id, i-..., and then without AWS_* and GOOGLE_OAUTH_ACCESS_TOKEN. What happened: curl {journal}
# At AWS the account {account}; at Google the project {project} ({number}) in the organization {organization}:
# curl -H "Authorization: Bearer $GOOGLE_OAUTH_ACCESS_TOKEN" https://cloudresourcemanager.googleapis.com/v1/projects/{project}
"""

_OTHERS = (
    "ALL_PROXY", "all_proxy", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_PROFILE", "AWS_ENDPOINT_URL",
    "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "GOOGLE_CREDENTIALS", "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT", "GOOGLE_CLOUD_QUOTA_PROJECT",
)  # fmt: skip
"""What a shell may have for the real clouds: it would go before these variables, or be mixed with them."""


def main(arguments: list[str] | None = None) -> int:
    """Print the variables to export, and serve until interrupted. Returns 2 if the state cannot be read."""
    parser = argparse.ArgumentParser("python -m localcloud", description=__doc__)
    parser.add_argument("--state", type=Path, metavar="DIR", help="keep both clouds' state there (default: in memory)")
    parser.add_argument("--port", type=int, default=0, help="of the proxy on 127.0.0.1 (default: any free one)")
    parser.add_argument("--account", default=ACCOUNT, help="the AWS account (default: %(default)s)")
    parser.add_argument("--region", default="ap-northeast-1", help="for the aws command (default: %(default)s)")
    given = parser.parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        with local_cloud(given.state, account=given.account, port=given.port) as cloud:
            variables = cloud.deployer_environment()
            variables |= {"CURL_CA_BUNDLE": variables["SSL_CERT_FILE"]}
            variables |= dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), given.region)
            lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
            lines.insert(0, f"unset {' '.join(_OTHERS)}")
            notes = _NOTES.format(
                port=cloud.proxy.port, journal=f"http://{INTERNAL}/journal", account=given.account,
                project=fresh.PROJECT, number=fresh.NUMBER, organization=fresh.ORGANIZATION,
            )  # fmt: skip
            print(notes + "\n".join(lines), flush=True)
            stop.wait()
    except (ValueError, OSError) as problem:
        print(f"localcloud: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
