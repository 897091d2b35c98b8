"""Workload identity pools (iam v1)."""

from . import soft_deleted
from .api_call import ApiCall, handlers
from .errors import invalid, not_found
from .state import Body
from .writes import page

_RULES = 50


def create(call: ApiCall) -> Body:
    id = soft_deleted.checked_id("workloadIdentityPoolId", call.parameters.get("workloadIdentityPoolId", ""))
    name = f"{soft_deleted.by_number(call, 'parent')}/workloadIdentityPools/{id}"
    return soft_deleted.created(call, call.state.pools, name, call.body)


def get(call: ApiCall) -> Body:
    return soft_deleted.held(call, call.state.pools)


def list_pools(call: ApiCall) -> Body:
    prefix = f"{soft_deleted.by_number(call, 'parent')}/workloadIdentityPools/"
    return soft_deleted.listed(call, call.state.pools, "workloadIdentityPools", prefix)


def patch(call: ApiCall) -> Body:
    body = soft_deleted.updated(call, call.state.pools, immutable=("mode",))
    call.state.pools[body["name"]] = body
    return soft_deleted.operation(call, body["name"], body)


def delete(call: ApiCall) -> Body:
    """Tokens that its workloads hold are refused from now on; its providers stay, unusable."""
    return soft_deleted.deleted(call, call.state.pools)


def undelete(call: ApiCall) -> Body:
    return soft_deleted.undeleted(call, call.state.pools)


def list_attestation_rules(call: ApiCall) -> Body:
    """The pool's rules; the google provider reads them with each pool from version 7 on."""
    rules = call.state.attestation_rules.get(named(call)["name"], [])
    return page(call, "attestationRules", rules, 50)


def set_attestation_rules(call: ApiCall) -> Body:
    """Replace them: 50 at most (iam v1, SetAttestationRulesRequest)."""
    pool, rules = soft_deleted.active(named(call)), call.body.get("attestationRules", [])
    if len(rules) > _RULES:
        raise invalid(f"attestation_rules: got {len(rules)}, allowed: at most {_RULES}")
    call.state.attestation_rules[pool["name"]] = rules
    return soft_deleted.operation(call, pool["name"], pool)


def named(call: ApiCall) -> Body:
    """The pool that a path names as its resource, or 404."""
    pool = call.state.pools.get(soft_deleted.by_number(call, "resource"))
    if pool is None:
        raise not_found()
    return pool


HANDLERS = handlers(
    "iam.projects.locations.workloadIdentityPools",
    create=create,
    get=get,
    list=list_pools,
    patch=patch,
    delete=delete,
    undelete=undelete,
    listAttestationRules=list_attestation_rules,
    setAttestationRules=set_attestation_rules,
)
