"""The reasons that Google gives in google.rpc.ErrorInfo, whichever API gives them: a row each.

Sources: google/api/error_reason.proto, and for the rows in lower case, which have no reason, the sentences in
error_body.py. What is in no row shows Google's own sentence and proposes nothing.
"""

from .error_body import ErrorBody
from .facts import Facts
from .fault import Fault, Layer
from .perimeter_denial import UNNAMED

_NO_ROLE = "no role is missing: a grant changes nothing"
_EFFECTIVE = "`gcloud org-policies describe {0} --project={{consumer}} --effective`"
_ADMINISTRATOR = "ask an organization policy administrator"
_POLICY = "neither a missing role nor the perimeter: an organization policy comes first"
_ORGANIZATION = (None, "an organization policy refuses the call{said}", _ADMINISTRATOR, _POLICY)
_LOCATIONS = (
    Layer.MODEL_OR_LOCATION,
    "the organization policy gcp.resourceLocations of project {consumer} does not admit the location {location}{said}",
    f"GCP_LOCATION with a location that {_EFFECTIVE.format('gcp.resourceLocations')} admits",
    _POLICY,
)
_SUSPENDED = (
    Layer.API_DISABLED,
    "Google suspended project {consumer}{said}",
    "open the project in the console for the reason (terms of service, or a closed billing account) and appeal there",
    _NO_ROLE,
)
_UNKNOWN = (
    Layer.CONFIGURATION,
    "there is no project '{consumer}' at Google, or it is deleted",
    "correct GCP_PROJECT_ID (an id, not a name), or quota_project_id or the audience in the credential document",
    "the token: Google read it before the project",
)
_RESTRICTIONS = (
    None,
    "the header X-Goog-Allowed-Resources, which a proxy on the way adds, does not admit project {consumer}{said}",
    "ask the proxy's administrator to add the project's organization to the header",
    _NO_ROLE,
)

ROWS: dict[str, tuple[Layer | None, str, str, str]] = {
    "CONSUMER_INVALID": _UNKNOWN,
    "RESOURCE_PROJECT_INVALID": _UNKNOWN,
    "SERVICE_DISABLED": (
        Layer.API_DISABLED,
        "the API {service} is not enabled in project {consumer}",
        "gcloud services enable {service} --project={consumer}, then wait a few minutes",
        "neither permissions nor the perimeter",
    ),
    "BILLING_DISABLED": (
        Layer.API_DISABLED,
        "project {consumer} has no billing account, or a closed one",
        "gcloud billing projects link {consumer} --billing-account=ACCOUNT, then wait a few minutes",
        "neither permissions nor the perimeter",
    ),
    "CONSUMER_SUSPENDED": _SUSPENDED,
    "GCP_SUSPENDED": _SUSPENDED,
    "RESOURCE_USAGE_RESTRICTION_VIOLATED": (
        Layer.API_DISABLED,
        "the organization policy gcp.restrictServiceUsage of project {consumer} does not admit {service}{said}",
        f"{_ADMINISTRATOR} to admit {{service}}: {_EFFECTIVE.format('gcp.restrictServiceUsage')} shows what is admitted",
        _POLICY,
    ),
    "ENDPOINT_USAGE_RESTRICTION_VIOLATED": (
        Layer.MODEL_OR_LOCATION,
        "the organization policy gcp.restrictEndpointUsage does not admit {host}{said}",
        "GCP_LOCATION with a location whose host is admitted (the policy often blocks the host of `global`)",
        _POLICY,
    ),
    "LOCATION_ORG_POLICY_VIOLATED": _LOCATIONS,
    "LOCATION_POLICY_VIOLATED": _LOCATIONS,
    "TLS_ORG_POLICY_VIOLATED": _ORGANIZATION,
    "TLS_CIPHER_RESTRICTION_VIOLATED": _ORGANIZATION,
    "ORG_RESTRICTION_VIOLATION": _RESTRICTIONS,
    "ORG_RESTRICTION_HEADER_INVALID": _RESTRICTIONS,
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": (
        None,
        "the token lacks the scope https://www.googleapis.com/auth/cloud-platform that {host} needs{said}",
        "use gemini() or credentials(), which have it; elsewhere name it in `scopes`",
        _NO_ROLE,
    ),
    "ACCESS_TOKEN_EXPIRED": (
        None,
        "{host} reports that the token is expired{said}",
        "sudo chronyc makestep (time server: 169.254.169.123); if the clock is right, run it again for a new token",
        "permissions and perimeter",
    ),
    "CREDENTIALS_MISSING": (
        None,
        "no token reached {host}{said}",
        "look for a proxy in between that removes the Authorization header",
        "permissions and perimeter",
    ),
    "ACCOUNT_STATE_INVALID": (
        None,
        "the account {account} is disabled or deleted{said}",
        "find out who disabled it and why before `gcloud iam service-accounts enable {account}`: its old tokens work again",
        _NO_ROLE,
    ),
    "USER_BLOCKED_BY_ADMIN": (
        None,
        "an administrator of Google Workspace blocks this user for {service}{said}",
        "ask the Workspace administrator to turn the service on for the user's organizational unit",
        _NO_ROLE,
    ),
    "allowed_models": (
        Layer.MODEL_OR_LOCATION,
        "the organization policy vertexai.allowedModels of project {consumer} does not admit {model}{said}",
        f"{_ADMINISTRATOR} to add publishers/google/models/{{model}}:predict, or GEMINI_MODEL with an admitted one: "
        + _EFFECTIVE.format("vertexai.allowedModels"),
        _POLICY,
    ),
    "organization_policy": _ORGANIZATION,
    "prohibited": (
        None,
        "an organization prohibits the call, and the answer names neither a policy nor a violation{said}",
        f"look for a violation by VPC Service Controls: gcloud logging read '{UNNAMED}' --project={{consumer}} --freshness=1d; "
        f"without one, {_ADMINISTRATOR}",
        _NO_ROLE,
    ),
    "deny_policy": (
        Layer.IAM,
        "an IAM deny policy denies {member}{said}",
        "ask a deny policy administrator of the organization for an exception: `gcloud iam policies list --kind=denypolicies "
        "--attachment-point=cloudresourcemanager.googleapis.com/projects/{consumer}`, also for folders/ID, organizations/ID",
        "no role is missing: a deny policy comes before every grant",
    ),
    "access_boundary": (
        Layer.IAM,
        "a principal access boundary policy makes {member} ineligible for this resource{said}",
        "ask who manages principal access boundaries in the organization to add project {consumer} to the policy",
        "no role is missing: the boundary comes before every grant",
    ),
}


def reason_fault(layer: Layer, error: ErrorBody, facts: Facts, service: str, host: str, project: str) -> Fault | None:
    """The row of the answer's reason; None if it has no reason.

    `layer`, `service`, `host` and `project` are those of the API that answered. A row's own layer counts at Gemini; that
    of a project counts at each API.
    """
    row = ROWS.get(error.reason)
    if not row:
        return None
    own, *texts = row
    names = {
        "service": error.service or service,
        "consumer": error.consumer or project,
        "host": host,
        "account": facts.service_account or "ACCOUNT",
        "member": facts.principal if layer is Layer.GEMINI else facts.principal_set,
        "model": facts.model,
        "location": facts.location,
        "said": error.said,
    }
    cause, fix, not_cause = (text.format(**names) for text in texts)
    anywhere = layer is Layer.GEMINI or own in (Layer.API_DISABLED, Layer.CONFIGURATION)
    return Fault(own if own and anywhere else layer, cause, fix, not_cause)
