"""`access`: whether a caller may make a call from an address, at which gate it ends, and what decides there."""

import argparse
import sys
from functools import partial

from access import matrix
from access.answer import Asked
from access.errors import reading
from access.question import method, who
from cli import __version__
from cli.documents import answered, engine
from cli.question import add_inputs, allowed, inputs, place
from deploy.exit_codes import ExitCode
from review import access_report, matrices
from review.access_report import Heading
from review.command import PROGRAM

CODES = {True: ExitCode.DONE, False: ExitCode.DENIED, None: ExitCode.UNDECIDED}


def main() -> int:
    """Answer, and return 0 for allowed, 7 for denied, 5 for what cannot be decided."""
    parser = _parser()
    given = parser.parse_args()
    if given.matrix == bool(given.who or given.origin) or bool(given.who) != bool(given.origin):
        parser.error("allowed: --who and --from, or --matrix")
    return answered(lambda: _answered(given))


def _answered(given: argparse.Namespace) -> int:
    documents, all_of_it = inputs(given.files, given.iam)
    heading = Heading([(one.name, one.digest) for one in documents], __version__, engine())
    scope = access_report.WHOLE.format(file=given.iam) if given.iam else access_report.SCOPE
    call = allowed(method, given.call)
    with reading("an input"):
        anywhere = Asked(all_of_it, "8.8.8.8", given.project)
        if not anywhere.bounded:
            scope = f"{access_report.UNBOUNDED.format(project=anywhere.project or '(unknown)')}\n{scope}"
    if given.matrix:
        with reading("an input"):
            table = matrices.table(all_of_it, call, given.project)
        write = matrices.as_json if given.json else matrices.text
        print(write(heading, str(call), table, scope), end="")
        return ExitCode.DONE
    caller, address = allowed(who, given.who), place(given.origin, all_of_it)
    with reading("an input"):
        asked = Asked(all_of_it, address, given.project)
        answer = asked.answer(caller, call, given.role_id)
    question = {"who": given.who, "from": given.origin, "call": str(call), "project": asked.project or "(unknown)"}
    roles = [one for one in matrix.callers(all_of_it) if one.startswith("role/") and one != matrix.STRANGER]
    shown = access_report.as_json if given.json else partial(access_report.text, roles=roles)
    print(shown(heading, question, answer, scope), end="")
    return CODES[answer.enforced.value]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(f"{PROGRAM} access", description=__doc__, allow_abbrev=False)
    add_inputs(parser)
    parser.add_argument(
        "--iam",
        metavar="FILE",
        help="the grants on the project and above it: gcloud projects get-ancestors-iam-policy PROJECT --format=json",
    )
    parser.add_argument(
        "--matrix", action="store_true", help="every declared caller and address, instead of one question"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    return parser


if __name__ == "__main__":
    sys.exit(main())
