"""Bridges: calls between two projects of a bridge pass the perimeters of both, in either direction.

"Cross project operations are permitted if all effected resources share some perimeter (whether bridge or regular)"
(PerimeterType, accesscontextmanager v1). The services that networks may call stay those of each project's own perimeter.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from access.attached import UNTOLD, folded
from access.changes import PERIMETER
from access.gain import Gain, few
from access.objects import Object, Values
from access.places import Places
from access.tables import Table, either
from access.truth import shown
from access.values import Facts, block, listed, others, within

ENFORCED = "status"
BRIDGE, REGULAR = "PERIMETER_TYPE_BRIDGE", ("PERIMETER_TYPE_REGULAR", "", None)


@dataclass(frozen=True)
class Bridge:
    """One bridge on one side. With `facts` any project may be in it."""

    address: str
    name: str
    resources: frozenset[str]
    facts: Facts

    def table(self, target: str, places: Places) -> Table:
        """Return the callers in Google Cloud that are in the bridge together with a project."""
        unknown: list[Table] = [{frozenset({fact}): places.every} for fact in self.facts]
        return either([places.held(self.resources) if target in self.resources else {}, *unknown])


def bridges(objects: Sequence[Object], side: str) -> Iterator[Bridge]:
    """Yield every bridge with the projects that it joins (`status`), or would join (`spec`, else `status`)."""
    for one, read, body, facts in sides(objects, side):
        kind = one.values.get("perimeter_type")
        if kind == UNTOLD:
            content = sorted(listed(body, "resources")[0])
            yield Bridge(
                one.address, "", frozenset(), within((f"whether {one.values['name']} is a bridge",), "bridge", content)
            )
        if kind == BRIDGE:
            resources, more = listed(body, "resources")
            facts = (*facts, *more, *others(body, {"resources"}, f"{one.address}.{read}"))
            name = str(one.values.get("name"))
            yield Bridge(one.address, name, frozenset(resources), within(facts, "bridge", body))


def joined(before: Sequence[Bridge], after: Sequence[Bridge], held: frozenset[str]) -> Iterator[Gain]:
    """Yield a gain for projects that a bridge newly joins, of which one's perimeter was not read (`held` have one).

    What that perimeter restricts is not known, so what the bridge opens in it is not decided.
    """
    for one in after:
        pairs = (pair for pair in combinations(sorted(one.resources), 2) if not held.issuperset(pair))
        new = [pair for pair in pairs if not any(old.resources.issuperset(pair) for old in before)]
        names = tuple(sorted({name for pair in new for name in pair}))
        apart = [name for name in names if name not in held]
        unknown = set(one.facts) - {fact for old in before for fact in old.facts}
        if names or unknown:
            whom = few(names) if names else "projects that are not known"
            where = ", whose perimeters were not all read" if names else ""
            what = f"the bridge newly lets calls pass between {whom}{where}"
            missing = (*shown(unknown), *(f"the perimeter of {name}" for name in apart))
            yield Gain(one.address, what, "", missing, names)


def sides(objects: Sequence[Object], side: str) -> Iterator[tuple[Object, str, Values, Facts]]:
    """Yield each perimeter and bridge with its enforced or tested block, and what is not known of that block."""
    for one in folded(objects, objects):
        if one.kind == PERIMETER:
            read = side if side == ENFORCED or one.values.get("use_explicit_dry_run_spec") else ENFORCED
            body, facts = block(one.values, read)
            facts = (*facts, *((one.unread,) if one.unread else ()))
            if facts or any(body.values()):
                yield one, read, body, facts
