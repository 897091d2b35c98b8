"""VPC Service Controls' order of evaluation, for calls from the internet."""

from typing import Any

import pytest

from policy import identity
from policy.call import Call
from policy.decision import Verdict
from policy.identity import Identity
from tests.policy.bodies import GEMINI, NAT, OUTSIDE, PERIMETER, PREDICT, call, conditions, config, ingress, model

POOL = "projects/42/locations/global/workloadIdentityPools/aws"
PERSON = identity.user("ann@example.com", ["ml@example.com"])
WORKLOAD = identity.federated(POOL, "arn:aws:sts::1:assumed-role/app/i", {"aws_role": "app"})
ROLE = f"principalSet://iam.googleapis.com/{POOL}/attribute.aws_role/app"


def enforced(on: Call, status: dict[str, Any] | None = None, **levels: Any) -> Verdict:
    return model({"status": status or config()}, levels=levels).decide(on).enforced


def admits(rule: dict[str, Any], on: Call | None = None, **levels: Any) -> bool:
    return enforced(on or call(), config(ingressPolicies=[rule]), **levels).allowed


def test_the_known_caller_from_the_known_address_gets_in() -> None:
    assert enforced(call()) == Verdict(True, 'ingress rule "workloads" of fence', "", PERIMETER)


def test_another_address_is_denied_and_the_verdict_says_by_what() -> None:
    rule = (
        'no ingress rule of fence matches: ingress rule "workloads": '
        "access level nat: address 192.0.2.9 is not in 203.0.113.1/32"
    )
    assert enforced(call(address=OUTSIDE)) == Verdict(False, rule, "NO_MATCHING_ACCESS_LEVEL", PERIMETER)


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"project_number": "43"}, "project 43 is in no perimeter"),
        ({"project_number": ""}, "project none is in no perimeter"),
        ({"service": "storage.googleapis.com"}, "service storage.googleapis.com is not restricted by fence"),
    ],
)
def test_what_is_not_protected_passes(fields: dict[str, str], rule: str) -> None:
    verdict = enforced(call(address=OUTSIDE, identity=None, **fields))
    assert verdict.allowed
    assert verdict.rule == rule


def test_an_access_level_of_the_perimeter_admits_any_identity_by_any_method() -> None:
    status = config(accessLevels=["accessPolicies/1/accessLevels/none", NAT], ingressPolicies=[])
    verdict = enforced(call(identity=None, method="other"), status)
    assert verdict == Verdict(True, "access level nat of fence", "", PERIMETER)
    assert not enforced(call(address=OUTSIDE), status).allowed


def test_a_perimeter_without_rules_admits_nobody() -> None:
    verdict = enforced(call(), config(ingressPolicies=None))
    assert not verdict.allowed
    assert verdict.rule == (
        f"no ingress rule of fence matches: nothing is about {PREDICT} of aiplatform.googleapis.com in project 42"
    )


@pytest.mark.parametrize(
    ("sources", "address", "expected"),
    [
        ([], "203.0.113.1", False),
        (None, "203.0.113.1", False),
        ([{"accessLevel": "*"}], OUTSIDE, True),
        ([{"accessLevel": NAT}], "203.0.113.1", True),
        ([{"accessLevel": NAT}], OUTSIDE, False),
        ([{"accessLevel": "accessPolicies/1/accessLevels/gone"}], "203.0.113.1", False),
        ([{"accessLevel": "accessPolicies/1/accessLevels/gone"}, {"accessLevel": NAT}], "203.0.113.1", True),
        ([{"resource": "projects/7"}], "203.0.113.1", False),
        ([{"resource": "*"}], "203.0.113.1", False),
        ([{"pscEndpoint": {"endpointUri": "x"}}], "203.0.113.1", False),
        ([{}], "203.0.113.1", False),
    ],
)
def test_sources(sources: Any, address: str, expected: bool) -> None:
    assert admits(ingress({"sources": sources}), call(address=address)) is expected


@pytest.mark.parametrize(
    ("identities", "expected"),
    [
        ({"identityType": "ANY_IDENTITY", "identities": []}, "nobody person account workload"),
        ({"identityType": "ANY_USER_ACCOUNT", "identities": []}, "person"),
        ({"identityType": "ANY_SERVICE_ACCOUNT", "identities": []}, "account"),
        ({"identityType": "ANY_BODY_ELSE", "identities": ["user:ann@example.com"]}, ""),
        ({"identityType": "IDENTITY_TYPE_UNSPECIFIED"}, "account"),
        ({"identities": []}, ""),
        ({"identities": ["user:ann@example.com"]}, "person"),
        ({"identities": ["user:bob@example.com", "group:ml@example.com"]}, "person"),
        ({"identities": [ROLE]}, "workload"),
        ({"identities": [WORKLOAD.name]}, "workload"),
        ({"identities": [f"principalSet://iam.googleapis.com/{POOL}/*"]}, "workload"),
        ({"identities": [ROLE + "2", ROLE[:-1]]}, ""),
        ({"identities": ["allUsers", "allAuthenticatedUsers", "domain:example.com"]}, ""),
        ({"identityType": "ANY_USER_ACCOUNT", "identities": [ROLE]}, "person"),
    ],
)
def test_identities(identities: dict[str, Any], expected: str) -> None:
    callers: dict[str, Identity | None] = {"nobody": None, "person": PERSON, "account": call().identity}
    callers["workload"] = WORKLOAD
    admitted = [name for name, caller in callers.items() if admits(ingress(identities), call(identity=caller))]
    assert " ".join(admitted) == expected


def operation(service: str, *selectors: dict[str, str]) -> dict[str, Any]:
    return {"serviceName": service, "methodSelectors": list(selectors)}


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ([operation(GEMINI, {"method": "*"})], True),
        ([operation("*")], True),
        ([operation("storage.googleapis.com", {"method": "*"})], False),
        ([operation("storage.googleapis.com", {"method": "*"}), operation(GEMINI, {"method": "*"})], True),
        ([operation(GEMINI)], True),
        ([], False),
        ([operation(GEMINI, {"method": PREDICT})], True),
        ([operation(GEMINI, {"method": "PredictionService.GenerateContent"})], True),
        ([operation(GEMINI, {"method": "GenerateContent"})], False),
        ([operation(GEMINI, {"method": "Service.GenerateContent"})], False),
        ([operation(GEMINI, {"method": "PredictionService.Predict"})], False),
        ([operation(GEMINI, {"method": "other"}, {"permission": "aiplatform.endpoints.predict"})], True),
        ([operation(GEMINI, {"permission": "aiplatform.endpoints.get"})], False),
        ([operation(GEMINI, {"permission": "*"})], False),
    ],
)
def test_operations(operations: Any, expected: bool) -> None:
    assert admits(ingress(target={"operations": operations})) is expected


def test_only_grpc_methods_are_selected_by_their_last_parts() -> None:
    rule = ingress(target={"operations": [operation(GEMINI, {"method": "objects.get"})]})
    assert admits(rule, call(method="objects.get"))
    assert not admits(rule, call(method="google.storage.objects.get"))


def test_a_method_without_a_permission_matches_no_permission_selector() -> None:
    rule = ingress(target={"operations": [operation(GEMINI, {"permission": "", "method": ""})]})
    assert not admits(rule, call(permission="", method=""))


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (["projects/42"], True),
        (["*"], True),
        (["projects/41", "projects/42"], True),
        (["projects/4"], False),
        (["folders/1"], False),
        ([], False),
    ],
)
def test_resources(resources: list[str], expected: bool) -> None:
    assert admits(ingress(target={"resources": resources})) is expected


@pytest.mark.parametrize(
    "rule",
    [
        ingress(target={"roles": ["roles/aiplatform.user"]}),
        ingress({"weekdays": ["MONDAY"]}),
        ingress(until="2030-01-01"),
    ],
)
def test_a_rule_with_a_field_that_is_not_modelled_admits_nobody_and_says_so(rule: dict[str, Any]) -> None:
    verdict = enforced(call(), config(ingressPolicies=[rule]))
    assert not verdict.allowed
    assert "cannot be decided here" in verdict.rule


def test_a_level_that_cannot_be_decided_admits_nobody_and_says_so() -> None:
    device = conditions({"ipSubnetworks": ["203.0.113.1/32"], "devicePolicy": {"requireScreenlock": True}})
    for undecided in (device, conditions({"regions": ["JP"], "negate": True})):
        verdict = enforced(call(), **{NAT: undecided})
        assert not verdict.allowed
    assert "devicePolicy cannot be decided here" in enforced(call(), **{NAT: device}).rule


def test_rules_are_alternatives_and_no_two_halves_make_one() -> None:
    person_anywhere = ingress({"sources": [{"accessLevel": "*"}], "identities": ["user:ann@example.com"]}, title="ann")
    status = config(ingressPolicies=[ingress(), person_anywhere])
    assert enforced(call(identity=PERSON, address=OUTSIDE), status).rule == 'ingress rule "ann" of fence'
    assert enforced(call(), status).allowed
    assert not enforced(call(address=OUTSIDE), status).allowed


def test_a_rule_without_a_title_is_called_by_its_number() -> None:
    status = config(ingressPolicies=[ingress({"identities": []}), ingress(title="")])
    assert enforced(call(), status).rule == "ingress rule 2 of fence"


@pytest.mark.parametrize(
    "status",
    [config(tomorrow=["x"]), config(vpcAccessibleServices={"enableRestriction": True, "tomorrow": ["x"]})],
)
def test_an_unknown_field_of_a_configuration_is_an_error(status: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"status.*: got tomorrow; allowed: "):
        enforced(call(), status)
