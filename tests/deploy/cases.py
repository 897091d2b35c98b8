"""Plans for the kit's own Google stack, changed in one place: `before` is what exists, `after` what was edited."""

import copy
import json
from collections.abc import Callable
from typing import Any

from access.changes import PERIMETER
from tests.deploy.planned import Body
from tests.synthesis import BASE, synthesized

World = dict[tuple[str, str], Body]
Edit = Callable[[World], object]
SERVICE_ACCOUNT, MEMBER = "google_service_account", "google_project_iam_member"
SINGLE = {"basic", "status", "spec", "ingress_from", "ingress_to", "vpc_accessible_services", "aws", "oidc"}
POLICY_NAME = "accessPolicies/9"


def kit(toml: str = "[perimeter]\ndry_run = false") -> World:
    """What the base settings synthesize to at Google, applied."""
    return applied(synthesized(toml, base=BASE).google)


def applied(stack: Body) -> World:
    """A stack's resources as they are after an apply: addresses and the policy's number are known."""
    return {
        (kind, name): {
            key: _applied(value) for key, value in body.items() if key not in ("depends_on", "lifecycle", "//")
        }
        for kind, named in json.loads(json.dumps(stack.get("resource", {}))).items()
        for name, body in named.items()
    }


def plan(
    before: World, after: World, unknown: dict[tuple[str, str], Any] | None = None, drift: World | None = None
) -> Body:
    """The plan that goes from one to the other; `drift` is what the state recorded before somebody changed it."""
    keys = [*before, *(key for key in after if key not in before)]
    found = [_item(key, before.get(key), after.get(key), (unknown or {}).get(key, {})) for key in keys]
    drifted = [_item(key, body, before.get(key), {}) for key, body in (drift or {}).items() if body != before.get(key)]
    return {"format_version": "1.2", "resource_changes": found, "resource_drift": drifted}


def edited(world: World, edit: Edit) -> World:
    new = copy.deepcopy(world)
    edit(new)
    return new


def only(world: World, kind: str) -> Body:
    """The one body of a type."""
    (found,) = (body for (each, _), body in world.items() if each == kind)
    return found


def rule(world: World) -> Body:
    """The perimeter's first ingress rule."""
    found: Body = only(world, PERIMETER)["status"]["ingress_policies"][0]
    return found


def key(world: World, kind: str) -> tuple[str, str]:
    (found,) = (each for each in world if each[0] == kind)
    return found


def _item(key: tuple[str, str], before: Body | None, after: Body | None, unknown: Any) -> Body:
    actions = (
        ["create"]
        if before is None
        else ["delete"]
        if after is None
        else ["no-op" if before == after and not unknown else "update"]
    )
    change = {"actions": actions, "before": listed(before), "after": listed(after), "after_unknown": listed(unknown)}
    return {"address": ".".join(key), "mode": "managed", "type": key[0], "name": key[1], "change": change}


def listed(value: Any) -> Any:
    """Values with each block in a list, as the provider has them."""
    if isinstance(value, dict):
        found = {name: listed(inner) for name, inner in value.items()}
        return {name: [inner] if name in SINGLE and isinstance(inner, dict) else inner for name, inner in found.items()}
    return [listed(inner) for inner in value] if isinstance(value, list) else value


def _applied(value: Any) -> Any:
    """Values as they are after an apply."""
    if isinstance(value, dict):
        return {name: _applied(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_applied(inner) for inner in value]
    if isinstance(value, str) and "egress_cidrs" in value:
        return ["203.0.113.7/32"]
    if isinstance(value, str) and "accessPolicies/${" in value:
        return f"{POLICY_NAME}{value.partition('}')[2]}"
    return value
