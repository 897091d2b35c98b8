"""Other organizations whose devices and credentials a policy trusts (accesscontextmanager v1). Nothing decides by them."""

from . import acm
from .api_call import ApiCall, handlers
from .errors import invalid
from .state import Body
from .writes import page, patched

_KIND = "AuthorizedOrgsDesc"


def create(call: ApiCall) -> Body:
    name = acm.new_name(call, call.state.authorized_orgs, "authorizedOrgsDescs", call.body)
    return _write(call, name, {**call.body}, "create")


def get(call: ApiCall) -> Body:
    return acm.held(call, call.state.authorized_orgs)


def list_descs(call: ApiCall) -> Body:
    return page(call, "authorizedOrgsDescs", acm.under(call, call.state.authorized_orgs), 100)


def patch(call: ApiCall) -> Body:
    """Change the organizations; what the relationship is stays."""
    held, mask = acm.held(call, call.state.authorized_orgs), call.parameters.get("updateMask", "")
    kept = ("name", "assetType", "authorizationDirection", "authorizationType")
    return _write(call, held["name"], patched(held, call.body, mask, immutable=kept), "update")


def delete(call: ApiCall) -> Body:
    name = acm.held(call, call.state.authorized_orgs)["name"]
    del call.state.authorized_orgs[name]
    acm.touch(call, acm.policy_of(name))
    return acm.operation(call, name, "delete", {}, "Empty")


def _write(call: ApiCall, name: str, body: Body, verb: str) -> Body:
    if not body.get("orgs") or not all(acm.ORGANIZATION.fullmatch(org) for org in body["orgs"]):
        raise invalid(f"orgs: got {body.get('orgs', [])}, allowed: organizations/NUMBER, at least one")
    call.state.authorized_orgs[name] = body
    acm.touch(call, acm.policy_of(name))
    return acm.operation(call, name, verb, body, _KIND)


HANDLERS = handlers(
    "accesscontextmanager.accessPolicies.authorizedOrgsDescs",
    create=create,
    get=get,
    list=list_descs,
    patch=patch,
    delete=delete,
)
