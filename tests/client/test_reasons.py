"""Google's reasons: each value of error_reason.proto is told apart or shown as it is, whatever surrounds it.

The bodies are Google's own, as others published them. No published body was found for deny policies,
principal access boundaries, a disabled account at iamcredentials, a lifetime, resourceLocations at Gemini, or AWS STS
throttling behind Google: these sentences are worded here.
"""

import importlib.resources
import json
import re

import pytest

from client.error_body import read
from client.facts import Facts
from client.fault import Fault, Layer
from client.google_error import google_fault
from client.reasons import ROWS
from tests.cloud.google import UID

STS, IAM, GEMINI = Layer.TOKEN_EXCHANGE, Layer.IMPERSONATION, Layer.GEMINI
SA = "demo-app@my-project.iam.gserviceaccount.com"
SET = "principalSet://iam.googleapis.com/projects/345678901234/locations/global/workloadIdentityPools/demo-aws/attribute.aws_role/demo-app-role"
# Where the bodies below were published, read on 2026-11-26:
# - proto: google/api/error_reason.proto, googleapis-common-protos 1.76.0: the examples in its comments
# - models: google-genai users' logs of `constraints/vertexai.allowedModels`; Google Cloud, 'Control access to Model Garden models'
# - usage: a page of Google Cloud's quotes it for servicedirectory.googleapis.com; GoogleCloudPlatform/cloud-code-intellij #3272 has the reason
# - suspended: users' deployment logs: `Consumer 'projects/N' has been suspended`; at sts as access_denied
# - subject: fullsend-ai/fullsend #7472; google-github-actions/auth #124, #423
# - impersonation: DataDog/stratus-red-team #299; google-github-actions/auth #455, #526
# - predict: users' logs of Gemini on Vertex AI: domain aiplatform.googleapis.com
# - quota project: users' logs: `Caller does not have required permission to use project`
# - region: spinnaker/swabbie #666, turbot/steampipe-plugin-aws #1510: AWS's own sentence; Google's words around it are those of tests/cloud/google.py
# - array: google-genai users' logs: streamGenerateContent answers [{'error': ...}]
# - cancelled: google-gemini/gemini-cli #20309; the sentences on caches, endpoints and places are worded here
# - projects: Kilo-Org/kilocode #2842, GoogleCloudPlatform/training-data-analyst #1811
# - argument: googleapis/google-cloud-python #15186
# - access: Vertex AI, 'Publisher Model ... was not found or your project does not have access to it'; yym68686/uni-api #41 for 'is not allowed to use Publisher Model'

SHOWN = {  # Google's sentence, and no proposal: none of these can be the caller's chain
    "API_KEY_INVALID", "API_KEY_SERVICE_BLOCKED", "API_KEY_HTTP_REFERRER_BLOCKED", "API_KEY_IP_ADDRESS_BLOCKED",
    "API_KEY_ANDROID_APP_BLOCKED", "API_KEY_IOS_APP_BLOCKED", "LOCATION_TAX_POLICY_VIOLATED", "SESSION_COOKIE_INVALID",
    "SYSTEM_PARAMETER_UNSUPPORTED", "SERVICE_NOT_VISIBLE", "MISSING_ORIGIN", "OVERLOADED_CREDENTIALS",
    "EMULATOR_QUOTA_EXCEEDED", "CREDENTIAL_ANDROID_APP_INVALID", "JWT_TOKEN_INVALID", "CREDENTIAL_TYPE_UNSUPPORTED",
    "ACCOUNT_TYPE_UNSUPPORTED", "MCP_SERVER_DISABLED", "ERROR_REASON_UNSPECIFIED",
}  # fmt: skip
ELSEWHERE = {  # told apart by code, not by a row
    "SECURITY_POLICY_VIOLATED", "IAM_PERMISSION_DENIED", "USER_PROJECT_DENIED",
    "RATE_LIMIT_EXCEEDED", "RESOURCE_QUOTA_EXCEEDED", "ACCESS_TOKEN_TYPE_UNSUPPORTED",
}  # fmt: skip
COMMAND = re.compile(r"gcloud|aws ec2|aws iam|--role|--member")


def facts(**changes: object) -> Facts:
    known = {"service_account": SA, "role": "demo-app-role", "project": "my-project", "location": "asia-northeast1"}
    named = {"model": "gemini-3.5-flash", "host": "asia-northeast1-aiplatform.googleapis.com"}
    return Facts("345678901234", "demo-aws", "demo-aws-app", **{**known, **named, **changes})


def info(reason: object, domain: object = "googleapis.com", **metadata: object) -> dict[str, object]:
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": domain,
        "metadata": metadata,
    }


def told(layer: Layer, message: object, *details: object, status: int = 403, **changes: object) -> Fault:
    named = {
        400: "FAILED_PRECONDITION",
        401: "UNAUTHENTICATED",
        403: "PERMISSION_DENIED",
        404: "NOT_FOUND",
        429: "RESOURCE_EXHAUSTED",
    }
    error = {"code": status, "message": message, "status": named.get(status, "UNAVAILABLE")}
    body = {"error": error | ({"details": list(details)} if details else {})}
    return google_fault(layer, status, json.dumps(body).encode(), facts(**changes))


def oauth(code: str, description: str, status: int = 400) -> Fault:
    body = {"error": code, "error_description": description}
    return google_fault(STS, status, json.dumps(body).encode(), facts())


def values() -> set[str]:
    proto = (importlib.resources.files("google.api") / "error_reason.proto").read_text()
    return set(re.findall(r"^  ([A-Z][A-Z0-9_]+) = \d+;", proto, re.MULTILINE))


def test_each_value_of_the_proto_is_told_apart_or_shown() -> None:
    """A value that a later package adds turns this red: give it a row, or write it into SHOWN."""
    assert len(values()) > 40
    rows = {name for name in ROWS if name.isupper()}
    assert values() == rows | SHOWN | ELSEWHERE
    assert not rows & SHOWN
    assert not rows & ELSEWHERE


SENTENCE = "Something is as it is; see https://cloud.google.com/why?x=1#y, (or not). " * 12 + "The end."


@pytest.mark.parametrize("layer", [STS, IAM, GEMINI])
@pytest.mark.parametrize("reason", sorted(SHOWN) + ["A_REASON_OF_TOMORROW"])
@pytest.mark.parametrize("status", [400, 401, 403])
def test_other_reasons_show_googles_sentence_in_full_and_propose_nothing(
    layer: Layer, reason: str, status: int
) -> None:
    fault = told(layer, SENTENCE, info(reason, permission="aiplatform.endpoints.predict"), status=status)
    assert SENTENCE in fault.cause
    assert fault.layer is layer
    assert not COMMAND.search(fault.fix)


@pytest.mark.parametrize("layer", [STS, IAM, GEMINI])
@pytest.mark.parametrize("reason", sorted(values() - SHOWN))
def test_rows_name_no_other_cause(layer: Layer, reason: str) -> None:
    """Only a proven missing permission is told as one: of all reasons, only one that names it may propose a grant."""
    fault = told(
        layer,
        "Google's own words.",
        info(reason, service="aiplatform.googleapis.com", consumer="projects/other-project"),
    )
    assert not re.search(r"add-iam-policy-binding|--role=", fault.fix), fault.fix
    assert reason in (
        "SERVICE_DISABLED",
        "BILLING_DISABLED",
        "SECURITY_POLICY_VIOLATED",
        "CONSUMER_INVALID",
        "RESOURCE_PROJECT_INVALID",
    ) or ("Google's own words." in fault.cause)


# name: (layer, status, message, details), exit code, words in cause, words in fix, words that are nowhere
GEMINI_MODEL = "gemini-3.5-flash"
ALLOWED = (
    "Organization Policy constraint constraints/vertexai.allowedModels violated for `projects/368826218035` attempting to use a "
    f"disallowed Gen AI model {GEMINI_MODEL}. Please contact your organization administrator to fix this violation by adding "
    f"`publishers/google/models/{GEMINI_MODEL}:predict` to the allowed values."
)
USAGE = (
    "Request is disallowed by organization's constraints/gcp.restrictServiceUsage constraint for 'projects/other-project' "
    "attempting to use service 'aiplatform.googleapis.com'."
)
OFF = "API has not been used in project 999999999999 before or it is disabled. Enable it by visiting https://console.developers.google.com/x then retry."
QUOTA_PROJECT = (
    "Caller does not have required permission to use project quota-project. Grant the caller the "
    "roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use permission, by visiting "
    "https://console.developers.google.com/iam-admin/iam/project?project=quota-project and then retry."
)
DENIED = "Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform.googleapis.com/projects/my-project/locations/global/publishers/google/models/gemini-3.5-flash' (or it may not exist)."
PREDICT = info(
    "IAM_PERMISSION_DENIED",
    "aiplatform.googleapis.com",
    permission="aiplatform.endpoints.predict",
    resource="projects/my-project/locations/global/publishers/google/models/gemini-3.5-flash",
)
NOT_FOUND = "Publisher Model `projects/my-project/locations/asia-northeast1/publishers/google/models/gemini-3.5-flash` was not found or your project does not have access to it. Please ensure you are using a valid model version."
ROWS_OF_REAL_BODIES = {
    "allowedModels": ((GEMINI, 400, ALLOWED), 23, ["vertexai.allowedModels of project 368826218035", "does not admit gemini-3.5-flash"], ["publishers/google/models/gemini-3.5-flash:predict", "--project=368826218035 --effective"]),
    "restrictServiceUsage": ((GEMINI, 403, USAGE, info("RESOURCE_USAGE_RESTRICTION_VIOLATED", service="aiplatform.googleapis.com", consumer="projects/other-project, projects/other-project")), 22, ["gcp.restrictServiceUsage of project other-project does not admit aiplatform.googleapis.com"], ["administrator", "--project=other-project"]),
    "restrictServiceUsage at sts, as OAuth": ((STS, 400, USAGE), 22, ["of project other-project does not admit sts.googleapis.com"], ["administrator"]),
    "restrictServiceUsage at iamcredentials": ((IAM, 403, USAGE), 22, ["does not admit iamcredentials.googleapis.com"], ["administrator"]),
    "resourceLocations": ((GEMINI, 400, "Constraint constraints/gcp.resourceLocations violated for projects/my-project attempting to use location asia-northeast1."), 23, ["gcp.resourceLocations of project my-project does not admit the location asia-northeast1"], ["GCP_LOCATION with a location that"]),
    "restrictEndpointUsage": ((GEMINI, 403, "x", info("ENDPOINT_USAGE_RESTRICTION_VIOLATED", "googleapis.com/policies/endpointUsageRestriction", policy_name="constraints/gcp.restrictEndpointUsage")), 23, ["gcp.restrictEndpointUsage does not admit asia-northeast1-aiplatform.googleapis.com"], ["GCP_LOCATION"]),
    "another organization policy": ((GEMINI, 400, "Constraint constraints/iam.somethingNew violated for projects/my-project."), 25, ["an organization policy", "constraints/iam.somethingNew"], ["administrator"]),
    "deny policy at Gemini": ((GEMINI, 403, DENIED + " It is denied by an IAM deny policy.", PREDICT), 21, ["deny policy denies serviceAccount:" + SA], ["exception", "--kind=denypolicies"]),
    "deny policy at iamcredentials": ((IAM, 403, "Permission 'iam.serviceAccounts.getAccessToken' denied by an IAM deny policy"), 13, ["deny policy denies " + SET], ["exception"]),
    "principal access boundary at Gemini": ((GEMINI, 403, DENIED + " The principal access boundary does not include the resource.", PREDICT), 21, ["principal access boundary policy makes serviceAccount:" + SA], ["add project my-project to the policy"]),
    "principal access boundary at iamcredentials": ((IAM, 403, "Principal access boundary policies block iam.serviceAccounts.getAccessToken"), 13, ["ineligible"], ["boundaries"]),
    "suspended at Gemini": ((GEMINI, 403, "Permission denied: Consumer 'projects/407250490173' has been suspended.", info("CONSUMER_SUSPENDED", service="aiplatform.googleapis.com", consumer="projects/407250490173")), 22, ["Google suspended project 407250490173"], ["appeal"]),
    "suspended at sts, as OAuth": ((STS, 400, "Permission denied: Consumer 'projects/1027721192081' has been suspended."), 22, ["Google suspended project 1027721192081"], ["appeal"]),
    "suspended at iamcredentials": ((IAM, 403, "x", info("GCP_SUSPENDED", consumer="projects/345678901234")), 22, ["Google suspended project 345678901234"], ["appeal"]),
    "blocked user": ((GEMINI, 403, "x", info("USER_BLOCKED_BY_ADMIN", service="aiplatform.googleapis.com")), 25, ["Workspace blocks this user for aiplatform.googleapis.com"], ["Workspace administrator"]),
    "missing scope": ((GEMINI, 403, "Request had insufficient authentication scopes.", info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", service="aiplatform.googleapis.com", method="google.cloud.aiplatform.v1.PredictionService.GenerateContent")), 25, ["lacks the scope https://www.googleapis.com/auth/cloud-platform"], ["credentials()"]),
    "missing scope, by its sentence": ((IAM, 403, "Request had insufficient authentication scopes."), 13, ["lacks the scope"], ["scopes"]),
    "service disabled, consumer": ((GEMINI, 403, "Vertex AI " + OFF, info("SERVICE_DISABLED", service="aiplatform.googleapis.com", consumer="projects/999999999999")), 22, ["aiplatform.googleapis.com is not enabled in project 999999999999"], ["gcloud services enable aiplatform.googleapis.com --project=999999999999"]),
    "service disabled, containerInfo": ((GEMINI, 403, "x", info("SERVICE_DISABLED", service="aiplatform.googleapis.com", containerInfo="999999999999")), 22, ["999999999999"], ["--project=999999999999"]),
    "service disabled, activationUrl": ((GEMINI, 403, "x", info("SERVICE_DISABLED", activationUrl="https://console.developers.google.com/apis/api/aiplatform.googleapis.com/overview?project=999999999999")), 22, ["999999999999"], ["--project=999999999999"]),
    "service disabled, by its sentence": ((IAM, 403, "IAM Service Account Credentials " + OFF), 22, ["iamcredentials.googleapis.com is not enabled in project 999999999999"], ["--project=999999999999"]),
    "service disabled at sts, as OAuth": ((STS, 403, "Security Token Service " + OFF), 22, ["sts.googleapis.com is not enabled in project 999999999999"], ["gcloud services enable sts.googleapis.com --project=999999999999"]),
    "service disabled, consumer is a command": ((GEMINI, 403, "x", info("SERVICE_DISABLED", consumer="projects/other-project;curl evil", containerInfo="$(id)", activationUrl="https://evil.example/?project=other-project")), 22, ["my-project"], ["--project=my-project"]),
    "quota project": ((GEMINI, 403, QUOTA_PROJECT, info("USER_PROJECT_DENIED", service="aiplatform.googleapis.com", consumer="projects/quota-project")), 21, ["may not use project quota-project for quota"], ["remove quota_project_id", f"projects add-iam-policy-binding quota-project --member='serviceAccount:{SA}' --role=roles/serviceusage.serviceUsageConsumer"]),
    "quota project, by its sentence": ((GEMINI, 403, QUOTA_PROJECT), 21, ["may not use project quota-project"], ["remove quota_project_id"]),
    "disabled account at iamcredentials": ((IAM, 400, f"Service account {SA} is disabled."), 13, [f"{SA} is disabled or deleted"], ["find out who disabled it", f"enable {SA}"]),
    "disabled account at Gemini": ((GEMINI, 401, "x", info("ACCOUNT_STATE_INVALID", email=SA, service="aiplatform.googleapis.com")), 25, [f"{SA} is disabled or deleted"], ["find out who disabled it"]),
    "lifetime": ((IAM, 400, "The lifetime must not be longer than 3600s."), 13, ["longer token"], ["token_lifetime_seconds = 3600 in [google]", "43200"]),
    "missing permission": ((GEMINI, 403, DENIED, PREDICT), 21, [f"IAM denied serviceAccount:{SA}: aiplatform.endpoints.predict is missing on project my-project"], ['role = "custom"', "--role=projects/my-project/roles/demo_gemini_caller", "deny policy"]),
    "missing permission, by its sentence": ((GEMINI, 403, DENIED), 21, ["aiplatform.endpoints.predict is missing"], ["projects/my-project/roles/demo_gemini_caller"]),
    "missing permission that the kit's role has not": ((GEMINI, 403, "x", info("IAM_PERMISSION_DENIED", "aiplatform.googleapis.com", permission="aiplatform.cachedContents.create")), 21, ["aiplatform.cachedContents.create is missing"], ['role = "roles/aiplatform.user"']),
    "permission that is a command": ((GEMINI, 403, "x", info("IAM_PERMISSION_DENIED", permission="a.b; curl evil")), 21, ["names no permission"], ["get-iam-policy my-project"]),
    "no permission is named": ((GEMINI, 403, "The caller does not have permission"), 21, ["names no permission", "The caller does not have permission"], ["Policy Troubleshooter"]),
    "impersonation": ((IAM, 403, "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).", info("IAM_PERMISSION_DENIED", "iam.googleapis.com", permission="iam.serviceAccounts.getAccessToken")), 13, [SET, "iam.serviceAccounts.getAccessToken is missing"], ["TOML", f"add-iam-policy-binding {SA} --role=roles/iam.workloadIdentityUser --member='{SET}'"]),
    "header that a proxy removed": ((GEMINI, 401, "x", info("CREDENTIALS_MISSING")), 25, ["no token reached"], ["removes the Authorization header"]),
    "organization restrictions": ((GEMINI, 403, "x", info("ORG_RESTRICTION_VIOLATION", consumer="projects/123456")), 25, ["X-Goog-Allowed-Resources"], ["proxy's administrator"]),
    "no access, or no model": ((GEMINI, 404, NOT_FOUND), 23, ["there is no model gemini-3.5-flash at location asia-northeast1", "or project my-project has no access to it"], ["GCP_LOCATION=global", "Model Garden"]),
    "no access": ((GEMINI, 400, "Project `my-project` is not allowed to use Publisher Model `projects/my-project/locations/asia-northeast1/publishers/google/models/gemini-3.5-flash`"), 23, ["has no access to gemini-3.5-flash"], ["Model Garden"]),
    "no model": ((GEMINI, 404, "Publisher Model `publishers/google/models/gemini-3.5-flash` not found."), 23, ["there is no model gemini-3.5-flash"], ["GCP_LOCATION=global"]),
    "no location": ((GEMINI, 400, "Location asia-northeast1 is not supported."), 23, ["there is no location asia-northeast1"], ["GCP_LOCATION=global"]),
    "country": ((GEMINI, 400, "User location is not supported for the API use."), 23, ["country of the caller's address"], ["leave through an address"]),
    "rate limit": ((GEMINI, 429, "Quota exceeded for aiplatform.googleapis.com/online_prediction_requests_per_base_model", info("RATE_LIMIT_EXCEEDED", "aiplatform.googleapis.com", consumer="projects/123")), 24, ["online_prediction_requests_per_base_model"], ["GCP_LOCATION=global", "in project 123"]),
    "lists of files, caches and endpoints": ((GEMINI, 404, "Not found: cached content metadata for 1234."), 23, ["did not find what the request names", "cached content metadata"], ["that Google's sentence names"]),
    "an endpoint's name holds the word": ((GEMINI, 404, "Endpoint `projects/1/locations/us-central1/endpoints/42` not found."), 23, ["did not find what the request names"], ["that Google's sentence names"]),
    "a place that is no region": ((GEMINI, 400, "Google Maps grounding requires a location in retrieval_config.lat_lng."), 25, ["refused the request: 400"], ["as Google's sentence says"]),
    "a prompt that speaks of policies": ((GEMINI, 400, "Invalid value at 'system_instruction': a deny policy for refunds"), 25, ["refused the request: 400"], ["as Google's sentence says"]),
    "a feature that is disabled": ((GEMINI, 403, "Grounding cannot be used in this project: it is disabled."), 21, ["names no permission"], ["Policy Troubleshooter"]),
    "a service account in another sentence": ((GEMINI, 400, "A service account cannot be used here, since grounding is disabled."), 25, ["refused the request: 400"], ["as Google's sentence says"]),
    "a page at this location": ((GEMINI, 400, "Cannot fetch content from the provided URL at this location."), 25, ["refused the request: 400"], ["as Google's sentence says"]),
    "permission of another account": ((GEMINI, 403, "service-1@gcp-sa-aiplatform.iam.gserviceaccount.com does not have storage.objects.get access. Permission 'storage.objects.get' denied on resource (or it may not exist)."), 21, ["storage.objects.get is missing", "service-1@gcp-sa-aiplatform"], ["which account"]),
    "no such project, by its sentence": ((GEMINI, 403, "Permission denied on resource project my-projekt."), 2, ["no project 'my-projekt'"], ["GCP_PROJECT_ID"]),
    "no such project, which is not Gemini's": ((GEMINI, 403, "x", info("CONSUMER_INVALID", consumer="projects/quota-project")), 2, ["no project 'quota-project'"], ["quota_project_id"]),
    "prohibited, without an identifier": ((GEMINI, 403, "Request is prohibited by organization's policy"), 25, ["prohibits the call"], ["VPC Service Controls", "gcloud logging read"]),
    "cancelled by Google": ((GEMINI, 499, "The operation was cancelled."), 25, ["failed: 499"], ["growing pauses"]),
    "capacity that all customers share": ((GEMINI, 429, "Resource exhausted. Please try again later."), 24, ["Resource exhausted."], ["Provisioned Throughput"]),
    "impersonation of an account that is misspelled": ((IAM, 400, "Request contains an invalid argument."), 13, ["refused a token"], [f"service-accounts describe {SA}"]),
    "overloaded": ((GEMINI, 503, "The model is overloaded. Please try again later."), 25, ["is overloaded: 503", "Please try again later."], ["growing pauses"]),
}  # fmt: skip
OAUTH = {"restrictServiceUsage at sts, as OAuth", "suspended at sts, as OAuth", "service disabled at sts, as OAuth"}


@pytest.mark.parametrize("name", ROWS_OF_REAL_BODIES)
def test_real_bodies(name: str) -> None:
    (layer, status, message, *details), code, cause, fix = ROWS_OF_REAL_BODIES[name]
    fault = oauth("access_denied", message, status) if name in OAUTH else told(layer, message, *details, status=status)
    assert int(fault.layer) == code, (fault.layer, fault.cause)
    for words, text in ((cause, fault.cause), (fix, fault.fix)):
        for word in words:
            assert word in text, text
    assert "evil" not in fault.fix
    assert ("add-iam-policy-binding" in fault.fix) == (name in GRANTS), fault.fix
    assert name == "missing permission that the kit's role has not" or "roles/aiplatform.user" not in fault.fix


GRANTS = {
    "quota project",
    "quota project, by its sentence",
    "missing permission",
    "missing permission, by its sentence",
    "impersonation",
}


def test_the_kits_role_follows_the_pool_as_the_kit_derives_it() -> None:
    from stacks.settings import load

    for name in ("example", "several", "article"):
        settings = load(name)
        known = facts()
        known.pool, known.project = settings.pool_id, settings.google.project_id
        named = known.role_of_kit
        assert named in (
            f"projects/{settings.google.project_id}/roles/{settings.custom_role_id}",
            f"projects/{settings.google.project_id}/roles/ROLE",
        )
        assert named.endswith("/ROLE") == (not settings.pool_id.endswith("-aws"))


def test_global_is_not_advised_where_it_is_set() -> None:
    for status, message in (
        (429, "Resource exhausted."),
        (404, NOT_FOUND),
        (404, "Publisher Model x not found."),
        (400, "Location global is not supported."),
    ):
        there = told(GEMINI, message, status=status, location="global")
        elsewhere = told(GEMINI, message, status=status)
        assert "GCP_LOCATION=global" not in there.fix
        assert "GCP_LOCATION=global" in elsewhere.fix


AWS_SAYS = "Received invalid AWS response of type UNAUTHENTICATED with error: "


@pytest.mark.parametrize(
    ("code", "description", "cause", "fix", "transient"),
    [
        ("invalid_grant", AWS_SAYS + "RegionDisabledException: STS is not activated in this region for account:123456789012. Your account administrator can activate STS in this region using the IAM Console.", "STS is not activated for this account", "AWS_REGION to an active one", False),
        ("invalid_grant", AWS_SAYS + "STS is not activated in this region for account:123456789012.", "STS is not activated for this account", "AWS_REGION", False),
        ("invalid_grant", AWS_SAYS + "Throttling: Rate exceeded", "throttles this account", "growing pauses", True),
        ("invalid_request", "The size of mapped attribute google.subject exceeds the 127 bytes limit. Either modify your attribute mapping or the incoming assertion to produce a mapped attribute that is less than 127 bytes.", "google.subject may have 127 bytes", 'subject = "userid" in [google]', False),
        ("invalid_grant", AWS_SAYS + "ExpiredToken: The security token included in the request is expired", "security token is expired", "unset AWS_ACCESS_KEY_ID", False),
    ],
)  # fmt: skip
def test_what_the_token_exchange_says(code: str, description: str, cause: str, fix: str, transient: bool) -> None:
    fault = oauth(code, description)
    assert fault.layer is STS
    assert cause in fault.cause
    assert fix in fault.fix
    assert fault.transient is transient


def test_only_the_sentence_blames_the_attribute_condition() -> None:
    fault = oauth("unauthorized_client", "The workload identity pool is disabled.", 401)
    assert "attribute condition" not in fault.cause
    assert "The workload identity pool is disabled." in fault.cause


@pytest.mark.parametrize("body", ['{"error": "Forbidden by policy"}', '{"error": 7}', '{"error": ["x"]}'])
def test_a_proxys_json_is_no_answer_of_googles(body: str) -> None:
    fault = google_fault(GEMINI, 403, body.encode(), facts())
    assert "answered 403 with JSON" in fault.cause
    assert "proxy" in fault.fix


def test_a_404_without_a_sentence_can_be_the_location_too() -> None:
    assert "no such location" in google_fault(GEMINI, 404, b"<!DOCTYPE html>", facts(location="mars-1")).cause


def test_direct_access_has_no_impersonation_that_passed() -> None:
    assert "impersonation" not in told(GEMINI, DENIED, service_account="").not_cause


DENIAL = f"Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: {UID}"


@pytest.mark.parametrize(
    ("layer", "status", "body"),
    [
        (GEMINI, 403, [{"error": {"code": 403, "message": DENIAL, "status": "PERMISSION_DENIED"}}]),
        (
            GEMINI,
            403,
            [{"candidates": []}, {"error": {"message": "x", "details": [info("SECURITY_POLICY_VIOLATED", uid=UID)]}}],
        ),
        (
            GEMINI,
            403,
            {"error": {"details": [info("IAM_PERMISSION_DENIED"), info("SECURITY_POLICY_VIOLATED", uid=UID)]}},
        ),
        (STS, 403, {"error": "access_denied", "error_description": DENIAL}),
        (STS, 400, {"error": "access_denied", "error_description": DENIAL}),
        (STS, 0, {"error": "access_denied", "error_description": DENIAL}),
    ],
)
def test_a_perimeters_denial_in_any_envelope(layer: Layer, status: int, body: object) -> None:
    fault = google_fault(layer, status, json.dumps(body).encode(), facts())
    assert (fault.layer, fault.identifier) == (Layer.PERIMETER, UID)


def test_a_denial_names_the_api_that_the_perimeter_restricts() -> None:
    fault = told(GEMINI, DENIAL, info("SECURITY_POLICY_VIOLATED", uid=UID, service="storage.googleapis.com"))
    assert fault.service == "storage.googleapis.com"
    assert "denied storage.googleapis.com" in fault.cause
    assert "rule for storage.googleapis.com must admit" in fault.fix


@pytest.mark.parametrize(
    ("reason", "domain"),
    [
        ("service_disabled", "googleapis.com"), ("SERVICE_DISABLED", "evil.example"), ("SERVICE_DISABLED", "googleapis.com.evil.example"),
        ("SERVICE_DISABLED", "GLOBAL"), ("SERVICE_DISABLED", 7), (["SERVICE_DISABLED"], "googleapis.com"), ("IAM_PERMISSION_DENIED", "evil.example"),
    ],
)  # fmt: skip
def test_the_domain_and_the_letters_decide(reason: object, domain: object) -> None:
    fault = told(GEMINI, "Words.", info(reason, domain, permission="aiplatform.endpoints.predict"))
    missing = domain == 7  # no text is no domain, and some frontends name none
    assert (fault.layer is Layer.API_DISABLED) is missing
    assert missing or "Words." in fault.cause
    assert missing or not COMMAND.search(fault.fix)


@pytest.mark.parametrize("domain", ["googleapis.com", "iam.googleapis.com", "serviceusage.googleapis.com", ""])
def test_domains_of_googles(domain: str) -> None:
    assert told(GEMINI, "x", info("SERVICE_DISABLED", domain)).layer is Layer.API_DISABLED


@pytest.mark.parametrize(
    "details",
    [
        {}, 7, "x", None, [None, 7, [], {}], [[info("SERVICE_DISABLED")]], [{"details": [info("SERVICE_DISABLED")]}],
        [info("SERVICE_DISABLED") | {"metadata": ["consumer"]}], [info({"a": "b"})], [{"@type": 7, "reason": "SERVICE_DISABLED"}],
    ],
)  # fmt: skip
@pytest.mark.parametrize("layer", [STS, IAM, GEMINI])
def test_details_of_any_form(layer: Layer, details: object) -> None:
    body = {"error": {"code": 403, "message": "Words.", "status": "PERMISSION_DENIED", "details": details}}
    fault = google_fault(layer, 403, json.dumps(body).encode(), facts())
    assert "add-iam-policy-binding" not in fault.fix
    nested = (
        isinstance(details, list)
        and details
        and isinstance(details[0], dict)
        and details[0].get("metadata") == ["consumer"]
    )
    assert (fault.layer is Layer.API_DISABLED) is bool(nested)


@pytest.mark.parametrize(
    "detail",
    [info("A_REASON_OF_TOMORROW"), info("IAM_PERMISSION_DENIED", "evil.example"), info("iam_permission_denied")],
)
def test_a_sentence_counts_only_where_there_is_no_error_info(detail: dict[str, object]) -> None:
    """It may say "Permission '...' denied" next to a reason that nobody knows yet: no grant."""
    assert "--role=" in told(GEMINI, DENIED).fix
    fault = told(GEMINI, DENIED, detail)
    assert DENIED in fault.cause
    assert not COMMAND.search(fault.fix)


@pytest.mark.parametrize("project", ["$(evil)", "a;evil", "`evil`", "evil'", "../evil", "other-project;evil", "EVIL"])
def test_a_project_that_a_sentence_names_is_checked(project: str) -> None:
    for sentence in (
        f"X API has not been used in project {project} before or it is disabled.",
        f"Organization Policy constraint constraints/vertexai.allowedModels violated for `projects/{project}` attempting to use x.",
        f"Request is disallowed by organization's constraints/gcp.restrictServiceUsage constraint for 'projects/{project}' attempting",
        f"Permission denied: Consumer 'projects/{project}' has been suspended.",
        f"Caller does not have required permission to use project {project}. serviceusage.services.use",
    ):
        fault = told(GEMINI, sentence)
        assert fault.layer is not Layer.GEMINI, sentence
        assert "evil" not in fault.fix.lower(), fault.fix


def test_two_error_infos() -> None:
    assert told(GEMINI, "x", info("OTHER", "evil.example"), info("SERVICE_DISABLED")).layer is Layer.API_DISABLED
    assert told(GEMINI, "x", info("SERVICE_DISABLED"), info("SERVICE_DISABLED")).layer is Layer.API_DISABLED
    assert (
        "names no permission"
        in told(GEMINI, "x", info("IAM_PERMISSION_DENIED"), info("IAM_PERMISSION_DENIED", permission="a.b")).cause
    )


AWKWARD = (
    "x; curl evil",
    "$(curl evil)",
    "`curl evil`",
    "a'b",
    'a"b',
    "a b",
    "a\nb",
    "a|b",
    "a&b",
    "a>b",
    "../a",
    "ａbcdefgh",
    "x" * 999,
)


@pytest.mark.parametrize("value", AWKWARD)
@pytest.mark.parametrize(
    "name",
    [
        "service",
        "consumer",
        "containerInfo",
        "activationUrl",
        "resource",
        "permission",
        "email",
        "uid",
        "location",
        "policy_name",
    ],
)
def test_nothing_that_an_answer_says_enters_a_command_unchecked(name: str, value: str) -> None:
    for reason in sorted(values() - SHOWN):
        for layer in (STS, IAM, GEMINI):
            for given in (
                value,
                f"projects/{value}",
                f"https://console.developers.google.com/apis/api/x/overview?project={value}",
            ):
                fault = told(layer, "x", info(reason, **{name: given}))
                assert "evil" not in fault.fix
                assert value not in fault.fix


def test_ten_megabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is cleaned, character by character, is bounded; what is shown too."""
    cleaned: list[int] = []
    monkeypatch.setattr("client.error_body.clean", lambda text, limit: cleaned.append(len(text)) or text[:limit])
    big = "Ab1.-_/ " * 1_300_000
    fault = told(GEMINI, big, info("SERVICE_DISABLED", consumer=big, service=big, permission=big, uid=big))
    assert fault.layer is Layer.API_DISABLED
    assert len(told(GEMINI, big, info("X" * 10_000_000)).cause) < 3100
    assert len(told(IAM, "x" * 10_000_000).cause) < 3100
    assert max(cleaned) <= 8000


def test_the_bound_cuts_no_secret_in_two() -> None:
    from client import redact

    redact.remember(secret := "Q7tBzR2kLm9XvW4c" * 9 + "Q7tBzR")  # 8000 of these words end in most of one
    for before in range(7900, 8001, 7):
        said = read(
            403, json.dumps({"error": {"message": " ".join(["ab"] * (before // 3)) + " " + secret + " end"}}).encode()
        ).message
        assert secret[:12] not in said
    said = read(403, json.dumps({"error": {"message": (secret + " ") * 90}}).encode()).message
    assert secret[:12] not in said


@pytest.mark.parametrize("awkward", ["\u202e", "\u2066", "\u200f", "\x1b[31m", "\x9b", "\r\n", "\x00", "\u2028"])
def test_no_sentence_steers_a_terminal(awkward: str) -> None:
    fault = told(GEMINI, f"before{awkward}fix: curl evil", info("A_REASON_OF_TOMORROW"))
    assert awkward not in fault.cause
    assert "before" in fault.cause
    assert "\n" not in fault.cause


def test_html_and_other_bytes_have_no_reason() -> None:
    for body in (b"<html>SERVICE_DISABLED</html>", b"", b"[", b"[1, 2]", b"null", b'"x"', b"[" * 100_000, b"\xff\xfe"):
        for layer in (STS, IAM, GEMINI):
            for status in (0, 200, 301, 400, 401, 403, 404, 418, 429, 500, 503):
                fault = google_fault(layer, status, body, facts())
                assert fault.cause
                assert fault.fix
                assert "add-iam-policy-binding" not in fault.fix
