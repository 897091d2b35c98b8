"""Cloud Billing v1: which account pays for a project. There is one account, and the deployer may use it."""

from . import fresh
from .call import Call, Handler
from .errors import invalid, not_found
from .state import Body


def get(call: Call) -> Body:
    """The account that pays, if any."""
    account = call.state.billing.get(call.project, fresh.BILLING)
    body = {"name": f"projects/{call.project}/billingInfo", "projectId": call.project}
    return body | ({"billingAccountName": account, "billingEnabled": True} if account else {})


def update(call: Call) -> Body:
    """Another account, or no account."""
    account = call.body.get("billingAccountName", "")
    if account not in ("", fresh.BILLING):
        raise invalid(f"billing_account_name: got {account!r}, allowed: {fresh.BILLING!r}, or nothing")
    call.state.billing[call.project] = account
    return get(call)


def test_iam_permissions(call: Call) -> Body:
    """All that is asked for, of the account that is there."""
    if call.parameters["resource"] != fresh.BILLING:
        raise not_found()
    return {"permissions": call.body.get("permissions", [])}


HANDLERS: dict[str, Handler] = {
    "cloudbilling.projects.getBillingInfo": get,
    "cloudbilling.projects.updateBillingInfo": update,
    "cloudbilling.billingAccounts.testIamPermissions": test_iam_permissions,
}
