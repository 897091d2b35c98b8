"""The only place of the comparison that asks `access/`: what a new side allows, refuses and tests that the old did not."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from access import difference, invariants, perimeter_gains, provisioners
from access.changes import LEVEL, PERIMETER
from access.gain import Gain
from access.objects import Object, after
from access.perimeters import DRY_RUN, ENFORCED, configurations
from access.states import of_state
from access.values import empty
from review.blocks import text, without_hashes
from review.diff import sections
from review.diff.found import Finding
from review.diff.side import PLAN, STACK, STATE, Side
from review.linked import StandIns, linked

_OPPOSITE = (
    (
        "no perimeter restricts this any more, which newly admits",
        "the perimeter restricts this now, and no longer admits",
    ),
    ("enforcement ends, which newly admits", "enforcement begins, and no longer admits"),
    ("enforcement ends", "enforcement begins"),
    ("no longer", "newly"),
    ("is enabled again", "is disabled"),
    ("newly", "no longer"),
)


class Compared:
    """Two sides of one environment, read once."""

    def __init__(self, old: Side | None, new: Side | None) -> None:
        self._stand_ins, self._sides = StandIns(), (old, new)
        self._old, self._new = self._objects(old), self._objects(new)
        self._where = _where(self._new)

    def wider(self) -> tuple[Finding, ...]:
        """What is newly allowed, or may be."""
        found = (
            *difference.gains(self._old, self._new),
            *provisioners.of_stacks(self._old, self._new),
            *sections.gains(*self._sides),
        )
        return tuple(self._findings(found))

    def narrower(self) -> tuple[Finding, ...]:
        """What is certainly no longer allowed."""
        lost = (gain for gain in difference.gains(self._new, self._old) if not gain.missing)
        return tuple(self._finding(gain, _opposite(gain.what), "") for gain in lost)

    def dry_run(self) -> tuple[Finding, ...]:
        """What the tested configuration newly admits, or no longer does."""
        if not any(one.kind == PERIMETER and not empty(one.values.get(DRY_RUN)) for one in self._new):
            return ()  # without a separate block, what is tested is what is enforced
        wider = [self._finding(one, one.what) for one in perimeter_gains.gains(self._old, self._new, DRY_RUN)]
        lost = [one for one in perimeter_gains.gains(self._new, self._old, DRY_RUN) if not one.missing]
        return (*wider, *(self._finding(one, _opposite(one.what), "") for one in lost))

    def refused(self) -> tuple[Finding, ...]:
        """What breaks an absolute rule on the new side, also what did so before: a plan that leaves it is refused."""
        known = set(invariants.breaches(self._old))
        found = list(invariants.breaches(self._new, self._old))
        said = self._findings(Gain(one.address, one.what) for one in found)
        return tuple(
            replace(finding, what=f"{finding.what} (as before)") if one in known else finding
            for one, finding in zip(found, said, strict=True)
        )

    def _objects(self, side: Side | None) -> tuple[Object, ...]:
        if side is None:
            return ()
        if side.kind == STACK:
            return tuple(linked(side.stacks, self._stand_ins))
        read = {PLAN: after, STATE: of_state}[side.kind]
        return tuple(one for document in side.stacks.values() for one in read(document))

    def _findings(self, gains: Iterable[Gain]) -> Iterator[Finding]:
        yield from (self._finding(gain, gain.what, where=self._outside(gain)) for gain in gains)

    def _outside(self, gain: Gain) -> str:
        """From where, unless the sentence has its addresses: those about perimeters and levels do."""
        return "" if gain.address.startswith((PERIMETER, LEVEL)) else self._where

    def _finding(self, gain: Gain, what: str, example: str | None = None, where: str = "") -> Finding:
        def said(line: str) -> str:
            return self._stand_ins.named(text(line))

        witness = gain.witness if example is None else example
        missing = tuple(said(fact) for fact in gain.missing)
        return Finding(without_hashes(gain.address), said(what), said(where), said(witness), missing)


def _where(objects: Sequence[Object]) -> str:
    """From where callers reach Gemini on a side."""
    enforced = [one.name.rpartition("/")[2] for one in configurations(objects, ENFORCED)]
    if enforced:
        return f"from where {', '.join(enforced)} admits them"
    return "from every address: no perimeter is enforced"


def _opposite(what: str) -> str:
    """A sentence about a gain as one about a loss."""
    for gain, loss in _OPPOSITE:
        if re.search(rf"\b{gain}\b", what):
            return what.replace(gain, loss, 1)
    return f"no longer: {what}"
