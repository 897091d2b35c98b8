"""What both acts of the demo share: a cloud, a deployer, and the lines of the table."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ..cloud import LocalCloud
from . import inventory
from .deploy import Deployer
from .scenarios import Inventory
from .settings import Stacks
from .table import Line


class BaseRun:
    """One act of the demo in one cloud. Each result is added to `lines`, and printed to standard error at once."""

    def __init__(self, cloud: LocalCloud, deployer: Deployer, folder: Path, lines: list[Line]) -> None:
        self.cloud, self.deployer, self.folder, self.lines = cloud, deployer, folder, lines
        self._began = time.monotonic()

    def run(self) -> None:
        """Run the act. Raises RuntimeError if a stack cannot be synthesized or applied."""
        raise NotImplementedError

    @property
    def mistakes(self) -> list[str]:
        """Requests that no real API takes."""
        return [*getattr(self.cloud.google, "mistakes", []), *self.cloud.aws.moto.failures]

    def _inventory(self, *accounts: str) -> Inventory:
        """What there is in these AWS accounts (default: the deployer's) and at Google."""
        found = (inventory.aws(self.cloud, one) for one in accounts or ("",))
        return set().union(*found), inventory.google(self.cloud.state)

    def _instance(self, stacks: Stacks, more: str = "") -> str:
        """The id of the instance that the environment's AWS stack has, once it is applied."""
        (aws,) = (name for name in stacks if name.endswith("-aws"))
        self._say(f"apply {aws}{more}")
        self.deployer.apply(aws, stacks[aws])
        return str(self.deployer.outputs(aws)["instance_ids"]["app"])

    def _add(self, lines: Iterator[Line]) -> None:
        for line in lines:
            self.lines.append(line)
            self._say(f"  {line.progress}")

    def _say(self, what: str) -> None:
        # One write: `print` makes two, and several stacks are applied at once.
        sys.stderr.write(f"[{time.monotonic() - self._began:4.0f} s] {what}\n")
        sys.stderr.flush()
