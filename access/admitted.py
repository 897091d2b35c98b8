"""The addresses that enforced perimeters let in."""

from collections.abc import Sequence

from access.level_gains import through
from access.levels import levels
from access.objects import Object
from access.origins import Network
from access.perimeters import ENFORCED, configurations


def admitted(objects: Sequence[Object]) -> set[Network]:
    """The networks in the levels that an enforced perimeter, or a rule of it, asks for."""
    found = levels(objects)
    named = [name for one in configurations(objects, ENFORCED) for name in one.levels]
    named += [name for one in configurations(objects, ENFORCED) for rule in one.ingress for name in rule.levels]
    reached = [found[name] for name in through(named, found) if name in found]
    return {network for level in reached for one in level.conditions for network in one.cidrs or ()}
