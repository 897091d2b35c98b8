"""Where callers call from."""

import ipaddress
from collections.abc import Iterator

from .deployed import Deployed
from .intent import Intent


def addresses(deployed: Deployed, intent: Intent) -> Iterator[str]:
    """Of every admitted network the first, last and middle address, and its neighbours; whatever AWS gave to anybody."""
    tables, perimeter = deployed.tables, deployed.tables.get("perimeter", {})
    named = [
        *intent.addresses(),
        *(cidr for entry in tables.get("on_premises", []) for cidr in entry["cidrs"]),
        *perimeter.get("proposed", {}).get("egress_cidrs", []),
        *perimeter.get("deployer", {}).get("cidrs", []),
    ]
    networks = [ipaddress.ip_network(cidr) for cidr in named]
    for network in networks:
        yield from (str(network[0]), str(network[-1]), str(network[network.num_addresses // 2]))
    for network in networks:
        wide = network.supernet(8)
        yield from (str(network[0] - 1), str(network[-1] + 1), str(wide[1]), str(wide[-2]))
    yield from deployed.addresses
    yield from ("192.0.2.1", "8.8.8.8", "10.20.0.5", "2600:1900::1")
