"""What an error answer of Google's says. Bodies are untrusted: only checked names of them enter a command."""

import json
import re
from dataclasses import dataclass
from typing import Any

from .redact import clean

_UID = re.compile(r"[A-Za-z0-9_=-]{1,200}")
_NAMED = re.compile(rf"vpcServiceControlsUniqueIdentifier: ({_UID.pattern})")
_SERVICE = re.compile(r"[a-z]+\.googleapis\.com")


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
    """ErrorInfo's: SERVICE_DISABLED, CONSUMER_INVALID..."""
    service: str
    violation: str | None
    """Unique identifier of a perimeter violation, "" if the denial names none, None if this is no such denial."""

    @property
    def said(self) -> str:
        """Google's own words, to be put behind a sentence."""
        return f" (it says: {self.message})" if self.message else ""


def read(status: int, body: bytes) -> ErrorBody:
    """Never raises."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    error = data.get("error") if isinstance(data, dict) else None
    details = _list(_get(error, "details"))
    info: Any = next((d for d in details if _string(d, "@type").endswith("google.rpc.ErrorInfo")), {})
    service = _string(_get(info, "metadata"), "service")
    return ErrorBody(
        status=status,
        form=_form(body, parsed=data is not None),
        known=error is not None,
        code=error if isinstance(error, str) else _string(error, "status"),
        message=clean(_string(error, "message") or _string(data, "error_description"), 240),
        reason=_string(info, "reason"),
        service=service if _SERVICE.fullmatch(service) else "",
        violation=_violation(_string(error, "message"), details, info) if status == 403 else None,
    )


def _form(body: bytes, *, parsed: bool) -> str:
    if parsed:
        return "JSON"
    start = body.lstrip()[:1]
    return {b"": "an empty body", b"<": "HTML", b"{": "truncated JSON", b"[": "truncated JSON"}.get(start, "no JSON")


def _violation(message: str, details: list[Any], info: Any) -> str | None:
    violations = [
        v for d in details for v in _list(_get(d, "violations")) if _string(v, "type") == "VPC_SERVICE_CONTROLS"
    ]
    named = _NAMED.search(message)
    if not violations and not named and _string(info, "reason") != "SECURITY_POLICY_VIOLATED":
        return None
    candidates = [
        named[1] if named else "",
        _string(_get(info, "metadata"), "uid"),
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
