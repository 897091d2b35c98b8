"""Where an environment's states are, kept from run to run: in a new place Terraform would build everything a second time."""

import json
import os
from pathlib import Path
from typing import Any

from deploy.errors import DeployError, Failed, Refused, Undecided
from deploy.guard import RUNBOOK
from deploy.lockfile import put
from deploy.stacks import STATE, Stack
from deploy.state_pull import pull
from review.command import terraform as command

KEPT = Path(".cache/states")
_WHERE = ("path", "bucket", "key", "prefix", "organization", "hostname", "workspaces")
State = dict[str, Any] | None


def remembered(environment: str) -> dict[str, dict[str, Any]]:
    """The `terraform` block of each stack's state, by stack, that held resources when it was last used here."""
    path = KEPT / f"{environment}.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(block, dict) for block in found.values()):
        raise DeployError(f"{path} is not what this program writes; allowed: no such file")
    return found


def remember(environment: str, stacks: list[Stack], states: dict[str, State]) -> None:
    """Save the locations of the states that hold resources."""
    known = remembered(environment)
    now = {stack.name: _block(stack) for stack in stacks if holds(states[stack.name])}
    if fresh := {name: block for name, block in now.items() if known.get(name) != block}:
        put(json.dumps({**known, **fresh}, indent=2).encode(), KEPT / f"{environment}.json")


def check(environment: str, stacks: list[Stack], states: dict[str, State]) -> None:
    """Raise Refused if a state is empty and the place where it was before holds resources."""
    names = {stack.name for stack in stacks}
    moved = [line for stack in stacks if not holds(states[stack.name]) for line in _moved(environment, stack, names)]
    if moved:
        raise Refused("\n".join(moved))


def holds(state: State) -> bool:
    """Whether a state has anything in it."""
    return bool(state and state.get("resources"))


def local(environment: str, name: str) -> dict[str, Any]:
    """The block of the state file that is used without a setting."""
    return {"backend": {"local": {"path": str(Path.cwd().resolve() / STATE / environment / f"{name}.tfstate")}}}


def _moved(environment: str, stack: Stack, names: set[str]) -> list[str]:
    known = remembered(environment)
    # A changed prefix renames both stacks: the old one with the same ending is what this one was.
    renamed = [name for name in known if name not in names and _ending(name) == _ending(stack.name)]
    before = {name: known[name] for name in (stack.name, *renamed) if name in known} or {
        stack.name: local(environment, stack.name)
    }
    lines = []
    for name, block in before.items():
        elsewhere = _where(block) != _where(_block(stack))
        if elsewhere and holds(_pull(environment, stack, name, block)):
            lines.append(_refusal(environment, stack, name, block))
    return lines


def _pull(environment: str, stack: Stack, name: str, block: dict[str, Any]) -> State:
    try:
        return pull(stack.run, f"{name}.before", block, environment)
    except Failed as error:
        path = KEPT / f"{environment}.json"
        why = f"its state was in {_said(block)}, which cannot be read, and the new place is empty"
        raise Undecided(f"{error}\n{stack.name}: {why}; if nothing is deployed from there, remove {path}") from None


def _refusal(environment: str, stack: Stack, name: str, block: dict[str, Any]) -> str:
    push = command(environment, stack.name, "state", "push")
    file = block.get("backend", {}).get("local", {}).get("path", "")
    steps = [
        *(
            []
            if file
            else [
                "  put the old settings back, then:",
                f"    {command(environment, name, 'state', 'pull')} > /PATH/FILE",
            ]
        ),
        "  with the new settings:",
        f"    {push} {file or '/PATH/FILE'}",
    ]
    why = f"its state is empty, and {_said(block)} still holds the resources: they would be built a second time"
    return "\n".join([f"{stack.name}: refused: {why}; move the state (see {RUNBOOK}#move-a-state):", *steps])


def _block(stack: Stack) -> dict[str, Any]:
    """The block, with a local path that holds in any folder."""
    terraform = stack.document["terraform"]
    if path := terraform.get("backend", {}).get("local", {}).get("path"):
        return {"backend": {"local": {"path": os.path.normpath(stack.folder.resolve() / path)}}}
    return {name: terraform[name] for name in ("backend", "cloud") if name in terraform}


def _where(block: dict[str, Any]) -> list[Any]:
    """What of a block says where: another region, key or lock is the same place."""
    kind, settings = _settings(block)
    return [kind, *(settings.get(name) for name in _WHERE)]


def _said(block: dict[str, Any]) -> str:
    kind, settings = _settings(block)
    workspace = settings.get("workspaces", {}).get("name")
    parts = [settings.get(name) for name in ("path", "bucket", "key", "prefix", "organization")]
    return f"{kind} {'/'.join(part for part in (*parts, workspace) if part)}"


def _settings(block: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    (pair,) = block["backend"].items() if "backend" in block else (("cloud", block["cloud"]),)
    return pair


def _ending(name: str) -> str:
    return name.rpartition("-")[2]
