"""The review of an environment: what is built, who may call what, from where, and whatever the kit never writes."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from access.absolute import breaches
from access.changes import PERIMETER
from access.objects import of_stack
from review.command import command

from .known import SECTIONS, rule
from .leaves import Block, blocks, text
from .unexpected import unexpected
from .unmanaged import unmanaged
from .words import WORDS


def summary(environment: str, stacks: Mapping[str, Mapping[str, Any]]) -> str:
    """Text for people, from the JSON of the stacks by name, in the order in which they are applied."""
    read = {name: list(blocks(dict(stack))) for name, stack in stacks.items()}
    everything = [block for stack in read.values() for block in stack]
    sections = [[f"environment {environment}"], *(_counts(name, stack) for name, stack in read.items())]
    for title, known in SECTIONS.items():
        lines = [line for kind in known for block in everything if block.kind == kind for line in _lines(block)]
        if title == "perimeter" and not any(block.kind == PERIMETER for block in everything):
            lines.append("none: the callers can call from any address")
        sections.append([title, *_indented(lines or ["nothing"])])
    if others := list(unmanaged(everything)):
        sections.append(["exists already, not managed here", *_indented(others)])
    surprises = [line for stack in read.values() for line in unexpected(stack)]
    surprises += [str(breach) for stack in stacks.values() for breach in breaches(of_stack(stack))]
    if surprises:
        sections.append(["UNEXPECTED: the kit does not write this", *_indented(surprises)])
    sections.append(["next", *_indented(_next(environment, list(stacks)))])
    return "\n".join(line for section in sections for line in section)


def _counts(name: str, stack: list[Block]) -> list[str]:
    counts = Counter(block.kind for block in stack if block.kind.startswith(("aws_", "google_")))
    header = f"{name}: {counts.total()} resources in {name}/cdk.tf.json"
    return [header, *_indented(f"{count:3} {kind}" for kind, count in sorted(counts.items()))]


def _lines(block: Block) -> list[str]:
    if block.kind in WORDS:
        return WORDS[block.kind](block)
    shown = ", ".join(_shown(block))
    return [f"{block}: {shown}"] if shown else []


def _shown(block: Block) -> Iterator[str]:
    values: dict[str, list[str]] = {}
    for path, value in block.leaves:
        known = rule(block.kind, path)
        if known and known.sign in ("=", "#"):
            shown = text(value) if known.sign == "=" else hashlib.sha256(text(value).encode()).hexdigest()[:16]
            values.setdefault(path.replace("[]", ""), []).append(shown)
    for path, given in values.items():
        yield f"{path} {', '.join(given)}"


def _next(environment: str, stacks: list[str]) -> list[str]:
    return [
        f"{command(environment, 'plan')}    shows what would change",
        f"{command(environment, 'deploy')}  applies {' then '.join(stacks)}",
    ]


def _indented(lines: Any) -> list[str]:
    return [f"  {line}" for line in lines]
