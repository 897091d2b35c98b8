"""The second act: a perimeter of the security team, which environments of two AWS accounts join."""

from concurrent.futures import ThreadPoolExecutor

from ..google import seed
from . import hand_edits, inventory, joined, scenarios
from .base_run import BaseRun, Stacks
from .callers import Callers
from .joined import Member
from .joiners import BLUE, POLICY, RED, SECURITY, Joiner, owner
from .settings import synthesize

OWNER = "shared"
JOINERS = (BLUE, RED)


class SharedPerimeterRun(BaseRun):
    """An owner and two that join: in a dry run, enforced, edited by hand; one leaves."""

    def run(self) -> None:
        self._others()
        before = self._inventory()
        with ThreadPoolExecutor(2) as behind:
            self._say("synthesize an owner and two that join, each as a dry run and enforced")
            made = {
                (name, dry): behind.submit(self._synthesized, name, dry)
                for dry in (True, False)
                for name in (OWNER, *(one.prefix for one in JOINERS))
            }
            self._stacks = {which: one.result() for which, one in made.items()}
            built = [behind.submit(self._instance, self._stacks[one.prefix, True]) for one in JOINERS]
            self._google(OWNER, dry=True)
            instances = [one.result() for one in built]
        for one in JOINERS:
            self._google(one.prefix, dry=True)
        blue, red = map(self._member, JOINERS, instances)
        blue.callers.may_read_logs()
        self._add(joined.dry_run(blue, red))
        for name in (OWNER, *(one.prefix for one in JOINERS)):
            self._google(name, dry=False)
        self._add(joined.enforced(blue, red))
        self._edited(red)
        self._leaves(RED)
        self._say(f"plan {OWNER}-google")
        changes = self.deployer.changes(f"{OWNER}-google", self._stacks[OWNER, False][f"{OWNER}-google"])
        self._add(joined.after_leaving(blue, red, changes))
        self._end()
        aws, google = (now - was for now, was in zip(self._inventory(), before, strict=True))
        self._add(scenarios.destroyed(aws, google, self.mistakes, "both accounts destroyed", f"{RED.prefix}-aws"))

    def _others(self) -> None:
        """Create what exists before: projects, a policy, and a role in the second account that trusts the deployer."""
        seed.access_policy(self.cloud.state, POLICY)
        for project, number in (SECURITY, (RED.project, RED.number)):
            seed.project(self.cloud.state, project, number)
        self.cloud.aws.let_deployer_assume(RED.assumes, RED.prefix)
        self.cloud.as_caller(BLUE.role, address=scenarios.OUTSIDE, account=RED.account)

    def _inventory(self) -> tuple[set[str], set[str]]:
        accounts = (inventory.aws(self.cloud, one.account) for one in JOINERS)
        return set().union(*accounts), inventory.google(self.cloud.state)

    def _synthesized(self, name: str, dry: bool) -> Stacks:
        versions = self.deployer.versions
        files = {one.prefix: one.text(dry_run=dry, versions=versions) for one in JOINERS}
        return synthesize(files.get(name) or owner(dry_run=dry, versions=versions), self.folder / _folder(name, dry))

    def _google(self, name: str, *, dry: bool) -> None:
        self._say(f"apply {name}-google: {'dry run' if dry else 'enforced'}")
        self.deployer.apply(f"{name}-google", self._stacks[name, dry][f"{name}-google"])

    def _member(self, one: Joiner, instance: str) -> Member:
        outputs = self.deployer.outputs(f"{one.prefix}-google")
        callers = Callers(self.cloud, self.folder / _folder(one.prefix, True), outputs)
        return Member(one, callers, instance, self.cloud.aws.address(instance))

    def _edited(self, red: Member) -> None:
        hand_edits.edit(self.cloud, lambda rules: hand_edits.anywhere(RED.prefix, rules))
        self._add(joined.edited(red, *self._reported(RED)))
        hand_edits.edit(self.cloud, lambda rules: hand_edits.without(RED.prefix, rules))
        self._google(RED.prefix, dry=False)
        self._add(joined.repaired(red, *self._reported(RED)))

    def _reported(self, one: Joiner) -> tuple[int, str]:
        return hand_edits.reported(self.cloud, self.folder / _folder(one.prefix, False))

    def _leaves(self, one: Joiner) -> None:
        """As the runbook says: an enforced membership becomes a dry run first."""
        self._google(one.prefix, dry=True)
        self._destroy(f"{one.prefix}-google")

    def _end(self) -> None:
        with ThreadPoolExecutor(2) as behind:
            ended = [behind.submit(self._destroy, f"{one.prefix}-aws") for one in JOINERS]
            self._leaves(BLUE)
            self._google(OWNER, dry=True)
            self._destroy(f"{OWNER}-google")
            for one in ended:
                one.result()

    def _destroy(self, stack: str) -> None:
        self._say(f"destroy {stack}")
        self.deployer.destroy(stack, self._stacks[stack.partition("-")[0], True][stack])


def _folder(name: str, dry: bool) -> str:
    return f"{name} {'dry run' if dry else 'enforced'}"
