"""Custom roles: a deleted one of the same name comes back to life."""

from dataclasses import dataclass

from ..document import ApplyError, Arguments
from ..kind import Change, Fields, Found
from .client import Body, Client

IAM = "iam.googleapis.com/v1/"


@dataclass(frozen=True)
class CustomRole:
    """A role of a project. Its id is its name."""

    client: Client
    forces: frozenset[str] = frozenset(("project", "role_id"))

    def wanted(self, arguments: Arguments) -> Fields:
        permissions = sorted(arguments["permissions"])
        given = {name: arguments.get(name) for name in ("project", "role_id", "title")}
        given["description"] = arguments.get("description") or ""
        return {**given, "stage": arguments.get("stage", "GA"), "permissions": permissions}

    def read(self, id: str) -> Found | None:
        body = self.client.find(IAM + id)
        if body is None:
            return None
        fields = {name: body.get(name, "") for name in ("title", "description", "stage")}
        fields["permissions"] = sorted(body.get("includedPermissions", []))
        return Found({**fields, "id": id, "name": body["name"], "deleted": body.get("deleted", False)}, fields)

    def create(self, arguments: Arguments) -> str:
        project, role = arguments["project"], arguments["role_id"]
        name = f"projects/{project}/roles/{role}"
        present = self.client.find(IAM + name)
        if present is None:
            body = {"roleId": role, "role": self._body(arguments)}
            return str(self.client("POST", f"{IAM}projects/{project}/roles", body)["name"])
        if not present.get("deleted"):
            raise ApplyError(f"{name}: exists already and must be imported")
        self.client("POST", f"{IAM}{name}:undelete", {})
        self.client("PATCH", IAM + name, self._body(arguments))
        return name

    def update(self, change: Change) -> None:
        self.client("PATCH", IAM + change.id, self._body(change.arguments))

    def delete(self, id: str) -> None:
        self.client("DELETE", IAM + id)

    def _body(self, arguments: Arguments) -> Body:
        wanted = self.wanted(arguments)
        body = {name: wanted[name] for name in ("title", "description", "stage") if wanted[name]}
        return {**body, "includedPermissions": wanted["permissions"]}
