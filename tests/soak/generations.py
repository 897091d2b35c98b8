"""The versions of hashicorp/google that every environment and mode runs with, from the mirrors of this machine."""

from dataclasses import dataclass

from constructs_lib.limits import lowest_version
from localcloud.mirrors import HOW, Provider, provider, providers, versions

GOOGLE, AWS = "hashicorp/google", "hashicorp/aws"
REQUIRED = ("= 6.50.0", "~> 7.45")
"""One of each: the lowest version that is accepted, and a 7 of August 2026 (7.45.0) or newer."""


@dataclass(frozen=True)
class Generation:
    """One google provider, and the aws provider next to it. `google` is None for a required one that no mirror holds."""

    wanted: str
    google: Provider | None
    aws: Provider | None

    @property
    def settings(self) -> str:
        """`[versions]` that take exactly these providers."""
        return "[versions]\n" + versions(self.google, self.aws)

    def __str__(self) -> str:
        return f"google {self.google.version}" if self.google else f"google {self.wanted}"


def generations() -> list[Generation]:
    """The required ones, then every other version from 8 on that a mirror holds; a pre-release under its own version."""
    aws, found = provider(AWS), providers(GOOGLE)
    required = [Generation(one, next((each for each in found if meets(each, one)), None), aws) for one in REQUIRED]
    return required + [Generation("", each, aws) for each in found if meets(each, ">= 8") or "-" in each.version]


def meets(one: Provider, constraint: str) -> bool:
    """Whether Terraform takes this version for the constraint."""
    return lowest_version(f"{constraint}, = {one.version}") is not None


def missing() -> str:
    """Which required versions no mirror holds, and how to get them; empty if all are there."""
    absent = [one.wanted for one in generations() if not one.google]
    return f"no mirror on this machine holds {GOOGLE} {' and '.join(absent)}: {HOW}" if absent else ""
