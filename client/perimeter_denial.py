"""A denial by VPC Service Controls, at whichever of the three APIs it came."""

from .facts import Facts
from .fault import Fault, Layer

_AT = {  # whom its ingress rule must admit, and what passed before
    Layer.TOKEN_EXCHANGE: ("ANY_IDENTITY", "the AWS credentials"),
    Layer.IMPERSONATION: ("{0.principal_set}", "the token exchange"),
    Layer.GEMINI: ("{0.principal}", "the token"),
}
UNNAMED = 'log_id("cloudaudit.googleapis.com/policy") severity="error"'
"""The audit log's query for violations whose identifier is not known."""


def perimeter_fault(layer: Layer, service: str, project: str, uid: str, facts: Facts) -> Fault:
    """`service` is the API that the perimeter restricts, `project` the one whose audit log has the violation, `uid` its unique identifier or ""."""
    allowed = ", ".join(map(str, facts.allowed)) or "unknown"
    cause = f"VPC Service Controls denied {service}: own egress address {facts.egress or 'unknown'}, allowed {allowed}, violation {uid or 'unknown'}"
    query = f'protoPayload.metadata.vpcServiceControlsUniqueId="{uid}"' if uid else UNNAMED
    look = f"gcloud logging read '{query}' --project={project} --freshness=1d; changes take up to 30 minutes: --repeat 60 --interval 30"
    caller, passed = _AT[layer]
    admit = f"the ingress rule for {service} must admit {caller.format(facts)}"
    if facts.inside:
        fix = f"the address is allowed, so {admit}; {look}"
    elif facts.inside is False:
        fix = f"add {facts.egress} to the access level, or leave through an allowed address (NAT gateway); {look}"
    else:
        fix = f"compare the egress address with the access level, and {admit}; {look}"
    not_cause = f"{passed} passed; IAM roles and the model are not what was refused"
    return Fault(Layer.PERIMETER, cause, fix, not_cause, identifier=uid, service=service)
