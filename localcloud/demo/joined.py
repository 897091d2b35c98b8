"""The scenarios of the second act: who may call what from where, in a perimeter that two AWS accounts join."""

from dataclasses import dataclass

from .callers import ANSWER, DENIED, NO_TOKEN, Callers, Outcome
from .joiners import BLUE, RED, Joiner
from .scenarios import ANSWER_LOGGED, OUTSIDE, Lines, line, violation
from .table import Line

ACT = f"two AWS accounts join the perimeter of a security team, blue ({BLUE.account}) and red ({RED.account})"
EDITED = "was edited outside of Terraform"


@dataclass(frozen=True)
class Member:
    """A deployed joiner: its callers, and its instance with its egress address."""

    joiner: Joiner
    callers: Callers
    instance: str
    address: str

    @property
    def rule(self) -> str:
        """The text that a decision by its rule contains."""
        return f'ingress rule "{self.joiner.prefix}: workloads call Gemini'


def dry_run(blue: Member, red: Member) -> Lines:
    """Both are inside, and each one's rule admits its own workload."""
    group = f"{ACT}: dry run"
    yield from _own(group, blue, red)
    would = violation(blue.callers, "dry_run", _with_role(blue, red.address))
    yield line(group, "blue's role, from red's address", ANSWER_LOGGED, would, by="no ingress rule")


def enforced(blue: Member, red: Member) -> Lines:
    """Neither account's callers pass by the other account's rule."""
    group = "enforced by the owner, then by both"
    yield from _own(group, blue, red)
    yield line(group, "blue's role, from red's address", DENIED, _with_role(blue, red.address), by="no ingress rule")
    yield line(group, "red's role, from blue's address", DENIED, _with_role(red, blue.address), by="no ingress rule")
    name, account = blue.joiner.role, red.joiner.account
    other = blue.callers.with_role(name, blue.address, account=account)
    yield line(
        group, f"red's account, its own role {name}", NO_TOKEN, other, by="AWS account that the provider does not"
    )
    asked = blue.callers.asking(red.callers).on_instance(blue.instance)
    yield line(group, "blue's instance asks red's project", DENIED, asked, by="no ingress rule")


def edited(red: Member, code: int, said: str) -> Lines:
    """Somebody opened red's rule; `code` and `said` are the exit code and the output of red's check of the perimeter."""
    group = "somebody opens red's rule by hand"
    yield line(group, f"red's role, from {OUTSIDE}", ANSWER, _with_role(red, OUTSIDE), by=red.rule)
    happened = "reported" if code else "nothing reported"
    yield Line(group, "what red's next run reports", "reported", happened, said, EDITED)


def repaired(red: Member, code: int, said: str) -> Lines:
    """The edited rule was deleted by hand, and red deployed again."""
    group = "that rule deleted, red deployed again"
    yield line(group, f"red's role, from {OUTSIDE}", DENIED, _with_role(red, OUTSIDE), by="no ingress rule")
    yield line(group, "red's instance", ANSWER, red.callers.on_instance(red.instance), by=red.rule)
    yield Line(group, "what red's next run reports", "nothing", said if code else "nothing")


def after_leaving(blue: Member, red: Member, changes: list[str]) -> Lines:
    """Red is destroyed, and the calls of the others do not change."""
    group = "red leaves"
    gone = red.callers.on_instance(red.instance)
    yield line(group, "red's instance", NO_TOKEN, gone, by=f"pool {red.joiner.prefix}-aws")
    yield line(group, "blue's instance", ANSWER, blue.callers.on_instance(blue.instance), by=blue.rule)
    yield Line(group, "what the owner's stack would change", "no changes", ", ".join(changes) or "no changes")


def _own(group: str, *members: Member) -> Lines:
    for one in members:
        who = f"{one.joiner.prefix}'s instance, {one.address}"
        yield line(group, who, ANSWER, one.callers.on_instance(one.instance), by=one.rule)


def _with_role(one: Member, address: str) -> Outcome:
    return one.callers.with_role(one.joiner.role, address, account=one.joiner.account)
