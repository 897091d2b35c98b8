"""Data sources of the google provider."""

from typing import Any

from ..document import ApplyError, Arguments
from .bodies import attributes
from .client import Client, GoogleError


def project(client: Client, arguments: Arguments) -> dict[str, Any]:
    """`google_project`: its number above all. A refusal by Cloud Billing is fatal, unless that API is not enabled."""
    id = arguments["project_id"]
    body = client.find(f"cloudresourcemanager.googleapis.com/v1/projects/{id}")
    if body is None or body.get("lifecycleState") != "ACTIVE":
        raise ApplyError(f"projects/{id}: not found or not active")
    try:
        billing = client("GET", f"cloudbilling.googleapis.com/v1/projects/{id}/billingInfo")
    except GoogleError as error:
        if (error.status, error.reason) != (403, "accessNotConfigured"):
            raise
        billing = {}
    account = billing.get("billingAccountName", "").removeprefix("billingAccounts/")
    return {
        **attributes(body), "id": f"projects/{id}", "number": body["projectNumber"], "billing_account": account
    }  # fmt: skip


def service_account(client: Client, arguments: Arguments) -> dict[str, Any]:
    """`google_service_account` by e-mail address, in whichever project it is."""
    email = arguments["account_id"]
    body = client.find(f"iam.googleapis.com/v1/projects/-/serviceAccounts/{email}")
    if body is None:
        raise ApplyError(f"projects/-/serviceAccounts/{email}: not found")
    return {**attributes(body), "id": body["name"], "member": f"serviceAccount:{email}", "account_id": email}
