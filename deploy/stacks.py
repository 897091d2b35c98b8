"""What was synthesized: the stacks of one environment, in the order in which they are applied.

Read from cdktf.out alone: what will be planned is what lies there, whoever wrote it.
"""

import json
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path, PurePosixPath
from typing import Any

from deploy.errors import DeployError

OUT = Path("cdktf.out")


@dataclass(frozen=True)
class Stack:
    """One synthesized stack. `dependencies` are the names of the stacks that are applied before it."""

    name: str
    folder: Path
    dependencies: tuple[str, ...]
    document: dict[str, Any]

    @property
    def read_from(self) -> dict[str, Any]:
        """The remote states that it reads."""
        return self.document.get("data", {}).get("terraform_remote_state", {})  # type: ignore[no-any-return]

    @property
    def state_key(self) -> str:
        """Where its backend keeps its state: `ENVIRONMENT/STACK`, or `ENVIRONMENT_STACK` for a workspace."""
        terraform = self.document["terraform"]
        (settings,) = terraform["backend"].values() if "backend" in terraform else (terraform["cloud"],)
        workspace = settings.get("workspaces", {}).get("name", "")
        return str(settings.get("path") or settings.get("key") or settings.get("prefix") or workspace)


def synthesized(environment: str, out: Path = OUT) -> list[Stack]:
    """The stacks in cdktf.out, what others depend on first. Raises DeployError if they are not those of `environment`."""
    again = f"run `make synth ENVIRONMENT={environment}`"
    try:
        manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
        stacks = {name: _stack(out, name, entry) for name, entry in manifest["stacks"].items()}
        order = list(TopologicalSorter({name: stack.dependencies for name, stack in stacks.items()}).static_order())
        ordered = [stacks[name] for name in order]
        keys = {stack.name: stack.state_key for stack in ordered}
    except FileNotFoundError:
        raise DeployError(f"environment {environment!r} has not been synthesized: {again}") from None
    except (ValueError, KeyError, TypeError, AttributeError, CycleError) as error:
        raise DeployError(f"{out} is not what cdktf writes ({type(error).__name__}: {error}): {again}") from None
    for stack in ordered:
        _check(stack, environment, keys[stack.name], again)
    return ordered


def _stack(out: Path, name: str, entry: dict[str, Any]) -> Stack:
    path = out / entry["synthesizedStackPath"]
    document = json.loads(path.read_text(encoding="utf-8"))
    return Stack(name, path.parent, tuple(entry["dependencies"]), document)


def _check(stack: Stack, environment: str, key: str, again: str) -> None:
    in_folder = PurePosixPath(key.removesuffix(".tfstate")).parts[-2:] == (environment, stack.name)
    if not in_folder and key != f"{environment}_{stack.name}":
        raise DeployError(
            f"{stack.folder} keeps its state in {key!r}, which is not environment {environment!r}: {again}"
        )
    if stack.read_from and not stack.dependencies:
        # Remote state alone declares no order: both stacks would be applied at once.
        raise DeployError(
            f"{stack.name} reads another stack's state but declares no dependency in manifest.json: {again}"
        )
