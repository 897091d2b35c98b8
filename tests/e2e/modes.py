"""The modes of an environment, and a choice of them in which every pair of the Google stack's keys meets."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

PERIMETERS = ("off", "dry run", "enforced", "both")
AUTHS = ("impersonation", "direct")
NETWORKS = ("single", "per zone", "brought", "existing", "central", "none")
OURS = ("single", "per zone", "brought")
POLICIES = ("own", "existing")
_PERIMETER = {
    "off": "",
    "dry run": "[perimeter]\ndry_run = true",
    "enforced": "[perimeter]\ndry_run = false",
    "both": '[perimeter]\ndry_run = false\n[perimeter.proposed]\negress_cidrs = ["203.0.113.200/32"]',
}


@dataclass(frozen=True)
class Found:
    """What an environment finds at AWS: an address to bring, and a subnet of somebody else's in zone a."""

    address: str = "eipalloc-0123456789abcdef0"
    subnet: str = "subnet-0123456789abcdef0"


@dataclass(frozen=True)
class Mode:
    """One choice of each key. A paused network is one of our own; without a perimeter there is no policy to name."""

    perimeter: str = "enforced"
    auth: str = "impersonation"
    network: str = "single"
    paused: bool = False
    policy: str = "own"

    def __str__(self) -> str:
        policy = "" if self.perimeter == "off" else f", {self.policy} policy"
        return f"{self.perimeter}, {self.auth}, network {self.network}{', paused' * self.paused}{policy}"

    def toml(self, found: Found = Found(), more: str = "") -> str:  # noqa: B008 (frozen)
        """The environment's file, with `more` at its end."""
        policies = {"own": 'organization_id = "123456789012"', "existing": 'access_policy = "987654321"'}
        return f"""
prefix = "demo"
[aws]
region = "ap-northeast-1"
account_id = "123456789012"
{self._network(found)}
[google]
project_id = "my-project"
project_number = "345678901234"
{"" if self.perimeter == "off" else policies[self.policy]}
[[workload]]
name = "app"
auth = "{self.auth}"
{'role_name = "app"' if self.network == "none" else 'zone = "ap-northeast-1a"'}
{_PERIMETER[self.perimeter]}
{more}
"""

    def _network(self, found: Found) -> str:
        own = f'[aws.network]\ncidr = "10.20.0.0/16"\npaused = {str(self.paused).lower()}\n'
        return {
            "single": own + 'zones = ["ap-northeast-1a"]',
            "per zone": own + 'zones = ["ap-northeast-1a", "ap-northeast-1c"]\nnat = "per-zone"',
            "brought": own
            + f'zones = ["ap-northeast-1a"]\nallocation_ids = {{ "ap-northeast-1a" = "{found.address}" }}',
            "existing": f'[aws.existing_network]\nsubnet_ids = {{ "ap-northeast-1a" = "{found.subnet}" }}\n'
            f'allocation_ids = ["{found.address}"]',
            "central": f'[aws.existing_network]\nsubnet_ids = {{ "ap-northeast-1a" = "{found.subnet}" }}\n'
            'egress_cidrs = ["203.0.113.7/32"]',
            "none": 'egress_cidrs = ["203.0.113.7/32"]',
        }[self.network]

    @property
    def seen_by_google(self) -> dict[str, object]:
        """The keys on which the Google stack depends."""
        source = "settings" if self.network in ("central", "none") else "AWS stack"
        policy = {} if self.perimeter == "off" else {"policy": self.policy}
        return {"perimeter": self.perimeter, "auth": self.auth, "source": source, **policy}


PLACES = [
    *((network, paused, "own") for network in NETWORKS for paused in (False, True) if not paused or network in OURS),
    *((network, False, "existing") for network in ("single", "none")),
]
"""Network, paused, policy. The network and whose policy it is meet in no stack but by who gives the addresses."""


def at(network: str, paused: bool, policy: str) -> Iterator[Mode]:
    """The modes of a place, so that one follows from the one before it by as few writes as may be."""
    for auth, order in zip(AUTHS, (PERIMETERS, reversed(PERIMETERS)), strict=True):
        for perimeter in order:
            yield Mode(perimeter, auth, network, paused, policy)


CHOICE = [
    Mode("off", "direct"),
    Mode("dry run", "direct"),
    Mode("enforced", "direct"),
    Mode("dry run", "impersonation"),
    Mode("both", "impersonation"),
    Mode("enforced", "impersonation", "none"),
    Mode(
        "dry run", "impersonation", "none"
    ),  # the provider refuses to delete a perimeter that its state has as enforced
    Mode("off", "impersonation", "none"),
    Mode("enforced", "impersonation", policy="existing"),
    Mode("both", "direct", "none", policy="existing"),
    Mode("dry run", "direct", "none", policy="existing"),
]
"""In this order each follows from the one before it: between two policies there is a moment without a perimeter.

The provider sleeps for 10 s when it creates a service account, so one is created once.
"""


def pairs(keys: dict[str, object]) -> set[tuple[tuple[str, object], tuple[str, object]]]:
    """Every two of the keys, with their values."""
    return set(combinations(sorted(keys.items()), 2))
