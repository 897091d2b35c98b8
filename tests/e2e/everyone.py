"""Callers of a whole organization: of every AWS account, through every pool, to every project; and the naive oracle over all members."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from localcloud.google import seed
from policy import identity as identities

from .intent import ANSWER, NOBODY, Expected, Facts, Intent, Who
from .members import ACCOUNT, MEMBERS, SECOND_ACCOUNT, Member, Organization
from .principals import ELSEWHERE_ACCOUNT, Principal

REGION, SESSION = "ap-northeast-1", "i-0123456789abcdef0"
PEOPLE = {
    "mallory": identities.user("mallory@example.com"),
    "stranger": identities.user("stranger@example.com"),
    "deployer": identities.user(seed.DEPLOYER),
}
GRANTED = frozenset({"user:mallory@example.com"})
"""Whom somebody else has granted PREDICTS in every project: only the perimeter stands between them and Gemini."""
FEDERATED, IMPERSONATED, ANONYMOUS = "federated", "impersonated", "anonymous"
OUTSIDE = ("192.0.2.100", "203.0.113.6", "203.0.113.12", "198.51.100.1", "8.8.8.8")
ROLES = ("app", "batch", "caller", "other")
ASK, EXCHANGE, IMPERSONATE = "ask", "exchange", "impersonate"


@dataclass(frozen=True)
class Caller:
    """`kind` is one of the people, "anonymous", or how an AWS principal acts. That one gets its tokens through the pool of

    a member, from the address `home`, and calls from `address`: Gemini in `project`, or a token of the service account `target`.
    """

    kind: str
    principal: Principal
    pool: str
    target: str
    project: str
    home: str
    address: str
    operation: str = ASK


def facts(one: Member | None) -> Facts:
    """What no file says of a member."""
    owner, waiting = frozenset({f"user:{seed.DEPLOYER}"}), [] if one is None or one.granted else [one.workload]
    return Facts(frozenset(), {}, {}, GRANTED | owner, frozenset(), owner, frozenset(waiting))


class Oracle:
    """What the files of all members say of a caller. A member's own file decides about its project, in the owner's perimeter."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization
        members = organization.members
        self.intents = {name: Intent(organization.tables(name), facts(members.get(name))) for name in MEMBERS}

    def expected(self, caller: Caller) -> Expected:
        if caller.operation == EXCHANGE:
            return self.intents[caller.pool].exchange(self._workload(caller), caller.address)
        if caller.kind == ANONYMOUS:
            return Expected(NOBODY)
        who = self._who(caller)
        if isinstance(who, Expected):
            return who
        if caller.operation == IMPERSONATE:
            return self._impersonate(who, caller, caller.address)
        return self.intents[caller.project].ask(self._seen(who, caller, caller.project), caller.address)

    def _who(self, caller: Caller) -> Who | Expected:
        if caller.kind in PEOPLE:
            return Who(members=frozenset(PEOPLE[caller.kind].principals))
        workload = self._workload(caller)
        obtained = self.intents[caller.pool].exchange(workload, caller.home)
        if obtained.outcome != ANSWER:
            return Expected(obtained.outcome)
        who = Who(workload=workload)
        if caller.kind == FEDERATED:
            return who
        obtained = self._impersonate(who, caller, caller.home)
        return (
            Who(members=frozenset({f"serviceAccount:{caller.target}"}))
            if obtained.outcome == ANSWER
            else Expected(obtained.outcome)
        )

    def _impersonate(self, who: Who, caller: Caller, address: str) -> Expected:
        project = owner_of(caller.target)
        return self.intents[project].impersonate(self._seen(who, caller, project), caller.target, address)

    def _seen(self, who: Who, caller: Caller, project: str) -> Who:
        """A workload's name means nothing in the file of another member."""
        return who if caller.pool == project else replace(who, workload="")

    def _workload(self, caller: Caller) -> str:
        one = caller.principal
        arn = f"arn:aws:sts::{one.account}:assumed-role/{one.role}/{SESSION}"
        return self.intents[caller.pool].workload(arn, "") if caller.kind in (FEDERATED, IMPERSONATED) else ""


def owner_of(email: str) -> str:
    """The member whose project a service account is in."""
    return email.partition("@")[2].partition("-project.")[0]


def account(one: Member) -> str:
    return f"{one.name}-{one.workload}@{one.project}.iam.gserviceaccount.com"


def workload(one: Member, **changes: Any) -> Caller:
    """A member's workload that calls Gemini as it should, but for `changes`."""
    kind = IMPERSONATED if one.auth == "impersonation" else FEDERATED
    principal, home = Principal(one.role, one.account, REGION), one.addresses[0]
    return replace(Caller(kind, principal, one.name, account(one), one.name, home, home), **changes)


def legitimate(organization: Organization) -> Iterator[Caller]:
    """Every workload of every member, from each of its addresses."""
    for one in organization.members.values():
        yield from (workload(one, home=address, address=address) for address in one.addresses)


def suspicious(organization: Organization) -> Iterator[Caller]:
    """Who comes closest to each member's workloads."""
    for one in organization.members.values():
        own = workload(one)
        yield replace(own, address=OUTSIDE[-1])
        yield replace(own, kind="mallory", address=OUTSIDE[-1])
        yield replace(own, kind="mallory")
        yield replace(own, principal=replace(own.principal, account=ELSEWHERE_ACCOUNT))
        for other in MEMBERS.values():
            if other.name != one.name:
                yield replace(own, principal=workload(other).principal)
                yield replace(own, project=other.name)
                yield replace(own, project=other.name, address=other.addresses[0])
                yield replace(own, target=account(other))


def drawn(organization: Organization, chance: random.Random) -> Caller:
    """Any caller. One that is related to a member is as likely as one that is not."""
    pool = chance.choice(list(MEMBERS))
    one = organization.members.get(pool, MEMBERS[pool])
    own, every = workload(one), {address for each in MEMBERS.values() for address in each.addresses}
    addresses = sorted(every | {*one.addresses, *OUTSIDE})
    accounts = (ACCOUNT, SECOND_ACCOUNT, ELSEWHERE_ACCOUNT)
    principal = Principal(chance.choice(ROLES), chance.choice(accounts), REGION)
    targets = [account(organization.members.get(name, each)) for name, each in MEMBERS.items()]
    kinds = (FEDERATED, IMPERSONATED, IMPERSONATED, *PEOPLE, ANONYMOUS)
    return Caller(
        kind=chance.choice((own.kind, chance.choice(kinds))),
        principal=chance.choice((own.principal, principal)),
        pool=pool,
        target=chance.choice((own.target, chance.choice(targets))),
        project=chance.choice((pool, chance.choice(list(MEMBERS)))),
        home=chance.choice(one.addresses),
        address=chance.choice((chance.choice(one.addresses), chance.choice(addresses))),
        operation=chance.choice((ASK, ASK, EXCHANGE, IMPERSONATE)),
    )
