"""Elastic IPs from the documentation ranges: moto's own, from 127/8, a faithful Access Context Manager refuses."""

import ipaddress
from collections.abc import Iterable, Iterator

RANGES = tuple(ipaddress.ip_network(cidr) for cidr in ("203.0.113.0/24", "198.51.100.0/24"))
_FIRST = 100
"""Low numbers come last: they are what people write by hand, for addresses that nobody handed out."""


class Pool:
    """Hands out each address once around, both ranges in turn, as AWS does not give a released one to the next."""

    def __init__(self) -> None:
        hosts = [[*network][_FIRST:-1] + [*network][1:_FIRST] for network in RANGES]
        self._all = [str(address) for pair in zip(*hosts, strict=True) for address in pair]
        self._next = 0

    def take(self, taken: Iterable[str]) -> str:
        """An address that is not among those `taken`. Raises RuntimeError once all 508 are."""
        unavailable = set(taken)
        for address in self._around():
            if address not in unavailable:
                return address
        raise RuntimeError("AddressLimitExceeded: the local cloud has no Elastic IP left")

    def _around(self) -> Iterator[str]:
        for _ in self._all:
            self._next += 1
            yield self._all[(self._next - 1) % len(self._all)]
