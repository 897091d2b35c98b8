"""`diagram`: the path of one call with its gates as a Mermaid flowchart, from the answer of `access`."""

import argparse
import sys

from access import matrix
from access.answer import Asked
from access.errors import reading
from access.question import method, who
from cli.documents import answered
from cli.question import add_inputs, allowed, inputs, place
from deploy.errors import DeployError
from deploy.exit_codes import ExitCode
from review.command import PROGRAM
from review.diagram import mermaid


def main(arguments: list[str] | None = None) -> int:
    """Print the flowchart, and return 0 whatever the verdict is."""
    parser = argparse.ArgumentParser(f"{PROGRAM} diagram", description=__doc__, allow_abbrev=False)
    add_inputs(parser)
    parser.set_defaults(who="", origin="")
    given = parser.parse_args(arguments)
    return answered(lambda: _drawn(given))


def _drawn(given: argparse.Namespace) -> int:
    _, world = inputs(given.files)
    with reading("an input"):
        callers = [one for one in matrix.callers(world) if one != matrix.STRANGER]
        origins = [one for one in matrix.origins(world) if one != matrix.ELSEWHERE]
    for option, value, found in (("--who", given.who, callers), ("--from", given.origin, origins)):
        if not (value or found):
            raise DeployError(
                f"{option} is needed: these inputs declare no {'caller' if option == '--who' else 'address'}"
            )
    caller = given.who or callers[0]
    address = given.origin or origins[0].partition("/")[0]
    call = allowed(method, given.call)
    asked = Asked(world, place(address, world), given.project)
    with reading("an input"):
        answer = asked.answer(allowed(who, caller), call, given.role_id)
    print(mermaid(caller, address, call, answer), end="")
    return ExitCode.DONE


if __name__ == "__main__":
    sys.exit(main())
