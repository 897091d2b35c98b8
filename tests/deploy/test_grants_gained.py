"""Who newly gets which role, and what is said of it."""

from typing import Any

import pytest

from tests.deploy.planned import Body, change, plan, sentences

PROJECT, ACCOUNT = "google_project_iam_member", "google_service_account_iam_member"
BINDING, ROLE = "google_project_iam_binding", "google_project_iam_custom_role"
OLDER = change("google_project_service", {"service": "a"}, {"service": "a"})


def grant(member: str, role: str = "roles/a", **more: Any) -> Body:
    return {"project": "p", "role": role, "member": member, "condition": [], **more}


def said(*changes: Body) -> list[str]:
    """What is said where other resources existed before."""
    return [notice.partition(": ")[2] for notice in sentences(plan(OLDER, *changes))]


LIMITED = {"condition": [{"expression": "request.time < timestamp('2030-01-01T00:00:00Z')", "title": "until"}]}
GAINED = {
    "another member": (
        change(PROJECT, grant("user:a"), grant("user:b")),
        "user:b newly gets roles/a on p",
    ),
    "everybody": (
        change(PROJECT, grant("user:a"), grant("allUsers")),
        "allUsers (everybody) newly gets roles/a on p",
    ),
    "everybody on an account": (
        change(ACCOUNT, None, {"service_account_id": "projects/p/serviceAccounts/a", "role": "r", "member": "allUsers"}),
        "allUsers (everybody) newly gets r on projects/p/serviceAccounts/a",
    ),
    "a grant": (change(PROJECT, None, grant("user:a")), "user:a newly gets roles/a on p"),
    "another role": (
        change(PROJECT, grant("user:a"), grant("user:a", "roles/owner")),
        "user:a newly gets roles/owner on p",
    ),
    "another project": (
        change(PROJECT, grant("user:a"), grant("user:a", project="q")),
        "user:a newly gets roles/a on q",
    ),
    "no condition": (change(PROJECT, grant("user:a", **LIMITED), grant("user:a")), "user:a newly gets roles/a on p"),
    "a limited grant": (
        change(PROJECT, None, grant("user:a", **LIMITED)),
        "user:a newly gets roles/a on p if request.time < timestamp('2030-01-01T00:00:00Z')",
    ),
    "a member of several": (
        change(BINDING, {"project": "p", "role": "r", "members": ["user:a"]},
               {"project": "p", "role": "r", "members": ["allAuthenticatedUsers", "user:a"]}),
        "allAuthenticatedUsers (everybody with a Google account) newly gets r on p",
    ),
    "a permission": (
        change(ROLE, {"permissions": ["p.get"]}, {"permissions": ["p.get", "p.set"]}),
        "its holders newly get p.set",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GAINED)
def test_a_grant_that_is_new_is_said(name: str) -> None:
    item, notice = GAINED[name]
    assert said(item) == [notice]


@pytest.mark.parametrize(
    "item",
    [
        change(PROJECT, grant("user:a"), grant("user:a")),
        change(PROJECT, grant("user:a"), None),
        change(PROJECT, grant("user:a"), grant("user:a", **LIMITED)),
        change(BINDING, {"role": "r", "members": ["user:a", "user:b"]}, {"role": "r", "members": ["user:b"]}),
        change(ROLE, {"permissions": ["p.get", "p.set"]}, {"permissions": ["p.get"]}),
    ],
)
def test_nothing_is_said_of_a_grant_that_is_not_new(item: Body) -> None:
    assert said(item) == []


def test_a_grant_that_another_resource_takes_over_is_not_new() -> None:
    assert (
        said(change(PROJECT, grant("user:a"), None, name="old"), change(PROJECT, None, grant("user:a"), name="new"))
        == []
    )


def test_a_member_that_is_known_only_later_is_said() -> None:
    item = change(PROJECT, grant("user:a"), {"project": "p", "role": "roles/a"}, {"member": True})
    assert said(item) == ["(known after apply) newly gets roles/a on p"]


def test_a_first_plan_says_only_that_everybody_is_granted_something() -> None:
    data = {**change("google_project", {"number": "1"}, {"number": "1"}), "mode": "data"}
    assert sentences(plan(data, change(PROJECT, None, grant("user:a")))) == []
    assert sentences(plan(data, change(PROJECT, None, grant("allUsers")))) == [
        f"{PROJECT}.it: allUsers (everybody) newly gets roles/a on p"
    ]
