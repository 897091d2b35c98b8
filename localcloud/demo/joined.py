"""The scenarios of the second act: who may call what from where, in a perimeter that three teams join."""

from dataclasses import dataclass

from .callers import ANSWER, DENIED, NO_TOKEN, Callers, Outcome
from .joiners import BLUE, RED, Joiner
from .scenarios import ANSWER_LOGGED, OUTSIDE, Lines, line, violation
from .security import JOBS, OTHER, PARTNER, SECURITY
from .table import Line

ACT = f"two AWS accounts join the perimeter of a security team, blue ({BLUE.account}) and red ({RED.account})"
EDITED = "was edited outside of Terraform"


@dataclass(frozen=True)
class Member:
    """A deployed joiner: its callers, its egress address, and its instance ("" if its workload has an existing role)."""

    joiner: Joiner
    callers: Callers
    address: str
    instance: str = ""

    @property
    def who(self) -> str:
        """Its workload, in a scenario."""
        return f"{self.joiner.prefix}'s {'instance' if self.instance else 'function'}, {self.address}"

    @property
    def rule(self) -> str:
        """The text that a decision by its rule contains."""
        return f'ingress rule "{self.joiner.prefix}: workloads call Gemini'

    def call(self) -> Outcome:
        """Its workload calls from its egress address."""
        return self.callers.on_instance(self.instance) if self.instance else self.call_from(self.address)

    def call_from(self, address: str) -> Outcome:
        """A session of its workload's role calls from an address."""
        return self.callers.with_role(self.joiner.role, address, account=self.joiner.account)


def dry_run(blue: Member, red: Member) -> Lines:
    """Both are inside, and each one's rule admits its own workload."""
    group = f"{ACT}: dry run"
    yield from _own(group, blue, red)
    would = violation(blue.callers, "dry_run", blue.call_from(red.address))
    yield line(group, "blue's role, from red's address", ANSWER_LOGGED, would, by="no ingress rule")


def enforced(blue: Member, red: Member) -> Lines:
    """Neither account's callers pass by the other account's rule."""
    group = "enforced by the owner, then by both"
    yield from _own(group, blue, red)
    yield line(group, "blue's role, from red's address", DENIED, blue.call_from(red.address), by="no ingress rule")
    yield line(group, "red's role, from blue's address", DENIED, red.call_from(blue.address), by="no ingress rule")
    name, account = blue.joiner.role, red.joiner.account
    other = blue.callers.with_role(name, blue.address, account=account)
    yield line(
        group, f"red's account, its own role {name}", NO_TOKEN, other, by="AWS account that the provider does not"
    )
    asked = blue.callers.asking(red.callers).on_instance(blue.instance)
    yield line(group, "blue's instance asks red's project", DENIED, asked, by="no ingress rule")


def egress(callers: Callers) -> Lines:
    """What machines inside the perimeter may call outside of it. The owner's egress rule names an account and a project."""
    group = f"the owner's egress rule: its service account may call project {PARTNER[0]}, outside of the perimeter"
    rule, blue = 'egress rule "shared: egress partner', f"{BLUE.role}@{BLUE.project}.iam.gserviceaccount.com"
    for who, email, number, project, expected, by in (
        (f"job in {SECURITY[0]}", JOBS, SECURITY[1], PARTNER[0], ANSWER, rule),
        (f"job in {SECURITY[0]}", JOBS, SECURITY[1], OTHER[0], DENIED, "no egress rule"),
        ("job in blue's project", blue, BLUE.number, PARTNER[0], DENIED, f"identity {blue} is not listed"),
    ):
        yield line(group, f"{who} asks {project}", expected, callers.job(email, number, project), by=by)


def existing(green: Member) -> Lines:
    """The third team brings its network, role, service account and custom role."""
    group = "green joins with central egress, and with a role, a service account and a custom role that exist"
    yield from _admitted(group, green)


def handed_over(green: Member) -> Lines:
    """The perimeter's owner wrote what the third team handed over. Its callers are admitted as before."""
    yield from _admitted("green hands its rule over, and the owner writes it", green)


def edited(red: Member, code: int, said: str) -> Lines:
    """Somebody opened red's rule; `code` and `said` are the exit code and the output of red's check of the perimeter."""
    group = "somebody opens red's rule by hand"
    yield line(group, f"red's role, from {OUTSIDE}", ANSWER, red.call_from(OUTSIDE), by=red.rule)
    happened = "reported" if code else "nothing reported"
    yield Line(group, "what red's next run reports", "reported", happened, said, EDITED)


def repaired(red: Member, code: int, said: str) -> Lines:
    """The edited rule was deleted by hand, and red deployed again."""
    group = "that rule deleted, red deployed again"
    yield line(group, f"red's role, from {OUTSIDE}", DENIED, red.call_from(OUTSIDE), by="no ingress rule")
    yield line(group, "red's instance", ANSWER, red.call(), by=red.rule)
    yield Line(group, "what red's next run reports", "nothing", said if code else "nothing")


def after_leaving(blue: Member, red: Member, changes: list[str]) -> Lines:
    """Red is destroyed, and the calls of the others do not change."""
    group = "red leaves"
    yield line(group, "red's instance", NO_TOKEN, red.call(), by=f"pool {red.joiner.prefix}-aws")
    yield line(group, "blue's instance", ANSWER, blue.call(), by=blue.rule)
    yield Line(group, "what the owner's stack would change", "no changes", ", ".join(changes) or "no changes")


def _own(group: str, *members: Member) -> Lines:
    for one in members:
        yield line(group, one.who, ANSWER, one.call(), by=one.rule)


def _admitted(group: str, one: Member) -> Lines:
    """Its workload is admitted from its own address alone."""
    yield from _own(group, one)
    denied = one.call_from(OUTSIDE)
    yield line(group, f"{one.joiner.prefix}'s function, from {OUTSIDE}", DENIED, denied, by="no ingress rule")
