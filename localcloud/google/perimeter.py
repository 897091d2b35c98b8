"""VPC Service Controls in front of every service: the decision is `policy`'s, the answer and the entries are Google's."""

import json
import secrets
from functools import lru_cache

from policy import rest
from policy.call import Call as PolicyCall
from policy.decision import Model

from . import audit, rpc
from .call import ApiError, Call
from .state import Body


def admit(call: Call) -> None:
    """Let the call pass, or raise Google's denial (403, SECURITY_POLICY_VIOLATED) with an identifier of its own.

    A denial is written to the policy log; so is what only the dry run would deny. A call that concerns no project is
    in no perimeter.
    """
    project = call.state.project(call.project)
    if project is None:
        return
    seen = PolicyCall(
        service=call.service,
        method=rpc.method(call),
        permission=rpc.permission(call),
        project_number=project["projectNumber"],
        address=call.request.egress,
        identity=call.identity,
    )
    decision = _model(json.dumps([call.state.access_levels, call.state.service_perimeters])).decide(seen)
    if call.google is not None:
        call.google.decided(call, decision)
    uid = secrets.token_urlsafe(40)
    if not decision.enforced.allowed:
        audit.violation(call, decision.enforced, uid, dry_run=False)
        raise ApiError(
            403,
            "PERMISSION_DENIED",
            audit.PROHIBITED + uid,
            [audit.violation_detail(uid), _violated(call.service, uid, project)],
        )
    if decision.dry_run_violation:
        audit.violation(call, decision.dry_run, uid, dry_run=True)


@lru_cache(maxsize=8)
def _model(bodies: str) -> Model:
    return rest.model(*json.loads(bodies))


def _violated(service: str, uid: str, project: Body) -> Body:
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "SECURITY_POLICY_VIOLATED",
        "domain": "googleapis.com",
        "metadata": {"service": service, "uid": uid, "consumer": f"projects/{project['projectId']}"},
    }
