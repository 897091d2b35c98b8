"""A project in a perimeter that others own: what a plan may do with its membership and its rules."""

from typing import Any

import pytest

from access.admitted import admitted
from access.states import of_state
from deploy.exit_codes import ExitCode
from deploy.judgement import Judgement, judge
from tests.deploy.planned import Body, change, level, plan, ranges

NAME = "accessPolicies/1/servicePerimeters/shared"
PROJECT = "projects/345678901234"
LEVEL = "google_access_context_manager_access_level"
KIND = "google_access_context_manager_service_perimeter"
ENFORCED, TRIED = "", "_dry_run"
MEMBER = {"perimeter_name": NAME, "resource": PROJECT}
STAYS = [change(LEVEL, level(ranges("203.0.113.7/32")), level(ranges("203.0.113.7/32")))]


def rule(*identities: str, title: str = "ours", source: str = "accessPolicies/1/accessLevels/a") -> Body:
    operations = [{"service_name": "aiplatform.googleapis.com", "method_selectors": [{"method": "*"}]}]
    origin = {"identities": list(identities) or ["user:a@example.com"], "sources": [{"access_level": source}]}
    target = {"resources": [PROJECT], "operations": operations}
    return {"perimeter": NAME, "title": title, "ingress_from": [origin], "ingress_to": [target]}


def member(side: str, before: Body | None, after: Body | None) -> Body:
    return change(f"{KIND}{side}_resource", before, after)


def rules(side: str, before: Body | None, after: Body | None, name: str = "it") -> Body:
    return change(f"{KIND}{side}_ingress_policy", before, after, name=name)


def judged(*changes: Body) -> Judgement:
    return judge("test", "google", plan(*STAYS, *changes))


PAIR = [member(TRIED, MEMBER, MEMBER), rules(TRIED, rule(), rule())]
DEMOTION = [member(ENFORCED, MEMBER, None), rules(ENFORCED, rule(), None)]
LEFT = f"{PROJECT} would leave the enforced {NAME}"


@pytest.mark.parametrize(
    "changes",
    [
        DEMOTION,
        [*DEMOTION, member(TRIED, MEMBER, None), rules(TRIED, rule(), None)],
        [*DEMOTION, member(TRIED, MEMBER, MEMBER)],
        [*DEMOTION, PAIR[1]],
        [*DEMOTION, member(TRIED, None, {**MEMBER, "perimeter_name": "another"}), PAIR[1]],
        [member(ENFORCED, MEMBER, None)],
    ],
    ids=["leaves", "destroy", "no rule", "no member", "another perimeter", "member alone"],
)
def test_a_project_does_not_leave_an_enforced_perimeter(changes: list[Body]) -> None:
    found = judged(*changes)
    assert found.code == ExitCode.REFUSED
    assert any(LEFT in one and "first apply perimeter.dry_run = true" in one for one in found.refusals)


@pytest.mark.parametrize("kind", [ENFORCED, TRIED])
def test_a_replaced_enforced_membership_is_refused(kind: str) -> None:
    moved = member(kind, MEMBER, {**MEMBER, "perimeter_name": "another"})
    moved["change"]["actions"] = ["create", "delete"]
    assert bool(judged(moved, *PAIR[1:]).refusals) == (kind == ENFORCED)


def test_a_membership_that_terraform_lets_go_of_is_noted() -> None:
    forgotten = member(ENFORCED, MEMBER, None)
    forgotten["change"]["actions"] = ["forget"]
    found = judged(forgotten)
    assert any(f"{PROJECT} stays in the enforced {NAME}, and nothing here keeps it" in line for line in found.lines)
    assert found.code == ExitCode.CHANGES


def test_back_to_a_dry_run_is_wider_and_needs_to_be_accepted() -> None:
    found = judged(*DEMOTION, *PAIR)
    assert found.code == ExitCode.WIDER, list(found.lines)
    assert any("no perimeter restricts this any more" in one for one in found.widenings)
    assert any(f"{PROJECT} leaves the enforced {NAME}" in one for one in found.information)


def test_to_leave_a_dry_run_and_to_be_enforced_in_addition_are_narrower() -> None:
    assert judged(member(TRIED, MEMBER, None), rules(TRIED, rule(), None)).code == ExitCode.CHANGES
    found = judged(*PAIR, member(ENFORCED, None, MEMBER), rules(ENFORCED, None, rule()))
    assert found.code == ExitCode.CHANGES, list(found.lines)
    assert any("enforcement of" in one for one in found.information)


def replaced(before: Body, after: Body) -> Body:
    found = rules(ENFORCED, before, after)
    found["change"]["actions"] = ["create", "delete"]
    return found


INSIDE = member(ENFORCED, MEMBER, MEMBER)
WORLDS: dict[str, tuple[list[Body], ExitCode, str]] = {
    "one more caller": ([INSIDE, replaced(rule(), rule("user:a@example.com", "user:b@example.com"))], ExitCode.WIDER,
                        "newly admits user:b@example.com from 203.0.113.7/32"),
    "another title": ([INSIDE, replaced(rule(), rule(title="ours (2)"))], ExitCode.CHANGES, ""),
    "a first rule of a project that is inside": ([rules(ENFORCED, None, rule())], ExitCode.WIDER, "newly admits user:a@example.com"),
    "one caller less": ([replaced(rule("user:a@example.com", "user:b@example.com"), rule())], ExitCode.CHANGES, ""),
    "a tested rule": ([*PAIR, rules(TRIED, None, rule("user:b@example.com"), "more")], ExitCode.CHANGES, ""),
    "in place": ([INSIDE, rules(ENFORCED, rule(), rule("user:b@example.com"))], ExitCode.REFUSED, "lose what others change"),
}  # fmt: skip


@pytest.mark.parametrize("name", WORLDS)
def test_a_rule_is_read_as_part_of_the_perimeter(name: str) -> None:
    changes, code, text = WORLDS[name]
    found = judged(*changes)
    assert found.code == code, list(found.lines)
    assert any(text in line for line in found.lines) or not text


def test_a_wider_level_is_wider_for_a_joiner_too() -> None:
    edited = change(LEVEL, level(ranges("203.0.113.7/32")), level(ranges("203.0.113.0/24")))
    found = judge("test", "google", plan(edited, INSIDE, rules(ENFORCED, rule(), rule())))
    assert any("from 203.0.113.0/24 to aiplatform.googleapis.com" in one for one in found.widenings), found.widenings


def test_what_says_so_has_the_address_of_what_is_enforced() -> None:
    more = rules(ENFORCED, None, rule("user:b@example.com"), "more")
    (said,) = judged(*PAIR, INSIDE, rules(ENFORCED, rule(), rule()), more).widenings
    assert said.startswith(f"{KIND}_resource.it: ")


def test_a_demotion_without_a_rule_says_that_the_rule_is_missing() -> None:
    (said,) = judged(*DEMOTION, PAIR[0], rules(TRIED, rule(), None)).refusals
    assert "its dry run would have no rule, as with disabled workloads" in said


@pytest.mark.parametrize(("kind", "found"), [(ENFORCED, {"203.0.113.7/32"}), (TRIED, set())])
def test_the_addresses_that_an_enforced_rule_admits_are_not_released(kind: str, found: set[str]) -> None:
    def held(kind: str, values: Any) -> Body:
        return {"mode": "managed", "type": kind, "name": "it", "instances": [{"attributes": values}]}

    state = {"resources": [held(LEVEL, level(ranges("203.0.113.7/32"))), held(f"{KIND}{kind}_ingress_policy", rule())]}
    assert set(map(str, admitted(of_state(state)))) == found


def test_a_project_that_others_took_out_is_noted_and_comes_back() -> None:
    """As after an apply of an owner that does not ignore members."""
    found = plan(*STAYS, member(ENFORCED, None, MEMBER), rules(ENFORCED, rule(), rule()), *PAIR)
    found["resource_drift"] = [member(ENFORCED, MEMBER, None)]
    judgement = judge("test", "google", found)
    assert judgement.code == ExitCode.CHANGES, list(judgement.lines)
    said = "happened outside of Terraform, and this plan ends it: "
    assert any(said in one and "no perimeter restricts this any more" in one for one in judgement.information)
