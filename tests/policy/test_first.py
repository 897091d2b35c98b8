"""The article in one test each way; the rest of the rules have files of their own."""

from policy import identity, rest
from policy.decision import Call, Model

LEVELS = {"accessPolicies/1/accessLevels/nat": {"basic": {"conditions": [{"ipSubnetworks": ["203.0.113.1/32"]}]}}}
PERIMETERS = {
    "accessPolicies/1/servicePerimeters/p": {
        "status": {
            "resources": ["projects/42"],
            "restrictedServices": ["aiplatform.googleapis.com"],
            "ingressPolicies": [
                {
                    "title": "workloads call Gemini",
                    "ingressFrom": {
                        "identities": ["serviceAccount:app@p.iam.gserviceaccount.com"],
                        "sources": [{"accessLevel": "accessPolicies/1/accessLevels/nat"}],
                    },
                    "ingressTo": {
                        "resources": ["projects/42"],
                        "operations": [
                            {"serviceName": "aiplatform.googleapis.com", "methodSelectors": [{"method": "*"}]}
                        ],
                    },
                }
            ],
        }
    }
}


def model() -> Model:
    return rest.model(LEVELS, PERIMETERS)


def call(address: str) -> Call:
    caller = identity.service_account("app@p.iam.gserviceaccount.com")
    return Call("aiplatform.googleapis.com", "GenerateContent", "aiplatform.endpoints.predict", "42", address, caller)


def test_the_known_address_gets_in() -> None:
    verdict = model().decide(call("203.0.113.1")).enforced
    assert verdict.allowed
    assert verdict.rule == 'ingress rule "workloads call Gemini" of p'


def test_another_address_does_not() -> None:
    verdict = model().decide(call("203.0.113.2")).enforced
    assert not verdict.allowed
    assert verdict.reason == "NO_MATCHING_ACCESS_LEVEL"
    assert verdict.rule == (
        'no ingress rule of p matches: ingress rule "workloads call Gemini": '
        "access level nat: address 203.0.113.2 is not in 203.0.113.1/32"
    )
