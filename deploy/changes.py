"""A plan's JSON (`terraform show -json PLAN`), read as far as the guard needs it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

PERIMETER = "google_access_context_manager_service_perimeter"
LEVEL = "google_access_context_manager_access_level"
POLICY = "google_access_context_manager_access_policy"
ADDRESS = "aws_eip"


@dataclass(frozen=True)
class Change:
    """What a plan does to one resource. `before` and `after` are empty where there is nothing."""

    address: str
    kind: str
    actions: frozenset[str]
    before: dict[str, Any]
    after: dict[str, Any]
    unknown: dict[str, Any]

    @property
    def loss(self) -> str:
        """The word for what Terraform does if the object, or Terraform's hold on it, does not survive; else empty."""
        if self.actions >= {"delete", "create"}:
            return "replace (delete, then create)"
        if "delete" in self.actions:
            return "delete"
        return "forget (Terraform lets go of it)" if "forget" in self.actions else ""


def changes(plan: dict[str, Any], kind: str, part: str = "resource_changes") -> Iterator[Change]:
    """The changes to managed resources of a type; `part` may be `resource_drift`, what happened outside of Terraform."""
    for item in plan.get(part, []):
        if item["type"] != kind or item.get("mode", "managed") != "managed":
            continue
        change = item["change"]
        yield Change(
            f"{item['address']} (deposed)" if item.get("deposed") else item["address"],
            kind,
            frozenset(change["actions"]),
            _object(change.get("before")),
            _object(change.get("after")),
            _object(change.get("after_unknown")),
        )


def block(value: dict[str, Any], name: str) -> dict[str, Any]:
    """A block that occurs at most once, which is a list in JSON; empty if it is absent, or says nothing.

    The API may answer an empty `status` for a perimeter that is only tested: that enforces nothing.
    """
    blocks = value.get(name)
    if not isinstance(blocks, list) or not blocks or not isinstance(blocks[0], dict):
        return {}
    return blocks[0] if any(blocks[0].values()) else {}


def enforced(perimeter: dict[str, Any]) -> dict[str, Any]:
    """What a perimeter enforces; empty if nothing."""
    return block(perimeter, "status")


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
