"""What exists before the second act: projects, a policy, and what the teams have in the projects already."""

from ..cloud import LocalCloud
from ..google import seed
from .joiners import ASSUMED, BLUE, CALLER, CUSTOM_ROLE, GREEN, RED
from .scenarios import OUTSIDE
from .security import JOBS, OTHER, PARTNER, POLICY, SECURITY

GEMINI, PREDICT = "aiplatform.googleapis.com", "aiplatform.endpoints.predict"


def create(cloud: LocalCloud) -> None:
    """Create it all, as other people did before."""
    state = cloud.state
    seed.access_policy(state, POLICY)
    for project, number in (SECURITY, PARTNER, OTHER, (RED.project, RED.number), (GREEN.project, GREEN.number)):
        seed.project(state, project, number)
    for email in (JOBS, CALLER):
        seed.service_account(state, email)
    state.services[PARTNER[0]][GEMINI] = state.services[OTHER[0]][GEMINI] = 0.0
    grant = {"role": "roles/aiplatform.user", "members": [f"serviceAccount:{JOBS}"]}
    state.iam_policies[f"projects/{PARTNER[0]}"]["bindings"].append(grant)
    state.roles[CUSTOM_ROLE] = {"name": CUSTOM_ROLE, "includedPermissions": [PREDICT], "etag": "BwX0AAAAAAA="}
    cloud.aws.let_deployer_assume(ASSUMED, RED.prefix)
    cloud.as_caller(BLUE.role, address=OUTSIDE, account=RED.account)
    cloud.as_caller(GREEN.role, address=OUTSIDE)
