"""Callers inside Google Cloud, egress rules, and several perimeters."""

from typing import Any

import pytest

from tests.policy.bodies import GEMINI, NAT, call, conditions, config, ingress, model

NETWORK = "//compute.googleapis.com/projects/p/global/networks/n"
OTHER_RESOURCES = "RESOURCES_NOT_IN_SAME_SERVICE_PERIMETER"
OPERATIONS = [{"serviceName": GEMINI, "methodSelectors": [{"method": "*"}]}]


def egress(source: dict[str, Any] | None = None, target: dict[str, Any] | None = None) -> dict[str, Any]:
    from_ = {"identityType": "ANY_IDENTITY"} | (source or {})
    return {
        "title": "out",
        "egressFrom": from_,
        "egressTo": {"resources": ["*"], "operations": OPERATIONS} | (target or {}),
    }


def test_a_caller_inside_the_same_perimeter_passes() -> None:
    status = config(resources=["projects/42", "projects/43", NETWORK], ingressPolicies=[])
    decide = model({"status": status}).decide
    assert decide(call(source_project="43", address="")).enforced.rule == "the caller is inside fence"
    assert decide(call(network=NETWORK, address="")).enforced.allowed


HOST = "//compute.googleapis.com/projects/host/global/networks/shared"
SHARED = {"source_project": "43", "network": HOST, "network_project": "9", "address": ""}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (["projects/42"], False),
        (["projects/42", "projects/43"], None),
        (["projects/42", "projects/9"], None),
        (["projects/42", HOST], None),
        (["projects/42", "projects/43", "projects/9"], True),
        (["projects/42", "projects/43", HOST], True),
    ],
)
def test_of_a_shared_vpc_the_project_and_the_network_are_inside(resources: list[str], expected: bool | None) -> None:
    """Of one alone Google's pages say that services "might" be blocked: not decided, and denied at the door."""
    status = config(resources=resources, ingressPolicies=[])
    verdict = model({"status": status}).decide(call(**SHARED)).enforced
    assert (verdict.value, verdict.allowed) == (expected, bool(expected))


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (["projects/7"], False),
        (["projects/43"], None),
        (["projects/9"], None),
        ([HOST], None),
        (["projects/43", "projects/9"], True),
        (["projects/43", HOST], True),
    ],
)
def test_a_rule_for_a_caller_on_a_shared_vpc_names_both(sources: list[str], expected: bool | None) -> None:
    rule = ingress({"sources": [{"resource": one} for one in sources]})
    assert model({"status": config(ingressPolicies=[rule])}).decide(call(**SHARED)).enforced.value is expected


def test_whether_a_caller_on_a_shared_vpc_leaves_a_perimeter_is_not_decided_either() -> None:
    home = {"status": config(resources=["projects/43"], ingressPolicies=[])}
    assert model(home).decide(call(**SHARED)).enforced.value is None
    out = {"status": config(resources=["projects/43"], ingressPolicies=[], egressPolicies=[egress()])}
    assert model(out).decide(call(**SHARED)).enforced.value is True


def test_a_network_alone_is_inside_without_the_project_that_it_belongs_to() -> None:
    """ "VPC networks management in service perimeters": a network of a host project in a perimeter reaches what is inside."""
    decide = model({"status": config(resources=["projects/42", NETWORK], ingressPolicies=[])}).decide
    assert decide(call(source_project="43", network=NETWORK, address="")).enforced.allowed


def test_a_network_of_the_callers_own_project_is_inside_with_it() -> None:
    decide = model({"status": config(resources=["projects/42", "projects/43"], ingressPolicies=[])}).decide
    assert decide(call(source_project="43", network=NETWORK, address="")).enforced.allowed
    assert not decide(call(source_project="44", network=NETWORK, address="")).enforced.allowed


def test_methods_that_no_perimeter_controls() -> None:
    decide = model({"status": config(ingressPolicies=[])}).decide
    free = "google.cloud.aiplatform.v1.ModelGardenService.AcceptPublisherModelEula"
    verdict = decide(call(method=free)).enforced
    assert verdict.allowed
    assert verdict.rule == f"no perimeter controls {free}"
    assert not decide(call()).enforced.allowed


@pytest.mark.parametrize(
    ("origin", "reason"),
    [({"source_project": "7"}, OTHER_RESOURCES), ({"network": NETWORK}, "NETWORK_NOT_IN_SAME_SERVICE_PERIMETER")],
)
def test_a_caller_in_another_project_takes_an_ingress_rule(origin: dict[str, str], reason: str) -> None:
    verdict = model().decide(call(address="", **origin)).enforced
    assert (verdict.allowed, verdict.reason) == (False, reason)
    from_there = ingress({"sources": [{"resource": "projects/7"}, {"resource": NETWORK}]})
    assert model({"status": config(ingressPolicies=[from_there])}).decide(call(address="", **origin)).enforced.allowed


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], False),
        ([egress()], True),
        ([egress(target={"resources": ["projects/42"]})], True),
        ([egress(target={"resources": ["projects/44"]})], False),
        ([egress(target={"resources": [], "externalResources": ["s3://bucket"]})], False),
        ([egress(target={"resources": ["*"], "externalResources": ["s3://bucket"]})], True),
        ([egress({"identityType": "ANY_USER_ACCOUNT"})], False),
        ([egress({"sources": [{"accessLevel": NAT}], "sourceRestriction": "SOURCE_RESTRICTION_ENABLED"})], True),
        ([egress({"sources": [{"resource": "projects/9"}], "sourceRestriction": "SOURCE_RESTRICTION_ENABLED"})], False),
        ([egress({"sources": [{"resource": "projects/9"}]})], False),
        ([egress({"sourceRestriction": "SOURCE_RESTRICTION_ENABLED"})], False),
        ([egress({"sourceRestriction": "SOURCE_RESTRICTION_DISABLED"})], True),
        ([egress(target={"roles": ["roles/x"]})], False),
    ],
)
def test_a_caller_inside_takes_an_egress_rule_for_a_target_outside(rules: list[Any], expected: bool) -> None:
    home = {"status": config(resources=["projects/7"], ingressPolicies=[], egressPolicies=rules)}
    verdict = model(home).decide(call(source_project="7")).enforced
    assert verdict.allowed is expected
    assert verdict.rule.startswith('egress rule "out" of fence' if expected else "no egress rule of fence")
    assert verdict.reason == ("" if expected else OTHER_RESOURCES)


def test_a_service_that_home_does_not_restrict_goes_out_freely() -> None:
    home = {
        "status": config(resources=["projects/7"], restrictedServices=["storage.googleapis.com"], ingressPolicies=[])
    }
    assert model(home).decide(call(source_project="7")).enforced.allowed


def test_between_perimeters_egress_and_ingress_are_both_needed() -> None:
    from_seven = ingress({"sources": [{"resource": "projects/7"}]})

    def allowed(egress_rules: list[Any], ingress_rules: list[Any]) -> bool:
        home = {"status": config(resources=["projects/7"], ingressPolicies=[], egressPolicies=egress_rules)}
        there = {"status": config(ingressPolicies=ingress_rules)}
        return model(there, home=home).decide(call(source_project="7")).enforced.allowed

    assert allowed([egress()], [from_seven])
    assert not allowed([], [from_seven])
    assert not allowed([egress()], [])


def test_access_levels_of_a_perimeter_do_not_admit_from_another_perimeter() -> None:
    there = {"status": config(ingressPolicies=[], accessLevels=[NAT])}
    home = {"status": config(resources=["projects/7"], ingressPolicies=[], egressPolicies=[egress()])}
    assert model(there).decide(call(source_project="7")).enforced.allowed
    assert not model(there, home=home).decide(call(source_project="7")).enforced.allowed


def test_each_project_is_guarded_by_its_own_perimeter() -> None:
    second = {"status": config(resources=["projects/43"], ingressPolicies=[ingress(target={"resources": ["*"]})])}
    both = model({"status": config(ingressPolicies=[])}, second=second)
    assert not both.decide(call(project_number="42")).enforced.allowed
    assert both.decide(call(project_number="43")).enforced.rule == 'ingress rule "workloads" of second'


def test_of_two_perimeters_around_one_project_each_must_admit() -> None:
    """The API refuses such a pair; here nothing opens by it."""
    assert (
        not model({"status": config()}, second={"status": config(ingressPolicies=[])}).decide(call()).enforced.allowed
    )
    assert (
        not model({"status": config(ingressPolicies=[])}, second={"status": config()}).decide(call()).enforced.allowed
    )
    free = {"status": config(restrictedServices=["storage.googleapis.com"])}
    assert model(free, second={"status": config()}).decide(call()).enforced.rule == 'ingress rule "workloads" of second'


BRIDGE = {"perimeterType": "PERIMETER_TYPE_BRIDGE", "status": {"resources": ["projects/42", "projects/7"]}}


def bridged(bridge: dict[str, Any] | None, **origin: str) -> Any:
    """The decision on a call from project 7 in a perimeter to project 42 in another one."""
    home = {"status": config(resources=["projects/7"], ingressPolicies=[])}
    others = {"bridge": {**BRIDGE, **bridge}} if bridge is not None else {}
    caller = {"source_project": "7", "address": "", **origin}
    return model({"status": config(ingressPolicies=[])}, home=home, **others).decide(call(**caller))


def test_a_bridge_joins_projects_of_two_perimeters_in_both_directions() -> None:
    assert not bridged(None).enforced.allowed
    assert bridged({}).enforced.rule == "bridge bridge has both ends"
    back = {"source_project": "42", "address": "", "project_number": "7"}
    home = {"status": config(resources=["projects/7"], ingressPolicies=[])}
    assert model({"status": config(ingressPolicies=[])}, home=home, bridge=BRIDGE).decide(call(**back)).enforced.allowed


def test_a_bridge_does_nothing_for_others() -> None:
    assert not bridged({}, source_project="8").enforced.allowed
    assert not bridged({}, source_project="", address="192.0.2.9").enforced.allowed
    unknown = {"status": {"resources": ["projects/42", "${a.b}"]}}
    assert bridged(unknown, source_project="", address="192.0.2.9").enforced.value is False
    assert bridged(unknown).enforced.value is None
    assert not bridged({"status": {"resources": ["projects/42"]}}).enforced.allowed
    assert model(BRIDGE).decide(call()).enforced.rule == "project 42 is in no perimeter"
    second = {**BRIDGE, "status": {"resources": ["projects/7", "projects/8"]}}
    two = {"first": {**BRIDGE, "status": {"resources": ["projects/42", "projects/8"]}}, "second": second}
    inner = {"status": config(ingressPolicies=[])}
    assert not model(inner, **two).decide(call(source_project="7", address="")).enforced.allowed


def test_the_dry_run_of_a_bridge_joins_in_the_dry_run() -> None:
    tested = {"status": None, "spec": BRIDGE["status"], "useExplicitDryRunSpec": True}
    decision = bridged(tested)
    assert (decision.enforced.allowed, decision.dry_run.allowed) == (False, True)
    assert bridged({}).dry_run.allowed
    leaves = bridged({"spec": {"resources": ["projects/42"]}, "useExplicitDryRunSpec": True})
    assert leaves.dry_run_violation


def test_on_a_shared_vpc_a_bridge_has_the_project_and_the_host() -> None:
    shared = {"network": HOST, "network_project": "9"}
    assert bridged({}, **shared).enforced.value is None
    assert bridged({"status": {"resources": ["projects/42", "projects/7", "projects/9"]}}, **shared).enforced.value


def test_a_folder_protects_every_project_and_lets_nobody_count_as_inside() -> None:
    status = config(resources=["folders/1", "projects/7"], ingressPolicies=[])
    decide = model({"status": status}).decide
    assert not decide(call()).enforced.allowed
    assert not decide(call(source_project="7")).enforced.allowed
    assert decide(call(project_number="")).enforced.allowed


@pytest.mark.parametrize(
    ("accessible", "expected"),
    [
        ({"enableRestriction": False}, True),
        ({"enableRestriction": True}, False),
        ({"enableRestriction": True, "allowedServices": [GEMINI]}, True),
        ({"enableRestriction": True, "allowedServices": ["RESTRICTED-SERVICES"]}, True),
        ({"enableRestriction": True, "allowedServices": ["storage.googleapis.com"]}, False),
    ],
)
def test_services_that_a_network_inside_may_call(accessible: dict[str, Any], expected: bool) -> None:
    status = config(resources=["projects/42", NETWORK], vpcAccessibleServices=accessible)
    verdict = model({"status": status}).decide(call(network=NETWORK, address="")).enforced
    assert (verdict.allowed, verdict.reason) == (expected, "" if expected else "SERVICE_NOT_ALLOWED_FROM_VPC")
    assert model({"status": status}).decide(call()).enforced.allowed  # no matter for callers from the internet


def test_a_negated_level_admits_everyone_else() -> None:
    levels = {NAT: conditions({"ipSubnetworks": ["203.0.113.0/24"], "negate": True})}
    assert not model(levels=levels).decide(call()).enforced.allowed
    assert model(levels=levels).decide(call(address="192.0.2.9")).enforced.allowed
