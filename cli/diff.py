"""`diff OLD NEW`, `diff --base REV`: what a change lets somebody do who could not before, in all environments at once."""

import argparse
import json
import sys
from pathlib import Path

from deploy.errors import DeployError
from deploy.exit_codes import ExitCode
from review.command import PROGRAM
from review.diff.compare import compare
from review.diff.found import REFUSED, UNDECIDED, WIDER, Answer
from review.safe import Secrets

CODES = {REFUSED: ExitCode.REFUSED, UNDECIDED: ExitCode.UNDECIDED, WIDER: ExitCode.WIDER}


def main(arguments: list[str] | None = None) -> int:
    """Print the answer, and return its exit code: docs/reference/exit-codes.md."""
    parser = argparse.ArgumentParser(f"{PROGRAM} diff", description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "old",
        nargs="?",
        type=Path,
        metavar="OLD",
        help="a folder of stacks or environments, or the JSON of a stack, plan or state",
    )
    parser.add_argument("new", nargs="?", type=Path, metavar="NEW", help="the same for the other side")
    parser.add_argument(
        "--base", metavar="REV", help="old side: the last common commit with REV; new side: this checkout"
    )
    parser.add_argument("--head", metavar="REV", help="with --base: the new side is this commit, not this checkout")
    parser.add_argument(
        "--format",
        choices=("text", "markdown", "json"),
        default="text",
        help="markdown is for a comment on a pull request",
    )
    given = parser.parse_args(arguments)
    if (
        bool(given.base) == bool(given.old and given.new)
        or (given.base and given.old)
        or (given.head and not given.base)
    ):
        parser.error("allowed: OLD NEW, or --base REV, or --base REV --head REV")
    try:
        answer = _answer(given)
    except DeployError as error:
        print(error, file=sys.stderr)
        return error.code
    code = CODES.get(answer.verdict, ExitCode.DONE)
    print(_shown(answer, code, given.format))
    return code


def _answer(given: argparse.Namespace) -> Answer:
    if given.base:
        from cli.revisions import revisions

        return compare(*revisions(given.base, given.head))
    from cli.inputs import sides

    secrets = Secrets()
    return compare(sides(given.old, secrets), sides(given.new, secrets))


def _shown(answer: Answer, code: ExitCode, form: str) -> str:
    if form == "json":
        from review.diff.data import data

        return json.dumps(data(answer, code), indent=2)
    if form == "markdown":
        from review.diff.markdown import comment

        return comment(answer, code).rstrip("\n")
    from review.diff.text import lines

    return "\n".join(lines(answer, code))


if __name__ == "__main__":
    sys.exit(main())
