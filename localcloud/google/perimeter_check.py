"""VPC Service Controls in front of every service: the decision is `policy`'s, the answer and the entries are Google's."""

import marshal
import secrets
from functools import lru_cache

from policy import rest
from policy.call import Call
from policy.decision import Model

from . import audit, rpc
from .api_call import ApiCall, ApiError
from .errors import info


def admit(call: ApiCall) -> None:
    """Let the call pass, or raise Google's denial (403, SECURITY_POLICY_VIOLATED) with a new identifier.

    A denial is written to the policy log; so is what only the dry run would deny. A call that concerns no project is
    in no perimeter.
    """
    project = call.state.project(call.project)
    if project is None:
        return
    seen = Call(
        service=call.service,
        method=rpc.method(call),
        permission=rpc.permission(call),
        project_number=project["projectNumber"],
        address=call.address,
        identity=call.identity,
        source_project=call.source_project,
    )
    decision = _model(marshal.dumps([call.state.access_levels, call.state.service_perimeters], 2)).decide(seen)
    call.google.decided(call, decision)
    if not decision.enforced.allowed:
        uid = secrets.token_urlsafe(40)
        audit.violation(call, decision.enforced, uid, dry_run=False)
        consumer = f"projects/{project['projectId']}"
        violated = info("SECURITY_POLICY_VIOLATED", service=call.service, uid=uid, consumer=consumer)
        details = [audit.violation_detail(uid), violated]
        raise ApiError(403, "PERMISSION_DENIED", audit.PROHIBITED + uid, details)
    if decision.dry_run_violation:
        audit.violation(call, decision.dry_run, secrets.token_urlsafe(40), dry_run=True)


@lru_cache(maxsize=8)
def _model(bodies: bytes) -> Model:
    """Kept by all that it is made of, so a changed body gets another model; JSON would take four times as long."""
    return rest.model(*marshal.loads(bodies))
