"""IAM Service Account Credentials: a token of a service account for an identity that may impersonate it.

Bodies: google-github-actions/auth #340 (denied) and #145 (lifetime), google-cloud-python #15186 (invalid argument).
"""

import datetime
import re
import time

from policy.identity import service_account

from . import audit, denied, rpc, tokens
from .api_call import ApiCall, ApiError, Handler
from .errors import invalid, not_found
from .state import Body

_PERMISSION = "iam.serviceAccounts.getAccessToken"
IAM = "https://www.googleapis.com/auth/iam"
"""What google-auth asks for when it is about to impersonate."""
_SCOPE = re.compile(r"https://(www\.googleapis\.com/auth/[\w./-]+|[\w./-]+)|openid|email|profile")


def generate_access_token(call: ApiCall) -> Body:
    """A token of the account in `name`: `projects/-/serviceAccounts/EMAIL or unique id`.

    `lifetime` is at most an hour (no organization policy here says otherwise). Delegation chains are not modelled.
    """
    tokens.require_scope(call, rpc.method(call), IAM)
    _, project, _, reference = str(call.parameters["name"]).split("/")
    lifetime = _lifetime(call, reference)
    scopes = call.body.get("scope") or []
    if project != "-" or not scopes or not all(_SCOPE.fullmatch(scope) for scope in scopes):
        raise invalid("Request contains an invalid argument.")
    if call.body.get("delegates"):
        raise ApiError(501, "UNIMPLEMENTED", "delegates: a chain of delegation is not modelled.")
    account = call.state.service_account(reference)
    if account is None:
        raise not_found(f"Not found; Gaia id not found for email {reference}")
    allowed = denied.granted(call, _PERMISSION, account["name"], f"projects/{account['projectId']}")
    if not allowed or account.get("disabled"):
        error = denied.denial(_PERMISSION, domain="iam.googleapis.com")
        _log(call, account, error.message)
        raise error
    _log(call, account)
    assert call.identity is not None
    token = tokens.issue(
        call.state,
        service_account(account["email"]),
        lifetime=lifetime,
        scopes=scopes,
        behind=call.identity.name if call.identity.kind == "federated" else "",
    )
    expiry = datetime.datetime.fromtimestamp(time.time() + lifetime, datetime.UTC)
    return {"accessToken": token, "expireTime": expiry.strftime("%Y-%m-%dT%H:%M:%SZ")}


def allowed_locations(_: ApiCall) -> Body:
    """No trust boundary: google-auth asks for one in the background."""
    return {"encodedLocations": "0x0"}


def _lifetime(call: ApiCall, email: str) -> float:
    seconds = float(str(call.body.get("lifetime", "3600s")).removesuffix("s"))
    if seconds > 3600:
        raise invalid(
            f"Access tokens for service account {email} can not have lifetimes of more than 1 hour. Use the Org Policy "
            "Constraint constraints/iam.allowServiceAccountCredentialLifetimeExtension to allow up to 12 hours.",
        )
    if seconds <= 0:
        raise invalid("Request contains an invalid argument.")
    return seconds


def _log(call: ApiCall, account: Body, message: str = "") -> None:
    audit.data_access(
        call,
        "ADMIN_READ",
        identity=call.identity,
        denied=message,
        also=("iam.googleapis.com",),
        methodName="GenerateAccessToken",
        resourceName=f"projects/-/serviceAccounts/{account['uniqueId']}",
    )


HANDLERS: dict[str, Handler] = {
    rpc.GENERATE_ACCESS_TOKEN: generate_access_token,
    "iamcredentials.projects.serviceAccounts.getAllowedLocations": allowed_locations,
    "iamcredentials.projects.locations.workloadIdentityPools.getAllowedLocations": allowed_locations,
}
