"""What enforced perimeters newly let pass: who may call what from where, and could not before."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product

from access.gain import Gain, few
from access.identities import STRANGERS, identities, named
from access.levels import cidrs, levels
from access.objects import Object
from access.origins import OTHER_PROJECT, Origins
from access.perimeters import ENFORCED, Perimeters, configurations
from access.rules import Call, calls
from access.tables import Table, added
from policy.identity import Identity


def gains(old: Sequence[Object], new: Sequence[Object], side: str = ENFORCED) -> Iterator[Gain]:
    """Every gain, with a call as its witness. Callers and calls that one thing lets pass are one gain."""
    before, after = two_sides(old, new, side)
    if not before.configurations:
        return  # everything passed already
    found: dict[tuple[str, str, tuple[str, ...]], list[tuple[Identity | None, Call, int]]] = defaultdict(list)
    for who, call, new_table in differences(before, after):
        for way, bits in new_table.items():
            for address, what, part in _deciding(after, who, call, bits):
                found[address or _gone(before, call), what, tuple(sorted(way))].append((who, call, part))
    for (address, what, missing), cells in found.items():
        cells.sort(key=lambda cell: (cell[1].resource == OTHER_PROJECT, not cell[2] & after.origins.internet))
        yield _gain(address, what, missing, cells, after.origins)


def two_sides(old: Sequence[Object], new: Sequence[Object], side: str) -> tuple[Perimeters, Perimeters]:
    """Both sides with one set of origins."""
    named_levels = [levels(objects) for objects in (old, new)]
    configured = [tuple(configurations(objects, side)) for objects in (old, new)]
    resources = {name for one in (*configured[0], *configured[1]) for name in one.resources}
    resources |= {name for one in (*configured[0], *configured[1]) for rule in one.rules for name in rule.resources}
    networks = dict.fromkeys(network for found in named_levels for network in cidrs(found))
    origins = Origins(tuple(networks), (*sorted(resources), OTHER_PROJECT))
    before, after = (Perimeters(each, found, origins) for each, found in zip(configured, named_levels, strict=True))
    return before, after


def universe(*sides: Perimeters) -> tuple[list[Identity | None], list[Call]]:
    """The identities and the calls that stand for all on these sides."""
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
    limits = [one.accessible for one in configured if one.accessible is not None]
    if limits:  # networks may call these although nothing restricts them
        services |= {"every other service", *frozenset().union(*limits)} - {"RESTRICTED-SERVICES"}
    resources = {name for one in configured for name in one.resources if name.startswith("projects/")} | {OTHER_PROJECT}
    resources |= {name for rule in rules for name in rule.targets if name != "*"}
    return identities(members, personal), list(calls(rules, services, resources))


def differences(before: Perimeters, after: Perimeters) -> Iterator[tuple[Identity | None, Call, Table]]:
    """For each identity and call that stand for others the origins that pass on the new side only."""
    who, what = universe(before, after)
    kinds: dict[object, list[Identity | None]] = defaultdict(list)
    for identity in who:
        kinds[before.kind_of(identity), after.kind_of(identity)].append(identity)
    alike: dict[object, list[Call]] = defaultdict(list)
    for call in what:
        alike[before.signature(call), after.signature(call)].append(call)
    for same, same_calls in product(kinds.values(), alike.values()):
        new = added(after.table(same[0], same_calls[0]), before.table(same[0], same_calls[0]))
        if new:
            yield from ((identity, call, new) for identity in same for call in same_calls)


def _deciding(after: Perimeters, who: Identity | None, call: Call, bits: int) -> Iterator[tuple[str, str, int]]:
    """What lets these origins pass, each of them once: the first that does in the order in which it is asked."""
    for one, what, table in after.admitting(who, call):
        if part := bits & table:
            yield one.address, what, part
            bits &= ~part
    if bits:
        yield "", "no perimeter restricts this any more, which", bits


def _gone(before: Perimeters, call: Call) -> str:
    """The perimeter that held a call which no perimeter holds now."""
    return next(
        (one.address for one in before.configurations if call.resource in one.resources),
        before.configurations[0].address,
    )


def _gain(
    address: str, what: str, missing: tuple[str, ...], cells: list[tuple[Identity | None, Call, int]], origins: Origins
) -> Gain:
    bits = 0
    for _, _, part in cells:
        bits |= part
    callers = dict.fromkeys(identity for identity, _, _ in cells)
    who = "every identity" if callers.keys() >= set(STRANGERS) else few(map(named, callers))
    calls = few(dict.fromkeys(map(str, (call for _, call, _ in cells))))
    identity, call, part = cells[0]
    witness = f"{named(identity)} from {origins.said_one(part)} to {call}"
    whole = sorted(f"{named(identity)} from {' '.join(origins.said(part))} to {call}" for identity, call, part in cells)
    what = f"{what} newly admits {who} from {few(origins.said(bits))} to {calls}"
    return Gain(address, what, witness, missing, tuple(whole))
