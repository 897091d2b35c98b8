"""Google's error answers, told apart: here what every API can answer, in refusal.py what only one does."""

from .error_body import ErrorBody, read
from .facts import Facts
from .fault import Fault, Layer
from .perimeter import perimeter_fault
from .refusal import exchange_refused, gemini_refused, impersonation_refused

_SERVICE = {Layer.TOKEN_EXCHANGE: "sts", Layer.IMPERSONATION: "iamcredentials", Layer.GEMINI: "aiplatform"}
_REFUSED = {
    Layer.TOKEN_EXCHANGE: exchange_refused,
    Layer.IMPERSONATION: impersonation_refused,
    Layer.GEMINI: gemini_refused,
}


def google_fault(layer: Layer, status: int, body: bytes, facts: Facts) -> Fault:
    """What an answer of Google's means that is not the expected one, whatever its bytes."""
    service, at_gemini = f"{_SERVICE[layer]}.googleapis.com", layer is Layer.GEMINI
    host = facts.host if at_gemini else service
    project = facts.project if at_gemini else facts.number  # whose API, quota and audit log it is
    error = read(status, body)
    if error.violation is not None:
        return perimeter_fault(layer, service, project, error.violation, facts)
    if error.reason == "SERVICE_DISABLED" or (status == 403 and "it is disabled" in error.message):
        return _disabled(error.service or service, project)
    if error.reason == "BILLING_DISABLED":
        return _unbilled(project)
    if error.reason == "CONSUMER_INVALID":
        return _no_project(project, at_gemini=at_gemini)
    if status == 429:
        return _quota(host, project, error, facts, at_gemini=at_gemini)
    if status == 200 or status == 408 or status >= 500 or (not error.known and not (at_gemini and status == 404)):
        return _unreadable(layer, host, error)
    return _REFUSED[layer](error, facts)


def _disabled(service: str, project: str) -> Fault:
    return Fault(
        Layer.API_DISABLED,
        f"the API {service} is not enabled in project {project}",
        f"gcloud services enable {service} --project={project}, then wait a few minutes",
        "neither permissions nor the perimeter",
    )


def _unbilled(project: str) -> Fault:
    return Fault(
        Layer.API_DISABLED,
        f"project {project} has no billing account, or a closed one",
        f"gcloud billing projects link {project} --billing-account=ACCOUNT, then wait a few minutes",
        "neither permissions nor the perimeter",
    )


def _no_project(project: str, *, at_gemini: bool) -> Fault:
    return Fault(
        Layer.CONFIGURATION,
        f"Google knows no project {project!r}, or it is deleted",
        "correct GCP_PROJECT_ID: the project's id, not its name"
        if at_gemini
        else "correct the project number in the credential document's audience",
        "the token: Google read it before the project",
    )


def _quota(host: str, project: str, error: ErrorBody, facts: Facts, *, at_gemini: bool) -> Fault:
    tried = f" after {facts.attempts} attempts" if facts.attempts > 1 else ""
    return Fault(
        Layer.QUOTA,
        f"{host} has no quota left: 429{tried}{error.said}",
        f"try again later{', GCP_LOCATION=global' if at_gemini else ''}, or ask for more quota for {host} in project {project}",
        "neither credentials nor perimeter: it was let in",
        transient=True,
    )


def _unreadable(layer: Layer, host: str, error: ErrorBody) -> Fault:
    if error.status == 200:
        return Fault(
            layer,
            f"{host} answered 200 with {error.form} that is not what this API sends",
            "look for a proxy that rewrites answers",
            "permissions and perimeter",
        )
    return Fault(
        layer,
        f"{host} answered {error.status} with {error.form}{error.said}",
        "try again (--repeat 3 --interval 10); if it stays, look for a proxy in between",
        "permissions and perimeter: a denial is 403 with JSON",
        transient=error.status == 408 or error.status >= 500,
    )
