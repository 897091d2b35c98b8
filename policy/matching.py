"""Whether one ingress or egress rule matches a call, and where it does not.

Source: "Ingress and egress rules" (VPC Service Controls) and the field descriptions of accesscontextmanager v1.
"""

from collections.abc import Iterator

from .call import Call
from .levels import Levels, Truth, all_of, any_of, evaluate
from .perimeters import EgressRule, From, IngressRule, MethodSelector, Operation, Source, To

# What an ingress rule may name ("Supported identities"); allUsers, domains and deleted members are not among it.
IDENTITIES = ("user:", "serviceAccount:", "group:", "principal://", "principalSet://")

KINDS = {"ANY_USER_ACCOUNT": "user", "ANY_SERVICE_ACCOUNT": "service_account"}


def concerns(rule: IngressRule | EgressRule, call: Call) -> bool:
    """Whether a rule is about this method of this service in this project, for any caller."""
    return _target(rule.target, call)


def matches(rule: IngressRule | EgressRule, levels: Levels, call: Call) -> Truth:
    """Whether a rule admits the call: `to` and `from`, source before identity in what it says."""
    return all_of(_conditions(rule, levels, call))


def _conditions(rule: IngressRule | EgressRule, levels: Levels, call: Call) -> Iterator[Truth]:
    """One after the other: most rules are about something else, and then nobody asks for the rest."""
    yield Truth(None if rule.unmodelled else True, f"{', '.join(rule.unmodelled)} cannot be decided here")
    whole = set(rule.unmodelled) - {*rule.source.unmodelled, *rule.target.unmodelled}
    source, target = bool(whole or rule.source.unmodelled), bool(whole or rule.target.unmodelled)
    yield _unless(target, Truth(concerns(rule, call), "it is about other methods or projects"))
    yield _unless(source, _sources(rule, levels, call))
    identity = call.identity.name if call.identity else "none"
    yield _unless(source, Truth(_identity(rule.source, call), f"identity {identity} is not listed in the rule"))


def _unless(unmodelled: bool, truth: Truth) -> Truth:
    """What is false is not known where a part of it is not."""
    return Truth(None, truth.why) if unmodelled and truth.value is False else truth


def _target(target: To, call: Call) -> bool:
    resources = "*" in target.resources or f"projects/{call.project_number}" in target.resources
    return resources and any(_operation(operation, call) for operation in target.operations)


def _operation(operation: Operation, call: Call) -> bool:
    if operation.service == "*":
        return True
    selected = not operation.selectors or any(_selector(selector, call) for selector in operation.selectors)
    return operation.service == call.service and selected


def _selector(selector: MethodSelector, call: Call) -> bool:
    if selector.permission:
        return selector.permission == call.permission
    named = bool(selector.method) and selector.method == call.method
    return selector.method == "*" or named or _ends_with(call.method, selector.method)


def _ends_with(method: str, selector: str) -> bool:
    """gRPC methods are selected as `Service.Method`; audit entries put the package before it."""
    return selector[:1].isupper() and "." in selector and method.endswith(f".{selector}")


def _sources(rule: IngressRule | EgressRule, levels: Levels, call: Call) -> Truth:
    sources = rule.source.sources
    if isinstance(rule, EgressRule) and not sources and not rule.source.source_restriction:
        return Truth(True)
    if not sources:
        return Truth(False, "it has no sources, so it admits no caller")
    named = frozenset(one.resource for one in sources if one.resource and not one.unmodelled)
    together = inside(call, named, f"the call does not come from {' or '.join(sorted(named))}")
    others = [_source(one, levels, call) for one in sources if one.unmodelled or not one.resource]
    return any_of([*others, together] if named else others)


def _source(source: Source, levels: Levels, call: Call) -> Truth:
    if source.unmodelled:
        return Truth(None, f"{', '.join(source.unmodelled)} cannot be decided here")
    if source.access_level == "*":
        return Truth(True)
    if source.access_level:
        return evaluate(source.access_level, levels, call)
    return Truth(False, "the call does not come from any source")


def origins(call: Call) -> frozenset[str]:
    """The resources in Google Cloud that a call comes from; none for one from the internet."""
    project = {f"projects/{call.source_project}"} if call.source_project else set()
    return frozenset(project | ({call.network} if call.network else set()))


def inside(call: Call, resources: frozenset[str], why: str = "") -> Truth:
    """Return whether projects and networks include the project and the network that a call comes from.

    A network is included if it is listed, or if its project is: the host of a Shared VPC, else the caller's own. Google's
    pages ask for both ("Troubleshoot common issues", Shared VPC). They do not say what one alone does, so it is unknown.
    """
    own = f"projects/{call.source_project}"
    host = f"projects/{call.network_project or call.source_project}"
    project = own in resources
    network = call.network in resources or host in resources
    if not call.network or not call.source_project:
        return Truth(bool(call.network and network) or bool(call.source_project and project), why)
    if own == host or project == network:
        return Truth(project or network, why)
    return Truth(None, f"whether a call from {own} over a network of {host} comes from there")


def _identity(source: From, call: Call) -> bool:
    caller = call.identity
    if source.identity_type == "ANY_IDENTITY":
        return True
    if caller is None:
        return False
    if source.identity_type:
        return KINDS.get(source.identity_type) == caller.kind
    return any(caller.matches(member) for member in source.identities if member.startswith(IDENTITIES))
