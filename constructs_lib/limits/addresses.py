"""Address ranges: CIDRs, allow-lists and the VPC's own range."""

import ipaddress
from collections.abc import Callable, Sequence
from typing import Any

from constructs_lib.limits.rule import END, Check, Limit

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_CONDITION = "Access Context Manager API, Condition.ipSubnetworks"
_OWN_RULE = "this kit's own rule"

# What no public address can be in. Python's `is_private` is not this list: it is true for the documentation ranges
# and false for carrier-grade NAT. The last eight hide an IPv4 address inside IPv6, or can.
NEVER_PUBLIC: dict[IpNetwork, str] = {
    ipaddress.ip_network(block): reason
    for block, reason in {
        "0.0.0.0/8": "unspecified (RFC 791)",
        "10.0.0.0/8": "private (RFC 1918)",
        "172.16.0.0/12": "private (RFC 1918)",
        "192.168.0.0/16": "private (RFC 1918)",
        "100.64.0.0/10": "carrier-grade NAT (RFC 6598)",
        "127.0.0.0/8": "loopback (RFC 1122)",
        "169.254.0.0/16": "link-local (RFC 3927)",
        "192.0.0.0/24": "special purpose (RFC 6890)",
        "192.88.99.0/24": "6to4 relay (RFC 7526)",
        "198.18.0.0/15": "benchmarking (RFC 2544)",
        "224.0.0.0/4": "multicast (RFC 5771)",
        "240.0.0.0/4": "reserved (RFC 1112)",
        "fc00::/7": "private (RFC 4193)",
        "fe80::/10": "link-local (RFC 4291)",
        "fec0::/10": "site-local (RFC 3879)",
        "ff00::/8": "multicast (RFC 4291)",
        "::/128": "unspecified (RFC 4291)",
        "::1/128": "loopback (RFC 4291)",
        "::/96": "an IPv4-compatible address (RFC 4291)",
        "::ffff:0:0/96": "an IPv4-mapped address (RFC 4291)",
        "64:ff9b::/96": "a translated IPv4 address (RFC 6052)",
        "64:ff9b:1::/48": "a translated IPv4 address (RFC 8215)",
        "2001::/32": "Teredo (RFC 4380)",
        "2002::/16": "6to4 (RFC 7526)",
    }.items()
}
DOCUMENTATION = [
    ipaddress.ip_network(block)
    for block in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20")
]
WIDEST = {4: 16, 6: 32}
MAX_ITEMS = 200
# What a JSON Schema can state: not that the bits behind the prefix are zero, nor every range that is never public.
_OCTET = r"(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
IPV4 = rf"({_OCTET}\.){{3}}{_OCTET}"
# How such a range begins, in the syntax that RE2, and so Terraform, reads as well.
BEGINS_NEVER_PUBLIC = (
    r"((10|127|0|22[4-9]|23[0-9]|24[0-9]|25[0-5])[.]|192[.]168[.]|172[.](1[6-9]|2[0-9]|3[01])[.]|169[.]254[.]"
    r"|100[.](6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])[.]|198[.]1[89][.]|192[.]0[.]0[.]|192[.]88[.]99[.])"
)
NARROW_IPV4 = r"/(1[6-9]|2[0-9]|3[0-2])"
_ALLOWED_IPV4 = rf"(?!{BEGINS_NEVER_PUBLIC}){IPV4}{NARROW_IPV4}"
_ALLOWED_IPV6 = r"(?!2001:0?:|2002:|64:ff9b:|::|f[cdf][0-9a-f]{2}:|fe[89a-f][0-9a-f]:)[0-9a-f:]+/(3[2-9]|[4-9][0-9]|1[01][0-9]|12[0-8])"


def network(value: str, *, strict: bool = True) -> IpNetwork | None:
    """The network that the text names, or None. `strict` refuses host bits, as Google and AWS do."""
    try:
        return ipaddress.ip_network(value, strict=strict)
    except ValueError:
        return None


def documentation_range(value: str) -> bool:
    """True for a CIDR inside a range reserved for documentation (RFC 5737, 3849, 9637): allowed, worth a warning."""
    found = network(value)
    return found is not None and any(_inside(found, block) for block in DOCUMENTATION)


def is_public(value: str) -> bool:
    """True for a CIDR of which no address is private or otherwise special: somebody else's, as a VPC's range."""
    return network(value) is not None and not _never_public(value)


def reaches_public(value: str) -> bool:
    """True for a CIDR with at least one address that is not private or otherwise special."""
    found = network(value)
    return found is not None and not any(_inside(found, block) for block in NEVER_PUBLIC)


def addresses_in(cidrs: Sequence[str], version: int) -> int:
    """How many addresses of IP version 4 or 6 the ranges hold, each counted once."""
    networks: list[Any] = [found for found in map(network, cidrs) if found is not None and found.version == version]
    return sum(one.num_addresses for one in ipaddress.collapse_addresses(networks))


def _inside(inner: IpNetwork, outer: IpNetwork) -> bool:
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]


def _never_public(value: str) -> str:
    """Why the CIDR cannot be an internet caller's address, or an empty text."""
    found = network(value)
    overlaps = (block for block in NEVER_PUBLIC if found is not None and found.overlaps(block))
    return next((f"{NEVER_PUBLIC[block]}: {block}" for block in overlaps), "")


def _is_cidr(value: str) -> bool:
    # One spelling only: a server that answers with another spelling causes a permanent difference in Terraform.
    return "/" in value and "%" not in value and str(network(value)) == value


def _is_narrow(value: str) -> bool:
    found = network(value)
    return found is not None and found.prefixlen >= WIDEST[found.version]


def _is_allowed(value: str) -> bool:
    return _is_cidr(value) and _is_narrow(value) and not _never_public(value)


def _meant(value: str, allowed: Callable[[str], bool]) -> str:
    """The value in its right spelling, where that is allowed."""
    found = network(value, strict=False)
    return f"did you mean '{found}'?" if found is not None and str(found) != value and allowed(str(found)) else ""


def _cidr_hint(value: str) -> str:
    return _meant(value, _is_cidr)


def _allow_hint(value: str) -> str:
    if meant := _meant(value, _is_allowed):
        return meant
    value = str(network(value, strict=False) or value)
    if not _is_cidr(value):
        return ""
    return "it is wider than that" if not _is_narrow(value) else f"it overlaps what is {_never_public(value)}"


cidr = Limit(
    "cidr",
    "a range such as '192.0.2.0/24' or '2001:db8::/32', every bit behind the prefix zero, in its shortest spelling",
    f"{_CONDITION}: host bits must be zero",
    _is_cidr,
    hint=_cidr_hint,
)
allow_cidr = Limit(
    "allow_cidr",
    f"a public range of addresses, /{WIDEST[4]} or narrower (IPv6: /{WIDEST[6]} or narrower)",
    f"{_CONDITION}: private ranges are not allowed and host bits must be zero; the width is {_OWN_RULE}: "
    "wider ranges are refused",
    Check(_is_allowed, {"pattern": rf"^({_ALLOWED_IPV4}|{_ALLOWED_IPV6}){END}"}),
    hint=_allow_hint,
)
egress_cidr = Limit(
    "egress_cidr",
    f"a public IPv4 range, /{WIDEST[4]} or narrower, such as '198.51.100.7/32'",
    f"NAT gateways leave over IPv4 only (Amazon VPC User Guide, NAT gateways); {_CONDITION}",
    Check(lambda value: ":" not in value and _is_allowed(value), {"pattern": rf"^{_ALLOWED_IPV4}{END}"}),
    hint=lambda value: "an IPv6 caller never passes a NAT gateway" if ":" in value else _allow_hint(value),
)


def _list_hint(values: Sequence[str]) -> str:
    if not values:
        return "an empty list admits every address of the internet"
    if len(values) > MAX_ITEMS:
        return f"it has {len(values)}"
    refused = [value for value in values if not allow_cidr.holds(value)]
    if refused:
        return f"refused: {', '.join(map(ascii, refused[:5]))}"
    return f"named twice: {', '.join(sorted({value for value in values if list(values).count(value) > 1})[:5])}"


allow_list = Limit(
    "allow_list",
    f"1 to {MAX_ITEMS} different public ranges",
    f"{_CONDITION}: if empty, all addresses are allowed; Access Context Manager quotas: {MAX_ITEMS} items an attribute",
    Check(
        lambda values: (
            0 < len(values) <= MAX_ITEMS and all(map(allow_cidr.holds, values)) and len(set(values)) == len(values)
        ),
        {"minItems": 1, "maxItems": MAX_ITEMS, "uniqueItems": True},
    ),
    kind=(list, tuple),
    hint=_list_hint,
)


def _is_vpc(value: str) -> bool:
    found = network(value)
    refused = ("unspecified", "loopback", "link-local", "multicast", "reserved")
    return (
        _is_cidr(value)
        and found is not None
        and found.version == 4
        and 16 <= found.prefixlen <= 26
        and not _never_public(value).startswith(refused)
    )


def _vpc_hint(value: str) -> str:
    spellings = [value] if "/" in value else [f"{value}/{bits}" for bits in range(16, 27)]
    whole = [
        one for one in (*spellings, str(network(spellings[-1], strict=False))) if _is_vpc(one) and not is_public(one)
    ]
    return f"did you mean '{whole[0]}'?" if whole else ""


vpc_cidr = Limit(
    "vpc_cidr",
    "an IPv4 range from /16 to /26, every bit behind the prefix zero",
    "Amazon VPC User Guide, VPC CIDR blocks: /16 to /28 for the VPC and each subnet; /24 holds two subnets of /28 for each "
    "of eight zones, /25 for four, /26 for two",
    Check(_is_vpc, {"pattern": rf"^{IPV4}/(1[6-9]|2[0-6]){END}"}),
    hint=_vpc_hint,
)
