"""A call of a Google API, as a perimeter sees it."""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from .identity import Identity


@dataclass(frozen=True)
class Call:
    """Who calls which method of which service, in which project, from where.

    `service` is `aiplatform.googleapis.com` and so on. `method` is the name that audit logs and method selectors use
    (`google.cloud.aiplatform.v1.PredictionService.GenerateContent`, `PredictionService.GenerateContent`: a selector
    matches the whole name or its end), `permission` the IAM permission that the method takes (or "").
    `project_number` is the target's, "" if the call concerns none. `address` is the public address (IPv4 or IPv6) that
    Google sees, "" for a caller on a private path. `identity` is None where the request carries no credential.

    The rest is for callers inside Google Cloud: `source_project` is a project *number*, `network` is
    `//compute.googleapis.com/projects/ID/global/networks/NAME`, `network_project` the number of its project where that is
    another one (the host of a Shared VPC), `private_address` the address in it. `region` is an
    ISO 3166-1 alpha-2 code, "" where it is not known. Raises ValueError for an invalid address.
    """

    service: str
    method: str
    permission: str
    project_number: str
    address: str
    identity: Identity | None
    source_project: str = ""
    network: str = ""
    private_address: str = ""
    region: str = ""
    network_project: str = ""

    def __post_init__(self) -> None:
        for field, value in (("address", self.address), ("private_address", self.private_address)):
            try:
                parsed(value)
            except ValueError:
                raise ValueError(f"{field}: got {value!r}, allowed: an IPv4 or IPv6 address, or nothing") from None

    @property
    def from_internet(self) -> bool:
        return not (self.source_project or self.network)


@lru_cache(maxsize=65_536)
def parsed(address: str) -> IPv4Address | IPv6Address | None:
    """The address; an IPv4 one written as IPv6 (`::ffff:192.0.2.1`) is the IPv4 one. None for nothing."""
    if not address:
        return None
    value = ip_address(address)
    return getattr(value, "ipv4_mapped", None) or value
