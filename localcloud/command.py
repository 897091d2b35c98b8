"""A command that lives in the clouds, as one that ssh-agent starts lives with its agent: they end when it ends."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence

_OTHERS = (
    "ALL_PROXY", "all_proxy", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_PROFILE", "AWS_ENDPOINT_URL",
    "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "GOOGLE_CREDENTIALS", "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT", "GOOGLE_CLOUD_QUOTA_PROJECT",
)  # fmt: skip
"""What a shell may have for the real clouds: it would go before the clouds' own variables, or be mixed with them."""
OTHERS = " ".join(_OTHERS)


def run(command: Sequence[str], variables: Mapping[str, str]) -> int:
    """Run a program in the foreground with these variables; its exit code, 128 + n if signal n ended it.

    Ctrl-C and Ctrl-backslash are its alone: the terminal sends them to it too. What somebody sends to this process is
    passed on. Raises OSError if it cannot be started.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _OTHERS}
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, lambda *_: None)  # a handler, for the program would inherit SIG_IGN
    process = subprocess.Popen(command, env={**environment, **variables})
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: process.send_signal(number))
    code = process.wait()
    return code if code >= 0 else 128 - code
