"""The guard and the notices on recorded plans: what Terraform 1.11 and google 6.50 wrote, cut down to what is read.

tests/terraform/test_google_guard.py has the same on plans made anew.
"""

import copy
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from access.perimeters import enforced
from deploy import widened
from deploy.guard import GEMINI, refusals
from deploy.notices import notices
from tests.deploy.planned import sentences
from tests.deploy.recorded import plans

PLANS = plans()
REFUSED = {
    "perimeter-removed": {"service_perimeter": "delete"},
    "perimeter-forgotten": {"service_perimeter": "forget (Terraform lets go of it)"},
    "renamed-and-ended": {"service_perimeter": "replace (delete, then create)"},
    "gemini-unrestricted": {"service_perimeter": "unrestrict Gemini"},
    "policy-rescoped": {
        "access_policy": "replace (delete, then create)",
        "service_perimeter": "replace (delete, then create)",
    },
    "own-policy-as-existing": {"access_policy": "delete"},
    "level-without-addresses": {"access_level": "apply it"},
    "level-for-everybody": {"access_level": "apply it"},
}


OPEN = "which newly admits every identity from every address"
SAID = {
    "own-to-other-dry-run": ["is created: accessPolicies/111/servicePerimeters/demo_perimeter, a dry run"],
    "policy-rescoped": [f"enforcement ends, {OPEN}", "is created: ${"],
    "renamed-and-ended": [f"enforcement ends, {OPEN}", "is created: accessPolicies/987654321/servicePerimeters/other, a dry run"],
    "perimeter-removed": [f"enforcement ends, {OPEN}"],
    "perimeter-forgotten": ["ingress rule 'workloads call Gemini' newly admits"],  # by a level that would be deleted
    "to-enforced": ["enforcement begins; Google takes up to 30 minutes"],
    "enforced-to-dry-run": [f"enforcement ends, {OPEN}"],
    "deleted-outside": [
        "happened outside of Terraform, and this plan ends it: ",
        "enforcement begins; Google takes up to 30 minutes",
        "was deleted outside of Terraform; until this plan is applied it does not exist",
    ],
    "ended-outside": [
        "happened outside of Terraform, and this plan ends it: ",
        "enforcement begins; Google takes up to 30 minutes",
    ],
    "gemini-unrestricted": ["aiplatform.googleapis.com is not restricted, which newly admits every identity from"],
    "level-without-addresses": ["ingress rule 'workloads call Gemini' newly admits"],
    "level-for-everybody": ["ingress rule 'workloads call Gemini' newly admits"],
    "first": ["enforcement begins; Google takes up to 30 minutes"],
}  # fmt: skip
"""How each sentence begins, after the address."""


def refused(plan: dict[str, Any], admitted: tuple[str, ...] = ()) -> dict[str, str]:
    found = [*widened.refusals(plan), *refusals(plan, lambda: {*map(ip_network, admitted)})]
    return {one.address.split(".")[0].removeprefix("google_access_context_manager_"): one.change for one in found}


def edited(name: str, kind: str, **change: Any) -> dict[str, Any]:
    """A recorded plan in which the one change to a resource type is another."""
    plan: dict[str, Any] = copy.deepcopy(PLANS[name])
    (item,) = [item for item in plan["resource_changes"] if item["type"].endswith(kind)]
    item["change"].update(change)
    return plan


def perimeter(name: str, side: str) -> dict[str, Any]:
    (item,) = [item for item in PLANS[name]["resource_changes"] if item["type"].endswith("service_perimeter")]
    value: dict[str, Any] = copy.deepcopy(item["change"][side])
    return value


@pytest.mark.parametrize("name", sorted(PLANS))
def test_a_plan_is_refused_for_exactly_this(name: str) -> None:
    assert refused(PLANS[name]) == REFUSED.get(name, {})


@pytest.mark.parametrize("name", sorted(PLANS))
def test_what_is_reported(name: str) -> None:
    found = sentences(PLANS[name])
    expected = SAID.get(name, [])
    assert len(found) == len(expected), found
    for text, beginning in zip(found, expected, strict=True):
        assert text.startswith(beginning) or text.partition(": ")[2].startswith(beginning), text


def test_a_refusal_names_address_change_reason_and_runbook() -> None:
    (refusal,) = refusals(PLANS["perimeter-removed"])
    assert str(refusal) == (
        "google_access_context_manager_service_perimeter.perimeter_A600D73C: refused to delete: it is enforced, and nothing"
        " would be; first apply perimeter.dry_run = true; see docs/runbooks/deploy.md#rename-or-remove-a-perimeter"
    )


def test_every_runbook_that_is_named_exists() -> None:
    text = Path("docs/runbooks/deploy.md").read_text()
    headings = {line.lstrip("# ").lower().replace(" ", "-") for line in text.splitlines() if line.startswith("#")}
    plans = [*PLANS.values(), prevented("service_perimeter", "access_policy")]
    named = {refusal.runbook for plan in plans for refusal in refusals(plan)} | {"give-up-an-address"}
    assert named <= headings


def test_a_deposed_enforced_perimeter_counts() -> None:
    plan = copy.deepcopy(PLANS["perimeter-removed"])
    for item in plan["resource_changes"]:
        item["deposed"] = "deadbeef"
    assert "(deposed)" in str(refusals(plan)[0])


def test_an_empty_status_enforces_nothing() -> None:
    """What the API may answer for a perimeter that is only tested."""
    before = {**perimeter("destroy-dry-run", "before"), "status": [{"resources": [], "restricted_services": None}]}
    assert enforced(before) == {}
    assert refused(edited("destroy-dry-run", "service_perimeter", before=before)) == {}


def test_neither_enforced_nor_tested_is_refused() -> None:
    after = {**perimeter("enforced-to-dry-run", "after"), "spec": []}
    assert refused(edited("enforced-to-dry-run", "service_perimeter", after=after)) == {"service_perimeter": "empty it"}


def test_a_project_cannot_leave_an_enforced_perimeter() -> None:
    after = perimeter("gemini-unrestricted", "before")
    after["status"][0]["resources"] = []
    plan = edited("gemini-unrestricted", "service_perimeter", after=after)
    assert refused(plan) == {"service_perimeter": "let a project out"}


def test_another_service_may_leave_and_it_is_said() -> None:
    before = perimeter("gemini-unrestricted", "before")
    after = copy.deepcopy(before)
    before["status"][0]["restricted_services"].append("bigquery.googleapis.com")
    plan = edited("gemini-unrestricted", "service_perimeter", before=before, after=after)
    assert GEMINI in after["status"][0]["restricted_services"]
    assert refused(plan) == {}
    assert "bigquery.googleapis.com is not restricted, which newly admits every identity" in sentences(plan)[0]


def test_addresses_that_are_known_only_later_are_left_to_the_precondition() -> None:
    plan = edited(
        "level-without-addresses",
        "access_level",
        after={"basic": [{"conditions": [{}]}]},
        after_unknown={"basic": [{"conditions": [{"ip_subnetworks": True}]}]},
    )
    assert refused(plan) == {}


def test_a_policy_may_go_once_nothing_is_left_in_it() -> None:
    """The rest of a half-done destroy."""
    plan = copy.deepcopy(PLANS["destroy-dry-run"])
    plan["resource_changes"] = [item for item in plan["resource_changes"] if item["type"].endswith("access_policy")]
    assert refused(plan) == {}


def test_a_policy_that_is_forgotten_is_not_said_to_take_anything_along() -> None:
    plan = copy.deepcopy(PLANS["destroy-dry-run"])
    for item in plan["resource_changes"]:
        if item["type"].endswith("access_policy"):
            item["change"]["actions"] = ["forget"]
    (refusal,) = refusals(plan)
    assert "it would go on without Terraform" in refusal.why


def test_an_enforced_perimeter_is_forgotten_only_where_another_state_holds_it() -> None:
    plan = copy.deepcopy(PLANS["perimeter-forgotten"])
    (name,) = [
        item["change"]["before"]["name"]
        for item in plan["resource_changes"]
        if item["type"] == "google_access_context_manager_service_perimeter"
    ]
    assert [one.change for one in refusals(plan, taken={f"{name}2"})] == ["forget (Terraform lets go of it)"]
    assert refusals(plan, taken={name}) == []
    for item in plan["resource_changes"]:
        if item["change"]["actions"] == ["forget"]:
            item["change"]["actions"] = ["delete"]
    assert [one.change for one in refusals(plan, taken={name})] == ["delete"]


def prevented(*kinds: str) -> dict[str, Any]:
    """The destroy of a dry run in whose state these types have PREVENT."""
    plan: dict[str, Any] = copy.deepcopy(PLANS["destroy-dry-run"])
    for item in plan["resource_changes"]:
        if item["type"].removeprefix("google_access_context_manager_") in kinds:
            item["change"]["before"]["deletion_policy"] = "PREVENT"
    return plan


@pytest.mark.parametrize("kinds", [["service_perimeter"], ["access_policy"], ["service_perimeter", "access_policy"]])
def test_what_the_provider_would_refuse_half_way_is_refused_in_the_plan(kinds: list[str]) -> None:
    assert refused(prevented(*kinds)) == dict.fromkeys(kinds, "delete")
    for refusal in refusals(prevented(*kinds)):
        assert "perimeter.dry_run = true" in str(refusal)
        assert str(refusal).endswith("#when-the-provider-refused-to-delete-a-perimeter")


def test_a_dry_run_that_the_provider_would_refuse_to_replace_is_refused() -> None:
    plan = prevented("service_perimeter")
    for item in plan["resource_changes"]:
        if item["type"].endswith("service_perimeter"):
            item["change"].update(actions=["delete", "create"], after={**item["change"]["before"], "name": "another"})
    assert refused(plan)["service_perimeter"] == "replace (delete, then create)"


@pytest.mark.parametrize("policy", ["DELETE", "prevent", "", None])
def test_what_the_provider_would_delete_is_not_refused(policy: str | None) -> None:
    plan = prevented("service_perimeter", "access_policy")
    for item in plan["resource_changes"]:
        item["change"]["before"]["deletion_policy"] = policy
    assert refused(plan) == {}


def test_a_dry_run_that_a_destroy_would_stop_at_is_reported() -> None:
    """The settings do not write the argument, so that the state keeps PREVENT."""
    before, after = (perimeter("enforced-to-dry-run", side) for side in ("before", "after"))
    for value, said in (("PREVENT", True), ("DELETE", False)):
        after["deletion_policy"] = value
        for was in (before, after):
            plan = edited("enforced-to-dry-run", "service_perimeter", before=was, after=after)
            assert refused(plan) == {}
            assert any("keeps deletion_policy PREVENT" in sentence for sentence in sentences(plan)) is said
            assert not any(notice.wider for notice in notices(plan) if "PREVENT" in notice.text)


def test_an_enforced_perimeter_that_keeps_it_is_not_reported() -> None:
    after = {**perimeter("enforced-to-dry-run", "before"), "deletion_policy": "PREVENT"}
    assert sentences(edited("enforced-to-dry-run", "service_perimeter", after=after)) == []


@pytest.mark.parametrize("actions", [["delete"], ["delete", "create"]])
def test_an_address_that_the_enforced_perimeter_lets_in_is_not_released(actions: list[str]) -> None:
    change = {"actions": actions, "before": {"public_ip": "203.0.113.7"}, "after": None}
    plan = {"resource_changes": [{"address": "aws_eip.a", "type": "aws_eip", "mode": "managed", "change": change}]}
    assert refused(plan, ("203.0.113.0/28",)) == {"aws_eip": "release it"}
    assert refused(plan, ("203.0.113.8/32",)) == {}
