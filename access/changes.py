"""A plan's JSON (`terraform show -json PLAN`), read as far as guard and notices need it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from access.errors import Unreadable

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
KNOWN_LATER = "(known after apply)"


@dataclass(frozen=True)
class Change:
    """What a plan does to one resource. `before` and `after` are empty where there is nothing.

    Where a value is known only when the plan is applied, `after` has KNOWN_LATER, also in place of a list.
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
    for item in items(plan, part):
        if item["type"] != kind or item.get("mode", "managed") != "managed":
            continue
        change = item["change"]
        yield Change(
            f"{item['address']} (deposed)" if item.get("deposed") else item["address"],
            kind,
            frozenset(change["actions"]),
            _object(change.get("before")),
            _object(_marked(change.get("after"), change.get("after_unknown"))),
        )


def objects(plan: dict[str, Any], kind: str, *names: str) -> Iterator[tuple[Change, dict[str, Any]]]:
    """Each object that a plan leaves, with what it was before, which is empty for a new one.

    An object that is updated in place is the same. One that is created, also in place of another at its address in Terraform, is
    known by the values that identify it: it may have been deleted at another address, or, of DRIFT, outside of Terraform.
    """

    def identity(value: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(value.get(name) for name in names)

    found = list(changes(plan, kind))
    drift = changes(plan, kind, "resource_drift") if kind in DRIFT else ()
    before = {identity(change.before): change.before for change in (*drift, *found) if change.before}
    for change in found:
        if change.after:
            same = "create" not in change.actions or identity(change.before) == identity(change.after)
            yield change, change.before if same and change.before else before.get(identity(change.after), {})


def existed(plan: dict[str, Any]) -> bool:
    """Whether anything that this plan manages existed before it."""
    return any(item["change"].get("before") for item in items(plan, "resource_changes") if item.get("mode") != "data")


def block(value: dict[str, Any], name: str) -> dict[str, Any]:
    """A block that occurs at most once, which is a list in JSON; empty if it is absent, or says nothing.

    The API may answer an empty `status` for a perimeter that is only tested: that enforces nothing.
    """
    blocks = value.get(name)
    if not isinstance(blocks, list) or not blocks or not isinstance(blocks[0], dict):
        return {}
    return blocks[0] if any(blocks[0].values()) else {}


def blocks(value: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """A block that may be repeated; empty if it is absent, or known only later."""
    found = value.get(name)
    return [_object(item) for item in found] if isinstance(found, list) else []


def texts(value: dict[str, Any], name: str) -> list[str]:
    """A list of texts, empty if it is absent; one that is known only later is KNOWN_LATER alone."""
    found = value.get(name) or []
    return [found] if isinstance(found, str) else list(found)


def later(value: dict[str, Any], name: str) -> bool:
    """Whether a list or block, or an item of it, is known only when the plan is applied."""
    return KNOWN_LATER in texts(value, name)


def enforced(perimeter: dict[str, Any]) -> dict[str, Any]:
    """What a perimeter enforces; empty if nothing."""
    return block(perimeter, "status")


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


def _marked(value: Any, unknown: Any) -> Any:
    if unknown is True:
        return KNOWN_LATER
    if isinstance(unknown, dict):
        known = _object(value)
        return {name: _marked(known.get(name), unknown.get(name)) for name in known.keys() | unknown.keys()}
    if isinstance(unknown, list) and isinstance(value, list):
        return [_marked(item, unknown[index] if index < len(unknown) else None) for index, item in enumerate(value)]
    return value


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
