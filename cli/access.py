"""`access`: whether a caller may make a call from an address, at which gate it ends, and what decides there."""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from access import matrix
from access.answer import Asked
from access.errors import reading
from access.inputs import policies
from access.question import WHO, method, origin, who
from access.world import World, world
from cli import __version__
from cli.documents import answered, document, engine, inputs
from cli.environments import named
from deploy.errors import DeployError
from deploy.exit_codes import ExitCode
from review import answers, matrices
from review.answers import Heading

Found = TypeVar("Found")
CODES = {True: ExitCode.DONE, False: ExitCode.DENIED, None: ExitCode.UNDECIDED}


def main() -> int:
    """Answer, and return 0 for allowed, 7 for denied, 5 for what cannot be decided."""
    parser = _parser()
    given = parser.parse_args()
    if given.matrix == bool(given.who or given.origin) or bool(given.who) != bool(given.origin):
        parser.error("allowed: --who and --from, or --matrix")
    return answered(lambda: _answered(given))


def _answered(given: argparse.Namespace) -> int:
    documents, parts = inputs(given.files, named(None))
    granted = document(given.iam) if given.iam else None
    with reading("an input"):
        all_of_it = world(parts, policies(granted.body, granted.name) if granted else ())
    documents = [*documents, *([granted] if granted else [])]
    heading = Heading([(one.name, one.digest) for one in documents], __version__, engine())
    scope = answers.WHOLE.format(file=given.iam) if given.iam else answers.SCOPE
    call = _allowed(method, given.call)
    with reading("an input"):
        anywhere = Asked(all_of_it, "8.8.8.8", given.project)
        if not anywhere.bounded:
            scope = f"{answers.UNBOUNDED.format(project=anywhere.project or '(unknown)')}\n{scope}"
    if given.matrix:
        with reading("an input"):
            table = matrices.table(all_of_it, call, given.project)
        write = matrices.as_json if given.json else matrices.text
        print(write(heading, str(call), table, scope), end="")
        return ExitCode.DONE
    caller, place = _allowed(who, given.who), _origin(given.origin, all_of_it)
    with reading("an input"):
        asked = Asked(all_of_it, place, given.project)
        answer = asked.answer(caller, call, given.role_id)
    question = {"who": given.who, "from": given.origin, "call": str(call), "project": asked.project or "(unknown)"}
    roles = [one for one in matrix.callers(all_of_it) if one.startswith("role/") and one != matrix.STRANGER]
    shown = answers.as_json if given.json else partial(answers.text, roles=roles)
    print(shown(heading, question, answer, scope), end="")
    return CODES[answer.enforced.value]


def _origin(text: str, known: World) -> str:
    found = _allowed(origin, text)
    with reading("an input"):
        expressions = [name for name, one in matrix.origins(known).items() if one.startswith("${")]
    if found.startswith("${") and found[2:-1] not in expressions:
        raise DeployError(
            f"--from: got {text!r}; allowed: an IPv4 or IPv6 address{''.join(f', {one}' for one in expressions)}"
        )
    return found


def _allowed(read: Callable[[str], Found], text: str) -> Found:
    try:
        return read(text)
    except ValueError as error:
        raise DeployError(str(error)) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("keyperim access", description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="stacks, a plan's JSON or a state; and what gcloud describes of perimeters and levels "
        "(default: the stacks of the environment, as they were synthesized)",
    )
    parser.add_argument("--who", help=WHO)
    parser.add_argument("--from", dest="origin", metavar="ADDRESS", help="the public address that Google sees")
    parser.add_argument(
        "--call",
        default="aiplatform",
        metavar="SERVICE[:METHOD]",
        help="the service, and a method or a permission of it (aiplatform: a prompt to Gemini)",
    )
    parser.add_argument("--role-id", default="", metavar="AROA...", help="the unique ID of the role, if it is pinned")
    parser.add_argument("--project", default="", help="the project that is called (default: the one of the grants)")
    parser.add_argument(
        "--iam",
        metavar="FILE",
        help="the grants on the project and above it: gcloud projects get-ancestors-iam-policy PROJECT --format=json",
    )
    parser.add_argument("--matrix", action="store_true", help="every declared caller and address, instead of one")
    parser.add_argument("--json", action="store_true", help="for programs")
    return parser


if __name__ == "__main__":
    sys.exit(main())
