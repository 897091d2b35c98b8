"""The inventory of an environment: a line for every argument that matters, and whatever the kit never writes."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from access.changes import PERIMETER
from access.invariants import breaches
from access.objects import of_stack
from resources import PARTS
from review.safe import text as safe

from .blocks import Block, blocks, text
from .descriptions import DESCRIPTIONS
from .expected import SECTIONS, rule
from .unexpected import unexpected
from .unmanaged import unmanaged

EXISTING = "exists already, not managed here"
UNEXPECTED = "UNEXPECTED: the kit does not write this"


@dataclass(frozen=True)
class Inventory:
    """`sections` are titles with their lines; `unexpected` is what the kit does not write; `existing` what is not managed."""

    counts: tuple[str, ...]
    sections: tuple[tuple[str, tuple[str, ...]], ...]
    existing: tuple[str, ...]
    unexpected: tuple[str, ...]

    @property
    def lines(self) -> Iterator[str]:
        """All of it as text, escaped, each fact on its line."""
        yield from map(safe, self.counts)
        for title, lines in (*self.sections, (EXISTING, self.existing), (UNEXPECTED, self.unexpected)):
            if lines:
                yield title
                yield from (f"  {safe(line)}" for line in lines)


def inventory(stacks: Mapping[str, Mapping[str, Any]]) -> Inventory:
    """The inventory of the stacks by name, which are documents without secrets (review/documents.py)."""
    read = {name: list(blocks(dict(stack))) for name, stack in stacks.items()}
    everything = [block for stack in read.values() for block in stack]
    sections = []
    for title, known in SECTIONS.items():
        lines = [line for kind in known for block in everything if block.kind == kind for line in _lines(block)]
        if title == "perimeter" and not any(block.kind in (PERIMETER, *PARTS) for block in everything):
            lines.append("none: the callers can call from any address")
        sections.append((title, tuple(lines or ["nothing"])))
    surprises = [f"{block}: {one.found}" for stack in read.values() for block, one in unexpected(stack)]
    surprises += [str(breach) for stack in stacks.values() for breach in breaches(of_stack(stack))]
    counts = [line for name, stack in read.items() for line in _counts(name, stack)]
    return Inventory(tuple(counts), tuple(sections), tuple(unmanaged(everything)), tuple(surprises))


def _counts(name: str, stack: list[Block]) -> list[str]:
    counts = Counter(block.kind for block in stack if block.kind.startswith(("aws_", "google_")))
    header = f"{name}: {counts.total()} resources in {name}/cdk.tf.json"
    return [header, *_indented(f"{count:3} {kind}" for kind, count in sorted(counts.items()))]


def _lines(block: Block) -> list[str]:
    if block.kind in DESCRIPTIONS:
        return DESCRIPTIONS[block.kind](block)
    shown = ", ".join(_shown(block))
    return [f"{block}: {shown}"] if shown else []


def _shown(block: Block) -> Iterator[str]:
    values: dict[str, list[str]] = {}
    for path, value in block.arguments:
        known = rule(block.kind, path)
        if known and known.sign in ("=", "#"):
            shown = text(value) if known.sign == "=" else hashlib.sha256(text(value).encode()).hexdigest()[:16]
            values.setdefault(path.replace("[]", ""), []).append(shown)
    for path, given in values.items():
        yield f"{path} {', '.join(given)}"


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in lines]
