"""What an error answer of Google's contains. Bodies are untrusted: only checked names of them enter a command."""

import json
import re
from dataclasses import dataclass
from typing import Any

from .document_rules import PROJECT
from .redact import clean

LONGEST = 2000  # characters of Google's sentence; the longest known one has 600
_UID = re.compile(r"[A-Za-z0-9_=-]{1,200}")
_NAMED = re.compile(rf"vpcServiceControlsUniqueIdentifier: ({_UID.pattern})")
_SERVICE = re.compile(r"[a-z]{1,40}\.googleapis\.com")
_PERMISSION = re.compile(r"(?:[a-z.]{1,60}/)?([a-zA-Z]{1,40}(?:\.[a-zA-Z]{1,60}){1,4})")
_REASON = re.compile(r"[A-Z][A-Z0-9_]{1,61}[A-Z0-9]")  # google.rpc.ErrorInfo
_DOMAIN = re.compile(r"([a-z-]{1,40}\.)?googleapis\.com(/policies/[A-Za-z]{1,60})?|")  # some frontends name no domain
_CONSUMERS = tuple(
    (name, re.compile(pattern.replace("PROJECT", f"(?P<id>{PROJECT.pattern})")))
    for name, pattern in (
        ("consumer", r"projects/PROJECT(, .*)?"),
        ("containerInfo", r"(projects/)?PROJECT"),
        ("activationUrl", r"https://console\.(developers|cloud)\.google\.com/apis/[a-z./]{1,120}\?project=PROJECT"),
        ("resource", r"projects/PROJECT(/.*)?"),
    )
)
_FOR = r"\b(?:[a-z ]{1,20} for .?projects/(?P<id>[^\s`']+))?"
_DENIALS = (  # what IAM adds to "denied" where it is no missing role
    ("deny_policy", re.compile(r"(?i)\bdeny polic(y|ies)\b")),
    ("access_boundary", re.compile(r"(?i)\bprincipal access boundary\b")),
)
_SENTENCES = (
    ("allowed_models", re.compile(r"constraints/vertexai\.allowedModels" + _FOR)),
    ("RESOURCE_USAGE_RESTRICTION_VIOLATED", re.compile(r"constraints/gcp\.restrictServiceUsage" + _FOR)),
    ("ENDPOINT_USAGE_RESTRICTION_VIOLATED", re.compile(r"constraints/gcp\.restrictEndpointUsage" + _FOR)),
    ("LOCATION_ORG_POLICY_VIOLATED", re.compile(r"constraints/gcp\.resourceLocations" + _FOR)),
    ("organization_policy", re.compile(r"\bconstraints/[a-z]+\.[\w.]+" + _FOR)),
    ("SERVICE_DISABLED", re.compile(r"not been used in project (?P<id>\S+) before or it is disabled")),
    ("BILLING_DISABLED", re.compile(r"requires billing to be enabled(.*?on project #(?P<id>\d+))?")),
    ("CONSUMER_SUSPENDED", re.compile(r"Consumer '(projects/|project_number:)?(?P<id>[^']*)' has been suspended")),
    ("CONSUMER_INVALID", re.compile(r"ermission denied on resource project (?P<id>\S+?)\.?(\s|$)")),
    ("prohibited", re.compile(r"Request is prohibited by organization's policy")),  # no violation was found before
    ("USER_PROJECT_DENIED", re.compile(r"required permission to use project (?P<id>\S+?)\.?(\s|$)")),
    ("ACCESS_TOKEN_SCOPE_INSUFFICIENT", re.compile(r"insufficient authentication scopes")),
    ("ACCOUNT_STATE_INVALID", re.compile(r"(?i)service account \S+ (is|has been) disabled")),
    ("IAM_PERMISSION_DENIED", re.compile(rf"ermission '(?P<permission>{_PERMISSION.pattern})' denied")),
)


@dataclass(frozen=True)
class ErrorBody:
    """An answer that is not the expected one, whatever its bytes."""

    status: int
    form: str
    """JSON, HTML, truncated JSON, no JSON, an empty body: for people."""
    known: bool
    """Whether it has the form of Google's errors."""
    code: str
    """Google's status (PERMISSION_DENIED), or the token endpoint's error (invalid_grant)."""
    message: str
    reason: str
    """ErrorInfo's, if its domain is Google's. Without ErrorInfo, the one that belongs to the sentence."""
    service: str
    consumer: str
    """The project that the answer names, or ""."""
    permission: str
    violation: str | None
    """Unique identifier of a perimeter violation, "" if the denial has no identifier, None if this is no such denial."""

    @property
    def said(self) -> str:
        """Google's own words, to be put behind a sentence."""
        return f" (it says: {self.message})" if self.message else ""


def read(status: int, body: bytes) -> ErrorBody:
    """Never raises. `status` 0 is unknown: the body's own is used."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    parsed = data is not None
    if isinstance(data, list):  # streaming methods answer `[{"error": ...}]`
        data = next((part for part in data if _get(part, "error") is not None), None)
    error = _get(data, "error")
    oauth = isinstance(error, str)
    code = _get(error, "code")
    status = status or (code if type(code) is int and 400 <= code < 600 else 400 if oauth else 0)
    details = _list(_get(error, "details"))
    infos = [d for d in details if _string(d, "@type").endswith("google.rpc.ErrorInfo")]
    known = [i for i in infos if _DOMAIN.fullmatch(_string(i, "domain"))]
    info: Any = known[0] if known else {}
    said = _string(error, "message") or _string(data, "error_description")
    message = _sentence(said)
    metadata = _get(info, "metadata")
    service = _string(metadata, "service")
    reason = _string(info, "reason") if _REASON.fullmatch(_string(info, "reason")) else ""
    consumer, permission = _consumer(metadata), _match(_PERMISSION, _string(metadata, "permission"))
    denied = reason == "IAM_PERMISSION_DENIED"
    sentences = _SENTENCES if not infos and status in (400, 401, 403) else _SENTENCES[-1:] * denied
    if status == 403 and (denied or not infos):
        sentences = (*_DENIALS, *sentences)
    for name, pattern in sentences:
        if found := pattern.search(message):
            named = found.groupdict()
            reason, permission = name, permission or _match(_PERMISSION, named.get("permission") or "")
            consumer = consumer or (named.get("id") or "") * bool(PROJECT.fullmatch(named.get("id") or ""))
            break
    return ErrorBody(
        status=status,
        form=_form(body, parsed=parsed),
        known=isinstance(error, dict) or (oauth and re.fullmatch(r"[a-z_]{3,60}", error) is not None),
        code=clean(error if oauth else _string(error, "status"), 60),
        message=message,
        reason=reason or ("unknown" if infos else ""),
        service=service if _SERVICE.fullmatch(service) else "",
        consumer=consumer,
        permission=permission,
        violation=_violation(said, details, known) if status == 403 or (oauth and status in (400, 401)) else None,
    )


def _sentence(text: str) -> str:
    """Without secrets, bounded before it is cleaned; a word that the bound cuts is left out, since it may be a secret."""
    text = " ".join(text.split())
    bounded = text if len(text) <= 4 * LONGEST else text[: 4 * LONGEST].rpartition(" ")[0]
    return clean(bounded, LONGEST)


def _consumer(metadata: Any) -> str:
    for name, pattern in _CONSUMERS:
        if found := pattern.fullmatch(_string(metadata, name)[:400]):
            return found["id"]
    return ""


def _match(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.fullmatch(text[:200])
    return found[1] if found else ""


def _form(body: bytes, *, parsed: bool) -> str:
    if parsed:
        return "JSON"
    start = body.lstrip()[:1]
    return {b"": "an empty body", b"<": "HTML", b"{": "truncated JSON", b"[": "truncated JSON"}.get(start, "no JSON")


def _violation(message: str, details: list[Any], infos: list[Any]) -> str | None:
    violations = [
        v for d in details for v in _list(_get(d, "violations")) if _string(v, "type") == "VPC_SERVICE_CONTROLS"
    ]
    named = _NAMED.search(message)
    infos = [info for info in infos if _string(info, "reason") == "SECURITY_POLICY_VIOLATED"]
    if not violations and not named and not infos:
        return None
    candidates = [
        named[1] if named else "",
        *(_string(_get(info, "metadata"), "uid") for info in infos),
        *(_string(v, "description") for v in violations),
    ]
    return next((c for c in candidates if _UID.fullmatch(c)), "")


def _get(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _string(value: Any, name: str) -> str:
    found = _get(value, name)
    return found if isinstance(found, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
