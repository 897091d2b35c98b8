"""A denial by VPC Service Controls, at whichever of the three APIs it came."""

from .facts import Facts
from .fault import Fault, Layer

_ADMIT = {
    Layer.TOKEN_EXCHANGE: "an ingress rule for {1} must admit ANY_IDENTITY",
    Layer.IMPERSONATION: "an ingress rule for {1} must admit {0.principal_set}",
    Layer.GEMINI: "the ingress rule for {1} must admit {0.principal}",
}
UNNAMED = 'log_id("cloudaudit.googleapis.com/policy") severity="error"'
"""The audit log's query for violations whose identifier is not known."""
_PASSED = {
    Layer.TOKEN_EXCHANGE: "the AWS credentials",
    Layer.IMPERSONATION: "the token exchange",
    Layer.GEMINI: "the token",
}


def perimeter_fault(layer: Layer, service: str, project: str, uid: str, facts: Facts) -> Fault:
    """`service` is the API that the perimeter restricts, `project` the one whose audit log has the violation, `uid` its unique identifier or ""."""
    allowed = ", ".join(map(str, facts.allowed)) or "unknown"
    cause = f"VPC Service Controls denied {service}: own egress address {facts.egress or 'unknown'}, allowed {allowed}, violation {uid or 'unknown'}"
    query = f'protoPayload.metadata.vpcServiceControlsUniqueId="{uid}"' if uid else UNNAMED
    look = f"gcloud logging read '{query}' --project={project} --freshness=1d; changes take up to 30 minutes: --repeat 60 --interval 30"
    admit = _ADMIT[layer].format(facts, service)
    if facts.inside:
        fix = f"the address is allowed, so {admit}; {look}"
    elif facts.inside is False:
        fix = f"add {facts.egress} to the access level, or leave through an allowed address (NAT gateway); {look}"
    else:
        fix = f"compare the egress address with the access level, and {admit}; {look}"
    not_cause = f"{_PASSED[layer]} passed; IAM roles and the model are not what was refused"
    return Fault(Layer.PERIMETER, cause, fix, not_cause, identifier=uid, service=service)
