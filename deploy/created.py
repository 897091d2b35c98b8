"""What a plan creates next to what exists, such as the rest of a Google stack whose first deploy was interrupted. Pure.

A first plan is accepted as a whole, so nothing is said of it. Providers, levels and grants have modules of their own.
"""

from collections.abc import Iterator
from typing import Any

from access.changes import (
    CUSTOM_ROLE,
    PERIMETER,
    POOL,
    SERVICE_ACCOUNT,
    block,
    changes,
    enforced,
    existed,
    objects,
    texts,
)
from access.perimeters import BRIDGE
from deploy import rules

_IDS = {
    POOL: ("project", "workload_identity_pool_id"),
    SERVICE_ACCOUNT: ("project", "account_id"),
    CUSTOM_ROLE: ("project", "role_id"),
    PERIMETER: ("name",),
}
_KEYS = {"google_service_account_key": "service_account_id", "aws_iam_access_key": "user"}
"""Whose key it is. One more key of the same owner, and one in place of another, are new."""


def notices(plan: dict[str, Any]) -> Iterator[str]:
    """Objects of these types that are new, by the values that identify them, and what they admit."""
    if not existed(plan):
        return
    for kind, owner in _KEYS.items():
        for change in (one for one in changes(plan, kind) if "create" in one.actions):
            yield f"{change.address}: is created: a key of {change.after.get(owner) or '-'}"
    for kind, names in _IDS.items():
        for change, before in objects(plan, kind, *names):
            if "create" in change.actions:
                name = " ".join(str(change.after.get(part) or "-") for part in names)
                yield from (f"{change.address}: {text}" for text in _created(kind, name, before, change.after))


def _how(perimeter: dict[str, Any]) -> str:
    if perimeter.get("perimeter_type") == BRIDGE:
        return "a bridge"
    return "enforced" if enforced(perimeter) else "a dry run"


def _created(kind: str, name: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """`before` is what the object was: at its own or another address in Terraform, or before it was deleted elsewhere."""
    if not before:
        yield f"is created: {name}{f', {_how(after)}' if kind == PERIMETER else ''}"
    if kind == CUSTOM_ROLE and (new := set(texts(after, "permissions")) - set(texts(before, "permissions"))):
        yield f"its holders newly get {', '.join(sorted(new))}"
    if kind == PERIMETER:
        old, config = (enforced(value) or block(value, "spec") for value in (before, after))
        if levels := set(texts(config, "access_levels")) - set(texts(old, "access_levels")):
            yield f"admits {', '.join(sorted(levels))} to everything, without a rule"
        for direction in rules.DIRECTIONS:
            yield from rules.gained(old, config, direction)
