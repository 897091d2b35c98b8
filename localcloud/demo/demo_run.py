"""The first act: configurations in an order that needs few applies, and the scenarios in each."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..cloud import LocalCloud
from . import scenarios
from .base_run import BaseRun
from .callers import Callers
from .deploy import Deployer
from .settings import Stacks, synthesize, text
from .table import Line

AWS, GOOGLE = "demo-aws", "demo-google"
CONFIGURATIONS: dict[str, dict[str, bool]] = {
    "dry run": {"dry_run": True},
    "enforced": {},
    "dummy": {"dummy": True},
    "stopped": {"stopped": True},
    "paused": {"paused": True},
}


class DemoRun(BaseRun):
    """The first act: one environment with its own perimeter."""

    def __init__(self, cloud: LocalCloud, deployer: Deployer, folder: Path, lines: list[Line]) -> None:
        super().__init__(cloud, deployer, folder, lines)
        self.callers = Callers(cloud, folder)

    def run(self) -> None:
        for role in scenarios.ROLES:  # what other people have in the account
            self.cloud.as_caller(role, address=scenarios.OUTSIDE)
        before = self._inventory()
        self._say("synthesize five configurations")
        texts = {name: text(**options) for name, options in CONFIGURATIONS.items()}
        stacks = synthesize(texts, self.folder, self.deployer.versions)
        first = stacks["dry run"]
        instance = self._instance(first)
        self._say(f"apply {GOOGLE}: dry run")
        self.deployer.apply(GOOGLE, first[GOOGLE])
        self.callers.outputs = self.deployer.outputs(GOOGLE)
        self.callers.may_read_logs()
        self._add(scenarios.dry_run(self.callers, instance))
        for name in ("enforced", "dummy", "stopped"):
            self._say(f"apply {GOOGLE}: {name}")
            self.deployer.apply(GOOGLE, stacks[name][GOOGLE])
            address = self.cloud.aws.address(instance)
            self._add(getattr(scenarios, name)(self.callers, instance))
        enforced = stacks["enforced"]
        self._say(f"apply {AWS}: paused, and {GOOGLE}: enforced again")
        with ThreadPoolExecutor(1) as both:
            paused = both.submit(self.deployer.apply, AWS, stacks["paused"][AWS])
            self.deployer.apply(GOOGLE, enforced[GOOGLE])
            paused.result()
        self._add(scenarios.paused(self.callers, address))
        instance = self._instance(enforced, ": resumed")
        self._say(f"plan {GOOGLE}")
        changes = self.deployer.changes(GOOGLE, enforced[GOOGLE])
        self._add(scenarios.resumed(self.callers, instance, address, changes))
        self.callers.may_ask(granted=False)
        self._destroy(first)
        self._add(scenarios.destroyed(before, self._inventory(), self.mistakes))

    def _destroy(self, first: Stacks) -> None:
        """As the runbook says: an enforced perimeter has prevent_destroy, so it becomes a dry run first."""
        self._say(f"apply {GOOGLE}: dry run, then destroy it")
        self.deployer.apply(GOOGLE, first[GOOGLE])
        self.deployer.destroy(GOOGLE, first[GOOGLE])
        self._say(f"destroy {AWS}")
        self.deployer.destroy(AWS, first[AWS])
