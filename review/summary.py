"""The review of an environment: the overview, what the kit did not write, and how much inventory follows."""

import hashlib
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from review.command import command
from review.documents import stack
from review.inventory import EXISTING, UNEXPECTED, inventory
from review.overview import overview
from review.safe import Secrets, text

WIDTH = 160
MOST_LINES, LONGEST = 10, 300
Stacks = Mapping[str, Mapping[str, Any]]


def summary(environment: str, stacks: Stacks, kept: tuple[str, str] = ("", "")) -> str:
    """Text for people, from the JSON of the stacks by name, in the order in which they are applied.

    `kept` is a file and its text, which is named if it is this inventory.
    """
    return "\n".join(line for one in _summary(environment, stacks, kept) for line in _wrapped(one))


def lines(stacks: Stacks) -> str:
    """The inventory: whatever matters in a stack changes it."""
    return "\n".join(inventory(_known(stacks)).lines)


def _summary(environment: str, stacks: Stacks, kept: tuple[str, str]) -> Iterator[str]:
    known = _known(stacks)
    found = inventory(known)
    yield f"environment {text(environment)}"
    yield from (f"  {line.partition(' in ')[0]}" for line in map(text, found.counts) if not line.startswith(" "))
    for title, told in overview(known):
        yield title
        yield from (f"  {text(line)}" for line in told)
    for title, surprises in ((UNEXPECTED, found.unexpected), (EXISTING, found.existing)):
        if surprises:
            yield title
            yield from (f"  {_cut(text(line))}" for line in surprises[:MOST_LINES])
            more = len(surprises) - MOST_LINES
            yield from [f"  {more} more: see the inventory"] if more > 0 else []
    if not found.unexpected:
        yield "not written by the kit: nothing"
    written = "\n".join(found.lines)
    file, content = kept
    where = file if content == f"{written}\n" else command(environment, "review", "--inventory")
    sha = hashlib.sha256(written.encode()).hexdigest()
    yield f"inventory: {written.count(chr(10)) + 1} lines, SHA-256 {sha}: {where}"
    yield f"next: {command(environment, 'plan')} shows what would change"
    yield f"      {command(environment, 'deploy')} applies {' then '.join(stacks)}"


def _known(stacks: Stacks) -> dict[str, dict[str, Any]]:
    secrets = Secrets()
    return {name: stack(document, secrets) for name, document in stacks.items()}


def _wrapped(line: str) -> list[str]:
    """A line of at most 160 characters; what does not fit goes on below it."""
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.wrap(
        line.strip(), WIDTH, initial_indent=indent, subsequent_indent=f"{indent}    ", break_on_hyphens=False
    ) or [""]


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}..."
