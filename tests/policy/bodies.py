"""REST bodies for a perimeter around project 42, with what a test wants different."""

from typing import Any

from policy import identity, rest
from policy.call import Call
from policy.decision import Model
from policy.identity import Identity

NAT = "accessPolicies/1/accessLevels/nat"
PERIMETER = "accessPolicies/1/servicePerimeters/fence"
GEMINI = "aiplatform.googleapis.com"
PREDICT = "google.cloud.aiplatform.v1.PredictionService.GenerateContent"
APP = "app@p.iam.gserviceaccount.com"
INSIDE, OUTSIDE = "203.0.113.1", "192.0.2.9"


def conditions(*bodies: dict[str, Any], combining: str | None = None) -> dict[str, Any]:
    """An access level's body."""
    return {"basic": {"conditions": list(bodies)} | ({"combiningFunction": combining} if combining else {})}


def ingress(source: dict[str, Any] | None = None, target: dict[str, Any] | None = None, **rule: Any) -> dict[str, Any]:
    """The kit's own rule: the app's service account, from the NAT gateway's address, any method of Gemini."""
    operations = [{"serviceName": GEMINI, "methodSelectors": [{"method": "*"}]}]
    from_ = {"sources": [{"accessLevel": NAT}], "identities": [f"serviceAccount:{APP}"]}
    to = {"resources": ["projects/42"], "operations": operations}
    return {"title": "workloads", "ingressFrom": from_ | (source or {}), "ingressTo": to | (target or {})} | rule


def config(**fields: Any) -> dict[str, Any]:
    return {"resources": ["projects/42"], "restrictedServices": [GEMINI], "ingressPolicies": [ingress()]} | fields


def model(perimeter: dict[str, Any] | None = None, *, levels: dict[str, Any] | None = None, **others: Any) -> Model:
    """A perimeter with this body (the kit's own, enforced, by default); `others` are further ones by short name."""
    nat = {NAT: conditions({"ipSubnetworks": [f"{INSIDE}/32"]})}
    bodies = {PERIMETER: perimeter if perimeter is not None else {"status": config()}}
    bodies |= {f"accessPolicies/1/servicePerimeters/{name}": body for name, body in others.items()}
    return rest.model(nat | (levels or {}), bodies)


def call(**fields: Any) -> Call:
    """The app calls Gemini in project 42 from its NAT gateway's address."""
    given: dict[str, Any] = {
        "service": GEMINI,
        "method": PREDICT,
        "permission": "aiplatform.endpoints.predict",
        "project_number": "42",
        "address": INSIDE,
        "identity": app(),
    }
    return Call(**(given | fields))


def app() -> Identity:
    return identity.service_account(APP)
