"""Entries of Cloud Audit Logs: what a perimeter's dry run would deny, and which calls show that somebody calls at all.

Shapes: "VPC Service Controls audit logging" and "Understand audit logs".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

from access.errors import Unreadable, reading

_METADATA = "type.googleapis.com/google.cloud.audit.VpcServiceControlAuditMetadata"


@dataclass(frozen=True)
class Entry:
    """One entry. `caller` is an email, a `principal://...`, or empty; `address` is empty where it is not a public one.

    `target` is the project of `ingressViolations[].targetResource`, whatever project the entry was written to. Of a call that
    leaves a perimeter it is `egressViolations[].source`, and `destination` is the resource that is called.
    """

    time: datetime
    log: str
    caller: str
    address: str
    service: str
    method: str
    violation: bool = False
    dry_run: bool = False
    reason: str = ""
    perimeter: str = ""
    target: str = ""
    destination: str = ""
    is_egress: bool = False
    failed: bool = False

    @property
    def place(self) -> str:
        """The project, folder or organization whose log has it."""
        return self.log.partition("/logs/")[0]


def entries(document: Any, where: str) -> list[Entry]:
    """The audit entries of `gcloud logging read --format=json`, or of entries.list. Raises Unreadable for anything else."""
    found = (
        document.get("entries", [document] if "logName" in document else None)
        if isinstance(document, dict)
        else document
    )
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Unreadable(f"{where} is not what gcloud logging read --format=json writes: a list of entries")
    with reading(where):
        return [one for each in found for one in _entry(each, where)]


def _entry(body: Mapping[str, Any], where: str) -> Iterator[Entry]:
    payload = body.get("protoPayload")
    if not isinstance(payload, Mapping):
        return  # an entry of another kind
    try:
        time = datetime.fromisoformat(str(body.get("timestamp")))
    except ValueError:
        raise Unreadable(f"{where}: an entry has the timestamp {body.get('timestamp')!r}; allowed: RFC 3339") from None
    who, request = _mapping(payload, "authenticationInfo"), _mapping(payload, "requestMetadata")
    metadata = _mapping(payload, "metadata")
    common: dict[str, Any] = {
        "time": time if time.tzinfo else time.replace(tzinfo=UTC),
        "log": str(body.get("logName", "")),
        "caller": str(who.get("principalEmail") or who.get("principalSubject") or ""),
        "address": _public(request.get("callerIp")),
        "service": str(payload.get("serviceName", "")),
        "method": str(payload.get("methodName", "")),
    }
    if metadata.get("@type") != _METADATA:
        yield Entry(**common, failed=bool(_mapping(payload, "status").get("code")))
        return
    named = str(_mapping(metadata, "securityPolicyInfo").get("servicePerimeterName", ""))
    both = [(False, "", *_resource(one, "targetResource")) for one in metadata.get("ingressViolations") or ()]
    for one in metadata.get("egressViolations") or ():
        both.append((True, _resource(one, "targetResource")[0], *_resource(one, "source")))
    for is_egress, destination, target, perimeter in dict.fromkeys(both) or [(False, "", "", "")]:
        yield Entry(
            **common,
            violation=True,
            dry_run=str(metadata.get("dryRun")).lower() == "true",
            reason=str(metadata.get("violationReason", "")),
            perimeter=perimeter or named,
            target=target or str(payload.get("resourceName", "")),
            destination=destination,
            is_egress=is_egress,
        )


def _resource(violation: Any, field: str) -> tuple[str, str]:
    body = violation if isinstance(violation, Mapping) else {}
    return str(body.get(field) or ""), str(body.get("servicePerimeter") or "")


def _mapping(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = body.get(name)
    return found if isinstance(found, Mapping) else {}


def _public(text: Any) -> str:
    """An address, or empty for `private`, `gce-internal-ip` and the like."""
    try:
        return str(ip_address(str(text)))
    except ValueError:
        return ""


def window(found: Sequence[Entry]) -> float:
    """The hours between the first and the last entry."""
    times = [one.time for one in found]
    return (max(times) - min(times)).total_seconds() / 3600 if times else 0
