"""What the files of an organization say: one owner of a perimeter, and the environments that join it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

POLICY = "987654321"
PERIMETER = f"accessPolicies/{POLICY}/servicePerimeters/shared_perimeter"
ACCOUNT, SECOND_ACCOUNT = "123456789012", "210987654321"
ON_THE_WAY = ("aiplatform.googleapis.com", "iamcredentials.googleapis.com", "sts.googleapis.com")
OUT, DRY_RUN, ENFORCED = "out", "dry run", "enforced"


@dataclass(frozen=True)
class Member:
    """An environment with one project and one workload.

    One that hands over has three applies: `handed` is the owner's, and `granted` the one after it.
    """

    name: str
    number: str
    account: str
    auth: str
    addresses: tuple[str, ...]
    role: str
    workload: str = "app"
    perimeter: str = OUT
    hands_over: bool = False
    handed: bool = False
    granted: bool = True

    @property
    def project(self) -> str:
        return f"{self.name}-project"

    @property
    def attached(self) -> str:
        """What the perimeter has of it."""
        return OUT if self.hands_over and not self.handed else self.perimeter

    @cached_property
    def toml(self) -> str:
        """Its file."""
        table = ""
        if self.perimeter != OUT:
            table = f"""
[perimeter]
{"hand_over" if self.hands_over else "join"} = "{PERIMETER}"
dry_run = {str(self.perimeter == DRY_RUN).lower()}
restricted_services = {list(ON_THE_WAY)}
[perimeter.deployer]
identities = ["user:deployer@example.com"]
cidrs = ["192.0.2.100/32"]
"""
        return f"""
prefix = "{self.name}"
[aws]
region = "ap-northeast-1"
account_id = "{self.account}"
egress_cidrs = {[f"{address}/32" for address in self.addresses]}
[google]
project_id = "{self.project}"
project_number = "{self.number}"
[[workload]]
name = "{self.workload}"
role_name = "{self.role}"
auth = "{self.auth}"
{table}
[backend]
type = "local"
"""


@dataclass(frozen=True)
class Owner:
    """The security team's environment."""

    perimeter: str = DRY_RUN
    more: tuple[str, ...] = ()

    @property
    def restricted(self) -> list[str]:
        return [*ON_THE_WAY, *self.more]

    @cached_property
    def toml(self) -> str:
        """Its file."""
        return f"""
prefix = "shared"
[google]
project_id = "security-project"
project_number = "100000000001"
access_policy = "{POLICY}"
[perimeter]
shared = true
restricted_services = {self.restricted}
dry_run = {str(self.perimeter == DRY_RUN).lower()}
[backend]
type = "local"
"""


MEMBERS = {
    one.name: one
    for one in (
        Member("blue", "100000000002", ACCOUNT, "impersonation", ("203.0.113.7", "203.0.113.8"), "app"),
        Member("green", "100000000003", ACCOUNT, "direct", ("203.0.113.9",), "batch"),
        Member("red", "100000000004", SECOND_ACCOUNT, "impersonation", ("203.0.113.8", "203.0.113.11"), "app"),
    )
}
"""Two of one AWS account. The one of the other has a role and an address that are the first one's too."""


@dataclass(frozen=True)
class Organization:
    """Everybody's files as they are applied. `ended` members are destroyed: Google keeps their pools' ids for 30 days."""

    owner: Owner = Owner()
    members: Mapping[str, Member] = field(default_factory=dict)
    ended: frozenset[str] = frozenset()

    def with_member(self, one: Member) -> "Organization":
        return replace(self, members={**self.members, one.name: one})

    def without(self, name: str) -> "Organization":
        rest = {other: one for other, one in self.members.items() if other != name}
        return replace(self, members=rest, ended=self.ended | {name})

    def tables(self, name: str) -> dict[str, Any]:
        """A member's file, in which the perimeter has what its owner says: enforced is what both enforce."""
        if name not in self.members:
            bare = tomllib.loads(MEMBERS[name].toml)
            return {**bare, "workload": []}
        one = self.members[name]
        found = tomllib.loads(one.toml)
        found.pop("perimeter", None)
        if one.attached != OUT:
            tried = DRY_RUN in (one.perimeter, self.owner.perimeter)
            restricts = {"dry_run": tried, "restricted_services": self.owner.restricted}
            found["perimeter"] = tomllib.loads(one.toml)["perimeter"] | restricts
        return found
