"""Policies of roles, written in them or attached."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from ..document import Arguments
from ..kind import Change, Fields, Found
from .client import Clients


def policy(document: Any) -> Any:
    """A policy document such that equal ones are equal, however IAM wrote them."""
    if isinstance(document, str):
        try:
            return json.loads(unquote(document) if document.startswith("%") else document)
        except ValueError:
            return document
    return document


@dataclass(frozen=True)
class RolePolicy:
    """A policy within a role. Its id is ROLE:NAME."""

    clients: Clients
    forces: frozenset[str] = frozenset(("role", "name"))

    def wanted(self, arguments: Arguments) -> Fields:
        return {"role": arguments["role"], "name": arguments["name"], "policy": policy(arguments["policy"])}

    def read(self, id: str) -> Found | None:
        role, name = id.split(":")
        answer = self.clients.find("iam", "get_role_policy", RoleName=role, PolicyName=name)
        if answer is None:
            return None
        fields = {"role": role, "name": name, "policy": policy(answer["PolicyDocument"])}
        return Found({**fields, "id": id}, fields)

    def create(self, arguments: Arguments) -> str:
        role, name = arguments["role"], arguments["name"]
        self.clients("iam", "put_role_policy", RoleName=role, PolicyName=name, PolicyDocument=arguments["policy"])
        return f"{role}:{name}"

    def update(self, change: Change) -> None:
        self.create(change.arguments)

    def delete(self, id: str) -> None:
        role, name = id.split(":")
        self.clients("iam", "delete_role_policy", RoleName=role, PolicyName=name)


@dataclass(frozen=True)
class Attachment:
    """A managed policy of a role. Its id is ROLE/ARN."""

    clients: Clients
    forces: frozenset[str] = frozenset(("role", "policy_arn"))

    def wanted(self, arguments: Arguments) -> Fields:
        return {"role": arguments["role"], "policy_arn": arguments["policy_arn"]}

    def read(self, id: str) -> Found | None:
        role, _, arn = id.partition("/")
        answer = self.clients.find("iam", "list_attached_role_policies", RoleName=role)
        attached = {one["PolicyArn"] for one in (answer or {}).get("AttachedPolicies", [])}
        fields = {"role": role, "policy_arn": arn}
        return Found({**fields, "id": id}, fields) if arn in attached else None

    def create(self, arguments: Arguments) -> str:
        role, arn = arguments["role"], arguments["policy_arn"]
        self.clients("iam", "attach_role_policy", RoleName=role, PolicyArn=arn)
        return f"{role}/{arn}"

    def update(self, change: Change) -> None:
        raise AssertionError(f"{change.id}: nothing of an attachment changes in place")

    def delete(self, id: str) -> None:
        role, _, arn = id.partition("/")
        self.clients("iam", "detach_role_policy", RoleName=role, PolicyArn=arn)
