"""Custom roles of a project (iam v1). A deleted one keeps its id for 37 days (terraform-provider-google #1681)."""

import re

from .api_call import ApiCall, handlers
from .errors import aborted, already_exists, invalid, not_found, precondition
from .state import Body
from .writes import etag, page, patched

_MUTABLE = ("title", "description", "includedPermissions", "stage")


def create(call: ApiCall) -> Body:
    """400 for an id out of grammar or of a deleted role (gke-autoneg-controller #71), 409 for one that is taken."""
    id, given = call.body.get("roleId", ""), call.body.get("role", {})
    if not re.fullmatch(r"[a-zA-Z0-9_.]{3,64}", id):
        raise invalid(f"The role_id {id!r} is invalid: 3 to 64 letters, digits, underscores and periods.")
    if given.get("name"):
        raise invalid("role.name must not be set when a role is created")
    name = f"projects/{call.project}/roles/{id}"
    if held := call.state.roles.get(name):
        if held.get("deleted"):
            raise precondition(f"You can't create a role_id ({id}) which has been marked for deletion.")
        raise already_exists(f"A role named {id} in projects/{call.project} already exists.")
    return _write(call, name, {key: given[key] for key in _MUTABLE if key in given})


def get(call: ApiCall) -> Body:
    """The role, deleted or not."""
    return _held(call)


def list_roles(call: ApiCall) -> Body:
    """Without deleted ones unless `showDeleted`, and without permissions unless `view=FULL`."""
    roles = [
        role if call.parameters.get("view") == "FULL" else {k: v for k, v in role.items() if k != "includedPermissions"}
        for name, role in sorted(call.state.roles.items())
        if name.startswith(f"projects/{call.project}/")
        and (call.parameters.get("showDeleted") or "deleted" not in role)
    ]
    return page(call, "roles", roles)


def patch(call: ApiCall) -> Body:
    """Change the masked fields; without a mask, all of them."""
    held = _held(call)
    _require_etag(held, call.body.get("etag"))
    if held.get("deleted"):
        raise precondition(f"You can't update a role ({held['name']}) which has been marked for deletion.")
    mask = call.parameters.get("updateMask") or ",".join(_MUTABLE)
    return _write(call, held["name"], patched(held, call.body, mask, immutable=("name", "deleted", "etag")))


def delete(call: ApiCall) -> Body:
    """Mark it; grants of it stay, and grant nothing."""
    held = _held(call)
    _require_etag(held, call.parameters.get("etag"))
    if held.get("deleted"):
        raise precondition(f"You can't delete a role ({held['name']}) which has been marked for deletion.")
    return _write(call, held["name"], held | {"deleted": True})


def undelete(call: ApiCall) -> Body:
    """Within 7 days."""
    held = _held(call)
    _require_etag(held, call.body.get("etag"))
    if not held.get("deleted"):
        raise precondition(f"You can't undelete a role ({held['name']}) which is not deleted.")
    return _write(call, held["name"], {key: value for key, value in held.items() if key != "deleted"})


def _held(call: ApiCall) -> Body:
    id = str(call.parameters["name"]).rpartition("/")[2]
    held = call.state.roles.get(f"projects/{call.project}/roles/{id}")
    if held is None:
        raise not_found(f"The role named {call.parameters['name']} was not found.")
    return held


def _require_etag(held: Body, given: str | None) -> None:
    if given and given != held["etag"]:
        raise aborted(f"The role {held['name']} has changed. Please retry the whole read-modify-write.")


def _write(call: ApiCall, name: str, body: Body) -> Body:
    for field, most in (("title", 100), ("description", 300)):
        size = len(str(body.get(field, "")).encode())
        if size > most:
            raise invalid(f"role.{field}: got {size} bytes, allowed: at most {most}")
    for permission in body.get("includedPermissions", ()):
        if not re.fullmatch(r"[a-z][a-z0-9]*(\.[a-zA-Z][a-zA-Z0-9_]*){2,}", permission):
            raise invalid(f"Permission {permission} is not valid.")
    call.state.roles[name] = body | {"name": name, "etag": etag(call.state)}
    return call.state.roles[name]


HANDLERS = handlers(
    "iam.projects.roles", create=create, get=get, list=list_roles, patch=patch, delete=delete, undelete=undelete
)
