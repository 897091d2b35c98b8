"""What an environment's TOML file means, said once more and naively: the oracle of test_callers.

It reads the file as tomllib does and shares no code with policy/, stacks/ or constructs_lib/. Documented defaults are
repeated on purpose (environments/example.toml).
"""

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ANSWER, FEDERATION, IAM, PERIMETER, NOBODY = "answer", "federation", "IAM", "perimeter", "no credential"
GEMINI, STS, CREDENTIALS = "aiplatform.googleapis.com", "sts.googleapis.com", "iamcredentials.googleapis.com"
TERRAFORM_USES = {
    "accesscontextmanager", "cloudresourcemanager", "iam", "iamcredentials", "logging", "monitoring", "serviceusage",
    "sts",
}  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What no TOML file says: `made` are the addresses that AWS gave to the stack's own network and that its instances

    leave from, `brought` all others by allocation id, `role_ids` the unique ids of the account's roles by name. `predict`, `predict_elsewhere` and `owners`
    are members to whom somebody else granted Gemini, Gemini in another project, and everything. `waiting` are workloads whose
    grants are not made yet.
    """

    made: frozenset[str]
    brought: Mapping[str, str]
    role_ids: Mapping[str, str]
    predict: frozenset[str]
    predict_elsewhere: frozenset[str]
    owners: frozenset[str]
    waiting: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Who:
    """The holder of a token: a workload by its name, or a Google account by its member strings (`user:`, `group:`,

    `serviceAccount:`). Neither: somebody without a token.
    """

    workload: str = ""
    members: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Expected:
    """`outcome` is an answer or who denies it; `logged` what the policy log has of it: "", "enforced" or "dry run"."""

    outcome: str
    logged: str = ""


class Intent:
    """One environment's."""

    def __init__(self, tables: Mapping[str, Any], facts: Facts) -> None:
        self.tables, self.facts = tables, facts
        self.aws, self.google = tables["aws"], tables["google"]
        self.workloads = {one["name"]: one for one in tables["workload"]}
        self.perimeter: Mapping[str, Any] | None = tables.get("perimeter")

    # Who is who.

    def role(self, workload: str) -> str:
        return str(self.workloads[workload].get("role_name") or f"{self.tables['prefix']}-{workload}")

    def account(self, workload: str) -> str:
        """The email of the service account that a workload impersonates, "" if it calls directly."""
        one = self.workloads[workload]
        if existing := one.get("service_account_email"):
            return str(existing)
        id = one.get("service_account_id") or f"{self.tables['prefix']}-{workload}"
        email = f"{id}@{self.google['project_id']}.iam.gserviceaccount.com"
        return email if one.get("auth", "impersonation") == "impersonation" else ""

    def working(self) -> list[str]:
        """The workloads that are not stopped."""
        return [name for name, one in self.workloads.items() if not one.get("disabled")]

    def workload(self, arn: str, userid: str) -> str:
        """The working workload that an AWS caller is, "" if it is none: its role, of our account, and if pinned that very

        role. Google takes no subject of more than 127 bytes.
        """
        if self.google.get("subject", "arn") == "arn" and len(arn.encode()) > 127:
            return ""
        partition = "aws-us-gov" if self.aws["region"].startswith("us-gov-") else "aws"
        for name in self.working():
            role, one = self.role(name), self.workloads[name]
            if arn.split("/")[:-1] != [f"arn:{partition}:sts::{self.aws['account_id']}:assumed-role", role]:
                continue
            pinned = self.facts.role_ids[role] if one.get("pin_unique_id") else one.get("role_unique_id")
            if pinned in (None, userid.split(":")[0]):
                return name
        return ""

    def instances(self) -> set[str]:
        """The workloads that have an instance of ours."""
        has_network = "existing_network" in self.aws or not self.aws.get("network", {"paused": True}).get("paused")
        built = {name for name, one in self.workloads.items() if "role_name" not in one or "instance_profile" in one}
        return built if has_network else set()

    # From where.

    def addresses(self) -> list[str]:
        """The networks that workloads come from."""
        if "egress_cidrs" in self.aws:
            return list(self.aws["egress_cidrs"])
        if existing := self.aws.get("existing_network"):
            return list(existing.get("egress_cidrs", ())) or [
                self.facts.brought[id] for id in existing["allocation_ids"]
            ]
        network = self.aws["network"]
        several = network.get("nat") == "per-zone"
        zones = network["zones"] if several else [network.get("nat_zone", network["zones"][0])]
        brought = [self.facts.brought[id] for zone, id in network.get("allocation_ids", {}).items() if zone in zones]
        assert len(brought) + len(self.facts.made) == len(zones), "AWS gave out another number of addresses"
        return [*brought, *self.facts.made]

    # What may happen.

    def exchange(self, workload: str, address: str) -> Expected:
        """A signed request for a token; the caller is a workload or "". What it concerns is the project of the pool."""
        if "pool_project_id" in self.google:
            return Expected(ANSWER if workload else FEDERATION)
        return self._past(STS, address, Who(), ANSWER if workload else FEDERATION)

    def impersonate(self, who: Who, account: str, address: str) -> Expected:
        """A token of a service account."""
        mine = who.workload in self._granted() and account == self.account(who.workload)
        ours = account.endswith(f"@{self.google['project_id']}.iam.gserviceaccount.com")
        outcome = ANSWER if mine else IAM
        return self._past(CREDENTIALS, address, who, outcome) if ours else Expected(outcome)

    def ask(self, who: Who, address: str) -> Expected:
        """A prompt to Gemini in our project."""
        return self._past(GEMINI, address, who, ANSWER if self._may_predict(who) else IAM)

    def ask_elsewhere(self, who: Who) -> Expected:
        """A prompt to Gemini in somebody else's project."""
        return Expected(ANSWER if who.members & self.facts.predict_elsewhere else IAM)

    def read_project(self, who: Who, address: str) -> Expected:
        """The project's metadata: Google's predefined role, unlike the kit's own, has them too."""
        wide = any(
            self.workloads[name].get("role") == "roles/aiplatform.user" and self._is(who, name)
            for name in self.working()
        )
        allowed = wide or who.members & (self.facts.predict | self.facts.owners)
        return self._past("cloudresourcemanager.googleapis.com", address, who, ANSWER if allowed else IAM)

    def manage(self, service: str, who: Who, address: str) -> Expected:
        """Anything that an owner may do, and nobody else."""
        return self._past(service, address, who, ANSWER if who.members & self.facts.owners else IAM)

    def _is(self, who: Who, workload: str) -> bool:
        """Whether a token is the one that a workload calls Gemini with."""
        if account := self.account(workload):
            return f"serviceAccount:{account}" in who.members
        return who.workload == workload

    def _may_predict(self, who: Who) -> bool:
        return bool(who.members & self.facts.predict) or any(self._is(who, name) for name in self._granted())

    def _granted(self) -> list[str]:
        return [name for name in self.working() if name not in self.facts.waiting]

    def as_it_should(self, workload: str) -> Expected:
        """All that a workload is there for: an exchange, a token of its service account if it has one, and a prompt."""
        if workload not in self.working():
            return self.exchange("", self.addresses()[0].partition("/")[0])
        home, account = self.addresses()[0].partition("/")[0], self.account(workload)
        steps = [self.exchange(workload, home)]
        who = Who(workload=workload)
        if account:
            steps.append(self.impersonate(who, account, home))
            who = Who(members=frozenset({f"serviceAccount:{account}"}))
        steps.append(self.ask(who, home))
        last = next((one for one in steps if one.outcome != ANSWER), steps[-1])
        return Expected(last.outcome, "+".join(one.logged for one in steps if one.logged))

    # What is around the project.

    def _past(self, service: str, address: str, who: Who, outcome: str) -> Expected:
        """What comes of a call, given what comes of it behind the perimeter."""
        if self.perimeter is None:
            return Expected(outcome)
        main = dict(self.perimeter)
        enforced = None if main.get("dry_run", True) else main
        tested = {**main, **main.get("proposed", {})} if "proposed" in main else main
        if enforced is not None and not self._passes(enforced, service, address, who):
            return Expected(PERIMETER, "enforced")
        return Expected(outcome, "" if self._passes(tested, service, address, who) else "dry run")

    def _passes(self, perimeter: Mapping[str, Any], service: str, address: str, who: Who) -> bool:
        restricted = perimeter.get("restricted_services", [GEMINI])
        return service not in restricted or any(self._doors(perimeter, service, address, who))

    def _doors(self, perimeter: Mapping[str, Any], service: str, address: str, who: Who) -> Iterator[bool]:
        """Workloads from their addresses, people from theirs, whoever runs Terraform from theirs; nobody otherwise.

        A token exchange carries no identity: there the address alone counts.
        """
        working = self.working()
        if working and within(address, perimeter.get("egress_cidrs") or self.addresses()):
            yield service == STS
            yield service == GEMINI and (perimeter.get("any_identity", False) or any(self._is(who, n) for n in working))
            yield service == CREDENTIALS and who.workload in [name for name in working if self.account(name)]
        for entry in self.tables.get("on_premises", []):
            if within(address, entry["cidrs"]):
                machines = {one for one in entry["identities"] if not one.startswith(("user:", "group:"))}
                yield service == GEMINI and bool(who.members & set(entry["identities"]))
                yield service == STS and bool(machines)
                yield service == CREDENTIALS and bool(who.members & machines)
        deployer = perimeter.get("deployer")
        used = TERRAFORM_USES | ({"storage"} if self.tables.get("backend", {}).get("type") == "gcs" else set())
        if deployer and service.removesuffix(".googleapis.com") in used and within(address, deployer["cidrs"]):
            yield service == STS or bool(who.members & set(deployer["identities"]))
            yield service == CREDENTIALS and bool(who.members & set(deployer.get("impersonators", [])))


def within(address: str, networks: list[str]) -> bool:
    """Whether an address lies in one of these networks or is one of these addresses."""
    one = ipaddress.ip_address(address)
    return any(one in network for network in map(ipaddress.ip_network, networks) if one.version == network.version)
