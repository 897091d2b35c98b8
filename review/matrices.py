"""Every declared caller and address at once: from where each caller may make a call. Callers with equal answers are one row."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from access import matrix
from access.answer import Answer, Asked
from access.gain import few
from access.outcome import Outcome
from access.question import Method, who
from access.world import World
from review.access_report import VERDICTS, Heading
from review.safe import printed

MOST_NAMED = 8


@dataclass(frozen=True)
class Cell:
    """The two answers to one caller from one origin."""

    who: str
    origin: str
    enforced: Outcome
    dry_run: Outcome


def table(world: World, call: Method, project: str = "") -> list[Cell]:
    """A cell for each caller and origin that the world declares, for a stranger, and for any other address."""
    people = [(name, who(name)) for name in matrix.callers(world)]
    known: dict[frozenset[tuple[str, int]], list[tuple[str, Answer]]] = {}
    found, origins = list[Cell](), matrix.origins(world)
    symbols = [origin for origin in origins.values() if origin.startswith("${")]
    for name, origin in origins.items():
        asked = Asked(world, origin, project, symbols)
        if asked.signature not in known:
            known[asked.signature] = [(caller, asked.answer(one, call)) for caller, one in people]
        found += [Cell(caller, name, one.enforced, one.dry_run) for caller, one in known[asked.signature]]
    return found


def text(heading: Heading, call: str, cells: Sequence[Cell], scope: str) -> str:
    """For people: a block for callers with equal answers, in which addresses with equal answers are one line."""
    rows: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for caller in dict.fromkeys(one.who for one in cells):
        rows.setdefault(tuple(_row([one for one in cells if one.who == caller])), []).append(caller)
    lines = [*heading.lines(), f"call: {call}"]
    for row, callers in rows.items():
        lines += ["", few(callers, MOST_NAMED)]
        lines += [f"  from {origins}: {said}" for said, origins in row]
    return printed([*lines, "", *scope.split("\n")])


def as_json(heading: Heading, call: str, cells: Sequence[Cell], scope: str) -> str:
    """For programs: every cell."""
    listed = [
        {
            "who": one.who,
            "from": one.origin,
            **{
                side: {"verdict": VERDICTS[outcome.value], "missing": list(outcome.missing)}
                for side, outcome in (("enforced", one.enforced), ("dry_run", one.dry_run))
            },
        }
        for one in cells
    ]
    return json.dumps({"format": 1, **heading.json(), "call": call, "answers": listed, "scope": scope}, indent=2) + "\n"


def _row(cells: Sequence[Cell]) -> list[tuple[str, str]]:
    found: dict[str, list[str]] = {}
    for one in cells:
        enforced, tested = _said(one.enforced), _said(one.dry_run)
        said = enforced if enforced == tested else f"{enforced}; dry run: {tested}"
        found.setdefault(said, []).append(one.origin)
    return [(said, "every address" if len(found) == 1 else few(origins, MOST_NAMED)) for said, origins in found.items()]


def _said(outcome: Outcome) -> str:
    """The verdict, with the gate and what is missing there if it is not allowed."""
    if outcome.value:
        return VERDICTS[True]
    missing = f", missing: {'; '.join(outcome.missing[:2])}" if outcome.missing else ""
    return f"{VERDICTS[outcome.value]} ({outcome.gate}{missing})"
