"""Access levels: conditions on address, caller, network and other levels (Access Context Manager, "BasicLevel").

What cannot be decided here (devicePolicy, regions of an address, custom expressions, a level that does not exist) is
neither true nor false but *unknown*. An unknown level is not granted, and `negate` of unknown stays unknown: nothing
opens because something is not modelled.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

from .call import Call, parsed


@dataclass(frozen=True)
class VpcNetworkSource:
    """A network `//compute.googleapis.com/projects/ID/global/networks/NAME`; no subnetworks are all of it."""

    network: str
    ip_subnetworks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Condition:
    """AND over the fields that are not empty; with `negate` NAND over them. `unmodelled` names fields nobody can decide."""

    ip_subnetworks: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    required_access_levels: tuple[str, ...] = ()
    vpc_network_sources: tuple[VpcNetworkSource, ...] = ()
    negate: bool = False
    unmodelled: tuple[str, ...] = ()


@dataclass(frozen=True)
class AccessLevel:
    """`name` is `accessPolicies/NUMBER/accessLevels/SHORT_NAME`."""

    name: str
    conditions: tuple[Condition, ...] = ()
    combining_function: str = "AND"
    unmodelled: tuple[str, ...] = ()


@dataclass(frozen=True)
class Truth:
    """True, false, or None for unknown, and why."""

    value: bool | None
    why: str = ""


Levels = Mapping[str, AccessLevel]


def granted(level: str | AccessLevel, levels: Levels, call: Call) -> bool:
    """Whether a call has this level: only if it is known to be true."""
    return evaluate(level, levels, call).value is True


def evaluate(level: str | AccessLevel, levels: Levels, call: Call, within: frozenset[str] = frozenset()) -> Truth:
    """Whether a call has this level, and why not. `within` are the levels that require this one."""
    name = level if isinstance(level, str) else level.name
    found = levels.get(level) if isinstance(level, str) else level
    if found is None:
        return Truth(None, f"access level {short(name)} does not exist")
    if name in within:
        return Truth(None, f"access level {short(name)} requires itself")
    if found.unmodelled or not found.conditions:
        return Truth(None, f"access level {short(name)}: {_unmodelled(found.unmodelled) or 'it has no conditions'}")
    truths = [_condition(condition, levels, call, within | {name}) for condition in found.conditions]
    truth = all_of(truths) if found.combining_function == "AND" else any_of(truths)
    return truth if truth.value else Truth(truth.value, f"access level {short(name)}: {truth.why}")


def all_of(truths: Iterable[Truth]) -> Truth:
    """Kleene's AND: one false is false, else one unknown is unknown; of nothing it is true."""
    unknown = None
    for truth in truths:
        if truth.value is False:
            return truth
        unknown = unknown or (truth if truth.value is None else None)
    return unknown or Truth(True)


def any_of(truths: Iterable[Truth]) -> Truth:
    """Kleene's OR: one true is true, else one unknown is unknown; of nothing it is false."""
    truths = list(truths)
    return next((t for t in truths if t.value), None) or next(
        (t for t in truths if t.value is None), truths[0] if truths else Truth(False)
    )


def short(name: str) -> str:
    """The last segment of a resource name."""
    return name.rpartition("/")[2]


def _condition(condition: Condition, levels: Levels, call: Call, within: frozenset[str]) -> Truth:
    fields = []
    if condition.ip_subnetworks:
        fields.append(_in_subnetworks(call.address, condition.ip_subnetworks))
    if condition.members:
        fields.append(_member(condition.members, call))
    if condition.regions:
        why = f"region {call.region or 'unknown'} is not in {', '.join(condition.regions)}"
        fields.append(Truth(call.region in condition.regions if call.region else None, why))
    fields += [evaluate(level, levels, call, within) for level in condition.required_access_levels]
    if condition.vpc_network_sources:
        fields.append(any_of(_in_network(source, call) for source in condition.vpc_network_sources))
    if condition.unmodelled:
        fields.append(Truth(None, _unmodelled(condition.unmodelled)))
    truth = all_of(fields)
    if not condition.negate or truth.value is None:
        return truth
    return Truth(not truth.value, "a negated condition holds")


def _in_subnetworks(address: str, subnetworks: tuple[str, ...]) -> Truth:
    value, unread = parsed(address), []
    for subnetwork in subnetworks:
        try:
            network = _network(subnetwork)
        except ValueError as error:
            unread.append(f"{subnetwork} is not known" if "${" in subnetwork else str(error))
            continue
        if value is not None and value in network:
            return Truth(True)
    if unread:
        return Truth(None, "; ".join(unread))
    return Truth(False, f"address {address or 'none'} is not in {', '.join(subnetworks)}")


def _member(members: tuple[str, ...], call: Call) -> Truth:
    if call.identity is not None and any(call.identity.matches(m) for m in members if _is_account(m)):
        return Truth(True)
    if unsupported := [member for member in members if not _is_account(member)]:
        return Truth(None, f"members: got {unsupported[0]}; allowed: users and service accounts")
    identity = call.identity.name if call.identity else "none"
    return Truth(False, f"identity {identity} is not listed in the access level")


def _in_network(source: VpcNetworkSource, call: Call) -> Truth:
    if not source.network or call.network != source.network:
        return Truth(False, f"network {call.network or 'none'} is not {source.network}")
    return _in_subnetworks(call.private_address, source.ip_subnetworks) if source.ip_subnetworks else Truth(True)


def _is_account(member: str) -> bool:
    return member.startswith(("user:", "serviceAccount:"))


def _unmodelled(fields: tuple[str, ...]) -> str:
    return f"{', '.join(fields)} cannot be decided here" if fields else ""


@lru_cache(maxsize=4096)
def _network(cidr: str) -> IPv4Network | IPv6Network:
    return ip_network(cidr)
