"""Denials in the inline policies of AWS roles: a new one can stop what runs, a lost one admits more. Pure."""

import json
from collections.abc import Iterator
from typing import Any

from access.changes import Change, changes


def gained(plan: dict[str, Any]) -> Iterator[str]:
    """What a role that exists is newly denied."""
    new = {change.after.get("name") for change in changes(plan, "aws_iam_role") if "create" in change.actions}
    for change in changes(plan, "aws_iam_role_policy"):
        role = change.after.get("role")
        if (actions := _denied(change.after) - _denied(change.before)) and role not in new:
            yield f"{change.address}: newly denies {', '.join(sorted(actions))} to the role {role}, which exists"


def lost(plan: dict[str, Any]) -> Iterator[str]:
    """What a role that stays is no longer denied."""
    for change in changes(plan, "aws_iam_role_policy"):
        if (actions := _denied(change.before) - _denied(change.after)) and not _goes(plan, change):
            yield f"{change.address}: no longer denies {', '.join(sorted(actions))} to the role {change.before['role']}"


def _goes(plan: dict[str, Any], policy: Change) -> bool:
    roles = (one for one in changes(plan, "aws_iam_role") if one.before.get("name") == policy.before.get("role"))
    return any(one.actions == {"delete"} for one in roles)


def _denied(policy: dict[str, Any]) -> set[str]:
    """The actions of every Deny statement; a policy that is not known yet denies nothing."""
    try:
        statements = json.loads(policy.get("policy") or "{}").get("Statement", [])
    except ValueError:
        return set()
    found = [one.get("Action", []) for one in statements if one.get("Effect") == "Deny"]
    return {action for actions in found for action in ([actions] if isinstance(actions, str) else actions)}
