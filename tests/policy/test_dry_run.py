"""What is enforced, what the dry run tests, and what is logged ("Dry run mode")."""

from typing import Any

import pytest

from tests.policy.bodies import OUTSIDE, call, config, ingress, model

OPEN, SHUT = config(), config(ingressPolicies=[])


@pytest.mark.parametrize(
    ("perimeter", "enforced", "dry_run"),
    [
        ({"status": OPEN}, True, True),
        ({"status": SHUT}, False, False),
        ({"status": SHUT, "useExplicitDryRunSpec": False}, False, False),
        ({"useExplicitDryRunSpec": True, "spec": OPEN}, True, True),
        ({"useExplicitDryRunSpec": True, "spec": SHUT}, True, False),
        ({"useExplicitDryRunSpec": True, "status": OPEN, "spec": SHUT}, True, False),
        ({"useExplicitDryRunSpec": True, "status": SHUT, "spec": OPEN}, False, True),
        ({"useExplicitDryRunSpec": True, "status": SHUT, "spec": SHUT}, False, False),
        ({"useExplicitDryRunSpec": True, "status": SHUT}, False, True),
        # The API refuses a spec without the flag; the flag is what counts.
        ({"status": OPEN, "spec": SHUT}, True, True),
        ({"spec": SHUT}, True, True),
        ({}, True, True),
    ],
)
def test_status_and_spec(perimeter: dict[str, Any], enforced: bool, dry_run: bool) -> None:
    decision = model(perimeter).decide(call())
    assert (decision.enforced.allowed, decision.dry_run.allowed) == (enforced, dry_run)
    assert decision.dry_run_violation is (enforced and not dry_run)


def test_without_the_flag_the_two_never_differ() -> None:
    for address in ("203.0.113.1", OUTSIDE):
        decision = model({"status": config()}).decide(call(address=address))
        assert decision.enforced == decision.dry_run
        assert not decision.dry_run_violation


def test_a_dry_run_of_more_services_says_what_it_would_deny() -> None:
    spec = config(restrictedServices=["aiplatform.googleapis.com", "sts.googleapis.com"])
    perimeter = {"useExplicitDryRunSpec": True, "status": config(), "spec": spec}
    decision = model(perimeter).decide(call(service="sts.googleapis.com", identity=None))
    assert decision.dry_run_violation
    assert decision.dry_run.reason == "NO_MATCHING_ACCESS_LEVEL"
    assert decision.dry_run.perimeter.endswith("/servicePerimeters/fence")


def test_dry_runs_of_several_perimeters_are_independent() -> None:
    proposed = {"useExplicitDryRunSpec": True, "spec": config(resources=["projects/43"], ingressPolicies=[])}
    both = model({"status": config()}, second=proposed)
    assert not both.decide(call()).dry_run_violation
    assert both.decide(call(project_number="43")).dry_run_violation


def test_a_project_that_moves_from_one_perimeter_to_another() -> None:
    """In the dry run it is in the second perimeter only."""
    leaves = {"useExplicitDryRunSpec": True, "status": config(), "spec": config(resources=["projects/1"])}
    arrives = {"useExplicitDryRunSpec": True, "spec": config(ingressPolicies=[ingress(title="moved")])}
    decision = model(leaves, second=arrives).decide(call())
    assert decision.enforced.rule == 'ingress rule "workloads" of fence'
    assert decision.dry_run.rule == 'ingress rule "moved" of second'
