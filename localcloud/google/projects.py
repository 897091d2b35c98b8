"""Resource Manager v1's project, and its billing."""

from . import denied
from .call import Call, Handler
from .service_accounts import account
from .state import Body


def get(call: Call) -> Body:
    """The project. Who may not see it is told 403, whether it is there or not."""
    return call.state.projects[call.project]


def test_iam_permissions(call: Call) -> Body:
    """Which of these permissions the caller has."""
    policies = [f"projects/{call.project}"]
    if call.service == "iam.googleapis.com":
        policies.append(account(call, "resource")["name"])
    held = [name for name in call.body.get("permissions", ()) if denied.granted(call, name, *policies)]
    return {"permissions": held} if held else {}


def billing_info(call: Call) -> Body:
    """The account that pays."""
    return {
        "name": f"projects/{call.project}/billingInfo",
        "projectId": call.project,
        "billingAccountName": "billingAccounts/000000-000000-000000",
        "billingEnabled": True,
    }


HANDLERS: dict[str, Handler] = {
    "cloudresourcemanager.projects.get": get,
    "cloudresourcemanager.projects.testIamPermissions": test_iam_permissions,
    "iam.projects.serviceAccounts.testIamPermissions": test_iam_permissions,
    "cloudbilling.projects.getBillingInfo": billing_info,
}
