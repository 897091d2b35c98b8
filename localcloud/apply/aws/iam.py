"""Roles."""

from dataclasses import dataclass

from ..document import Arguments
from ..kind import Change, Fields, Found
from .client import Clients, tag_list, tag_map, tags_of
from .policies import policy


@dataclass(frozen=True)
class Role:
    """Its id is its name."""

    clients: Clients
    forces: frozenset[str] = frozenset(("name", "path"))

    def wanted(self, arguments: Arguments) -> Fields:
        return {
            "name": arguments["name"], "path": arguments.get("path", "/"),
            "assume_role_policy": policy(arguments["assume_role_policy"]),
            "description": arguments.get("description", ""),
            "permissions_boundary": arguments.get("permissions_boundary", ""), "tags": self.clients.tags(arguments),
        }  # fmt: skip

    def read(self, id: str) -> Found | None:
        answer = self.clients.find("iam", "get_role", RoleName=id)
        if answer is None:
            return None
        role = answer["Role"]
        fields = {
            "name": role["RoleName"], "path": role["Path"], "description": role.get("Description", ""),
            "assume_role_policy": policy(role["AssumeRolePolicyDocument"]), "tags": tag_map(role.get("Tags")),
            "permissions_boundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
        }  # fmt: skip
        return Found({**fields, "id": id, "arn": role["Arn"], "unique_id": role["RoleId"]}, fields)

    def create(self, arguments: Arguments) -> str:
        optional = {
            "Description": arguments.get("description"),
            "PermissionsBoundary": arguments.get("permissions_boundary"),
        }
        given = {name: value for name, value in optional.items() if value}
        self.clients(
            "iam", "create_role", RoleName=arguments["name"], Path=arguments.get("path", "/"),
            AssumeRolePolicyDocument=arguments["assume_role_policy"], Tags=tag_list(self.clients.tags(arguments)), **given,
        )  # fmt: skip
        return str(arguments["name"])

    def update(self, change: Change) -> None:
        if "assume_role_policy" in change.fields:
            document = change.arguments["assume_role_policy"]
            self.clients("iam", "update_assume_role_policy", RoleName=change.id, PolicyDocument=document)
        if "description" in change.fields:
            self.clients(
                "iam",
                "update_role_description",
                RoleName=change.id,
                Description=change.arguments.get("description", ""),
            )
        if "permissions_boundary" in change.fields and change.arguments.get("permissions_boundary"):
            boundary = change.arguments["permissions_boundary"]
            self.clients("iam", "put_role_permissions_boundary", RoleName=change.id, PermissionsBoundary=boundary)
        elif "permissions_boundary" in change.fields:
            self.clients("iam", "delete_role_permissions_boundary", RoleName=change.id)
        if "tags" in change.fields:
            present, wanted = tags_of(self.read(change.id)), self.clients.tags(change.arguments)
            gone = sorted(present.keys() - wanted.keys())
            if gone:
                self.clients("iam", "untag_role", RoleName=change.id, TagKeys=gone)
            self.clients("iam", "tag_role", RoleName=change.id, Tags=tag_list(wanted))

    def delete(self, id: str) -> None:
        self.clients("iam", "delete_role", RoleName=id)
