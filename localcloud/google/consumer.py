"""Which project a call concerns, which one its quota is, and whether the API is enabled there.

Bodies: terraform-provider-google #6738 (quota project), #11435 and google-cloud-python #8537 (SERVICE_DISABLED).
"""

import re
from typing import Any

from . import denied, sts
from .api_call import ApiCall, ApiError
from .discovery import Method
from .errors import info
from .state import Body, State

HEADER = "x-goog-user-project"
ALWAYS = ("openidconnect.googleapis.com", "oauth2.googleapis.com")
"""Services that no project enables."""
_CLIENT = "764086051850"
"""The project of gcloud's own OAuth client: who uses user credentials without a quota project is counted there."""


def project(state: State, method: Method, parameters: dict[str, Any], body: Any) -> str:
    """The id of the project that a call concerns, or ""."""
    if method.service == "sts.googleapis.com":
        return sts.project_of(state, body.get("audience", ""))
    named = [str(value) for key, value in parameters.items() if key in method.parameters]
    if method.id == "logging.entries.list":
        named = [str(name) for name in body.get("resourceNames", ())]
    if "project" in method.parameters:  # Storage's way to name it
        return _id(state, str(parameters.get("project", "")), "")
    for name in named:
        if found := re.match(r"projects/([^/]+)", name):
            return _id(state, found[1], name)
        if method.id.startswith("cloudresourcemanager.projects."):
            return _id(state, name, name)
    return ""


def _id(state: State, reference: str, name: str) -> str:
    if reference == "-":  # whichever project the service account is in
        account = name.partition("/serviceAccounts/")[2]
        held = state.service_account(account)
        reference = held["projectId"] if held else account.partition("@")[2].partition(".iam.")[0]
    return str((state.project(reference) or {}).get("projectId", ""))


def require_enabled(call: ApiCall, method: Method, enabling: float, now: float) -> None:
    """Refuse a call whose consumer has not enabled the API, or did so less than `enabling` seconds ago.

    The consumer is the project of X-Goog-User-Project, which takes serviceusage.services.use there (so the header of a
    call without an identity says nothing), else the project that the call concerns. Access Context Manager concerns
    none: a user needs the header.
    """
    if call.service in ALWAYS:
        return
    header = call.request.headers.get(HEADER, "") if call.identity is not None else ""
    consumer = call.state.project(header) if header else call.state.project(call.project)
    if header:
        _require_use(call, header, consumer)
    if consumer is None:
        if call.service == "accesscontextmanager.googleapis.com":
            raise _no_quota_project(call.service)
        return
    since = call.state.services.get(consumer["projectId"], {}).get(call.service)
    if since is None or now < since + enabling:
        raise disabled(call.service, method.title, consumer)


def disabled(service: str, title: str, consumer: Body) -> ApiError:
    """403, SERVICE_DISABLED."""
    number = consumer["projectNumber"]
    url = f"https://console.developers.google.com/apis/api/{service}/overview?project={number}"
    message = (
        f"{title} has not been used in project {number} before or it is disabled. Enable it by visiting {url} then "
        "retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and "
        "retry."
    )
    metadata = {
        "service": service, "serviceTitle": title, "consumer": f"projects/{number}", "containerInfo": number,
        "activationUrl": url,
    }  # fmt: skip
    help_ = {
        "@type": "type.googleapis.com/google.rpc.Help",
        "links": [{"description": "Google developers console API activation", "url": url}],
    }
    details = [info("SERVICE_DISABLED", **metadata), help_]
    return ApiError(403, "PERMISSION_DENIED", message, details, "accessNotConfigured")


PLAIN = ("sts.googleapis.com", "iamcredentials.googleapis.com", "aiplatform.googleapis.com")
"""Services whose error bodies have no legacy `errors[]`."""


def _require_use(call: ApiCall, header: str, consumer: Body | None) -> None:
    policy = f"projects/{(consumer or {}).get('projectId', header)}"
    if consumer is None or not denied.granted(call, "serviceusage.services.use", policy):
        raise ApiError(
            403,
            "PERMISSION_DENIED",
            f"Caller does not have required permission to use project {header}. Grant the caller the "
            "roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use "
            f"permission, by visiting https://console.developers.google.com/iam-admin/iam/project?project={header} "
            "and then retry. Propagation of the new permission may take a few minutes.",
            [info("USER_PROJECT_DENIED", service=call.service, consumer=f"projects/{header}")],
        )


def _no_quota_project(service: str) -> ApiError:
    return ApiError(
        403,
        "PERMISSION_DENIED",
        f"Your application is authenticating by using local Application Default Credentials. The {service} API "
        "requires a quota project, which is not set by default. To learn how to set your quota project, see "
        "https://cloud.google.com/docs/authentication/adc-troubleshooting/user-creds .",
        [info("SERVICE_DISABLED", service=service, consumer=f"projects/{_CLIENT}")],
    )
