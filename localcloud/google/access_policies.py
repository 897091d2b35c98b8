"""Access policies (accesscontextmanager v1)."""

import re

from . import acm
from .api_call import ApiCall, handlers
from .errors import already_exists, invalid, precondition
from .state import Body
from .writes import number, page, patched

_FIRST = "accessPolicies/987654321"
_SCOPED = 50
"""Scoped policies of an organization ("Access Context Manager quotas")."""


def create(call: ApiCall) -> Body:
    """One policy without scopes, and 50 scoped ones, in an organization; no two of one scope.

    Text: terraform-google-vpc-service-controls #89.
    """
    parent, scopes = call.body.get("parent", ""), call.body.get("scopes", [])
    if not acm.ORGANIZATION.fullmatch(parent):
        raise invalid(f"parent: got '{parent}', allowed: organizations/NUMBER")
    if not call.body.get("title"):
        raise invalid("title is required")
    if len(scopes) > 1 or any(not re.fullmatch(r"(projects|folders)/[1-9][0-9]{0,18}", scope) for scope in scopes):
        raise invalid(f"scopes: got {scopes}, allowed: one of projects/NUMBER or folders/NUMBER")
    for scope in scopes:
        _check_scope(call, parent, scope)
    siblings = [p.get("scopes", []) for p in call.state.access_policies.values() if p["parent"] == parent]
    if scopes in siblings:
        raise already_exists(f"Policy already exists with parent {parent}")
    if scopes and sum(map(bool, siblings)) >= _SCOPED:
        raise precondition(f"{parent} has {_SCOPED} scoped policies, and cannot have more")
    name = _new_name(call)
    call.state.access_policies[name] = {**call.body, "name": name, "etag": ""}
    acm.touch(call, name)
    return acm.operation(call, name, "create", call.state.access_policies[name], "AccessPolicy")


def get(call: ApiCall) -> Body:
    return acm.policy(call, call.parameters["name"])


def list_policies(call: ApiCall) -> Body:
    parent = call.parameters.get("parent")
    if not parent:
        raise invalid("parent is required")
    return page(call, "accessPolicies", [p for p in call.state.access_policies.values() if p["parent"] == parent], 100)


def patch(call: ApiCall) -> Body:
    """Only the title can change."""
    name = call.parameters["name"]
    current = acm.policy(call, name)
    mask = call.parameters.get("updateMask", "")
    body = patched(current, call.body, mask, immutable=("parent", "scopes", "name", "etag"))
    if not body.get("title"):
        raise invalid("title is required")
    call.state.access_policies[name] = body
    acm.touch(call, name)
    return acm.operation(call, name, "update", call.state.access_policies[name], "AccessPolicy")


def delete(call: ApiCall) -> Body:
    """Only an empty one: 400 while it has levels, perimeters or authorized organizations."""
    name = call.parameters["name"]
    acm.policy(call, name)
    stores = (call.state.access_levels, call.state.service_perimeters, call.state.authorized_orgs)
    contents = [key for store in stores for key in store]
    if inside := [key for key in contents if key.startswith(name + "/")]:
        raise precondition(f"Policy '{name}' cannot be deleted: it has {', '.join(sorted(inside))}")
    del call.state.access_policies[name]
    call.state.iam_policies.pop(name, None)
    return acm.operation(call, name, "delete", {}, "Empty")


def _new_name(call: ApiCall) -> str:
    """A number that no policy has or had."""
    had = {acm.policy_of(name.removeprefix("operations/")) for name in call.state.operations} | {
        *call.state.access_policies
    }
    name = _FIRST
    while name in had:
        name = f"accessPolicies/{987654321 + number(call.state)}"
    return name


def _check_scope(call: ApiCall, parent: str, scope: str) -> None:
    project = call.state.project(scope) if scope.startswith("projects/") else None
    organization = (project or {}).get("parent", {}).get("id")
    if scope.startswith("projects/") and f"organizations/{organization}" != parent:
        raise invalid(f"scopes: {scope} is not in {parent}")


HANDLERS = handlers(
    "accesscontextmanager.accessPolicies", create=create, get=get, list=list_policies, patch=patch, delete=delete
)
