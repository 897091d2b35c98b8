"""What is there before Terraform comes: a project, its owner, and whatever an environment expects to find."""

import copy
from collections.abc import Iterable

from policy.identity import ACCOUNTS, user

from .state import Body, State
from .tokens import CLOUD_PLATFORM

PROJECT, NUMBER, ORGANIZATION = "my-project", "345678901234", "123456789012"
DEPLOYER, TOKEN = "deployer@example.com", "ya29.deployer"
"""Who runs Terraform, and its access token."""
CREDENTIALS = {
    "type": "authorized_user",
    "client_id": "32555940559.apps.googleusercontent.com",
    "client_secret": "a-secret-that-gcloud-publishes",
    "refresh_token": "1//deployer",
}
"""The deployer as application default credentials."""
BILLING = "billingAccounts/000000-000000-000000"
"""The only billing account."""
BEFORE = ("cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com")
"""What has to be enabled by hand before the first plan (terraform-provider-google #11435)."""
_FOREVER = 4102444800.0


def deployer(state: State) -> None:
    """The deployer's token, a user's."""
    held = {"identity": user(DEPLOYER).to_json(), "expires": _FOREVER, "scopes": [CLOUD_PLATFORM], "behind": ""}
    state.tokens.setdefault(TOKEN, held)


def project(
    state: State,
    id: str = PROJECT,
    number: str = NUMBER,
    organization: str = ORGANIZATION,
    owner: str = f"user:{DEPLOYER}",
) -> None:
    """A new project with its owner, in an organization whose access policies the deployer may edit."""
    state.projects[id] = {
        "projectId": id,
        "projectNumber": number,
        "name": id,
        "lifecycleState": "ACTIVE",
        "createTime": "2026-11-01T00:00:00.000Z",
        "parent": {"type": "organization", "id": organization},
    }
    state.services[id] = dict.fromkeys(BEFORE, 0.0)
    editor = ("roles/accesscontextmanager.policyEditor", f"user:{DEPLOYER}")
    state.iam_policies[f"projects/{id}"] = _policy("roles/owner", owner)
    state.iam_policies.setdefault(f"organizations/{organization}", _policy(*editor))


def _policy(role: str, member: str) -> Body:
    """An IAM policy with one binding."""
    return {"version": 1, "etag": "BwX0AAAAAAA=", "bindings": [{"role": role, "members": [member]}]}


def access_policy(state: State, number: str, organization: str = ORGANIZATION, title: str = "default policy") -> None:
    """An organization's own access policy, without scopes: `google.access_policy` of an environment."""
    name = f"accessPolicies/{number}"
    parent = f"organizations/{organization}"
    state.access_policies[name] = {"name": name, "parent": parent, "title": title, "etag": "0000000000000001"}


def service_perimeter(
    state: State, name: str, *projects: str, restricted: Iterable[str] = ("aiplatform.googleapis.com",)
) -> None:
    """A regular perimeter that another team owns, with an explicit spec, around these projects (`projects/NUMBER`)."""
    config: Body = {"restrictedServices": list(restricted)}
    config |= {"resources": list(projects)} if projects else {}
    state.service_perimeters[name] = {
        "name": name,
        "title": name.rpartition("/")[2],
        "perimeterType": "PERIMETER_TYPE_REGULAR",
        "status": config,
        "spec": copy.deepcopy(config),
        "useExplicitDryRunSpec": True,
    }


def service_account(state: State, email: str) -> None:
    """A service account that somebody else made, in a project that is there."""
    account_id, _, domain = email.partition("@")
    project_id = domain.removesuffix(ACCOUNTS)
    state.sequence += 1
    unique = f"1{state.sequence:020}"
    state.service_accounts[email] = {
        "name": f"projects/{project_id}/serviceAccounts/{email}",
        "projectId": project_id,
        "uniqueId": unique,
        "oauth2ClientId": unique,
        "email": email,
        "displayName": account_id,
        "etag": "MDEwMjE5MjA=",
    }


def notification_channel(state: State, id: str, project_id: str = PROJECT) -> None:
    """A notification channel that somebody else made."""
    name = f"projects/{project_id}/notificationChannels/{id}"
    state.notification_channels[name] = {
        "name": name,
        "type": "email",
        "displayName": "operators",
        "labels": {"email_address": "operators@example.com"},
        "enabled": True,
    }
