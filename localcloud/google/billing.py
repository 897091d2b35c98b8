"""Cloud Billing v1: which account pays for a project. There is one account, and the deployer may use it."""

from . import seed
from .api_call import ApiCall, Handler
from .errors import invalid, not_found
from .state import Body


def get(call: ApiCall) -> Body:
    """The account that pays, if any."""
    account = call.state.billing.get(call.project, seed.BILLING)
    body = {"name": f"projects/{call.project}/billingInfo", "projectId": call.project}
    return body | ({"billingAccountName": account, "billingEnabled": True} if account else {})


def update(call: ApiCall) -> Body:
    """Another account, or no account."""
    account = call.body.get("billingAccountName", "")
    if account not in ("", seed.BILLING):
        raise invalid(f"billing_account_name: got {account!r}, allowed: {seed.BILLING!r}, or nothing")
    call.state.billing[call.project] = account
    return get(call)


def test_iam_permissions(call: ApiCall) -> Body:
    """All that is asked for, of the account that is there."""
    if call.parameters["resource"] != seed.BILLING:
        raise not_found()
    return {"permissions": call.body.get("permissions", [])}


HANDLERS: dict[str, Handler] = {
    "cloudbilling.projects.getBillingInfo": get,
    "cloudbilling.projects.updateBillingInfo": update,
    "cloudbilling.billingAccounts.testIamPermissions": test_iam_permissions,
}
