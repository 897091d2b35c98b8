"""Resource Manager v1's projects. A deleted one keeps its id for 30 days, and answers as before but for its state."""

import re

from . import denied, seed
from .api_call import ApiCall, Handler
from .errors import already_exists, invalid, precondition
from .operations import started
from .service_accounts import account
from .state import Body
from .writes import number, page, timestamp

_PACKAGE = "google.cloudresourcemanager.v1"
_NUMBERS = 500_000_000_000
_KINDS = {"user": "user:", "service_account": "serviceAccount:", "federated": ""}
_FILTER = re.compile(r"(id|parent\.id):([^\s*]+)(\*?)")


def create(call: ApiCall) -> Body:
    """Make a project in an organization that has one; its creator becomes its owner."""
    id, parent = call.body.get("projectId", ""), call.body.get("parent", {})
    if not re.fullmatch(r"[a-z][-a-z0-9]{4,28}[a-z0-9]", id):
        raise invalid(f"project_id: got {id!r}, allowed: 6 to 30 of a-z, 0-9 and '-', starting with a letter")
    if parent not in [project["parent"] for project in call.state.projects.values()]:
        raise invalid(f"parent: got {parent}, allowed: an organization that has a project")
    if id in call.state.projects:
        raise already_exists()
    seed.project(
        call.state,
        id,
        str(_NUMBERS + number(call.state)),
        parent["id"],
        owner=_KINDS[call.identity.kind] + call.identity.name,
    )
    call.state.projects[id] |= {"createTime": timestamp(call)} | _own(call)
    call.state.billing[id] = ""
    return started(call, "operations/cp.{id}", call.state.projects[id], schema="Project", package=_PACKAGE)


def update(call: ApiCall) -> Body:
    """Replace the name and the labels."""
    project = _active(call)
    for key in ("name", "labels"):
        project.pop(key, None)
    project |= _own(call)
    return project


def delete(call: ApiCall) -> Body:
    _active(call)["lifecycleState"] = "DELETE_REQUESTED"
    return {}


def undelete(call: ApiCall) -> Body:
    call.state.projects[call.project]["lifecycleState"] = "ACTIVE"
    return {}


def list_projects(call: ApiCall) -> Body:
    """Those that the caller may get. A filter of `id:PREFIX*` and `parent.id:NUMBER` is understood, no other."""
    wanted = call.parameters.get("filter", "").split()
    if any(not _FILTER.fullmatch(term) for term in wanted):
        raise invalid(f"filter: got {' '.join(wanted)!r}; only id:PREFIX* and parent.id:NUMBER are modelled")
    found = [
        project
        for id, project in sorted(call.state.projects.items())
        if denied.granted(call, "resourcemanager.projects.get", f"projects/{id}")
        and all(_matches(project, *_FILTER.fullmatch(term).groups()) for term in wanted)  # type: ignore[union-attr]
    ]
    return page(call, "projects", found)


def _own(call: ApiCall) -> Body:
    """What a request may choose of a project, apart from its id and parent."""
    return {key: call.body[key] for key in ("name", "labels") if key in call.body}


def _matches(project: Body, field: str, text: str, star: str) -> bool:
    value = str(project["projectId"] if field == "id" else project["parent"]["id"])
    return value.startswith(text) if star else value == text


def _active(call: ApiCall) -> Body:
    project = call.state.projects[call.project]
    if project["lifecycleState"] != "ACTIVE":
        raise precondition(f"Project {call.project} is {project['lifecycleState']}.")
    return project


def get(call: ApiCall) -> Body:
    """The project. Who may not see it is told 403, whether it is there or not."""
    return call.state.projects[call.project]


def test_iam_permissions(call: ApiCall) -> Body:
    """Which of these permissions the caller has."""
    policies = [f"projects/{call.project}"]
    if call.service == "iam.googleapis.com":
        policies.append(account(call, "resource")["name"])
    held = [name for name in call.body.get("permissions", ()) if denied.granted(call, name, *policies)]
    return {"permissions": held} if held else {}


HANDLERS: dict[str, Handler] = {
    "cloudresourcemanager.projects.create": create,
    "cloudresourcemanager.projects.delete": delete,
    "cloudresourcemanager.projects.get": get,
    "cloudresourcemanager.projects.list": list_projects,
    "cloudresourcemanager.projects.undelete": undelete,
    "cloudresourcemanager.projects.update": update,
    "cloudresourcemanager.projects.testIamPermissions": test_iam_permissions,
    "iam.projects.serviceAccounts.testIamPermissions": test_iam_permissions,
}
