"""What a plan (`terraform show -json PLAN`) does to its resources."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from access.errors import Unreadable
from access.unknown import filled, written

PERIMETER = "google_access_context_manager_service_perimeter"
LEVEL = "google_access_context_manager_access_level"
POLICY = "google_access_context_manager_access_policy"
POOL = "google_iam_workload_identity_pool"
PROVIDER = "google_iam_workload_identity_pool_provider"
CUSTOM_ROLE = "google_project_iam_custom_role"
SERVICE_ACCOUNT = "google_service_account"
ADDRESS = "aws_eip"
INSTANCE = "aws_instance"
DRIFT = (PERIMETER, LEVEL, POLICY)
"""Types of which it is said what happened to them outside of Terraform."""


@dataclass(frozen=True)
class Change:
    """What a plan does to one resource. `before` and `after` are empty where there is nothing; access/values.py reads them.

    Where a value is known only when the plan is applied, `after` has the text of its expression, also in place of a list.
    """

    address: str
    kind: str
    actions: frozenset[str]
    before: dict[str, Any]
    after: dict[str, Any]

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
    expressions = written(plan)
    for item in items(plan, part):
        if item["type"] != kind or item.get("mode", "managed") != "managed":
            continue
        change, address = item["change"], item["address"]
        after = change.get("after")
        if isinstance(after, dict):
            after = filled(after, change.get("after_unknown"), expressions.get(address.partition("[")[0]), address)
        yield Change(
            f"{address} (deposed)" if item.get("deposed") else address,
            kind,
            frozenset(change["actions"]),
            _object(change.get("before")),
            _object(after),
        )


def prevented(value: dict[str, Any]) -> bool:
    """Whether the google provider refuses to delete a perimeter or a policy, by its state: it compares exact capitals."""
    return value.get("deletion_policy") == "PREVENT"


def items(plan: dict[str, Any], part: str) -> list[dict[str, Any]]:
    """A plan's list of changes. Raises Unreadable for anything else: taken for empty, it would pass every check."""
    found = plan.get(part, [])
    if not isinstance(found, list):
        raise Unreadable(f"the plan's {part} is {found!r:.40}; allowed: a list, or nothing: plan again")
    for index, item in enumerate(found):
        change = item.get("change") if isinstance(item, dict) else None
        if (
            not isinstance(change, dict)
            or not isinstance(change.get("actions"), list)
            or not {"type", "address"} <= item.keys()
        ):
            raise Unreadable(f"the plan's {part}[{index}] is not a change (type, address, change.actions): plan again")
    return found


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
