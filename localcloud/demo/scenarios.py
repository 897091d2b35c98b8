"""The articles' scenarios in few configurations: who calls, and what has to come of it."""

from collections.abc import Callable, Iterator

from . import inventory
from .callers import ANSWER, DENIED, NO_TOKEN, Callers, Outcome
from .settings import OFFICE
from .table import Line

OUTSIDE = "198.51.100.200"
"""An address that is in no list."""
ANSWER_LOGGED = "answer, violation logged"
WORKLOADS, PEOPLE = 'ingress rule "workloads call Gemini"', 'ingress rule "on-premises tokyo calls Gemini"'
CONDITION = "rejected by the attribute condition"
ROLES = ("demo-batch", "other-role", "demo-app2")
"""Roles that are there before the stacks are."""
Lines = Iterator[Line]
Inventory = tuple[set[str], set[str]]
"""What there is in AWS and at Google."""


def dry_run(callers: Callers, instance: str) -> Lines:
    """Nobody is denied, and who would be is in the log. Trust is never a dry run."""
    group, allowed = "dry run", callers.on_instance(instance)
    yield line(group, f"instance, its NAT address {allowed.address}", ANSWER, allowed, by=WORKLOADS)
    would = violation(callers, "dry_run", callers.with_role("demo-app", OUTSIDE))
    yield line(group, f"its role, from {OUTSIDE}", ANSWER_LOGGED, would, by="no ingress rule")
    stranger: Callable[..., Outcome] = lambda role, **more: callers.with_role(role, allowed.address, **more)  # noqa: E731
    yield line(group, "another role of the account", NO_TOKEN, stranger("other-role"), by=CONDITION)
    yield line(group, "a role that begins as ours: demo-app2", NO_TOKEN, stranger("demo-app2"), by=CONDITION)
    other = stranger("demo-app", account="999999999999")
    yield line(group, "another account's role demo-app", NO_TOKEN, other, by="AWS account that the provider does not")


def enforced(callers: Callers, instance: str) -> Lines:
    """The same callers, once what was tried is enforced."""
    group, denied = "enforced", callers.with_role("demo-app", OUTSIDE)
    logged = violation(callers, "enforced", denied)
    yield line(group, f"its role, from {OUTSIDE}, again", DENIED, logged, by="no ingress rule")
    allowed = callers.on_instance(instance)
    yield line(group, "instance, its NAT address", ANSWER, allowed, by=WORKLOADS)
    direct = callers.with_role("demo-batch", allowed.address, workload="batch")
    yield line(group, "direct mode, the NAT address", ANSWER, direct, by=WORKLOADS)
    elsewhere = callers.with_role("demo-batch", OUTSIDE, workload="batch")
    yield line(group, f"direct mode, from {OUTSIDE}", DENIED, elsewhere, by="no ingress rule")
    callers.may_ask(granted=True)
    yield line(group, f"a user on premises, from {OFFICE}", ANSWER, callers.person(), by=PEOPLE)
    wrong = callers.person(allowed.address)
    yield line(group, "that user, from the NAT address", DENIED, wrong, by="no ingress rule")


def dummy(callers: Callers, instance: str) -> Lines:
    """The article's test: with a dummy in the level even the instance is out."""
    group = "192.0.2.1/32 in the level"
    yield line(group, "instance, its NAT address", DENIED, callers.on_instance(instance), by="no ingress rule")


def stopped(callers: Callers, instance: str) -> Lines:
    """The stop switch of one workload."""
    group, refused = "stop switch: disabled = true", callers.on_instance(instance)
    yield line(group, "instance, its NAT address", NO_TOKEN, refused, by=CONDITION)
    others = callers.with_role("demo-batch", refused.address, workload="batch")
    yield line(group, "the other workload", ANSWER, others, by=WORKLOADS)


def paused(callers: Callers, before: str) -> Lines:
    """What costs by the hour is deleted, the address is not."""
    there = inventory.aws(callers.cloud)
    costly = sorted(id for id in there if id.startswith(("nat-", "i-")))
    kept = "address kept" if before in there else "address given up"
    happened = f"{kept}, nothing runs" if not costly else f"{kept}, {', '.join(costly)}"
    yield Line("paused = true", "what is in the account", "address kept, nothing runs", happened, detail=before)


def resumed(callers: Callers, instance: str, before: str, changes: list[str]) -> Lines:
    """As it was, and Google need not hear of it."""
    group, again = "resumed", callers.on_instance(instance)
    yield line(group, f"the new instance, from {before}", ANSWER, again, by=WORKLOADS)
    same = "the same" if again.address == before else again.address or "none"
    yield Line(group, "its address", "the same", same, detail=again.address)
    todo = ", ".join(changes) or "no changes"
    yield Line(group, "what Google's stack would change", "no changes", todo)


def destroyed(
    before: Inventory, after: Inventory, mistakes: list[str], group: str = "destroyed", pool: str = "demo-aws"
) -> Lines:
    """What remains, what existed before, and the requests that no real API takes."""
    aws, google = (now - was for now, was in zip(after, before, strict=True))
    kept = sorted(name for name in google if name.endswith(" (deleted)"))
    yield Line(group, "what remains in AWS", "nothing", ", ".join(sorted(aws)) or "nothing")
    living = ", ".join(sorted(google - set(kept))) or "nothing alive"
    blocked = ", ".join(name.split("/", 2)[2].removeprefix("locations/global/") for name in kept)
    rule = f"Google keeps them for 30 days, and their ids with them: {blocked}"
    by = f"workloadIdentityPools/{pool} (deleted)"
    yield Line(group, "what remains in Google", "nothing alive", living, rule, by)
    lost = ", ".join(sorted(set().union(*before) - set().union(*after)))
    yield Line(group, "what was there before", "is there", f"lost: {lost}" if lost else "is there")
    yield Line(group, "requests that no real API takes", "none", "; ".join(mistakes) or "none")


def violation(callers: Callers, mode: str, outcome: Outcome) -> Outcome:
    """The outcome with the entry that the stack's own filter finds in the log: of this address, or this identifier."""
    more = f'protoPayload.requestMetadata.callerIp="{outcome.address}"'
    if outcome.identifier:
        more = f'protoPayload.metadata.vpcServiceControlsUniqueId="{outcome.identifier}"'
    found = callers.violations(mode, more)
    what = outcome.what if len(found) else f"{outcome.what}, no violation logged"
    if mode == "dry_run" and found and outcome.what == ANSWER:
        uid = found[-1]["protoPayload"]["metadata"]["vpcServiceControlsUniqueId"]
        return Outcome(ANSWER_LOGGED, outcome.address, uid, outcome.dry_run_rule)
    return Outcome(what, outcome.address, outcome.identifier, outcome.rule)


def line(group: str, scenario: str, expected: str, outcome: Outcome, *, by: str) -> Line:
    """A caller's line; `by` is in the rule that has to decide it."""
    rule = outcome.rule
    if group.endswith("dry run") and outcome.what == ANSWER:  # nothing is enforced: the dry run is what decides
        rule = outcome.dry_run_rule
    return Line(group, scenario, expected, outcome.what, rule, by, outcome.identifier[:20])
