"""The place of each zone's subnets in a VPC: the zone's letter alone decides, so that no other zone moves them."""

from collections.abc import Sequence
from ipaddress import ip_network

from constructs_lib.limits.rule import LimitError

__all__ = ["places", "zone_places"]

# By the number of zones that a VPC holds, the place of letters a to h. In a /26 most pairs that regions have fit: a and b,
# a and c, b and d, c and d.
_PLACES = {8: "01234567", 4: "01230123", 2: "01100110"}


def places(cidr: str) -> int:
    """How many zones a VPC of this range holds, each with a public and a private subnet of /28 or more."""
    return int(min(8, 2 ** (27 - ip_network(cidr).prefixlen)))


def zone_places(cidr: str, zones: Sequence[str]) -> dict[str, int]:
    """The place of each zone, from 0. Raises LimitError if two zones have the same one."""
    found = {zone: int(_PLACES[places(cidr)]["abcdefgh".index(zone[-1])]) for zone in sorted(zones)}
    for zone, place in found.items():
        same = [other for other, others in found.items() if others == place]
        if len(same) > 1:
            raise LimitError(
                "zone_places",
                f"{cidr} with {' and '.join(same)}",
                f"at most {places(cidr)} zones in a VPC of /{ip_network(cidr).prefixlen}, whose places differ; these have the "
                "same one",
                "Amazon VPC User Guide, Subnet CIDR blocks: /28 at least; that a letter has one place is this kit's own rule: "
                "a zone that is added must not move another",
                f"use a /24 or larger, or other zones than {zone} with {same[-1 if same[0] == zone else 0]}",
            )
    return found
