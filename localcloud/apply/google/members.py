"""Grants: one member of one role."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from ..document import Arguments
from ..kind import Batched, Change, Fields, Found
from .client import Body, Client, GoogleError
from .policies import SEPARATOR, modify, read


@dataclass(frozen=True)
class _Member(Batched):
    """One member of one role, without a condition. Its id is resource, role and member, with spaces."""

    client: Client
    place: ClassVar[str]

    @property
    def forces(self) -> frozenset[str]:
        return frozenset((self.place, "role", "member"))

    def wanted(self, arguments: Arguments) -> Fields:
        return {name: arguments[name] for name in (self.place, "role", "member")}

    def read(self, id: str) -> Found | None:
        resource, role, member = id.split(SEPARATOR)
        try:
            policy = read(self.client, resource)
        except GoogleError as error:
            if error.status == 404:
                return None
            raise
        members = [m for one in policy.get("bindings", []) if one["role"] == role for m in one.get("members", [])]
        fields = {self.place: resource, "role": role, "member": member}
        return (
            Found({**fields, "id": "/".join(fields.values()), "etag": policy.get("etag")}, {})
            if member in members
            else None
        )

    def create_all(self, several: list[Arguments]) -> list[str]:
        ids = [SEPARATOR.join((a[self.place], a["role"], a["member"])) for a in several]
        self._edit(ids, lambda members, new: [*members, *(one for one in new if one not in members)])
        return ids

    def update(self, change: Change) -> None:
        raise AssertionError(f"{change.id}: nothing of a grant changes in place")

    def delete_all(self, ids: list[str]) -> None:
        self._edit(ids, lambda members, old: [one for one in members if one not in old])

    def _edit(self, ids: list[str], join: Callable[[list[str], list[str]], list[str]]) -> None:
        resources: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for id in ids:
            resource, role, member = id.split(SEPARATOR)
            resources[resource][role].append(member)
        for resource, roles in resources.items():
            modify(self.client, resource, partial(_bind, roles, join))


def _bind(roles: dict[str, list[str]], join: Callable[[list[str], list[str]], list[str]], policy: Body) -> None:
    bindings = policy.setdefault("bindings", [])
    for role, members in roles.items():
        binding = next((one for one in bindings if one["role"] == role and "condition" not in one), None)
        if binding is None:
            bindings.append(binding := {"role": role, "members": []})
        binding["members"] = join(binding.get("members", []), members)
    policy["bindings"] = [one for one in bindings if one["members"]]


class ProjectMember(_Member):
    place = "project"


class ServiceAccountMember(_Member):
    place = "service_account_id"
