"""`ready`: whether the dry run of a perimeter may be enforced, by the entries of Cloud Audit Logs."""

import argparse
import sys
from collections.abc import Mapping

from access.errors import reading
from access.readiness import Log, NoDryRun
from access.violations import Entry, entries
from cli import __version__
from cli.documents import answered, engine, log_document
from cli.environments import named
from cli.question import inputs
from cli.settings_lines import tables
from deploy.errors import DeployError
from deploy.exit_codes import ExitCode
from deploy.plan_inputs import settings_files
from review import readiness
from review.access_report import Heading
from review.command import PROGRAM

CODES = {True: ExitCode.DONE, False: ExitCode.NOT_READY, None: ExitCode.UNDECIDED}


def main() -> int:
    """Judge, and return 0 for ready, 8 for not ready, 5 for what the log does not tell."""
    given = _parser().parse_args()
    return answered(lambda: _judged(given))


def _judged(given: argparse.Namespace) -> int:
    environment = named(None)
    documents, all_of_it = inputs(given.files)
    logs = [log_document(name) for name in given.log]
    heading = Heading([(one.name, one.digest) for one in (*documents, *logs)], __version__, engine())
    every: list[Entry] = [entry for one in logs for entry in entries(one.body, one.name)]
    try:
        with reading("an input"):
            found = Log(all_of_it, every).readiness()
    except NoDryRun as error:
        raise DeployError(str(error)) from None
    places = lines(environment) if len(documents) > len(given.files) else {}
    write = readiness.as_json if given.json else readiness.text
    print(write(heading, found, line(places, proposal=found.proposal), places), end="")
    return CODES[found.ready]


def line(places: Mapping[str, str], *, proposal: bool) -> str:
    """What to change in the settings to enforce, with the line of the file if there is one."""
    table, what = (
        ("[perimeter.proposed]", "move the keys of [perimeter.proposed] to [perimeter]")
        if proposal
        else ("dry_run", "set dry_run = false in [perimeter]")
    )
    return f"{places[table]}: {what}" if table in places else what


def lines(environment: str) -> dict[str, str]:
    """FILE:LINE of the tables and keys of an environment that admit callers; nothing where there is no such file."""
    found: dict[str, str] = {}
    several = ((file, one) for file in settings_files(environment) for one in tables(file))
    for path, one in several:
        found.setdefault(one.header, f"{path}:{one.line}")
        if one.header == "[[on_premises]]":
            found.setdefault(f"{one.header} {one.keys.get('name')}", f"{path}:{one.line}")
        for key in one.keys.keys() & {"dry_run", "egress_cidrs"}:
            found.setdefault(key, f"{path}:{one.of(key)}")
    return found


def _parser() -> argparse.ArgumentParser:
    epilog = "the command that writes the log is in docs/reference/ready.md"
    parser = argparse.ArgumentParser(f"{PROGRAM} ready", description=__doc__, epilog=epilog, allow_abbrev=False)
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="states, or a plan's JSON, and what gcloud describes of a perimeter and its levels "
        "(default: the stacks of the environment, as they were synthesized)",
    )
    parser.add_argument(
        "--log",
        action="append",
        required=True,
        metavar="FILE",
        help="what gcloud logging read --format=json wrote; may be repeated, and - is standard input",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    return parser


if __name__ == "__main__":
    sys.exit(main())
