"""Which members one caller must match at the same time, because a call has to pass two perimeters."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from access.claims import like
from access.perimeters import Perimeters
from access.rules import ServiceCall

ALWAYS = -1


def needed(sides: Sequence[Perimeters], calls: Iterable[ServiceCall]) -> list[Mapping[str, int]]:
    """Return the members that each perimeter's rules name: of those that the same rules name, one of each kind.

    Each has a bit for every call and origin that it may let pass, and that does not pass without it. Two members without a
    common bit need no common caller. Without this, two perimeters of 200 rules would be 40,000 pairs.
    """
    after = sides[-1]
    named = [_alike(sides, number) for number in range(len(after.configurations))]
    if sum(map(bool, named)) < 2:  # with one perimeter there are only the accounts of levels
        return [dict.fromkeys(members, ALWAYS) for members in named]
    width, found = len(after.origins.names), [dict.fromkeys(members, 0) for members in named]
    for at, call in enumerate({after.signature(call): call for call in calls}.values()):
        for one, bits in zip(after.configurations, found, strict=True):
            for rule, origins in after.named(one, call):
                for member in bits.keys() & rule.members:
                    bits[member] |= origins << at * width
    return list(found)


def _alike(sides: Sequence[Perimeters], number: int) -> list[str]:
    named_by: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for at, side in enumerate(sides):
        for which, one in enumerate(side.configurations):
            for place, rule in enumerate(one.rules):
                for member in rule.members:
                    named_by[member].append((at, which, place))
    here = len(sides) - 1, number
    alike = {
        (tuple(places), like(member)): member
        for member, places in named_by.items()
        if any(place[:2] == here for place in places)
    }
    return list(alike.values())
