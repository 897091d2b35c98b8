"""What enforced perimeters newly let pass, and access levels admit: who may call what from where, and could not before."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product

from access import level_gains
from access.attached import folded
from access.bridges import bridges, joined
from access.gain import Gain, few
from access.identities import STRANGERS, identities, named
from access.levels import cidrs, levels
from access.needed import needed
from access.objects import Object
from access.origins import Origins
from access.perimeters import ENFORCED, Configuration, Perimeters, configurations
from access.places import OTHER_PROJECT, shared
from access.rules import ANY, ServiceCall, calls
from access.tables import Table, added
from access.truth import shown
from policy.identity import Identity

Cell = tuple[Identity | None, ServiceCall, int]
ENDED = "enforcement ends, which"


def gains(old: Sequence[Object], new: Sequence[Object], side: str = ENFORCED) -> Iterator[Gain]:
    """Every gain, with a call as its witness. Callers and calls that one thing lets pass are one gain."""
    before, after = two_sides(old, new, side)
    yield from _gains(before, after, defaultdict(int))


def gains_with_levels(old: Sequence[Object], new: Sequence[Object]) -> Iterator[Gain]:
    """Every gain of what is enforced, and of each access level alone as far as no gain of a perimeter names it."""
    before, after = two_sides(old, new, ENFORCED)
    said: dict[str, int] = defaultdict(int)
    yield from _gains(before, after, said)
    for one in _ended(before, after):  # such as one whose rules admitted everybody, of which no call tells
        if not said[one.address]:
            yield Gain(one.address, ENDED.partition(",")[0])
    yield from joined(
        before.bridges, after.bridges, frozenset().union(*(one.resources for one in after.configurations))
    )
    yield from level_gains.gains(before.levels, after.levels, after.origins, said, first=not old)


def _gains(before: Perimeters, after: Perimeters, said: dict[str, int]) -> Iterator[Gain]:
    """`said` gets the origins that gains name, by access level, and the addresses of perimeters whose end they name."""
    found: dict[tuple[str, str, tuple[str, ...]], list[Cell]] = defaultdict(list)
    ended = _ended(before, after)
    # Without a perimeter everything passed already.
    for who, call, new_table in differences(before, after) if before.configurations else ():
        for way, bits in new_table.items():
            for address, what, part, named_levels in _deciding(after, who, call, bits):
                address, what = (address, what) if address else _gone((before, after), ended, call)
                found[address, what, shown(way)].append((who, call, part))
                for name in named_levels:
                    said[name] |= part
    for (address, what, missing), cells in found.items():
        cells.sort(key=lambda cell: (cell[1].resource == OTHER_PROJECT, not cell[2] & after.origins.internet))
        said[address] |= what == ENDED
        yield _gain(address, what, missing, cells, after.origins)


def _ended(before: Perimeters, after: Perimeters) -> list[Configuration]:
    kept = {one.name for one in after.configurations}
    return [one for one in before.configurations if one.name not in kept]


def two_sides(old: Sequence[Object], new: Sequence[Object], side: str) -> tuple[Perimeters, Perimeters]:
    """Both sides with one set of origins."""
    old, new = folded(old, new), folded(new, old)
    named_levels = [levels(objects) for objects in (old, new)]
    configured = [tuple(configurations(objects, side)) for objects in (old, new)]
    bridged = [tuple(bridges(objects, side)) for objects in (old, new)]
    every = [*configured[0], *configured[1]]
    lists = [one.resources for one in every] + [one.resources for each in bridged for one in each]
    lists += [frozenset(rule.resources) for one in every for rule in one.rules]
    networks = dict.fromkeys(network for found in named_levels for network in cidrs(found))
    origins = Origins(tuple(networks), (*sorted(frozenset().union(*lists)), OTHER_PROJECT), shared(lists))
    before, after = (
        Perimeters(each, found, origins, joined)
        for each, found, joined in zip(configured, named_levels, bridged, strict=True)
    )
    return before, after


def universe(*sides: Perimeters) -> tuple[list[Identity | None], list[ServiceCall]]:
    """Return identities and calls that represent all that the last side may newly let pass."""
    configured = [one for side in sides for one in side.configurations]
    rules = [rule for one in configured for rule in one.rules]
    members = {member for rule in rules for member in rule.members}
    personal = {
        member
        for side in sides
        for level in side.levels.values()
        for condition in level.conditions
        for member in condition.members
    }
    services = {service for one in configured for service in one.restricted}
    if any(one.facts for one in configured):  # a service that is not known may be any that a rule is about
        services |= {"every other service", *(service for rule in rules for service, _, _ in rule.operations)} - {ANY}
    limits = [one.accessible for one in configured if one.accessible is not None]
    if limits:  # networks may call these although nothing restricts them
        services |= {"every other service", *frozenset().union(*limits)} - {"RESTRICTED-SERVICES"}
    holding = [one.resources for one in configured] + [one.resources for side in sides for one in side.bridges]
    resources = {name for each in holding for name in each if name.startswith("projects/")} | {OTHER_PROJECT}
    resources |= {name for rule in rules for name in rule.targets if name != "*"}
    several = len(sides[-1].configurations) > 1
    asked = list(calls(rules, services, resources, several))
    return identities(members, personal, needed(sides, asked)), asked


def differences(before: Perimeters, after: Perimeters) -> Iterator[tuple[Identity | None, ServiceCall, Table]]:
    """For each identity and call that stand for others the origins that pass on the new side only."""
    who, what = universe(before, after)
    kinds: dict[object, list[Identity | None]] = defaultdict(list)
    for identity in who:
        kinds[before.kind_of(identity), after.kind_of(identity)].append(identity)
    alike: dict[object, list[ServiceCall]] = defaultdict(list)
    for call in what:
        alike[before.signature(call), after.signature(call)].append(call)
    for same, same_calls in product(kinds.values(), alike.values()):
        had = before.table(same[0], same_calls[0])
        new = added(after.table(same[0], same_calls[0]), had)
        if new and (new := after.origins.places.gained(new, had)):
            yield from ((identity, call, new) for identity in same for call in same_calls)


def _deciding(
    after: Perimeters, who: Identity | None, call: ServiceCall, bits: int
) -> Iterator[tuple[str, str, int, set[str]]]:
    """What lets these origins pass, each of them once: the first that does in the order in which it is asked."""
    for address, what, table, named_levels in after.admitting(who, call):
        if part := bits & table:
            yield address, what, part, level_gains.through(named_levels, after.levels)
            bits &= ~part
    if bits:
        yield "", "no perimeter restricts this any more, which", bits, set()


def _gone(sides: tuple[Perimeters, Perimeters], ended: list[Configuration], call: ServiceCall) -> tuple[str, str]:
    """The perimeter that held a call which no perimeter holds now, and what became of it."""
    before, after = sides
    held = [one for one in before.configurations if call.resource in one.resources] or list(before.configurations)
    over = [one for one in held if one in ended]
    if over:
        return over[0].address, ENDED
    still = [one for one in after.configurations if one.name in {each.name for each in held}]
    if still and all(call.service not in one.restricted for one in still):
        return still[0].address, f"{call.service} is not restricted, which"
    return held[0].address, "no perimeter restricts this any more, which"


def _gain(address: str, what: str, missing: tuple[str, ...], cells: list[Cell], origins: Origins) -> Gain:
    bits = 0
    for _, _, part in cells:
        bits |= part
    callers = dict.fromkeys(identity for identity, _, _ in cells)
    who = "every identity" if callers.keys() >= set(STRANGERS) else few(dict.fromkeys(map(named, callers)))
    calls = few(dict.fromkeys(map(str, (call for _, call, _ in cells))))
    identity, call, part = cells[0]
    witness = f"{named(identity)} from {origins.said_one(part)} to {call}"
    whole = sorted(
        {f"{named(identity)} from {' '.join(origins.said(part))} to {call}" for identity, call, part in cells}
    )
    what = f"{what} newly admits {who} from {few(origins.said(bits))} to {calls}"
    return Gain(address, what, witness, missing, tuple(whole))
