"""Where calls come from: an address for each piece that the access levels split the internet into, and what is in Google."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from access.places import OTHER_PROJECT, Places, Shared

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
EVERY = tuple(map(ipaddress.ip_network, ("0.0.0.0/0", "::/0")))
_USUAL = ("203.0.113.200", "198.51.100.200", "2001:db8::200")


@dataclass(frozen=True)
class Origins:
    """Every kind of origin of two sides. The bit of `names[i]` is `1 << i`.

    CIDRs nest, so the pieces are each CIDR without those inside it, and everything else.
    """

    cidrs: tuple[Network, ...]
    resources: tuple[str, ...]
    shared: tuple[Shared, ...] = ()

    @cached_property
    def _ordered(self) -> list[Network]:
        found = set(self.cidrs) | set(EVERY)
        return sorted(found, key=lambda one: (one.version, int(one.network_address), one.prefixlen))

    @cached_property
    def _split(self) -> tuple[list[tuple[str, Network]], dict[Network, int]]:
        """The pieces, and for each network those inside it: nested networks follow each other, so they are in one row."""
        pieces: list[tuple[str, Network]] = []
        within: dict[Network, int] = {}
        open: list[tuple[Network, int]] = []
        for index, one in enumerate(self._ordered):
            while open and not _holds(open[-1][0], one):
                outer, begin = open.pop()
                within[outer] = (1 << len(pieces)) - (1 << begin)
            open.append((one, len(pieces)))
            if (address := _free(one, self._inner(index))) is not None:
                pieces.append((address, one))
        for outer, begin in open:
            within[outer] = (1 << len(pieces)) - (1 << begin)
        return pieces, within

    @property
    def pieces(self) -> list[tuple[str, Network]]:
        """An address for each piece, with the network that it is in."""
        return self._split[0]

    def _inner(self, index: int) -> list[Network]:
        """The largest networks inside one."""
        one, found = self._ordered[index], list[Network]()
        for other in self._ordered[index + 1 :]:
            if not _holds(one, other):
                break
            if not found or not _holds(found[-1], other):
                found.append(other)
        return found

    @cached_property
    def names(self) -> list[str]:
        """An address for each piece, then the projects and networks, then the callers of one on another."""
        return [name for name, _ in self._split[0]] + [*self.resources, *map(str, self.shared)]

    @cached_property
    def places(self) -> Places:
        """What is in Google Cloud."""
        return Places(len(self._split[0]), self.resources, self.shared)

    @cached_property
    def internet(self) -> int:
        """Those that are addresses."""
        return (1 << len(self._split[0])) - 1

    @cached_property
    def every(self) -> int:
        return (1 << len(self.names)) - 1

    def inside(self, cidrs: Iterable[Network]) -> int:
        """The addresses in these networks."""
        found = 0
        for one in cidrs:
            found |= self._split[1].get(one, 0)
        return found

    def listed(self, bits: int) -> list[str]:
        """The names of these origins."""
        text = f"{bits:b}"[::-1]
        return [name for name, bit in zip(self.names, text, strict=False) if bit == "1"]

    def said_one(self, bits: int) -> str:
        """One of these origins."""
        return self.listed(bits)[0].replace(OTHER_PROJECT, "another project")

    def said(self, bits: int) -> list[str]:
        """These origins as people name them: whole networks where they are whole."""
        if bits & self.internet == self.internet:
            return ["every address", *self._resources(bits)]
        found = []
        for index, (_, network) in enumerate(self._split[0]):
            if bits >> index & 1:
                found.append("every other address" if network in EVERY else str(network))
        return [*dict.fromkeys(found), *self._resources(bits)]

    def _resources(self, bits: int) -> list[str]:
        found = self.listed(bits & ~self.internet & ~self.places.pairs)
        if len(found) == len(self.resources):
            return ["every project and network"]
        listed = {str(one): one for one in self.shared}
        pairs = (listed[name] for name in self.listed(bits & self.places.pairs))
        found += [str(one) for one in pairs if not {one.project, one.network} <= set(found)]
        return [name.replace(OTHER_PROJECT, "any other project") for name in found]


def _holds(outer: Network, inner: Network) -> bool:
    return outer.version == inner.version and inner.subnet_of(outer)  # type: ignore[arg-type]


def _free(network: Network, inner: list[Network]) -> str | None:
    """An address of a network that is in none of these, which are sorted and apart; None if they cover it."""
    for usual in _USUAL if network in EVERY else ():
        address = ipaddress.ip_address(usual)
        if address in network and not any(address in one for one in inner if one.version == address.version):
            return usual
    candidate = int(network.network_address)
    for one in inner:
        if candidate < int(one.network_address):
            break
        candidate = int(one.broadcast_address) + 1
    return str(network[0].__class__(candidate)) if candidate <= int(network.broadcast_address) else None
