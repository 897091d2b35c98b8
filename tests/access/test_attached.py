"""Rules and members that are resources: what they open in a perimeter that is in no plan, and what they must not hide."""

from dataclasses import replace
from typing import Any

import pytest

from access.changes import PERIMETER
from access.objects import Object
from access.perimeter_gains import gains
from tests.access.test_rules import egress, ingress, perimeter

OTHER = "accessPolicies/1/servicePerimeters/other"


def attached(direction: str, rule: dict[str, Any]) -> Object:
    return Object("it", f"{PERIMETER}_{direction}_policy", {"perimeter": OTHER, **rule})


def everywhere(rule: dict[str, Any]) -> dict[str, Any]:
    rule["ingress_to"][0]["resources"] = ["*"]
    return rule


@pytest.mark.parametrize(
    ("direction", "rule"),
    [("ingress", everywhere(ingress("user:a@example.com"))), ("egress", egress("*"))],
    ids=["ingress", "egress"],
)
def test_a_rule_that_names_no_project_opens_the_perimeter_of_others(direction: str, rule: dict[str, Any]) -> None:
    new = [attached(direction, rule)]
    (found,) = gains([], new)
    assert "a project in other" in found.what
    assert list(gains(new, new)) == []
    assert list(gains(new, [])) == []


MEMBER = Object("member", f"{PERIMETER}_resource", {"perimeter_name": "p", "resource": "projects/9"})


@pytest.mark.parametrize("field", ["resources", "ingress_policies", "egress_policies", ""])
def test_a_member_does_not_hide_what_is_not_known(field: str) -> None:
    old, new = perimeter(ingress("user:a@example.com")), perimeter(ingress("user:a@example.com"))
    if field:
        new["status"][0][field] = "${x.y}"
    else:
        new["status"] = "${x.y}"
    found = list(gains([Object("it", PERIMETER, old), MEMBER], [Object("it", PERIMETER, new), MEMBER]))
    assert found
    assert all("${x.y}" in one.missing for one in found)


def test_a_shared_perimeter_in_a_plan_has_what_is_attached_in_its_own_lists_too() -> None:
    """Terraform ignores the lists, so after a detachment they are as before: the project leaves."""
    values = perimeter(ingress("user:a@example.com"))
    values["status"][0]["resources"] = [*values["status"][0]["resources"], "projects/9"]
    whole = Object("it", PERIMETER, {**values, "name": "p"})
    assert list(gains([whole, MEMBER], [whole, MEMBER])) == []
    assert [one for one in gains([whole, MEMBER], [whole]) if "projects/9" in one.what]


def test_a_member_that_may_be_absent_is_not_decided() -> None:
    """With `count` 0 the project leaves the perimeter; `of_stack` writes why it is not known."""
    whole = Object("it", PERIMETER, perimeter(ingress("user:a@example.com"), resources=[]))
    old, new = ([whole, replace(MEMBER, unread=unread)] for unread in ("", "member is as many as 0"))
    assert ("${member is as many as 0}",) in [one.missing for one in gains(old, new)]
    assert list(gains(new, new)) == []
