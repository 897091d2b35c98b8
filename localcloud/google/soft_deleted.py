"""What pools and their providers have in common: ids, limits, and 30 days between deletion and purge (iam v1)."""

import re

from .api_call import ApiCall
from .errors import already_exists, invalid, not_found, precondition
from .operations import started
from .state import Body
from .writes import page, patched, timestamp

Store = dict[str, Body]
DAYS = 30
_OUTPUT = ("name", "state", "expireTime")


def checked_id(field: str, id: str) -> str:
    """400 for an id out of grammar."""
    if not re.fullmatch(r"(?!gcp-)[a-z0-9-]{4,32}", id):
        raise invalid(f"{field}: got {id!r}, allowed: 4 to 32 of a-z, 0-9 and '-', not beginning with 'gcp-'")
    return id


def by_number(call: ApiCall, parameter: str) -> str:
    """The name in a path, with the project's number, which is what Google answers with."""
    _, _, rest = str(call.parameters[parameter]).partition("/")
    _, _, rest = rest.partition("/")
    project = call.state.projects.get(call.project)
    if project is None or not rest.startswith("locations/global"):
        raise not_found()
    return f"projects/{project['projectNumber']}/{rest}"


def created(call: ApiCall, store: Store, name: str, body: Body) -> Body:
    """409 even for one that is deleted (terraform-provider-google #14191)."""
    if name in store:
        raise already_exists()
    _check(body)
    store[name] = {**body, "name": name, "state": "ACTIVE"}
    return operation(call, name, store[name])


def held(call: ApiCall, store: Store) -> Body:
    """The resource in a path, deleted or not; or 404."""
    body = store.get(by_number(call, "name"))
    if body is None:
        raise not_found()
    return body


def listed(call: ApiCall, store: Store, key: str, prefix: str) -> Body:
    """Without deleted ones, unless `showDeleted`."""
    everything = [
        body for name, body in sorted(store.items()) if name.startswith(prefix) and "/" not in name[len(prefix) :]
    ]
    return page(call, key, [b for b in everything if call.parameters.get("showDeleted") or b["state"] == "ACTIVE"])


def updated(call: ApiCall, store: Store, immutable: tuple[str, ...] = ()) -> Body:
    """The resource after a PATCH, not yet in the store."""
    current = active(held(call, store))
    body = patched(current, call.body, call.parameters.get("updateMask", ""), immutable=(*_OUTPUT, *immutable))
    _check(body)
    return body


def active(body: Body) -> Body:
    """400 for one that is deleted."""
    if body["state"] != "ACTIVE":
        raise precondition(f"{body['name']} is deleted: undelete it first.")
    return body


def deleted(call: ApiCall, store: Store) -> Body:
    body = active(held(call, store))
    body |= {"state": "DELETED", "expireTime": timestamp(call, DAYS)}
    return operation(call, body["name"], body)


def undeleted(call: ApiCall, store: Store) -> Body:
    body = held(call, store)
    if body["state"] != "DELETED":
        raise precondition(f"{body['name']} is not deleted.")
    body["state"] = "ACTIVE"
    del body["expireTime"]
    return operation(call, body["name"], body)


def operation(call: ApiCall, name: str, body: Body) -> Body:
    schema = "WorkloadIdentityPoolProvider" if "/providers/" in name else "WorkloadIdentityPool"
    return started(call, f"{name}/operations/{{id}}", body, schema=schema, package="google.iam.v1")


def _check(body: Body) -> None:
    for field, most in (("displayName", 32), ("description", 256)):
        if len(body.get(field, "")) > most:
            raise invalid(f"{field}: got {len(body[field])} characters, allowed: at most {most}")
