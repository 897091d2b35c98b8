"""The most that an access level admits, over all its conditions, and whether that is too much.

Only addresses count here: whatever else a condition asks for narrows it down.
"""

import ipaddress
from collections.abc import Iterable
from functools import reduce

from access.objects import Values, known_after_apply
from access.origins import Network
from access.values import block, blocks, listed
from constructs_lib.limits import MAX_ITEMS, WIDEST

Reach = list[Network] | None
"""The networks outside of which nobody has a level; None where no list of addresses bounds it."""

# Reserved (RFC 4291). A /96 in it can spell all of IPv4 as IPv6.
RESERVED = ipaddress.IPv6Network("::/8")


def too_much(level: Values) -> str:
    """Why a level admits too much, as a clause; empty if it does not.

    Too much is a range wider than WIDEST, more addresses than MAX_ITEMS of these have, and whatever no list of
    addresses bounds. What is known only later passes: the configuration's precondition judges it then.
    """
    basic, unknown = block(level, "basic")
    if not level.get("custom") and (unknown or known_after_apply(basic.get("conditions"))):
        return ""
    networks = reach(level)
    if networks is None:
        return "no list of addresses bounds it (it is missing, empty or negated): it may admit the whole internet"
    if wide := sorted({str(network) for network in networks if _wide(network)}):
        return f"it admits {', '.join(wide[:5])}; allowed: public ranges, /{WIDEST[4]} or narrower (IPv6: /{WIDEST[6]})"
    if any(
        _addresses(networks, version) > MAX_ITEMS * 2 ** (bits - WIDEST[version])
        for version, bits in ((4, 32), (6, 128))
    ):
        return f"its ranges together have more addresses than {MAX_ITEMS} of /{WIDEST[4]} (IPv6: of /{WIDEST[6]})"
    return ""


def reach(level: Values) -> Reach:
    """The most that a level admits. What a custom expression admits, a plan does not say."""
    basic = block(level, "basic")[0]
    reaches = [_condition(condition) for condition in blocks(basic, "conditions")[0]]
    if level.get("custom") or not reaches:
        return None
    return reduce(_both if basic.get("combining_function") in ("AND", "", None) else _either, reaches)


def _condition(condition: Values) -> Reach:
    ranges, unknown = listed(condition, "ip_subnetworks")
    if not (ranges or unknown) or condition.get("negate"):
        return None
    try:
        return [ipaddress.ip_network(text, strict=False) for text in ranges]
    except ValueError:
        return None


def _both(one: Reach, other: Reach) -> Reach:
    if one is None or other is None:
        return other if one is None else one
    return [a if _inside(a, b) else b for a in one for b in other if _inside(a, b) or _inside(b, a)]


def _either(one: Reach, other: Reach) -> Reach:
    return None if one is None or other is None else one + other


def _wide(network: Network) -> bool:
    return network.prefixlen < WIDEST[network.version] or _inside(network, RESERVED)


def _addresses(networks: Iterable[Network], version: int) -> int:
    """How many there are, each counted once."""
    return sum(network.num_addresses for network in _collapsed(networks) if network.version == version)


def _collapsed(networks: Iterable[Network]) -> list[Network]:
    networks = list(networks)
    four = [network for network in networks if isinstance(network, ipaddress.IPv4Network)]
    six = [network for network in networks if isinstance(network, ipaddress.IPv6Network)]
    return [*ipaddress.collapse_addresses(four), *ipaddress.collapse_addresses(six)]


def _inside(inner: Network, outer: Network) -> bool:
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]
