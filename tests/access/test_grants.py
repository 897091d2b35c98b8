"""Who newly holds a permission."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.grants import gains
from access.objects import Object
from policy.iam import PREDEFINED

MEMBER, BINDING, POLICY = "google_project_iam_member", "google_project_iam_binding", "google_project_iam_policy"
ACCOUNT, ROLE = "google_service_account_iam_member", "google_project_iam_custom_role"
POOL = "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool"


def one(kind: str, key: str = "it", /, **values: Any) -> Object:
    return Object(f"{kind}.{key}", kind, values)


def grant(member: str, role: str = "roles/a", on: str = "p", **more: Any) -> Object:
    return one(MEMBER, f"{member}{role}{on}", project=on, role=role, member=member, condition=[], **more)


def role(*permissions: str) -> Object:
    return one(ROLE, project="p", role_id="r", permissions=list(permissions))


def said(old: list[Object], new: list[Object]) -> list[str]:
    return [str(gain).partition(": ")[2] for gain in gains(old, new)]


UNTIL = [{"expression": "request.time < x", "title": "until"}]
GAINS = {
    "a member": ([], [grant("user:a")], "newly grants roles/a on p to user:a"),
    "everybody": ([grant("user:a")], [grant("allUsers")], "newly grants roles/a on p to allUsers (everybody)"),
    "a role": ([grant("user:a")], [grant("user:a", "roles/owner")], "newly grants roles/owner on p to user:a"),
    "the pool": ([grant(f"{POOL}/attribute.a/b")], [grant(f"{POOL}/*")], f"newly grants roles/a on p to {POOL}/*"),
    "a domain": ([grant("user:a@e.com")], [grant("domain:e.com")], "newly grants roles/a on p to domain:e.com"),
    "no condition": ([one(MEMBER, project="p", role="roles/a", member="user:a", condition=UNTIL)], [grant("user:a")],
                     "newly grants roles/a on p to user:a"),
    "a condition": ([], [one(MEMBER, project="p", role="roles/a", member="user:a", condition=UNTIL)],
                    "to user:a if request.time < x; cannot be decided without condition request.time < x"),
    "an unknown member": ([grant("user:a")], [grant("${x.email}")], "cannot be decided without ${x.email}"),
    "an authoritative binding": ([], [one(BINDING, project="p", role="roles/a", members=["user:a", "user:b"])],
                                 "newly grants roles/a on p to user:a, user:b"),
    "an authoritative policy": (
        [], [one(POLICY, project="p", policy_data=json.dumps({"bindings": [{"role": "roles/a", "members": ["user:a"]}]}))],
        "newly grants roles/a on p to user:a"),
    "a policy that is not known": ([], [one(POLICY, project="p", policy_data="${data.x.policy_data}")],
                                   "to ${data.x.policy_data}; cannot be decided without ${data.x.policy_data}"),
    "credentials that an owner has not": (
        [grant("user:a", "roles/owner")], [grant("user:a", "roles/owner"), grant("user:a", "roles/iam.serviceAccountOpenIdTokenCreator")],
        "newly grants roles/iam.serviceAccountOpenIdTokenCreator on p to user:a"),
    "a predefined role instead of what is listed of it": (
        [role(*PREDEFINED["roles/aiplatform.user"]), grant("user:a", "projects/p/roles/r")], [grant("user:a", "roles/aiplatform.user")],
        "newly grants roles/aiplatform.user on p to user:a"),
    "an organization's": ([], [one("google_organization_iam_member", org_id="1", role="roles/a", member="user:a")],
                          "newly grants roles/a on 1 to user:a"),
    "an access policy's": ([], [one("google_access_context_manager_access_policy_iam_member", name="9", role="roles/a", member="user:a")],
                           "newly grants roles/a on name 9 to user:a"),
    "another thing in the project": (
        [one("google_x_iam_member", project="p", name="a", role="roles/a", member="user:a")],
        [one("google_x_iam_member", project="p", name="b", role="roles/a", member="user:a")],
        "newly grants roles/a on name b, project p to user:a"),
    "a permission": ([role("p.get"), grant("user:a", "projects/p/roles/r")],
                     [role("p.get", "p.set"), grant("user:a", "projects/p/roles/r")], "newly grants p.set on p to user:a"),
    "a permission that others hold": ([role("p.get")], [role("p.get", "p.set")], "newly allows its holders p.set"),
    "a role that was disabled": ([one(ROLE, project="p", role_id="r", permissions=["p.get"], stage="DISABLED"), grant("user:a", "projects/p/roles/r")],
                                 [role("p.get"), grant("user:a", "projects/p/roles/r")], "newly grants projects/p/roles/r on p to user:a"),
}  # fmt: skip


@pytest.mark.parametrize("name", GAINS)
def test_a_gain_is_said(name: str) -> None:
    old, new, text = GAINS[name]
    (found,) = said(old, new)
    assert text in found
    assert said(new, new) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([grant("user:a")], []),
        ([grant("allUsers")], [grant("user:a")]),
        ([grant("user:a", "roles/owner")], [grant("user:a", "roles/aiplatform.user")]),
        ([role("aiplatform.endpoints.predict"), grant("user:a", "roles/aiplatform.user")], [role("aiplatform.endpoints.predict"), grant("user:a", "projects/p/roles/r")]),
        ([grant("user:a")], [one(BINDING, project="p", role="roles/a", members=["user:a"])]),
        ([grant("user:a")], [one(MEMBER, project="p", role="roles/a", member="user:a", condition=UNTIL)]),
        ([], [role("p.get")]),
        ([grant("${x.email}")], [grant("${x.email}")]),
    ],
)  # fmt: skip
def test_nothing_is_said_where_nobody_gains(old: list[Object], new: list[Object]) -> None:
    assert said(old, new) == []


def test_many_who_gain_the_same_are_one_sentence() -> None:
    (found,) = said([], [grant(f"user:{number}@e.com") for number in range(200)])
    assert found == "newly grants roles/a on p to user:0@e.com, user:1@e.com, user:2@e.com and 197 more"


MEMBERS = ["user:a@e.com", "user:b@f.com", "serviceAccount:s@p", "allUsers", "allAuthenticatedUsers", "domain:e.com",
           f"{POOL}/*", f"{POOL}/attribute.a/b", "group:g@e.com"]  # fmt: skip
PEOPLE = {
    "a": {"user:a@e.com", "domain:e.com", "allUsers", "allAuthenticatedUsers"},
    "b": {"user:b@f.com", "allUsers", "allAuthenticatedUsers"},
    "c": {"domain:e.com", "allUsers", "allAuthenticatedUsers"},
    "s": {"serviceAccount:s@p", "allUsers", "allAuthenticatedUsers"},
    "g": {"group:g@e.com", "allUsers", "allAuthenticatedUsers"},
    "w": {f"{POOL}/*", f"{POOL}/attribute.a/b", "allUsers"},
    "v": {f"{POOL}/*", "allUsers"},
    "z": {"allUsers", "allAuthenticatedUsers"},
    "nobody": {"allUsers"},
}
ROLES = {"roles/a": {"roles/a"}, "projects/p/roles/r": {"p.get", "p.set"}}
worlds = st.lists(
    st.tuples(st.sampled_from(MEMBERS), st.sampled_from(sorted(ROLES)), st.sampled_from("pq")), max_size=3
)


@given(worlds, worlds)
def test_the_difference_is_exact(old: list[tuple[str, str, str]], new: list[tuple[str, str, str]]) -> None:
    """Against everybody who could hold a permission, one by one."""
    held = [
        {
            (who, permission, on)
            for member, name, on in side
            for who, members in PEOPLE.items()
            for permission in ROLES[name]
            if member in members
        }
        for side in (old, new)
    ]
    custom = role("p.get", "p.set")
    found = said([custom, *(grant(*each) for each in old)], [custom, *(grant(*each) for each in new)])
    assert bool(found) == bool(held[1] - held[0])
