"""The most that an access level admits, over all its conditions, whether that is too much, and what it gains. Pure.

Only addresses count here. Whatever else a condition asks for narrows it down: it is ignored in what a level admits at most
(`reach`), and makes a condition count as none in what it surely admits (`surely`).
"""

import ipaddress
from collections.abc import Iterable
from functools import reduce
from typing import Any

from access.changes import KNOWN_LATER, block, blocks, texts

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Reach = list[Network] | None
"""The networks outside of which nobody has a level; None where no list of addresses bounds it."""

# As wide as the settings take it: the shortest prefix by IP version, and how many ranges a list has.
WIDEST = {4: 16, 6: 32}
MOST = 200
# Reserved (RFC 4291). A /96 in it can spell all of IPv4 as IPv6.
RESERVED = ipaddress.IPv6Network("::/8")


def too_much(level: dict[str, Any]) -> str:
    """Why a level admits too much, as a clause; empty if it does not.

    Too much is a range wider than /16 (IPv6: /32), more addresses than 200 of these have, and whatever no list of
    addresses bounds. A list that is known only later passes: the configuration's precondition judges it then.
    """
    networks = reach(level)
    if networks is None:
        return "no list of addresses bounds it (there is none, or an empty or a negated one): it may admit the whole internet"
    if wide := sorted({str(network) for network in networks if _wide(network)}):
        return f"it admits {', '.join(wide[:5])}, nobody's own; allowed: public ranges, /16 or narrower (IPv6: /32)"
    if any(
        _addresses(networks, version) > MOST * 2 ** (bits - WIDEST[version]) for version, bits in ((4, 32), (6, 128))
    ):
        return f"its ranges together have more addresses than {MOST} of /16 (IPv6: of /32)"
    return ""


def reach(level: dict[str, Any]) -> Reach:
    """The most that a level admits. What a custom expression admits, a plan does not say."""
    basic = block(level, "basic")
    reaches = [_condition(condition) for condition in blocks(basic, "conditions")]
    if level.get("custom") or not reaches:
        return None
    return reduce(_both if basic.get("combining_function") == "AND" else _either, reaches)


def surely(level: dict[str, Any]) -> list[Network]:
    """The networks whose every address has a level for every caller; empty if the plan does not say."""
    basic = block(level, "basic")
    found = [_unconditional(condition) for condition in blocks(basic, "conditions")]
    if level.get("custom") or not found:
        return []
    if basic.get("combining_function") == "OR":
        return [network for networks in found for network in networks]
    return reduce(_common, found)


def gained(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The networks that a level may admit and did not surely before; KNOWN_LATER among them if there may be others.

    `before` is empty for a level that is new.
    """
    if all((before.get(name) or []) == (after.get(name) or []) for name in ("basic", "custom")):
        return []
    covering, new = _collapsed(surely(before)), reach(after)
    if new is None:
        return ["every address, as far as the plan says"]
    later = any(KNOWN_LATER in texts(one, "ip_subnetworks") for one in blocks(block(after, "basic"), "conditions"))
    found = {str(network) for network in new if not any(_inside(network, other) for other in covering)}
    return [*sorted(found), *([KNOWN_LATER] if later else [])]


def _condition(condition: dict[str, Any]) -> Reach:
    ranges = texts(condition, "ip_subnetworks")
    if not ranges or condition.get("negate"):
        return None
    try:
        return [ipaddress.ip_network(text, strict=False) for text in ranges if text != KNOWN_LATER]
    except ValueError:
        return None


def _unconditional(condition: dict[str, Any]) -> list[Network]:
    """The addresses of a condition that asks for nothing else; empty for any other condition."""
    asked = {name for name, value in condition.items() if value}
    return _condition(condition) or [] if asked == {"ip_subnetworks"} else []


def _both(one: Reach, other: Reach) -> Reach:
    if one is None or other is None:
        return other if one is None else one
    return _common(one, other)


def _common(one: list[Network], other: list[Network]) -> list[Network]:
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
