"""What other environments have that this one would make as well, as synthesis found it in their settings."""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from access.changes import PERIMETER
from access.states import of_state
from deploy import state_locations
from deploy.errors import Failed, Refused
from deploy.guard import RUNBOOK
from deploy.ids import Ids
from deploy.stacks import Stack
from deploy.state_pull import pull

FILE = "neighbours.json"


def check(stacks: list[Stack], states: Mapping[str, state_locations.State]) -> None:
    """Raise Refused if a stack is new here, and what it would make is in the state of another environment.

    Only a state that this checkout knows is evidence. One that cannot be read is reported as not checked.
    """
    run = stacks[0].run
    known = [one for one in _read(run)["conflicts"] if one["stack"]]
    empty = {_side(stack.name) for stack in stacks if known and not state_locations.holds(states[stack.name])}
    found = [one["text"] for one in known if _side(one["stack"]) in empty and _applied(run, one)]
    if found:
        how = f"the other one is deployed; see {RUNBOOK}#what-exists-already"
        raise Refused("\n".join(f"refused: {text}; {how}" for text in found))


def took(stack: Stack) -> frozenset[str]:
    """The perimeters in the state of the environment to which the settings say that this one's was moved.

    Only looked for where Terraform is to forget one. Raises Failed if the state cannot be read.
    """
    moved = _read(stack.run).get("moved_to")
    if not moved or "removed" not in stack.document:
        return frozenset()
    environment, name = moved["environment"], moved["stack"]
    block = state_locations.remembered(environment).get(name) or state_locations.local(environment, name)
    state = pull(stack.run, f"{environment}.{name}", block, environment)
    return frozenset(str(one.values.get("name")) for one in of_state(state or {}) if one.kind == PERIMETER)


def others_ids(ids: Ids) -> dict[str, str]:
    """The import ids that another environment's settings lead to as well, and that environment.

    An access policy is found by its scope. The id of what is in such a policy contains the policy's number.
    """
    known = _read(ids.stack.run)
    policies = {
        number: known.get("policies", {}).get(scope)
        for address, number in ids.found.items()
        for scope in ids.resources[address].get("scopes", [])
    }
    named = {id: other for number, other in policies.items() for id in (number, f"accessPolicies/{number}") if other}
    return {**known["ids"].get(_side(ids.stack.name), {}), **named}


def owner(id: str, others: Mapping[str, str]) -> str | None:
    """The environment whose id in `others` equals this one, or is a part of it, as in a grant."""
    parts = (other for known, other in others.items() if re.search(rf"(^| ){re.escape(known)}($|[ /:])", id))
    return next(parts, None)


def _side(stack: str) -> str:
    """`aws` or `google`."""
    return stack.rpartition("-")[2]


def _applied(run: Path, conflict: dict[str, Any]) -> bool:
    environment, stack = conflict["environment"], conflict["stack"]
    block = state_locations.remembered(environment).get(stack) or state_locations.local(environment, stack)
    try:
        return state_locations.holds(pull(run, f"{environment}.{stack}", block, environment))
    except Failed as error:
        print(f"{error}\nnote: {conflict['text']}: not checked: its state cannot be read", file=sys.stderr)
        return False


def _read(run: Path) -> dict[str, Any]:
    path = run / FILE
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"conflicts": [], "ids": {}}
