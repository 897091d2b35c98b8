"""The perimeter in front of every service, and the entries that the kit's own filters find."""

import pytest

from .test_logging_query import kit_filter, kit_filter_of_both
from .world import (
    EMAIL,
    INSIDE,
    LEVEL,
    NUMBER,
    OUTSIDE,
    PERIMETER,
    POOL,
    PROJECT,
    ROLE_SET,
    configuration,
    rule,
)

GEMINI = f"/v1beta1/projects/{PROJECT}/locations/global/publishers/google/models/gemini-3.5-flash:generateContent"
HELLO = {"contents": [{"parts": [{"text": "hello"}]}]}
RULES = [rule(identities=[f"serviceAccount:{EMAIL}"])]


def ask(world, egress=INSIDE, token=None):
    return world.send("aiplatform", GEMINI, HELLO, token=token or world.impersonated(), egress=egress)


def found(world):
    """How many entries the kit's three filters find: enforced, dry run, both."""
    return tuple(
        len(world.entries(text))
        for text in (
            kit_filter("enforced_violations_filter"),
            kit_filter("dry_run_violations_filter"),
            kit_filter_of_both(),
        )
    )


def test_the_denial(world):
    status, answer = ask(world, OUTSIDE)
    uid = answer["error"]["details"][0]["violations"][0]["description"]
    assert (status, len(uid)) == (403, 54)
    assert answer == {
        "error": {
            "code": 403,
            "message": f"Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: {uid}",
            "status": "PERMISSION_DENIED",
            "details": [
                {
                    "@type": "type.googleapis.com/google.rpc.PreconditionFailure",
                    "violations": [{"type": "VPC_SERVICE_CONTROLS", "description": uid}],
                },
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": "SECURITY_POLICY_VIOLATED",
                    "domain": "googleapis.com",
                    "metadata": {
                        "service": "aiplatform.googleapis.com",
                        "uid": uid,
                        "consumer": f"projects/{PROJECT}",
                    },
                },
            ],
        }
    }


def test_the_entry(world):
    uid = ask(world, OUTSIDE)[1]["error"]["details"][1]["metadata"]["uid"]
    (entry,) = world.state.log_entries
    assert entry.pop("timestamp") == entry.pop("receiveTimestamp")
    assert entry.pop("insertId")
    method = "google.cloud.aiplatform.v1beta1.PredictionService.GenerateContent"
    assert entry == {
        "logName": f"projects/{PROJECT}/logs/cloudaudit.googleapis.com%2Fpolicy",
        "severity": "ERROR",
        "resource": {
            "type": "audited_resource",
            "labels": {"service": "aiplatform.googleapis.com", "method": method, "project_id": PROJECT},
        },
        "protoPayload": {
            "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
            "status": {
                "code": 7,
                "message": f"Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: {uid}",
                "details": [
                    {
                        "@type": "type.googleapis.com/google.rpc.PreconditionFailure",
                        "violations": [{"type": "VPC_SERVICE_CONTROLS", "description": uid}],
                    }
                ],
            },
            "authenticationInfo": {"principalEmail": EMAIL},
            "requestMetadata": {"callerIp": OUTSIDE, "requestAttributes": {}, "destinationAttributes": {}},
            "serviceName": "aiplatform.googleapis.com",
            "methodName": method,
            "resourceName": f"projects/{NUMBER}",
            "metadata": {
                "@type": "type.googleapis.com/google.cloud.audit.VpcServiceControlAuditMetadata",
                "violationReason": "NO_MATCHING_ACCESS_LEVEL",
                "vpcServiceControlsUniqueId": uid,
                "resourceNames": [GEMINI.split("/v1beta1/")[1].rpartition(":")[0]],
                "securityPolicyInfo": {"servicePerimeterName": PERIMETER, "organizationId": "123456789012"},
                "ingressViolations": [{"targetResource": f"projects/{NUMBER}", "servicePerimeter": PERIMETER}],
                "deviceState": "Unknown",
            },
        },
    }


def test_each_denial_has_its_own_identifier(world):
    token = world.impersonated()
    answers = [ask(world, OUTSIDE, token)[1]["error"]["message"] for _ in range(3)]
    assert len(set(answers)) == 3
    assert found(world) == (3, 0, 3)


def test_who_gets_in_leaves_no_entry(world):
    assert ask(world)[0] == 200
    assert found(world) == (0, 0, 0)


def test_a_dry_run_answers_and_writes_what_it_would_deny(world):
    body = world.state.service_perimeters[PERIMETER]
    body |= {"useExplicitDryRunSpec": True, "spec": body.pop("status")}
    assert ask(world, OUTSIDE)[0] == 200
    assert found(world) == (0, 1, 1)
    entry = world.entries(kit_filter("dry_run_violations_filter"))[0]["protoPayload"]
    assert entry["metadata"]["dryRun"] is True
    assert entry["status"]["message"].startswith("(Dry Run Mode) Request is prohibited")
    # Promotion: the same caller is now denied, once, and not by the dry run too.
    body |= {"status": body.pop("spec"), "useExplicitDryRunSpec": False}
    assert ask(world, OUTSIDE)[0] == 403
    assert found(world) == (1, 1, 2)


def test_a_proposal_beside_what_is_enforced(world):
    body = world.state.service_perimeters[PERIMETER]
    body |= {"useExplicitDryRunSpec": True, "spec": configuration("aiplatform")}
    assert ask(world)[0] == 200
    assert found(world) == (0, 1, 1)
    assert ask(world, OUTSIDE)[0] == 403
    assert found(world) == (1, 1, 2)


@pytest.mark.parametrize("address", ["203.0.113.6", "203.0.113.8", "203.0.112.7", "2001:db8::7", ""])
def test_the_next_address_is_another_one(world, address):
    assert ask(world, address)[0] == 403


def test_another_identity_from_the_right_address(world):
    status = world.state.service_perimeters[PERIMETER]["status"]
    status["ingressPolicies"] = [rule(identities=["serviceAccount:other@my-project.iam.gserviceaccount.com"])]
    assert ask(world)[0] == 403


def test_the_level_counts_as_it_is_now(world):
    conditions = world.state.access_levels[LEVEL]["basic"]["conditions"]
    token = world.impersonated()
    conditions[0]["ipSubnetworks"] = [f"{OUTSIDE}/32"]
    assert (ask(world, INSIDE, token)[0], ask(world, OUTSIDE, token)[0]) == (403, 200)


def test_a_project_outside_the_perimeter(world):
    world.state.service_perimeters[PERIMETER]["status"]["resources"] = ["projects/1"]
    assert ask(world, OUTSIDE)[0] == 200


def test_a_machine_inside_takes_an_egress_rule_to_a_project_outside(world):
    """The perimeter has another project, and the call comes from there."""
    status = world.state.service_perimeters[PERIMETER]["status"]
    status["resources"] = ["projects/100000000001"]
    operations = [{"serviceName": "aiplatform.googleapis.com", "methodSelectors": [{"method": "*"}]}]
    rule_out = {
        "title": "out",
        "egressFrom": {"identities": [f"serviceAccount:{EMAIL}"]},
        "egressTo": {"operations": operations, "resources": [f"projects/{NUMBER}"]},
    }
    token = world.impersonated()
    assert ask(world, "project-100000000001", token)[0] == 403
    (entry,) = world.entries(kit_filter("enforced_violations_filter"))
    ends = {"source": "projects/100000000001", "sourceType": "Resource", "targetResource": f"projects/{NUMBER}"}
    metadata = entry["protoPayload"]["metadata"]
    assert metadata["egressViolations"] == [{**ends, "servicePerimeter": PERIMETER}]
    assert "ingressViolations" not in metadata
    assert entry["protoPayload"]["requestMetadata"]["callerIp"] == "private"
    status["egressPolicies"] = [rule_out]
    assert ask(world, "project-100000000001", token)[0] == 200
    assert ask(world, "project-100000000002", token)[0] == 200  # no end of this call is in the perimeter
    rule_out["egressTo"]["resources"] = ["projects/1"]
    assert ask(world, "project-100000000001", token)[0] == 403


def test_a_machine_inside_passes_to_a_project_inside(world):
    world.state.service_perimeters[PERIMETER]["status"]["resources"].append("projects/100000000001")
    assert ask(world, "project-100000000001")[0] == 200
    assert ask(world, "project-100000000002")[0] == 403


def test_the_exchange_has_no_identity(world):
    status = world.state.service_perimeters[PERIMETER]["status"]
    status |= configuration("sts", rules=[rule("sts", identities=[ROLE_SET, "user:deployer@example.com"])])
    code, answer = world.exchange()
    assert (code, answer["error"]["details"][1]["metadata"]["service"]) == (403, "sts.googleapis.com")
    (entry,) = world.entries(kit_filter("enforced_violations_filter"))
    assert entry["protoPayload"]["authenticationInfo"] == {}
    assert entry["protoPayload"]["methodName"].endswith("SecurityTokenService.ExchangeToken")
    status["ingressPolicies"] = [rule("sts", identityType="ANY_IDENTITY")]
    assert world.exchange()[0] == 200
    assert world.exchange(egress=OUTSIDE)[0] == 403


def test_impersonation_is_the_roles_call(world):
    status = world.state.service_perimeters[PERIMETER]["status"]
    status |= configuration("iamcredentials", rules=[rule("iamcredentials", identities=[ROLE_SET])])
    token = world.federated()
    assert world.impersonate(token)[0] == 200
    code, answer = world.impersonate(token, egress=OUTSIDE)
    assert (code, answer["error"]["details"][1]["metadata"]["service"]) == (403, "iamcredentials.googleapis.com")
    (entry,) = world.entries(kit_filter("enforced_violations_filter"))
    subject = f"principal://iam.googleapis.com/{POOL}/subject/{world.key.arn}"
    assert entry["protoPayload"]["authenticationInfo"] == {"principalSubject": subject}


def test_a_management_service_locks_the_deployer_out(world):
    status = world.state.service_perimeters[PERIMETER]["status"]
    status |= configuration("logging")
    query = {"resourceNames": [f"projects/{PROJECT}"]}
    code, answer = world.send("logging", "/v2/entries:list", query)
    assert code == 403
    assert answer["error"]["errors"][0]["reason"] == "forbidden"
    status["ingressPolicies"] = [rule("logging", identities=["user:deployer@example.com"])]
    assert world.send("logging", "/v2/entries:list", query)[0] == 200


def test_decisions_are_told_with_their_rule(world):
    ask(world)
    ask(world, OUTSIDE)
    rules = [decision.enforced.rule for call, decision in world.decisions if call.service.startswith("aiplatform")]
    assert rules[0] == 'ingress rule "aiplatform from AWS" of demo_perimeter'
    assert rules[1].startswith("no ingress rule of demo_perimeter matches")


@pytest.mark.parametrize(
    ("selector", "code"),
    [
        ({"permission": "aiplatform.endpoints.predict"}, 200),
        ({"permission": "aiplatform.endpoints.get"}, 403),
        ({"method": "google.cloud.aiplatform.v1beta1.PredictionService.GenerateContent"}, 200),
        ({"method": "PredictionService.StreamGenerateContent"}, 403),
    ],
)
def test_a_rule_for_one_method_or_permission(world, selector, code):
    (one,) = world.state.service_perimeters[PERIMETER]["status"]["ingressPolicies"]
    one["ingressTo"]["operations"][0]["methodSelectors"] = [selector]
    assert ask(world)[0] == code


def test_a_management_methods_permission(world):
    status = world.state.service_perimeters[PERIMETER]["status"]
    only = rule("iam", identities=["user:deployer@example.com"])
    only["ingressTo"]["operations"][0]["methodSelectors"] = [{"permission": "iam.roles.get"}]
    status |= configuration("iam", rules=[only])
    role = f"/v1/projects/{PROJECT}/roles/demo_gemini_caller"
    assert world.send("iam", role, http="GET")[0] == 200
    assert world.send("iam", role + ":undelete")[0] == 403
