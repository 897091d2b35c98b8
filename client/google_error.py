"""Google's error answers: what any API can answer. Google's reasons are in reasons.py, what one API refuses is in refusal.py."""

from .error_body import ErrorBody, read
from .facts import Facts
from .fault import Fault, Layer
from .gemini_refusal import gemini_refused
from .perimeter_denial import perimeter_fault
from .reasons import reason_fault
from .refusal import exchange_refused, impersonation_refused

_SERVICE = {Layer.TOKEN_EXCHANGE: "sts", Layer.IMPERSONATION: "iamcredentials", Layer.GEMINI: "aiplatform"}
REFUSED_BY_EACH = ("IAM_PERMISSION_DENIED", "USER_PROJECT_DENIED", "ACCESS_TOKEN_TYPE_UNSUPPORTED", "")
_REFUSED = {
    Layer.TOKEN_EXCHANGE: exchange_refused,
    Layer.IMPERSONATION: impersonation_refused,
    Layer.GEMINI: gemini_refused,
}


def google_fault(layer: Layer, status: int, body: bytes, facts: Facts) -> Fault:
    """What an answer of Google's means that is not the expected one, whatever its bytes.

    A perimeter's denial comes first, then Google's reason, then the status. `status` 0: unknown.
    """
    service, at_gemini = f"{_SERVICE[layer]}.googleapis.com", layer is Layer.GEMINI
    host = facts.host if at_gemini else service
    project = facts.project if at_gemini else facts.number  # whose API, quota and audit log it is
    error = read(status, body)
    if error.violation is not None:
        return perimeter_fault(layer, error.service or service, project, error.violation, facts)
    if fault := reason_fault(layer, error, facts, service, host, project):
        return fault
    if error.reason in ("RATE_LIMIT_EXCEEDED", "RESOURCE_QUOTA_EXCEEDED") or error.status == 429:
        return _quota(host, project, error, facts, at_gemini=at_gemini)
    if error.status == 200 or _may_pass(error.status) or not (error.known or error.status == 404 and at_gemini):
        return _unreadable(layer, host, error)
    if error.reason in REFUSED_BY_EACH or (error.status == 404 and at_gemini):
        return _REFUSED[layer](error, facts)
    return _told(layer, host, error)


def _told(layer: Layer, host: str, error: ErrorBody) -> Fault:
    return Fault(
        layer,
        f"{host} refused: {error.status} {error.code}{error.said}",
        "follow Google's sentence: this client has no fix for its reason",
    )


def _quota(host: str, project: str, error: ErrorBody, facts: Facts, *, at_gemini: bool) -> Fault:
    tried = f" after {facts.attempts} attempts" if facts.attempts > 1 else ""
    elsewhere = ", GCP_LOCATION=global" if at_gemini and facts.location != "global" else ""
    shared = "; without a quota in the sentence, capacity is short: Provisioned Throughput"
    return Fault(
        Layer.QUOTA,
        f"{host} has no quota left: {error.status}{tried}{error.said}",
        f"try again later{elsewhere}, or ask for more quota for {host} in project {error.consumer or project}"
        + shared * (at_gemini and "quota" not in error.message.lower()),
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
    if error.known and error.status >= 499:  # Google's own words, so nothing in between answered
        busy = "is overloaded" if error.status == 503 else "failed"
        return Fault(
            layer,
            f"{host} {busy}: {error.status} {error.code}{error.said}",
            "try again later, with growing pauses (--repeat 5 --interval 30)"
            + (", or another GEMINI_MODEL or GCP_LOCATION" if layer is Layer.GEMINI else ""),
            "credentials, permissions, perimeter and quota",
            transient=True,
        )
    return Fault(
        layer,
        f"{host} answered {error.status} with {error.form}{error.said}",
        "try again (--repeat 3 --interval 10); if it stays, look for a proxy in between",
        "permissions and perimeter: a denial is 403 with JSON",
        transient=_may_pass(error.status),
    )


def _may_pass(status: int) -> bool:
    """499 is a request that Google cancelled under load."""
    return status in (408, 499) or status >= 500
