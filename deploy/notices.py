"""What a plan may do, but not silently. Plan JSON in, sentences out; pure."""

from collections.abc import Iterator
from typing import Any

from deploy.changes import LEVEL, PERIMETER, POLICY, Change, block, changes, enforced


def notices(plan: dict[str, Any]) -> list[str]:
    """What the reviewer of a plan should know, beyond what the plan shows."""
    return [
        *(notice for change in changes(plan, PERIMETER) for notice in _perimeter(change)),
        *(
            notice
            for kind in (PERIMETER, LEVEL, POLICY)
            for change in changes(plan, kind, "resource_drift")
            for notice in _drift(change)
        ),
    ]


def _perimeter(change: Change) -> Iterator[str]:
    before, after = enforced(change.before), enforced(change.after)
    if change.loss:
        return
    if after and not before:
        yield f"{change.address}: enforcement begins; Google takes up to 30 minutes"
    elif before and not after and block(change.after, "spec"):
        yield f"{change.address}: enforcement ends: violations will be logged, and nothing will be denied"
    elif gone := set(before.get("restricted_services") or ()) - set(after.get("restricted_services") or ()):
        yield f"{change.address}: no longer restricted: {', '.join(sorted(gone))}"


def _drift(change: Change) -> Iterator[str]:
    if "delete" in change.actions:
        yield f"{change.address}: was deleted outside of Terraform; until this plan is applied it does not exist"
    elif enforced(change.before) and not enforced(change.after):
        yield f"{change.address}: somebody ended its enforcement outside of Terraform"
