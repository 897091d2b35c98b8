"""Workload identity pools (iam v1)."""

from . import soft_deleted
from .call import Call, handlers
from .errors import not_found
from .state import Body


def create(call: Call) -> Body:
    id = soft_deleted.checked_id("workloadIdentityPoolId", call.parameters.get("workloadIdentityPoolId", ""))
    name = f"{soft_deleted.by_number(call, 'parent')}/workloadIdentityPools/{id}"
    return soft_deleted.created(call, call.state.pools, name, call.body)


def get(call: Call) -> Body:
    return soft_deleted.held(call, call.state.pools)


def list_pools(call: Call) -> Body:
    prefix = f"{soft_deleted.by_number(call, 'parent')}/workloadIdentityPools/"
    return soft_deleted.listed(call, call.state.pools, "workloadIdentityPools", prefix)


def patch(call: Call) -> Body:
    body = soft_deleted.updated(call, call.state.pools, immutable=("mode",))
    call.state.pools[body["name"]] = body
    return soft_deleted.operation(call, body["name"], body)


def delete(call: Call) -> Body:
    """Tokens that its workloads hold are refused from now on; its providers stay, unusable."""
    return soft_deleted.deleted(call, call.state.pools)


def undelete(call: Call) -> Body:
    return soft_deleted.undeleted(call, call.state.pools)


def list_attestation_rules(call: Call) -> Body:
    """No rule: the kit makes none. The google provider reads them with each pool from version 7 on."""
    if soft_deleted.by_number(call, "resource") not in call.state.pools:
        raise not_found()
    return {}


HANDLERS = handlers(
    "iam.projects.locations.workloadIdentityPools",
    create=create,
    get=get,
    list=list_pools,
    patch=patch,
    delete=delete,
    undelete=undelete,
    listAttestationRules=list_attestation_rules,
)
