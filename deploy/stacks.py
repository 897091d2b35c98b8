"""What was synthesized: the stacks of one environment, in the order in which they are applied.

Read from the folder alone: what will be planned is what is there.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path, PurePosixPath
from typing import Any

from access.stack import parsed, remote_states, state_key
from deploy.errors import DeployError, Unreadable
from review.command import command

OUT = Path("cdktf.out")
STATE = Path("state")
SYNTHESIZED = "cdk.tf.json"
READ_BY_TERRAFORM = (".tf", ".tf.json", ".tofu", ".tofu.json", ".tfvars", ".tfvars.json")


@dataclass(frozen=True)
class Stack:
    """One synthesized stack. `dependencies` are the names of the stacks that are applied before it."""

    name: str
    folder: Path
    dependencies: tuple[str, ...]
    document: dict[str, Any]

    @property
    def file(self) -> Path:
        """The JSON that Terraform reads."""
        return self.folder / SYNTHESIZED

    @property
    def run(self) -> Path:
        """The folder of the run that it was synthesized for."""
        return self.folder.parent.parent

    @property
    def plan(self) -> Path:
        """Where the run keeps Terraform's plan."""
        return self.run / f"{self.name}.plan"

    @property
    def files_digest(self) -> str:
        """The SHA-256 of every synthesized file, credential documents included; not of what Terraform adds."""
        files = sorted(path.relative_to(self.folder) for path in self.folder.rglob("[!.]*") if path.is_file())
        ours = [path for path in files if not path.parts[0].startswith(".")]
        content = [[str(path), hashlib.sha256((self.folder / path).read_bytes()).hexdigest()] for path in ours]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    @property
    def read_from(self) -> dict[str, Any]:
        """The remote states that it reads."""
        return remote_states(self.document)

    def check_state(self) -> None:
        """Raise DeployError if a relative path leads to a state outside the project, which Terraform would find empty."""
        remote = (body["config"] for body in self.read_from.values() if body.get("backend") == "local")
        for settings in (self.document["terraform"].get("backend", {}).get("local", {}), *remote):
            path = Path(settings.get("path", ""))
            # Terraform's working directory is the folder itself, not a link that leads to it.
            place = Path(os.path.normpath(self.folder.resolve() / path))
            if settings and not path.is_absolute() and not place.is_relative_to(Path.cwd().resolve() / STATE):
                raise DeployError(
                    f"{self.name} looks for a state in {place}; allowed: {STATE.absolute()}: synthesize below the project"
                )

    def check_files(self) -> None:
        """Raise DeployError if Terraform would read a file here that is not reviewed, such as override.tf.json."""
        files = sorted(path.name for path in self.folder.iterdir() if path.name.endswith(READ_BY_TERRAFORM))
        if others := [name for name in files if name != SYNTHESIZED]:
            raise DeployError(
                f"{self.folder} has {', '.join(others)}: Terraform would read it next to {SYNTHESIZED}, and the review does"
                " not; allowed: what synthesis writes; remove it, or declare its content in the stack"
            )


def synthesized(environment: str, out: Path = OUT, again: str = "") -> list[Stack]:
    """The stacks in cdktf.out, what others depend on first. Raises DeployError if they are not those of `environment`.

    `again` is the command that writes them; by default that of one environment.
    """
    again = f"run `{again or command(environment, 'synth')}`"
    try:
        manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
        stacks = {name: _stack(out, name, entry) for name, entry in manifest["stacks"].items()}
        order = list(TopologicalSorter({name: stack.dependencies for name, stack in stacks.items()}).static_order())
        ordered = [stacks[name] for name in order]
        keys = {stack.name: state_key(stack.document) for stack in ordered}
    except (FileNotFoundError, NotADirectoryError):
        raise DeployError(f"environment {environment!r} has not been synthesized: {again}") from None
    except (ValueError, KeyError, TypeError, AttributeError, CycleError) as error:
        raise Unreadable(f"{out} is not what cdktf writes ({type(error).__name__}: {error}): {again}") from None
    except OSError as error:
        raise Unreadable(f"{error.filename} cannot be read: {error.strerror}") from None
    for stack in ordered:
        _check(stack, environment, keys[stack.name], again)
    return ordered


def _stack(out: Path, name: str, entry: dict[str, Any]) -> Stack:
    path = out / entry["synthesizedStackPath"]
    document = parsed(path.read_text(encoding="utf-8"), str(path))
    return Stack(name, path.parent, tuple(entry["dependencies"]), document)


def _check(stack: Stack, environment: str, key: str, again: str) -> None:
    stack.check_files()
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
