"""Denials in the inline policies of AWS roles: a new one can stop what runs, a lost one admits more. Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from access.aws import listed, statements
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
            yield f"{change.address}: no longer denies {', '.join(sorted(actions))} to the role {change.before.get('role')}"


def _goes(plan: dict[str, Any], policy: Change) -> bool:
    roles = (one for one in changes(plan, "aws_iam_role") if one.before.get("name") == policy.before.get("role"))
    return any(one.actions == {"delete"} for one in roles)


def _denied(policy: dict[str, Any]) -> set[str]:
    """What every Deny statement denies, each action with what limits it; a policy that is not known yet denies nothing."""
    denials = [one for one in statements(policy.get("policy")) or () if one.get("Effect") == "Deny"]
    return {f"{what}{_limit(one)}" for one in denials for what in _what(one)}


def _what(denial: Mapping[str, Any]) -> list[str]:
    if "NotAction" in denial:
        return [f"everything but {' and '.join(sorted(map(str, listed(denial['NotAction']))))}"]
    return list(map(str, listed(denial.get("Action"))))


def _limit(denial: Mapping[str, Any]) -> str:
    rest = {name: value for name, value in denial.items() if name not in ("Sid", "Effect", "Action", "NotAction")}
    everywhere = listed(rest.get("Resource", "*")) == ["*"] and rest.keys() <= {"Resource"}
    return "" if everywhere else f" ({json.dumps(rest, sort_keys=True)})"
