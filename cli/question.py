"""What `access` and `diagram` ask: the inputs as one world, and who calls what from where, as options name it."""

import argparse
from collections.abc import Callable
from typing import TypeVar

from access import matrix
from access.errors import reading
from access.inputs import part, policies
from access.question import WHO, origin
from access.world import World, world
from cli.documents import Document, document, environment_documents
from cli.environments import named
from deploy.errors import DeployError

Found = TypeVar("Found")


def add_files(parser: argparse.ArgumentParser) -> None:
    """Add FILE."""
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="stacks, a plan's JSON or a state; and what gcloud describes of perimeters and levels "
        "(default: the stacks of the environment, as they were synthesized)",
    )


def add_inputs(parser: argparse.ArgumentParser) -> None:
    """Add FILE and what a question is made of."""
    add_files(parser)
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


def inputs(files: list[str], iam: str | None = None) -> tuple[list[Document], World]:
    """What was read, and the world of it. A perimeter alone is read together with the environment's stacks."""
    documents = [document(name) for name in files]
    parts = [part(one.body, one.name) for one in documents]
    if all(one.described for one in parts):  # a perimeter alone grants nothing
        stacks = environment_documents(named(None))
        documents, parts = [*stacks, *documents], [*(part(one.body, one.name) for one in stacks), *parts]
    granted = document(iam) if iam else None
    with reading("an input"):
        found = world(parts, policies(granted.body, granted.name) if granted else ())
    return [*documents, *([granted] if granted else [])], found


def place(text: str, known: World) -> str:
    """The address, or the expression of this world that will give one. Raises DeployError for another text."""
    found = allowed(origin, text)
    with reading("an input"):
        expressions = [name for name, one in matrix.origins(known).items() if one.startswith("${")]
    if found.startswith("${") and found[2:-1] not in expressions:
        raise DeployError(
            f"--from: got {text!r}; allowed: an IPv4 or IPv6 address{''.join(f', {one}' for one in expressions)}"
        )
    return found


def allowed(read: Callable[[str], Found], text: str) -> Found:
    """What a text of the command line is. Raises DeployError with what is allowed."""
    try:
        return read(text)
    except ValueError as error:
        raise DeployError(str(error)) from None
