"""After a conflict: whether a new plan does only what was approved. Pure."""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from access.changes import PERIMETER, items

_BY_GOOGLE = {"etag", "update_time"}
"""Fields that every write changes, by any team."""
_OF_OTHERS = {"resources", "ingress_policies", "egress_policies"}
_CONFLICT = re.compile(
    # ABORTED, as an answer to the request, or as the end of the operation (google/rpc/code.proto: 10)
    r"Error (creating|updating|waiting to create|when reading or editing)"
    r" ServicePerimeter(DryRun)?(Resource|IngressPolicy|EgressPolicy): "
    # Directly after it: a text of Google may quote anything.
    r"(googleapi: Error 409:|Error waiting for [\w ]+: Error code 10, message:)"
)
_COLOR = re.compile(r"\x1b\[[0-9;]*m")


def is_conflict(printed: str) -> bool:
    """Return whether every error that `terraform apply` printed is a conflict in a member or a rule.

    Nothing was written then, because the provider sends the perimeter's etag. A deleted object's error has no address.
    """
    text = re.sub(r"^[│╷╵] ?", "", _COLOR.sub("", printed), flags=re.MULTILINE)
    errors = re.split(r"^(?=(?:Error|Warning): )", text, flags=re.MULTILINE)
    found = [one.removeprefix("Error: ") for one in errors if one.startswith("Error: ")]
    return bool(found) and all(_CONFLICT.match(one) for one in found)


def not_approved(new: dict[str, Any], approved: dict[str, Any], shared: Collection[str] = ()) -> Iterator[str]:
    """Return what a new plan does in addition to the approved one, and what changed outside of Terraform in between.

    `shared` are the perimeters whose members and rules of others are ignored.
    """
    if new.get("deferred_changes"):
        yield "the new plan is not complete"
    known = {part for item in items(approved, "resource_changes") for part in _parts(item)}
    for item in items(new, "resource_changes"):
        if item["change"]["actions"] not in (["no-op"], ["read"]) and _whole(item) not in known:
            deposed = " (deposed)" if item.get("deposed") else ""
            yield f"{item['address']}{deposed}: {' and '.join(item['change']['actions'])}"
    outputs = {name: _value(one) for name, one in (approved.get("output_changes") or {}).items()}
    for name, change in (new.get("output_changes") or {}).items():
        if change["actions"] != ["no-op"] and outputs.get(name) != _value(change):
            yield f"output {name}"
    seen = {_drift(item, shared) for item in items(approved, "resource_drift")}
    for item in items(new, "resource_drift"):
        drift = _drift(item, shared)
        if drift[1] != drift[2] and drift not in seen:
            yield f"{item['address']}: changed outside of Terraform"


def _parts(item: dict[str, Any]) -> Iterator[str]:
    """Yield a change, and what remains of a replacement after its first half."""
    yield _whole(item)
    change = item["change"]
    if change["actions"] == ["create", "delete"]:
        yield _whole({**item, "deposed": True, "change": {"actions": ["delete"], "before": change["before"]}})
    elif change["actions"] == ["delete", "create"]:
        yield _whole({**item, "change": {**change, "actions": ["create"], "before": None}})


def _whole(item: dict[str, Any]) -> str:
    """A change as text. What is deleted has no values afterwards."""
    change = item["change"]
    after = (
        [_stable(change.get(side)) for side in ("after", "after_unknown")] if change["actions"] != ["delete"] else []
    )
    more = [bool(item.get("deposed")), change.get("importing"), _filled(_stable(change.get("before"))), *after]
    return json.dumps([item["address"], change["actions"], *more], sort_keys=True)


def _value(change: dict[str, Any]) -> str:
    return json.dumps([change.get("after"), change.get("after_unknown")], sort_keys=True)


def _drift(item: dict[str, Any], shared: Collection[str]) -> tuple[str, str, str]:
    """Address, and the values before and after as text."""
    sides = [_filled(_stable(item["change"].get(side))) for side in ("before", "after")]
    if item["type"] == PERIMETER and (sides[0] or {}).get("name") in shared:
        sides = [side and {name: _own(value) for name, value in side.items()} for side in sides]
    before, after = (json.dumps(side, sort_keys=True) for side in sides)
    return item["address"], before, after


def _own(value: Any) -> Any:
    """Return a block of a shared perimeter without the members and rules of others."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [{name: one for name, one in value[0].items() if name not in _OF_OTHERS}, *value[1:]]
    return value


def _stable(values: Any) -> Any:
    """Return values without the fields that every write changes."""
    return {name: one for name, one in values.items() if name not in _BY_GOOGLE} if isinstance(values, dict) else values


def _filled(value: Any) -> Any:
    """Return a value without empty parts: the provider writes null when it creates, and an empty list when it reads."""
    if isinstance(value, dict):
        return {name: found for name, one in value.items() if (found := _filled(one)) not in (None, "", [], {})}
    return [_filled(one) for one in value] if isinstance(value, list) else value
