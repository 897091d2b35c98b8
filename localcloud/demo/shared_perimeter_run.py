"""The second act: a perimeter of the security team, which three teams in two AWS accounts join."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from . import before, hand_edits, joined, scenarios
from .base_run import BaseRun
from .callers import Callers
from .joined import Member
from .joiners import BLUE, CENTRAL, GREEN, RED, Joiner
from .security import owner
from .settings import DRY_RUN, ENFORCED, HANDED_OVER, synthesize

OWNER = "shared"
JOINERS = (BLUE, RED)


class SharedPerimeterRun(BaseRun):
    """An owner and two that join: in a dry run, enforced, edited by hand; one leaves. A third one joins and hands over."""

    def run(self) -> None:
        before.create(self.cloud)
        there = self._inventory(BLUE.account, RED.account)
        self._say("synthesize an owner and three that join")
        self._stacks = synthesize(_texts(), self.folder, self.deployer.versions)
        with ThreadPoolExecutor(2) as behind:
            built = [behind.submit(self._instance, self._stacks[f"{one.prefix} {DRY_RUN}"]) for one in JOINERS]
            self._google(OWNER, DRY_RUN)
            instances = [one.result() for one in built]
        for one in JOINERS:
            self._google(one.prefix, DRY_RUN)
        blue, red = (
            Member(one, self._callers(one), self.cloud.aws.address(instance), instance)
            for one, instance in zip(JOINERS, instances, strict=True)
        )
        blue.callers.may_read_logs()
        self._add(joined.dry_run(blue, red))
        for name in (OWNER, *(one.prefix for one in JOINERS)):
            self._google(name, ENFORCED)
        self._add(joined.enforced(blue, red))
        self._add(joined.egress(blue.callers))
        self._google(GREEN.prefix, ENFORCED)
        green = Member(GREEN, self._callers(GREEN), CENTRAL)
        self._add(joined.existing(green))
        self._edited(red)
        self._leaves(RED)
        self._say(f"plan {OWNER}-google")
        changes = self.deployer.changes(f"{OWNER}-google", self._stacks[f"{OWNER} {ENFORCED}"][f"{OWNER}-google"])
        self._add(joined.after_leaving(blue, red, changes))
        level = self._handed_over(GREEN)
        self._add(joined.handed_over(green))
        self._end(level)
        remains = self._inventory(BLUE.account, RED.account)
        self._add(scenarios.destroyed(there, remains, self.mistakes, "all destroyed", f"{RED.prefix}-aws"))

    def _google(self, name: str, mode: str) -> None:
        self._say(f"apply {name}-google: {mode}")
        self.deployer.apply(f"{name}-google", self._stacks[f"{name} {mode}"][f"{name}-google"])

    def _callers(self, one: Joiner) -> Callers:
        folder = self.folder / f"{one.prefix} {ENFORCED}"
        return Callers(self.cloud, folder, self.deployer.outputs(f"{one.prefix}-google"))

    def _edited(self, red: Member) -> None:
        hand_edits.edit(self.cloud, lambda rules: hand_edits.anywhere(RED.prefix, rules))
        self._add(joined.edited(red, *self._reported(RED)))
        hand_edits.edit(self.cloud, lambda rules: hand_edits.without(RED.prefix, rules))
        self._google(RED.prefix, ENFORCED)
        self._add(joined.repaired(red, *self._reported(RED)))

    def _reported(self, one: Joiner) -> tuple[int, str]:
        return hand_edits.reported(self.cloud, self.folder / f"{one.prefix} {ENFORCED}")

    def _handed_over(self, one: Joiner) -> str:
        """Hand over as the how-to says, and return the level's name.

        Terraform forgets what the join applied, and the owner writes the rules.
        """
        was, handed = (self._stacks[f"{one.prefix} {mode}"][f"{one.prefix}-google"] for mode in (ENFORCED, HANDED_OVER))
        forgotten = sorted(_addresses(was) - _addresses(handed))
        handed["removed"] = [{"from": address, "lifecycle": {"destroy": False}} for address in forgotten]
        self._google(one.prefix, HANDED_OVER)
        files = hand_edits.handed_over(self.cloud, self.folder / f"{one.prefix} {HANDED_OVER}")
        rules = files["perimeter"]["status"]["ingressPolicies"]
        hand_edits.edit(self.cloud, lambda others: [*hand_edits.without(one.prefix, others), *rules])
        (level,) = files["levels"]
        return str(level["name"])

    def _leaves(self, one: Joiner) -> None:
        """As the runbook says: an enforced membership becomes a dry run first."""
        self._google(one.prefix, DRY_RUN)
        self._destroy(one.prefix, "google")

    def _end(self, level: str) -> None:
        with ThreadPoolExecutor(2) as behind:
            ended = [behind.submit(self._destroy, one.prefix, "aws") for one in JOINERS]
            self._leaves(BLUE)
            self._destroy(GREEN.prefix, "google", HANDED_OVER)
            self._google(OWNER, DRY_RUN)
            self._destroy(OWNER, "google")
            hand_edits.delete(self.cloud, level)
            for one in ended:
                one.result()

    def _destroy(self, name: str, cloud: str, mode: str = DRY_RUN) -> None:
        stack = f"{name}-{cloud}"
        self._say(f"destroy {stack}")
        self.deployer.destroy(stack, self._stacks[f"{name} {mode}"][stack])


def _texts() -> dict[str, str]:
    """Every settings file of the act, by the name of its folder."""
    found = {f"{OWNER} {mode}": owner(mode) for mode in (DRY_RUN, ENFORCED)}
    found |= {f"{one.prefix} {mode}": one.text(mode) for one in JOINERS for mode in (DRY_RUN, ENFORCED)}
    return found | {f"{GREEN.prefix} {mode}": GREEN.text(mode) for mode in (ENFORCED, HANDED_OVER)}


def _addresses(stack: dict[str, Any]) -> set[str]:
    return {f"{kind}.{name}" for kind, named in stack["resource"].items() for name in named}
