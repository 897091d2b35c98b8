"""IAM: whether an identity holds a permission by the world's grants. policy.iam decides; what is not known may grant."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from access.grants import Grant
from access.objects import Object, known_after_apply
from access.outcome import Outcome
from access.world import World
from policy import iam
from policy.identity import Identity, account_email

ABOVE = ("google_folder_iam_", "google_organization_iam_")
_LISTED = frozenset(permission for role in iam.PREDEFINED.values() for permission in role)
"""Permissions of which policy.iam's table of predefined roles says for each of its roles whether it has them."""


@dataclass(frozen=True)
class Target:
    """What is accessed: a project, or one of its service accounts by email."""

    project: str
    account: str = ""

    def __str__(self) -> str:
        return f"serviceAccount:{self.account}" if self.account else f"project {self.project}"


def permitted(world: World, who: Identity | None, permission: str, target: Target) -> Outcome:
    """Whether a grant on the target, or on what holds it, gives the permission."""
    roles = world.roles
    missing: list[tuple[str, str]] = []
    if not permission:
        return Outcome(
            False, "the permission that the method takes is not known", "", ("the permission that the method takes",)
        )
    for grant, facts in _about(world, target):
        binding: dict[str, object] = {"role": grant.role, "members": [grant.member]}
        if not facts and not grant.condition and iam.allows([{"bindings": [binding]}], roles, who, permission):
            facts = tuple(_limits(world))
            return Outcome(True, f"{grant.member} has {grant.role} on {target}", grant.address, facts)
        missing += [(grant.address, fact) for fact in _missing(grant, facts, roles, who, permission)]
    facts = tuple(dict.fromkeys(fact for _, fact in missing))
    named = who.name if who else "a request without a credential"
    return Outcome(False, f"{permission} is missing on {target} for {named}", missing[0][0] if missing else "", facts)


def _about(world: World, target: Target) -> Iterator[tuple[Grant, tuple[str, ...]]]:
    """Each grant that counts for the target, with the facts without which it may be about something else."""
    for one, grant in world.granted:
        if one.kind.startswith("google_service_account_iam_") and target.account:
            if known_after_apply(grant.on) or grant.on.rpartition("/")[2] == target.account:
                yield grant, (grant.on,) if known_after_apply(grant.on) else ()
        elif one.kind.startswith("google_project_iam_"):
            named = grant.on.removeprefix("projects/")
            if known_after_apply(named) or named in (target.project, world.number(target.project) or target.project):
                yield grant, (grant.on,) if known_after_apply(named) else ()
        elif one.kind.startswith(ABOVE):
            yield grant, () if world.whole else (f"{grant.on} holds project {target.project}",)


def _missing(
    grant: Grant, facts: tuple[str, ...], roles: dict[str, frozenset[str]], who: Identity | None, permission: str
) -> tuple[str, ...]:
    """The facts with which a grant would give the permission; empty if it never does."""
    found = list(facts)
    if known_after_apply(grant.member):
        found.append(f"who {grant.member} is")
    elif not (who.matches(grant.member) if who else grant.member == "allUsers"):
        return ()
    permissions = roles.get(grant.role)
    if known_after_apply(grant.role) or (permissions is None and not _is_listed(grant.role, permission)):
        found.append(f"whether {grant.role} has {permission}")
    elif permissions and permission not in permissions:
        if not (unknown := list(filter(known_after_apply, permissions))):
            return ()
        found.append(f"whether {', '.join(unknown)} is {permission}")
    elif not iam.permits(grant.role, roles, permission):
        return ()
    if grant.condition:
        found.append(f"condition {grant.condition}")
    return tuple(found)


def may_have(role: str, roles: dict[str, frozenset[str]], permission: str) -> bool:
    """Whether a role has a permission, or it is not known here whether it has."""
    permissions = roles.get(role)
    if known_after_apply(role) or (permissions is None and not _is_listed(role, permission)):
        return True
    return iam.permits(role, roles, permission) or any(map(known_after_apply, permissions or ()))


def _is_listed(role: str, permission: str) -> bool:
    return role == "roles/owner" or (role in iam.PREDEFINED and permission in _LISTED)


def _limits(world: World) -> Iterator[str]:
    """Policies that may deny what a grant gives, which are not read."""
    for one in world.objects:
        if one.kind in ("google_iam_deny_policy", "google_iam_principal_access_boundary_policy"):
            yield f"what {one.address} denies"


def account_of(one: Object) -> str:
    """The email of a service account's resource, empty if it is not known."""
    email = one.values.get("email")
    if isinstance(email, str) and not known_after_apply(email):
        return email
    project, id = one.values.get("project"), one.values.get("account_id")
    known = isinstance(project, str) and isinstance(id, str) and not known_after_apply(json.dumps([project, id]))
    return account_email(str(id), str(project)) if known else ""
