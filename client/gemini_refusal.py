"""What Gemini alone refuses. A grant is proposed for nothing but a permission that the answer names."""

import re

from .error_body import ErrorBody
from .facts import Facts
from .fault import Fault, Layer
from .refusal import OR_DENIED, pool

PREDICT = "aiplatform.endpoints.predict"


def gemini_refused(error: ErrorBody, facts: Facts) -> Fault:
    """aiplatform.googleapis.com, or the host of the location."""
    if error.status == 404 or (error.status == 400 and _PLACE.search(error.message)):
        return _no_model(error, facts)
    if error.reason == "USER_PROJECT_DENIED":
        return _no_quota_project(error, facts)
    if error.status == 403:
        return _denied(error, facts)
    if error.status == 401:
        account = f", gcloud iam service-accounts describe {facts.service_account}" if facts.service_account else ""
        return Fault(
            Layer.GEMINI,
            f"{facts.host} does not take the token{error.said}",
            f"see that pool and service account are enabled: {pool(facts)}{account}",
            "the perimeter",
        )
    return Fault(
        Layer.GEMINI,
        f"{facts.host} refused the request: {error.status}{error.said}",
        "correct prompt, options or model as Google's sentence says",
        "credentials and perimeter: it was let in",
    )


_PLACE = re.compile(  # other sentences name the location of a file, a map or a field
    r"(?i)user location|location \S+ is (not|un)|not supported in .{0,20}location|not allowed to use publisher model"
)


_MODEL = re.compile(r"publisher model|/models/")


def _no_model(error: ErrorBody, facts: Facts) -> Fault:
    """Google tells "no model" from "no access" only now and then, so the sentence decides."""
    text, asked = (
        error.message.lower(),
        f"{facts.model} at location {facts.location} ({facts.host} answered {error.status})",
    )
    elsewhere = "" if facts.location == "global" else "GCP_LOCATION=global, or "
    fix = f"{elsewhere}GEMINI_MODEL with a model that the location serves: retired models answer the same"
    if "user location" in text:
        cause = f"Google does not serve Gemini to the country of the caller's address{error.said}"
        fix = "leave through an address in a country that Gemini is available in; GCP_LOCATION does not change it"
    elif "not allowed to use" in text:
        cause = f"project {facts.project} has no access to {asked}{error.said}"
        fix = "enable the model in Model Garden or ask Google for access, or GEMINI_MODEL with a model that is open to all"
    elif "does not have access" in text:
        cause = f"there is no model {asked}, or project {facts.project} has no access to it: Google does not tell which{error.said}"
        fix += "; a partner's or preview model: enable it in Model Garden"
    elif re.search(r"\blocation\b", text) and not _MODEL.search(text):
        cause = f"there is no location {facts.location} for {facts.model} ({facts.host} answered {error.status}){error.said}"
        fix = f"{elsewhere}GCP_LOCATION with a region that the model's page lists"
    elif text and not _MODEL.search(text):
        cause = f"{facts.host} did not find what the request names: {error.status}{error.said}"
        fix = f"correct what it is that Google's sentence names (a file, a cached content, an endpoint); else {fix}"
    else:
        cause = f"there is no model {asked}{error.said}" + ", or no such location" * (not text)
    return Fault(Layer.MODEL_OR_LOCATION, cause, fix, "credentials, permissions and perimeter: they passed")


def _no_quota_project(error: ErrorBody, facts: Facts) -> Fault:
    project = error.consumer or "QUOTA_PROJECT"
    use = "serviceusage.services.use"
    grant = (
        f"; by hand: gcloud projects add-iam-policy-binding {project} --member='{facts.principal}' "
        "--role=roles/serviceusage.serviceUsageConsumer --condition=None"
    )
    return Fault(
        Layer.IAM,
        f"{facts.principal} may not use project {project} for quota{error.said}",
        "remove quota_project_id from the credential document: Gemini's own project is then used"
        + (grant if error.consumer and use in error.message else ""),
        "the perimeter, and permissions on Gemini: the quota project is looked at first",
    )


def _denied(error: ErrorBody, facts: Facts) -> Fault:
    """403: a grant is proposed for nothing but a permission that the answer names."""
    who, missing = facts.principal, error.permission
    passed = "token exchange and impersonation" if facts.service_account else "token exchange"
    not_cause = f"the perimeter: the answer has no violation; {passed} passed"
    if not missing:
        cause = f"Google denied {who}, and the answer names no permission{error.said}"
        fix = (
            f"see what {who} has: gcloud projects get-iam-policy {facts.project} --flatten='bindings[].members' --filter='bindings.members=\"{who}\"'"
            " --format='value(bindings.role)'; deny policies and principal access boundaries deny too: Policy Troubleshooter"
        )
        return Fault(Layer.IAM, cause, fix, not_cause)
    if not missing.startswith("aiplatform."):
        cause = f"IAM denied the call: {missing} is missing{error.said}"
        fix = (
            "see in Google's sentence which account needs it, and where: it can be Vertex AI's service agent, or "
            "another project"
        )
        return Fault(Layer.IAM, cause, fix, not_cause)
    if missing == PREDICT:
        fix = (
            'see that the TOML has this workload with role = "custom" and without `disabled = true`, and deploy it; by hand: '
            f"gcloud projects add-iam-policy-binding {facts.project} --member='{who}' --role={facts.role_of_kit} "
            "--condition=None, then wait a few minutes (custom_role_id in the TOML may name another role)" + OR_DENIED
        )
    else:
        fix = (
            f'the kit\'s role has {PREDICT} alone, and this call needs more: role = "roles/aiplatform.user" in the '
            "[[workload]], if that role has it and is wanted" + OR_DENIED
        )
    return Fault(Layer.IAM, f"IAM denied {who}: {missing} is missing on project {facts.project}", fix, not_cause)
