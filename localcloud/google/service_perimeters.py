"""Service perimeters (accesscontextmanager v1).

Every write is checked as a whole: a perimeter may name a service account that was deleted since, and no write may, not
even one of the description.
"""

from collections.abc import Iterator

from . import acm, members, perimeter_rules
from .api_call import ApiCall, handlers
from .errors import invalid
from .state import Body
from .writes import page, patched

_BRIDGE = "PERIMETER_TYPE_BRIDGE"


def create(call: ApiCall) -> Body:
    name = acm.new_name(call, call.state.service_perimeters, "servicePerimeters", call.body)
    acm.require_etag(call, acm.policy_of(name), call.body.get("etag"))
    return _write(call, name, {**call.body}, "create")


def get(call: ApiCall) -> Body:
    return _shown(call, acm.held(call, call.state.service_perimeters))


def list_perimeters(call: ApiCall) -> Body:
    found = acm.under(call, call.state.service_perimeters)
    return page(call, "servicePerimeters", [_shown(call, body) for body in found], 100)


def patch(call: ApiCall) -> Body:
    current = acm.held(call, call.state.service_perimeters)
    acm.require_etag(call, acm.policy_of(current["name"]), call.body.get("etag"))
    mask = call.parameters.get("updateMask", "")
    body = patched(current, call.body, mask, immutable=("name", "perimeterType"))
    return _write(call, current["name"], body, "update")


def delete(call: ApiCall) -> Body:
    name = acm.held(call, call.state.service_perimeters)["name"]
    del call.state.service_perimeters[name]
    acm.touch(call, acm.policy_of(name))
    return acm.operation(call, name, "delete", {}, "Empty")


def replace_all(call: ApiCall) -> Body:
    """Replace a policy's perimeters."""
    store = call.state.service_perimeters

    def check() -> None:
        for body in acm.under(call, store):
            _check(call, body["name"], body)

    given = [_kept(body) for body in call.body.get("servicePerimeters", [])]
    replaced = [_shown(call, body) for body in acm.replaced(call, store, "servicePerimeters", given, check)]
    return acm.operation(
        call, call.parameters["parent"], "replaceAll", {"servicePerimeters": replaced} if replaced else {},
        "ReplaceServicePerimetersResponse",
    )  # fmt: skip


def commit(call: ApiCall) -> Body:
    """Make every explicit `spec` of a policy its perimeter's `status`. A write, and so all of them are checked."""
    policy = call.parameters["parent"]
    acm.require_etag(call, policy, call.body.get("etag"))
    under = {n: b for n, b in call.state.service_perimeters.items() if n.startswith(policy + "/")}
    for name, body in under.items():
        bridge = body.get("perimeterType") == _BRIDGE
        perimeter_rules.check(call, name, "spec", _effective(body, "spec"), bridge)
    for body in under.values():
        if body.pop("useExplicitDryRunSpec", False):
            body.pop("status", None)
            body |= {"status": body.pop("spec")} if "spec" in body else {}
    acm.touch(call, policy)
    committed = [_shown(call, body) for _, body in sorted(under.items())]
    response: Body = {"servicePerimeters": committed} if committed else {}
    return acm.operation(call, policy, "commit", response, "CommitServicePerimetersResponse")


def _shown(call: ApiCall, body: Body) -> Body:
    """With the policy's etag."""
    return {**body, "etag": call.state.access_policies[acm.policy_of(body["name"])]["etag"]}


def _kept(body: Body) -> Body:
    """Without the etag, which is the policy's, and with service accounts in lowercase (terraform-provider-google #24732)."""
    for rule in (rule for side in ("status", "spec") for rule in perimeter_rules.rules(body.get(side, {}))):
        for origin in (rule.get("ingressFrom", {}), rule.get("egressFrom", {})):
            if "identities" in origin:
                origin["identities"] = [members.lowercase_account(identity) for identity in origin["identities"]]
    return {key: value for key, value in body.items() if key != "etag"}


def _write(call: ApiCall, name: str, body: Body, verb: str) -> Body:
    body = _kept(body)
    _check(call, name, body)
    call.state.service_perimeters[name] = body
    acm.touch(call, acm.policy_of(name))
    return acm.operation(call, name, verb, _shown(call, body), "ServicePerimeter")


def _check(call: ApiCall, name: str, body: Body) -> None:
    acm.check_title(call.state.service_perimeters, name, body)
    if "spec" in body and not body.get("useExplicitDryRunSpec"):
        raise invalid(f"Invalid Service Perimeter '{name}'. 'spec' may only be set with 'use_explicit_dry_run_spec'.")
    bridge = body.get("perimeterType") == _BRIDGE
    for side in ("status", "spec"):
        perimeter_rules.check(call, name, side, body.get(side, {}), bridge)
        _check_membership(call, name, body, side, bridge)
    others = [
        b for n, b in call.state.service_perimeters.items() if n != name and acm.policy_of(n) == acm.policy_of(name)
    ]
    perimeter_rules.check_titles(name, [body, *others])


def _check_membership(call: ApiCall, name: str, body: Body, side: str, bridge: bool) -> None:
    """A project is in one regular perimeter at most, enforced or dry run; in a bridge only if it is in one.

    Without an explicit spec, a perimeter's spec is its status. Text for bridges: terraform-google-vpc-service-controls
    #10.
    """
    regular = dict(_members(call, name, side))
    for resource in _effective(body, side).get("resources", ()):
        if bridge and resource not in regular:
            raise invalid("A project is in a Service Perimeter Bridge but no regular Service Perimeter.")
        if not bridge and resource in regular:
            raise invalid(
                f"Invalid Service Perimeter '{name}'. '{resource}' is already in '{regular[resource]}': a resource can "
                "be in one regular Service Perimeter only."
            )


def _members(call: ApiCall, name: str, side: str) -> Iterator[tuple[str, str]]:
    for other, body in call.state.service_perimeters.items():
        if other != name and body.get("perimeterType") != _BRIDGE:
            for resource in _effective(body, side).get("resources", ()):
                yield resource, other


def _effective(body: Body, side: str) -> Body:
    explicit = side == "spec" and body.get("useExplicitDryRunSpec")
    config: Body = body.get("spec" if explicit else "status", {})
    return config


HANDLERS = handlers(
    "accesscontextmanager.accessPolicies.servicePerimeters",
    create=create,
    get=get,
    list=list_perimeters,
    patch=patch,
    delete=delete,
    commit=commit,
    replaceAll=replace_all,
)
