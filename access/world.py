"""One world out of several parts: each part's references to another one's outputs are replaced by what these hold."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from access.changes import LEVEL, PERIMETER, POOL
from access.errors import Unreadable
from access.exchange import Federation
from access.grants import GRANT, Grant, custom_roles, grants
from access.inputs import Part
from access.objects import Object, is_handed_over
from access.outputs import Source, resolved
from policy.identity import pool_name

_POLICY = re.compile(r"accessPolicies/(\$\{[^}]*\})/")
_NAMES = (
    *("title", "workload_identity_pool_id", "workload_identity_pool_provider_id", "account_id", "role_id", "member"),
    *("role", "service_account_id", "assume_role_policy", "policy_arn", "policy"),
)
_POOL_NAME = re.compile(pool_name("([0-9]+)", "([a-z0-9-]+)") + "/")


@dataclass(frozen=True)
class World:
    """Everything that is known. `numbers` are those of projects by their ids."""

    objects: tuple[Object, ...]
    numbers: Mapping[str, str]
    whole: bool = False
    """Whether the grants on the project, its folders and its organization are here, too."""

    @cached_property
    def project(self) -> str:
        """The project that calls are about: the one on which somebody is granted something. Empty if that is not one."""
        kinds = ("google_project_iam_member", "google_project_iam_binding", "google_project_iam_custom_role")
        found = {
            str(one.values.get("project")) for one in self.objects if one.kind in kinds and one.values.get("project")
        }
        found = found or set(self.numbers)
        return next(iter(found)) if len(found) == 1 else ""

    @cached_property
    def federation(self) -> Federation:
        """The providers, which exchange tokens."""
        return Federation(self.objects, self.numbers)

    @cached_property
    def granted(self) -> list[tuple[Object, Grant]]:
        """Every grant with its resource."""
        holders = [one for one in self.objects if one.kind.startswith("google_") and one.kind.endswith(GRANT)]
        return [(one, grant) for one in holders for grant in grants([one])]

    @cached_property
    def roles(self) -> dict[str, frozenset[str]]:
        """The permissions of custom roles."""
        return custom_roles(self.objects)

    @cached_property
    def groups(self) -> list[str]:
        """Every group that is named."""
        return sorted(
            {
                text.removeprefix("group:").lower()
                for one in self.objects
                for text in _texts(one.values)
                if text.startswith("group:")
            }
        )

    def number(self, project: str) -> str:
        """The number of a project, empty if it is not known."""
        return project if project.isdecimal() else self.numbers.get(project, "")


def world(parts: Sequence[Part], policies: Sequence[Object] = ()) -> World:
    """The world of these parts. Raises Unreadable if two of them describe one thing."""
    sources = [Source(part.stack, part.outputs) for part in parts]
    described = [one for part in parts if part.described for one in part.objects]
    found: dict[tuple[str, str], Object] = {}
    for number, part in enumerate(parts, 1):
        mine: Sequence[Object] = () if part.described else part.objects
        taken = {(one.kind, one.address): found.get((one.kind, one.address)) for one in mine}
        for other, one in ((taken[one.kind, one.address], one) for one in mine):
            if other and _identity(other) == _identity(one) and not is_handed_over(one):
                raise Unreadable(f"{one.address} is in two inputs; allowed: one of a stack, its plan and its state")
        if any(taken.values()):  # another environment, whose resources have the same addresses
            mine = _apart(mine, f" of input {number}")
        found |= {(one.kind, one.address): one for one in resolved(mine, part.stack, sources)}
    objects = [*_under_number(list(found.values()), described), *described, *policies]
    numbers = {id: number for part in parts for id, number in part.numbers.items()}
    return World(tuple(objects), dict(_of_pools(objects)) | numbers, bool(policies))


def _identity(one: Object) -> list[Any]:
    """What is the same of one thing in a stack and in its state."""
    return [one.values.get(name) for name in _NAMES]


def _apart(objects: Sequence[Object], label: str) -> list[Object]:
    """Resources under separate addresses, and so what refers to them."""
    renamed = {"${" + f"{one.address}.": "${" + f"{one.address}{label}." for one in objects}
    return [Object(f"{one.address}{label}", one.kind, _put(one.values, renamed), one.unread) for one in objects]


def _put(value: Any, renamed: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {name: _put(one, renamed) for name, one in value.items()}
    if isinstance(value, list):
        return [_put(one, renamed) for one in value]
    if isinstance(value, str) and "${" in value:
        for old, new in renamed.items():
            value = value.replace(old, new)
    return value


def _under_number(objects: Sequence[Object], described: Sequence[Object]) -> Iterator[Object]:
    """What gcloud describes takes the place of an object of its name; the number of its policy is then known."""
    numbers = {one.address.split("/")[1] for one in described}
    short = {(one.kind, _short(one.address)) for one in described}
    expressions = {match[1] for one in objects for match in _POLICY.finditer(str(one.values.get("name")))}
    known = dict.fromkeys(expressions, next(iter(numbers))) if len(numbers) == len(expressions) == 1 else {}
    for one in objects:
        if one.kind in (PERIMETER, LEVEL) and (one.kind, _short(str(one.values.get("name")))) in short:
            continue
        yield Object(one.address, one.kind, _replaced(one.values, known), one.unread) if known else one


def _replaced(value: Any, known: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {name: _replaced(one, known) for name, one in value.items()}
    if isinstance(value, list):
        return [_replaced(one, known) for one in value]
    return (
        _POLICY.sub(lambda one: f"accessPolicies/{known.get(one[1], one[1])}/", value)
        if isinstance(value, str)
        else value
    )


def _of_pools(objects: Sequence[Object]) -> Iterator[tuple[str, str]]:
    """The number of a pool's project, as members and the pool's own name have it."""
    projects = {
        one.values.get("workload_identity_pool_id"): str(one.values.get("project"))
        for one in objects
        if one.kind == POOL
    }
    texts = [grant.member for grant in grants(objects)]
    texts += [f"{one.values.get('name')}/" for one in objects if one.kind == POOL]
    for text in texts:
        if (match := _POOL_NAME.search(text)) and match[2] in projects:
            yield projects[match[2]], match[1]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping | list):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(one)
    elif isinstance(value, str):
        yield value


def _short(name: str) -> str:
    return name.rpartition("/")[2]
