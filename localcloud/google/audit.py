"""Entries of Cloud Audit Logs: violations of a perimeter, and who used what.

Shapes: "VPC Service Controls audit logging", "Example logs for Workload Identity Federation", "Understand audit logs".
"""

import datetime
import secrets
from typing import Any

from policy.decision import Verdict
from policy.identity import Identity

from . import rpc, tokens
from .api_call import ApiCall
from .state import Body

PROHIBITED = "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: "
_TYPE = "type.googleapis.com/google.cloud.audit."


def violation_detail(uid: str) -> Body:
    """The violation with this identifier, as denials and entries name it."""
    return {
        "@type": "type.googleapis.com/google.rpc.PreconditionFailure",
        "violations": [{"type": "VPC_SERVICE_CONTROLS", "description": uid}],
    }


def violation(call: ApiCall, verdict: Verdict, uid: str, *, dry_run: bool) -> None:
    """Write what a perimeter denied, or would deny: only then is there a `dryRun`."""
    number = f"projects/{(call.state.project(call.project) or {}).get('projectNumber', '')}"
    policy = call.state.access_policies.get(verdict.perimeter.partition("/servicePerimeters/")[0], {})
    metadata: Body = {
        "@type": _TYPE + "VpcServiceControlAuditMetadata",
        **({"dryRun": True} if dry_run else {}),
        "violationReason": verdict.reason,
        "vpcServiceControlsUniqueId": uid,
        "resourceNames": [rpc.resource(call)],
        "securityPolicyInfo": {
            "servicePerimeterName": verdict.perimeter,
            "organizationId": policy.get("parent", "").removeprefix("organizations/"),
        },
        **_concerned(call, verdict, number),
        "deviceState": "Unknown",
    }
    message = ("(Dry Run Mode) " if dry_run else "") + PROHIBITED + uid
    payload = {
        "status": {"code": 7, "message": message, "details": [violation_detail(uid)]},
        "authenticationInfo": caller(call.identity),
        "resourceName": number,
        "metadata": metadata,
    }
    _write(call, "policy", "ERROR", payload)


def _concerned(call: ApiCall, verdict: Verdict, target: str) -> Body:
    """The field that names which end of the call is outside of the perimeter, its origin or its target."""
    ends = {"targetResource": target, "servicePerimeter": verdict.perimeter}
    if not verdict.rule.startswith("no egress rule"):
        return {"ingressViolations": [ends]}
    source = {"source": f"projects/{call.source_project}", "sourceType": "Resource"}
    return {"egressViolations": [{**source, **ends}]}


def data_access(
    call: ApiCall, kind: str, *, identity: Identity | None, denied: str = "", also: tuple[str, ...] = (), **payload: Any
) -> None:
    """Write who used what, if the project's auditConfigs ask for `kind` (DATA_READ, ADMIN_READ) of the call's service.

    `also` are services whose configuration counts too; `denied` is the message of a refusal.
    """
    if not any(_wanted(call, service, kind, identity) for service in (call.service, *also)):
        return
    behind = tokens.of(call).get("behind")
    authentication = caller(identity)
    if behind:
        authentication["serviceAccountDelegationInfo"] = [{"principalSubject": behind}]
    status: Body = {"status": {"code": 7, "message": denied}} if denied else {}
    _write(
        call,
        "data_access",
        "ERROR" if denied else "INFO",
        {**status, "authenticationInfo": authentication, "resourceName": rpc.resource(call), **payload},
    )


def caller(identity: Identity | None) -> Body:
    """AuthenticationInfo: a Google account by its email, a federated identity by its principal, nobody by nothing."""
    if identity is None:
        return {}
    return {"principalSubject" if identity.kind == "federated" else "principalEmail": identity.email}


def _wanted(call: ApiCall, service: str, kind: str, identity: Identity | None) -> bool:
    for config in call.state.iam_policies.get(f"projects/{call.project}", {}).get("auditConfigs", ()):
        for log in config.get("auditLogConfigs", ()):
            exempted = identity and any(identity.matches(member) for member in log.get("exemptedMembers", ()))
            if config.get("service") in (service, "allServices") and log.get("logType") == kind and not exempted:
                return True
    return False


def _write(call: ApiCall, log: str, severity: str, payload: Body) -> None:
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    labels = {"service": call.service, "method": rpc.method(call), "project_id": call.project}
    call.state.log_entries.append({
        "logName": f"projects/{call.project}/logs/cloudaudit.googleapis.com%2F{log}",
        "insertId": secrets.token_hex(7),
        "timestamp": now,
        "receiveTimestamp": now,
        "severity": severity,
        "resource": {"type": "audited_resource", "labels": labels},
        "protoPayload": {
            "@type": _TYPE + "AuditLog",
            "serviceName": call.service,
            "methodName": rpc.method(call),
            "requestMetadata": {
                "callerIp": call.address or "private", "requestAttributes": {}, "destinationAttributes": {},
                **({"callerSuppliedUserAgent": agent} if (agent := call.request.headers.get("user-agent")) else {}),
            },
            **payload,
        },
    })  # fmt: skip
