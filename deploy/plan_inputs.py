"""What a plan was made from, so that the plan is applied only if all of it is still the same."""

import hashlib
import json
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deploy.stacks import Stack
from deploy.state_pull import pull
from deploy.terraform import Terraform

SETTINGS = Path("environments")


@dataclass(frozen=True)
class PlanInputs:
    """Digests are SHA-256. A state that does not exist has no lineage."""

    settings: str
    files: str
    lineage: str
    serial: int
    reads: dict[str, str]
    lock: str

    def differences(self, now: "PlanInputs") -> Iterator[str]:
        """What changed between these inputs and later ones, as clauses."""
        before, after = asdict(self), asdict(now)
        for name, what in _NAMES.items():
            if before[name] != after[name]:
                yield f"{what} changed"
        for read in sorted(before["reads"].keys() | after["reads"].keys()):
            if before["reads"].get(read) != after["reads"].get(read):
                name, _, part = read.rpartition(".")
                yield f"the {part} of the state that it reads as {name!r} changed"


_NAMES = {
    "settings": "the settings file",
    "files": "what is synthesized",
    "lineage": "the lineage of the stack's state",
    "serial": "the serial of the stack's state",
    "lock": "the provider lock",
}


def plan_inputs(stack: Stack, environment: str, terraform: Terraform, lock: bytes) -> PlanInputs:
    """What a plan of this stack would be made from now. Reads its own state and every state that it reads."""
    state = terraform.state() or {}
    return PlanInputs(
        settings=digest(settings(environment)),
        files=stack.files_digest,
        lineage=state.get("lineage", ""),
        serial=state.get("serial", 0),
        reads=dict(pair for name, body in stack.read_from.items() for pair in _read(stack, name, body, environment)),
        lock=digest(lock),
    )


def settings_files(environment: str) -> list[Path]:
    """The file of the environment, and the one that it extends (stacks/settings/extends.py)."""
    own = SETTINGS / f"{environment}.toml"
    try:
        extends = tomllib.loads(own.read_text(encoding="utf-8-sig")).get("extends")
    except (OSError, ValueError):  # there is no such file, or synthesis has refused it, or reads another form
        extends = None
    return [own, *([SETTINGS / extends] if isinstance(extends, str) else [])]


def settings(environment: str) -> bytes:
    """The content of these files, one after the other; empty without the environment's."""
    own, *more = settings_files(environment)
    return b"".join(path.read_bytes() for path in (own, *more)) if own.exists() else b""


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read(stack: Stack, name: str, body: dict[str, Any], environment: str) -> Iterator[tuple[str, str]]:
    """Lineage and outputs of another state. Not its serial: an apply raises that without changing an output."""
    block = {"backend": {body["backend"]: body.get("config", {})}}
    state = pull(stack.run, f"{stack.name}.{name}", block, environment) or {}
    outputs = json.dumps(state.get("outputs", {}), sort_keys=True)
    yield f"{name}.lineage", state.get("lineage", "")
    yield f"{name}.outputs", digest(outputs.encode())
