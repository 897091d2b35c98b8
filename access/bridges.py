"""Bridges: calls between the projects of one pass the perimeters of both, in either direction.

"Cross project operations are permitted if all effected resources share some perimeter (whether bridge or regular)"
(PerimeterType, accesscontextmanager v1). The services that networks may call stay those of each project's own perimeter.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from access.attached import folded
from access.changes import PERIMETER
from access.objects import Object, Values
from access.places import Places
from access.tables import Table, either
from access.values import Facts, block, listed, others, within

ENFORCED = "status"
BRIDGE, REGULAR = "PERIMETER_TYPE_BRIDGE", ("PERIMETER_TYPE_REGULAR", "", None)


@dataclass(frozen=True)
class Bridge:
    """One bridge on one side. With `facts` any project may be one of it."""

    address: str
    name: str
    resources: frozenset[str]
    facts: Facts

    def table(self, target: str, places: Places) -> Table:
        """The callers in Google Cloud that share it with a project."""
        unknown: list[Table] = [{frozenset({fact}): places.every} for fact in self.facts]
        return either([places.held(self.resources) if target in self.resources else {}, *unknown])


def bridges(objects: Sequence[Object], side: str) -> Iterator[Bridge]:
    """What every bridge joins (`status`), or would (`spec`, else `status`)."""
    for one, read, body, facts in sides(objects, side):
        if one.values.get("perimeter_type") == BRIDGE:
            resources, more = listed(body, "resources")
            facts = (*facts, *more, *others(body, {"resources"}, f"{one.address}.{read}"))
            name = str(one.values.get("name"))
            yield Bridge(one.address, name, frozenset(resources), within(facts, "bridge", body))


def sides(objects: Sequence[Object], side: str) -> Iterator[tuple[Object, str, Values, Facts]]:
    """Of each perimeter and bridge that has one, the block that is enforced, or tested, with what is not known of it."""
    for one in folded(objects, objects):
        if one.kind == PERIMETER:
            read = side if side == ENFORCED or one.values.get("use_explicit_dry_run_spec") else ENFORCED
            body, facts = block(one.values, read)
            facts = (*facts, *((one.unread,) if one.unread else ()))
            if facts or any(body.values()):
                yield one, read, body, facts
