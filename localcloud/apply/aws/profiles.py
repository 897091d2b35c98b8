"""Instance profiles."""

from dataclasses import dataclass

from ..document import Arguments
from ..kind import Change, Fields, Found
from .client import Clients, tag_list, tag_map, tags_of


@dataclass(frozen=True)
class Profile:
    """An instance profile with one role, which changes in place. Its id is its name."""

    clients: Clients
    forces: frozenset[str] = frozenset(("name", "path"))

    def wanted(self, arguments: Arguments) -> Fields:
        given = {"name": arguments["name"], "path": arguments.get("path", "/"), "role": arguments["role"]}
        return {**given, "tags": self.clients.tags(arguments)}

    def read(self, id: str) -> Found | None:
        answer = self.clients.find("iam", "get_instance_profile", InstanceProfileName=id)
        if answer is None:
            return None
        profile = answer["InstanceProfile"]
        role = next((one["RoleName"] for one in profile["Roles"]), "")
        fields = {"name": id, "path": profile["Path"], "role": role, "tags": tag_map(profile.get("Tags"))}
        return Found({**fields, "id": id, "arn": profile["Arn"], "unique_id": profile["InstanceProfileId"]}, fields)

    def create(self, arguments: Arguments) -> str:
        name, tags = arguments["name"], tag_list(self.clients.tags(arguments))
        path = arguments.get("path", "/")
        self.clients("iam", "create_instance_profile", InstanceProfileName=name, Path=path, Tags=tags)
        self.clients("iam", "add_role_to_instance_profile", InstanceProfileName=name, RoleName=arguments["role"])
        return str(name)

    def update(self, change: Change) -> None:
        if "role" in change.fields:
            self._empty(change.id)
            self.clients(
                "iam", "add_role_to_instance_profile", InstanceProfileName=change.id, RoleName=change.arguments["role"]
            )
        if "tags" in change.fields:
            present, wanted = tags_of(self.read(change.id)), self.clients.tags(change.arguments)
            gone = sorted(present.keys() - wanted.keys())
            if gone:
                self.clients("iam", "untag_instance_profile", InstanceProfileName=change.id, TagKeys=gone)
            self.clients("iam", "tag_instance_profile", InstanceProfileName=change.id, Tags=tag_list(wanted))

    def delete(self, id: str) -> None:
        self._empty(id)
        self.clients("iam", "delete_instance_profile", InstanceProfileName=id)

    def _empty(self, id: str) -> None:
        present = self.read(id)
        if present and present.fields["role"]:
            role = present.fields["role"]
            self.clients("iam", "remove_role_from_instance_profile", InstanceProfileName=id, RoleName=role)
