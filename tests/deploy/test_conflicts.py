"""What is a conflict, and what of a new plan was approved: by what the google provider prints, and by plans."""

import copy
from typing import Any

import pytest

from deploy.conflicts import is_conflict, not_approved

CREATE, DELETE = (
    f"Error: Error {what} ServicePerimeterDryRunIngressPolicy: googleapi: Error 409: The etag '0000000000000007' does not match"
    " 'another 2', the current one of accessPolicies/987654321: read it again., aborted"
    for what in ("creating", "when reading or editing")
)
"""As google 6.50.0 and 7.45.0 print it: with the address where there is one, and without where an object is deleted."""
WITH = "\n\n  with google_access_context_manager_service_perimeter_dry_run_ingress_policy.a,\n  on cdk.tf.json line 1\n"
LATER = "Error: Error waiting to create ServicePerimeterResource: Error waiting for Creating: Error code 10, message: aborted"
FORBIDDEN = CREATE.replace("409", "403")
QUOTED = CREATE.replace("Error 409: The etag", "Error 403: The rule 'googleapi: Error 409: The etag'")
LATER_QUOTED = LATER.replace("code 10, message: aborted", "code 3, message: 'Error code 10, message: aborted'")
EXISTS = "Error: Error creating WorkloadIdentityPool: googleapi: Error 409: Requested entity already exists"
LEVEL = "Error: Error creating AccessLevel: googleapi: Error 409: Requested entity already exists"
WARNING = "Warning: Applied changes may be incomplete\n\nThe plan was created with the -target option\n"
TERMINAL = "\x1b[31m╷\x1b[0m\x1b[0m\n\x1b[31m│\x1b[0m \x1b[0m\x1b[1m\x1b[31mError: \x1b[0m\x1b[0m\x1b[1m{}\x1b[0m\n\x1b[31m│\x1b[0m \n\x1b[31m╵\x1b[0m"


@pytest.mark.parametrize("printed", [
    CREATE, f"\n{CREATE}{WITH}", DELETE, f"{CREATE}{WITH}\n{DELETE}\n", LATER, f"{WARNING}\n{CREATE}\n{WARNING}",
    TERMINAL.format(CREATE.removeprefix("Error: ")),
])  # fmt: skip
def test_a_conflict(printed: str) -> None:
    assert is_conflict(printed)


@pytest.mark.parametrize("printed", [
    "", WARNING, FORBIDDEN, QUOTED, LATER_QUOTED, EXISTS, LEVEL, f"{CREATE}{WITH}\n{FORBIDDEN}", f"{EXISTS}\n{DELETE}", f"{EXISTS}: {CREATE}",
    "Error: Saved plan is stale", TERMINAL.format(EXISTS.removeprefix("Error: ")),
])  # fmt: skip
def test_no_conflict_or_not_alone(printed: str) -> None:
    assert not is_conflict(printed)


RULE = "google_access_context_manager_service_perimeter_ingress_policy"
PERIMETER = "google_access_context_manager_service_perimeter"


def change(name: str, before: Any, after: Any, kind: str = RULE, **more: Any) -> dict[str, Any]:
    actions = ["create"] if before is None else ["delete"] if after is None else ["update"]
    unknown = {"etag": True, "id": True} if after is not None else {}
    one = {"actions": actions, "before": before, "after": after, "after_unknown": unknown, **more}
    return {"address": f"{kind}.{name}", "type": kind, "change": one}


def replaced(name: str, before: Any, after: Any, *, first: str = "create") -> dict[str, Any]:
    return change(name, before, after, actions=["create", "delete"] if first == "create" else ["delete", "create"])


def plan(*changes: dict[str, Any], drift: tuple[dict[str, Any], ...] = (), **outputs: Any) -> dict[str, Any]:
    named = {name: {"actions": ["create"], "after": value, "after_unknown": False} for name, value in outputs.items()}
    return {"resource_changes": list(changes), "resource_drift": list(drift), "output_changes": named}


OLD, NEW = {"title": "old", "etag": "1"}, {"title": "new"}


@pytest.mark.parametrize(("new", "approved"), [
    (plan(), plan(change("a", None, NEW))),
    (plan(change("a", None, NEW)), plan(change("b", None, NEW), change("a", None, NEW), text="1")),
    (plan(change("a", {**OLD, "etag": "2"}, None)), plan(change("a", OLD, None))),
    (plan(replaced("a", {**OLD, "etag": "2"}, NEW)), plan(replaced("a", OLD, NEW))),
    (plan({**change("a", OLD, None), "deposed": "0a1b"}), plan(replaced("a", OLD, NEW))),
    (plan(change("a", None, NEW)), plan(replaced("a", OLD, NEW, first="delete"))),
    (plan(change("a", None, NEW), text="1"), plan(change("a", None, NEW), text="1")),
    (plan(change("a", OLD, OLD, actions=["no-op"]), change("b", OLD, NEW, actions=["read"])), plan()),
    (plan(change("a", {**OLD, "sources": []}, None)), plan(change("a", {**OLD, "sources": None}, None))),
    (plan(drift=(change("a", OLD, {**OLD, "etag": "2", "sources": []}),)), plan()),
    (plan(drift=(change("a", OLD, NEW),)), plan(drift=(change("a", OLD, NEW),))),
])  # fmt: skip
def test_it_was_approved(new: dict[str, Any], approved: dict[str, Any]) -> None:
    assert list(not_approved(new, approved)) == []


@pytest.mark.parametrize(("new", "approved", "said"), [
    (plan(change("a", None, NEW)), plan(), f"{RULE}.a: create"),
    (plan(change("a", None, NEW)), plan(change("b", None, NEW)), f"{RULE}.a: create"),
    (plan(change("a", None, {"title": "other"})), plan(change("a", None, NEW)), f"{RULE}.a: create"),
    (plan(change("a", None, NEW, after_unknown={"title": True})), plan(change("a", None, NEW)), f"{RULE}.a: create"),
    (plan(change("a", None, NEW)), plan(change("a", None, NEW, after_unknown={"title": True})), f"{RULE}.a: create"),
    (plan(change("a", OLD, None)), plan(change("a", {"title": "edited"}, None)), f"{RULE}.a: delete"),
    (plan(change("a", OLD, None)), plan(replaced("a", OLD, NEW)), f"{RULE}.a: delete"),
    (plan(change("a", OLD, None)), plan({**change("a", OLD, None), "deposed": "0a1b"}), f"{RULE}.a: delete"),
    (plan({**change("a", OLD, None), "deposed": "0a1b"}), plan(change("a", OLD, None)), f"{RULE}.a (deposed): delete"),
    (plan(change("a", OLD, NEW)), plan(replaced("a", OLD, NEW)), f"{RULE}.a: update"),
    (plan(replaced("a", OLD, NEW, first="delete")), plan(replaced("a", OLD, NEW)), f"{RULE}.a: delete and create"),
    (plan(change("a", None, NEW, importing={"id": "x"})), plan(change("a", None, NEW)), f"{RULE}.a: create"),
    (plan(text="2"), plan(text="1"), "output text"),
    (plan(text="1"), plan(), "output text"),
    (plan(drift=(change("a", OLD, NEW),)), plan(), f"{RULE}.a: changed outside of Terraform"),
    (plan(drift=(change("a", OLD, None),)), plan(), f"{RULE}.a: changed outside of Terraform"),
    (plan(drift=(change("a", OLD, NEW),)), plan(drift=(change("a", NEW, OLD),)), f"{RULE}.a: changed outside of Terraform"),
    ({**plan(), "deferred_changes": [{}]}, plan(), "the new plan is not complete"),
])  # fmt: skip
def test_it_is_more_than_what_was_approved(new: dict[str, Any], approved: dict[str, Any], said: str) -> None:
    assert list(not_approved(new, approved)) == [said]


def test_what_others_have_in_a_shared_perimeter_is_no_change_of_the_owner() -> None:
    """What they have besides its members and rules is one, and so is a member in a perimeter that is not shared."""
    status = {"resources": ["projects/1"], "restricted_services": ["a"], "ingress_policies": []}
    body = {"name": "accessPolicies/1/servicePerimeters/p", "status": [status], "spec": [], "update_time": "1"}
    joined = copy.deepcopy({**body, "update_time": "2"})
    joined["status"][0] |= {"resources": ["projects/1", "projects/2"], "ingress_policies": [{"title": "theirs"}]}
    new = plan(drift=(change("p", body, joined, PERIMETER),))
    assert list(not_approved(new, plan(), {body["name"]})) == []
    assert list(not_approved(new, plan())) == [f"{PERIMETER}.p: changed outside of Terraform"]
    joined["status"][0]["restricted_services"] = []
    assert list(not_approved(new, plan(), {body["name"]})) == [f"{PERIMETER}.p: changed outside of Terraform"]
