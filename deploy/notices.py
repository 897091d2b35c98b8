"""What a plan does, without being wider, that a reviewer should know. Plan JSON in, sentences out; pure."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from access import denials
from access.bridges import BRIDGE
from access.changes import (
    CUSTOM_ROLE,
    DRIFT,
    PERIMETER,
    POOL,
    SERVICE_ACCOUNT,
    Change,
    changes,
    prevented,
)
from access.objects import Object, after, before, recorded
from access.perimeters import ENFORCED, configurations, enforced
from access.values import block
from deploy import joined

_CREATED = {
    POOL: ("project", "workload_identity_pool_id"),
    SERVICE_ACCOUNT: ("project", "account_id"),
    CUSTOM_ROLE: ("project", "role_id"),
    PERIMETER: ("name",),
}


class Notice(NamedTuple):
    """A sentence about a plan. What is wider must be accepted before it is applied; the rest is information.

    `missing` are the facts without which it cannot be decided whether it is wider; `whole` is everything that
    the sentence sums up.
    """

    text: str
    wider: bool = True
    missing: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()


def notices(plan: dict[str, Any]) -> list[Notice]:
    """Information that the plan does not show at once."""
    found = [
        *(text for change in changes(plan, PERIMETER) for text in _perimeter(change)),
        *joined.notices(plan),
        *_created(plan),
        *denials.gained(before(plan), after(plan)),
        *(text for kind in DRIFT for change in changes(plan, kind, "resource_drift") for text in _drift(change, plan)),
    ]
    return [Notice(text, wider=False) for text in found]


def _perimeter(change: Change) -> Iterator[str]:
    was, enforces = enforced(change.before), enforced(change.after)
    bridge = change.after.get("perimeter_type") == BRIDGE  # it enforces nothing: access/unread.py reports it
    unknown = block(change.after, ENFORCED)[1]
    if prevented(change.after) and (unknown or not enforces):
        why = "a destroy is refused until a deploy with [versions] google from 7.33 on writes DELETE"
        yield f"{change.address}: keeps deletion_policy PREVENT: {why}"
    if enforces and not was and not bridge and not unknown:
        yield f"{change.address}: enforcement begins; Google takes up to 30 minutes"


def _created(plan: dict[str, Any]) -> Iterator[str]:
    """What is new next to what exists, such as the rest of a Google stack whose first deploy was interrupted."""
    had = {(one.kind, _name(one)) for one in (*before(plan), *recorded(plan))}
    for one in after(plan) if had else ():
        if one.kind in _CREATED and (one.kind, _name(one)) not in had:
            yield f"{one.address}: is created: {_name(one)}{f', {_how(one)}' if one.kind == PERIMETER else ''}"


def _name(one: Object) -> str:
    """The values that identify it, which its address in Terraform does not."""
    return " ".join(str(one.values.get(part) or "-") for part in _CREATED.get(one.kind, ()))


def _how(perimeter: Object) -> str:
    if perimeter.values.get("perimeter_type") == BRIDGE:
        return "a bridge"
    return "enforced" if any(configurations([perimeter], ENFORCED)) else "a dry run"


def _drift(change: Change, plan: dict[str, Any]) -> Iterator[str]:
    if "delete" in change.actions:
        planned = any(one.address == change.address and one.after for one in changes(plan, change.kind))
        until = "until this plan is applied it does not exist" if planned else "this plan does not create it again"
        yield f"{change.address}: was deleted outside of Terraform; {until}"
