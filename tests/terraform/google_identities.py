"""What a stack with existing identities expects to find: projects, accounts, custom roles, and the deployer."""

from typing import Any

from localcloud.google import seed
from localcloud.google.state import State

SERVICES = (
    "accesscontextmanager",
    "cloudresourcemanager",
    "iam",
    "iamcredentials",
    "logging",
    "monitoring",
    "serviceusage",
    "sts",
)


def prepare_identities(state: State, stack: dict[str, Any]) -> str:
    """Make it. Returns the member that Terraform calls as, or an empty text if that is the deployer."""
    data, resources = stack.get("data", {}), stack.get("resource", {})
    numbers = {
        one["project_id"]: one["lifecycle"]["postcondition"][0]["condition"].split('"')[1]
        for one in data.get("google_project", {}).values()
    }
    for project, number in numbers.items():
        _project(state, project, number)
    for account in data.get("google_service_account", {}).values():
        _account(state, account["account_id"])
    made = {
        f"projects/{one['project']}/roles/{one['role_id']}"
        for one in resources.get("google_project_iam_custom_role", {}).values()
    }
    for grant in resources.get("google_project_iam_member", {}).values():
        if not grant["role"].startswith("roles/") and grant["role"] not in made:
            permissions = ["aiplatform.endpoints.predict"]
            state.roles[grant["role"]] = {
                "name": grant["role"],
                "includedPermissions": permissions,
                "etag": "BwX0AAAAAAA=",
            }
    ((provider,),) = stack["provider"].values()
    _project(state, provider["billing_project"], "700000000001")
    state.services[provider["billing_project"]].update(
        {f"{name}.googleapis.com": 0.0 for name in SERVICES if provider["billing_project"] != seed.PROJECT}
    )
    return (
        _impersonated(state, provider["impersonate_service_account"], provider["billing_project"])
        if "impersonate_service_account" in provider
        else ""
    )


def _impersonated(state: State, email: str, quota_project: str) -> str:
    """An account that the deployer may act as, and that may do what the deployer may."""
    _account(state, email)
    name, member = state.service_accounts[email]["name"], f"serviceAccount:{email}"
    state.services[seed.PROJECT]["iamcredentials.googleapis.com"] = 0.0
    binding = {"role": "roles/iam.serviceAccountTokenCreator", "members": [f"user:{seed.DEPLOYER}"]}
    state.iam_policies[name] = {"version": 1, "etag": "BwX0AAAAAAA=", "bindings": [binding]}
    for project in {seed.PROJECT, quota_project}:
        _grant(state, f"projects/{project}", "roles/owner", member)
    _grant(state, f"organizations/{seed.ORGANIZATION}", "roles/accesscontextmanager.policyEditor", member)
    return member


def _grant(state: State, resource: str, role: str, member: str) -> None:
    """Add to the binding of the role, as Google keeps one for each."""
    bindings = state.iam_policies[resource]["bindings"]
    binding = next((one for one in bindings if one["role"] == role), None)
    if binding is None:
        bindings.append(binding := {"role": role, "members": []})
    binding["members"] = sorted({*binding["members"], member})


def _account(state: State, email: str) -> None:
    project = email.partition("@")[2].partition(".")[0]
    _project(state, project, f"7{len(state.projects):011}")
    state.services[project]["iamcredentials.googleapis.com"] = 0.0
    if email not in state.service_accounts:
        seed.service_account(state, email)


def _project(state: State, id: str, number: str) -> None:
    if id not in state.projects:
        before = state.iam_policies.get(f"organizations/{seed.ORGANIZATION}")
        seed.project(state, id, number)
        if before:
            state.iam_policies[f"organizations/{seed.ORGANIZATION}"] = before
