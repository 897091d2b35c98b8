"""Runs a command in both clouds, for example bash: `./keyperim cloud --state DIR bash`. They end when it ends.

Everything in it talks to them, and nothing outside. Without a command the variables to export are printed, all at once
and seconds later, when the clouds listen; they serve until they are interrupted.
"""

import argparse
import re
import shlex
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from . import command

try:
    from .cloud import ACCOUNT, INTERNAL, Google, LocalCloud, local_cloud, whole_google
    from .google import seed
except ModuleNotFoundError as missing:  # `make synth` installs less than the clouds need
    print(f"localcloud: the package {missing.name} is not installed: run `make setup`", file=sys.stderr)
    sys.exit(2)

_NOTES = """\
# Both clouds, as their deployer. `terraform init` comes first, without these variables: it needs the outside.
# Somebody else's address: the user name in the proxy's address, for example http://203.0.113.7:x@127.0.0.1:{port};
# an instance's: its id, i-..., and then without AWS_* and GOOGLE_OAUTH_ACCESS_TOKEN; a machine's at Google: project-NUMBER.
# What happened: curl {journal}
# At AWS the account {account}; at Google the project {project} ({number}) in the organization {organization}:
# curl -H "Authorization: Bearer $GOOGLE_OAUTH_ACCESS_TOKEN" https://cloudresourcemanager.googleapis.com/v1/projects/{project}
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command, or print the variables and serve until interrupted.

    Returns the command's exit code, 127 if there is no such program, and 2 if the state cannot be read or written.
    """
    given = _parser().parse_args(arguments)
    if given.command and not shutil.which(given.command[0]):
        print(f"localcloud: {given.command[0]}: no such program, or not executable", file=sys.stderr)
        return 127
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        with local_cloud(given.state, account=given.account, port=given.port, google=_google(given)) as cloud:
            variables = cloud.deployer_environment()
            variables |= {"CURL_CA_BUNDLE": variables["SSL_CERT_FILE"]}
            variables |= dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), given.region)
            if given.command:
                print(_notes(cloud), end="", file=sys.stderr, flush=True)
                return 130 if stop.is_set() else command.run(given.command, variables)
            lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
            print(_notes(cloud) + "\n".join((f"unset {command.OTHERS}", *lines)), flush=True)
            stop.wait()
    except (ValueError, OSError) as problem:
        print(f"localcloud: {problem}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("./keyperim cloud", description=__doc__)
    add, new = parser.add_argument, "of a new state"
    number = _text(r"[1-9][0-9]{0,18}", "1 to 19 digits, not starting with 0")
    name = _text(r"[a-z][-a-z0-9]{4,28}[a-z0-9]", "6 to 30 of a-z, 0-9 and '-', starting with a letter, no '-' last")
    seconds = _text(r"[0-9]{1,6}(\.[0-9]{1,6})?", "seconds, for example 2.5")
    add("--state", type=Path, metavar="DIR", help="keep both clouds' state there (default: in memory)")
    add("--port", type=int, default=0, help="of the proxy on 127.0.0.1 (default: any free one)")
    add("--account", type=_text(r"[0-9]{12}", "12 digits"), default=ACCOUNT, help="at AWS (default: %(default)s)")
    add("--region", default="ap-northeast-1", help="for the aws command (default: %(default)s)")
    add("--project", type=name, metavar="ID", help=f"at Google, {new} (default: {seed.PROJECT})")
    add("--number", type=number, help=f"of the project, {new} (default: {seed.NUMBER})")
    add("--organization", type=number, metavar="NUMBER", help=f"of the project, {new} (default: {seed.ORGANIZATION})")
    add("--lag", type=seconds, default="0", help="seconds for which Google's reads answer what was before a write")
    add("--enabling", type=seconds, default="0", help="seconds for which an API just enabled is still disabled")
    add("command", nargs=argparse.REMAINDER, metavar="COMMAND ...", help="a program and its arguments")
    return parser


def _text(pattern: str, allowed: str) -> Callable[[str], str]:
    """An argument's type: a text that matches."""

    def checked(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise argparse.ArgumentTypeError(f"got {value!r}, allowed: {allowed}")
        return value

    return checked


def _google(given: argparse.Namespace) -> Callable[[LocalCloud], Google]:
    """Google with the project that was asked for. ValueError if the state has another one."""

    def make(cloud: LocalCloud) -> Google:
        wanted = {"project": given.project, "number": given.number, "organization": given.organization}
        if not cloud.state.projects:
            defaults = (seed.PROJECT, seed.NUMBER, seed.ORGANIZATION)
            seed.project(cloud.state, *(got or own for got, own in zip(wanted.values(), defaults, strict=True)))
        for (option, got), kept in zip(wanted.items(), _project(cloud), strict=True):
            if got not in (None, kept):
                raise ValueError(f"--{option}: got {got}, but the state in {given.state} has {kept}")
        return whole_google(lag=float(given.lag), enabling=float(given.enabling))(cloud)

    return make


def _project(cloud: LocalCloud) -> tuple[str, str, str]:
    """Id, number and organization of the project."""
    project = next(iter(cloud.state.projects.values()))
    return project["projectId"], project["projectNumber"], project["parent"]["id"]


def _notes(cloud: LocalCloud) -> str:
    project, number, organization = _project(cloud)
    return _NOTES.format(
        port=cloud.proxy.port, journal=f"http://{INTERNAL}/journal", account=cloud.aws.account,
        project=project, number=number, organization=organization,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
