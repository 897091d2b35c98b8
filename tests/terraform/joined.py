"""A perimeter of another team in the local cloud, and the stacks that join it."""

import copy
from typing import Any

from localcloud.google import seed
from tests.terraform.google_cloud import GoogleCloud
from tests.terraform.google_stacks import access_only, google_stack

POLICY = "accessPolicies/987654321"
NAME = f"{POLICY}/servicePerimeters/shared"
OTHER, OURS = "projects/345678901235", f"projects/{seed.NUMBER}"
THEIRS = {
    "title": "another team",
    "ingressFrom": {"identities": ["user:somebody@example.com"], "sources": [{"resource": OTHER}]},
    "ingressTo": {"resources": [OTHER], "operations": [{"serviceName": "*"}]},
}
TRIED = f'[perimeter]\njoin = "{NAME}"'
ENFORCED = f"{TRIED}\ndry_run = false"
PEOPLE = '[[on_premises]]\nname = "tokyo"\ncidrs = ["198.51.100.0/24"]\nidentities = ["group:ml@example.com"]'
MEMBER, RULE, LEVEL = (
    f"google_access_context_manager_{kind}"
    for kind in ("service_perimeter{}_resource", "service_perimeter{}_ingress_policy", "access_level")
)
DRY = "_dry_run"


def stack(perimeter: str, *, role: str = "app", more: str = "") -> str:
    workload = f'name = "app"\nauth = "direct"\nrole_name = "{role}"'
    return access_only(google_stack(perimeter, policy="", workload=workload, more=more))


def own(cloud: GoogleCloud, **more: Any) -> dict[str, Any]:
    """Let the other team make its perimeter; `more` is what its body has as well. Returns it as it is."""
    seed.project(cloud.state, "other-project", OTHER.rpartition("/")[2])
    seed.access_policy(cloud.state, POLICY.rpartition("/")[2])
    cloud.enable("accesscontextmanager")
    config = {"resources": [OTHER], "restrictedServices": ["aiplatform.googleapis.com"], "ingressPolicies": [THEIRS]}
    body = {"name": NAME, "title": "shared", "perimeterType": "PERIMETER_TYPE_REGULAR", "status": config}
    body |= {"spec": config, "useExplicitDryRunSpec": True}
    cloud.call("POST", "accesscontextmanager", f"/v1/{POLICY}/servicePerimeters", {**body, **more})
    return copy.deepcopy(cloud.state.service_perimeters[NAME])
