"""Synthesized stacks, whole or in part, deployed by the real Terraform to a local cloud in which things go wrong."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from deploy.__main__ import main
from deploy.lockfile import lockfile, put
from localcloud.cloud import LocalCloud, local_cloud
from review.command import PROGRAM
from tests.deploy.project import configure, install, synthesize
from tests.terraform import support
from tests.terraform.attached import attach

SOURCES = ("hashicorp/aws", "hashicorp/google")


class World:
    """One cloud, and cdktf.out in the present folder."""

    def __init__(self, cloud: LocalCloud, root: Path) -> None:
        self.cloud, self.root = cloud, root
        self._stacks: dict[str, Path] = {}
        self._environment = ""

    @property
    def google(self) -> Any:
        """All that Google knows."""
        return self.cloud.state

    def write(self, environment: str, **documents: dict[str, Any]) -> None:
        """Write stacks as `cdktf synth` does, the first before the others."""
        entries: dict[str, Any] = {}
        self._environment = environment
        for stack, document in documents.items():
            document = json.loads(json.dumps(document))
            kinds = {kind.partition("_")[0] for section in ("resource", "data") for kind in document.get(section, {})}
            required = document["terraform"]["required_providers"]
            used = {name: one for name, one in required.items() if name in kinds}
            path = str(_local(environment, stack))
            document["terraform"] = {"backend": {"local": {"path": path}}, "required_providers": used}
            if entries:
                document = json.loads(support.beside(json.dumps(document), _local(environment, list(entries)[-1])))
            entries[stack] = document
            self._stacks[stack] = self.root / "cdktf.out/stacks" / stack
        configure(self.root, environment, entries)
        synthesize(self.root, environment)

    def deploy(self, command: str = "deploy") -> int:
        """The exit code of `python -m deploy deploy`, or of another verb."""
        return main([command])

    def start_providers(self, owner: object, environment: Mapping[str, str] = os.environ) -> str:
        """Initialize the stacks, and start what they need, for as long as `owner` lives; the value of REATTACH."""
        for stack, folder in self._stacks.items():
            done = self.terraform(stack, "init", "-input=false")
            assert done.returncode == 0, done.stdout
            # `make deploy` renews a lock file that was not committed, and without this would leave the running ones out.
            put((folder / ".terraform.lock.hcl").read_bytes(), self.root / lockfile(self._environment, stack))
        return attach(owner, self._stacks.values(), environment)

    def terraform(self, stack: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Terraform in a stack's folder."""
        return run("terraform", f"-chdir={self._stacks[stack]}", *arguments, "-no-color")

    def state(self, stack: str) -> Path:
        (path,) = (self.root / "state").glob(f"*/{stack}.tfstate")
        return path


def _local(environment: str, stack: str) -> Path:
    """Where a stack's state is, from the folder of any."""
    return Path(f"../../../state/{environment}/{stack}.tfstate")


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """A command, with what it printed in `stdout`."""
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300,
        check=False,
    )  # fmt: skip


def adopt(printed: str) -> list[str]:
    """Run the commands in what `adopt` printed, and return them."""
    install(Path())
    commands = [line for line in printed.splitlines() if line.startswith(PROGRAM)]
    for command in commands:
        done = run("sh", "-c", command)
        assert done.returncode == 0, f"{command}\n{done.stdout}"
    return commands


@contextmanager
def world(root: Path, environment: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An empty folder that `python -m deploy` works in, and a cloud."""
    configuration = support.workspace(root / "configuration", SOURCES, {}).directory / "terraform.rc"
    with local_cloud() as cloud:
        for name, value in cloud.deployer_environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(configuration))
        monkeypatch.setenv("CHECKPOINT_DISABLE", "1")
        monkeypatch.setenv("ENVIRONMENT", environment)
        monkeypatch.setattr("sys.stdin.isatty", lambda: True)
        monkeypatch.setattr("builtins.input", lambda _: "yes")
        monkeypatch.chdir(root)
        yield World(cloud, root)
        assert not cloud.google.mistakes, cloud.google.mistakes  # type: ignore[attr-defined]
