"""IAM: who holds which permission on what, by grants and custom roles; and what is newly held."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from access.gain import Gain, few
from access.objects import Object, Values, known_after_apply
from access.truth import Truth, any_of
from access.values import block, listed
from policy.iam import COMPLETE, CREDENTIALS, PREDEFINED

GRANT = ("_iam_member", "_iam_binding", "_iam_policy")
ROLES = ("google_project_iam_custom_role", "google_organization_iam_custom_role")
PUBLIC = {"allUsers": "everybody", "allAuthenticatedUsers": "everybody with a Google account"}
# What names the thing that is granted on, by type; of any other type everything that is set.
_ON = {
    "google_project_iam_": "project",
    "google_service_account_iam_": "service_account_id",
    "google_organization_iam_": "org_id",
    "google_folder_iam_": "folder",
    "google_billing_account_iam_": "billing_account_id",
}
_NOT_ON = {"role", "member", "members", "policy_data", "condition", "id", "etag", "timeouts", "depends_on", "lifecycle"}


@dataclass(frozen=True)
class Grant:
    """One member's role on one thing. `condition` is the expression that limits it, or empty."""

    address: str
    on: str
    role: str
    member: str
    condition: str

    @property
    def truth(self) -> Truth:
        """Whether it grants: a condition is not evaluated, and an unknown member may be anybody."""
        facts = [text for text in (self.on, self.role, self.member) if known_after_apply(text)]
        facts += [f"condition {self.condition}"] if self.condition else []
        return Truth(frozenset({frozenset(facts)}))


def gains(old: Sequence[Object], new: Sequence[Object]) -> Iterator[Gain]:
    """Every permission that a member newly holds. Members who gain the same are one gain."""
    before, after = list(grants(old)), list(grants(new))
    was, roles = _held(before, custom_roles(old)), custom_roles(new)
    news: dict[tuple[str, str, str, tuple[str, ...]], list[tuple[Grant, list[str]]]] = defaultdict(list)
    for grant in after:
        found = {one: _adds(grant, one, was) for one in _permissions(grant.role, roles)}
        found = {one: truth for one, truth in found.items() if truth.combinations}
        if found:
            all_of_it = len(found) == len(_permissions(grant.role, roles))
            what = grant.role if all_of_it else few(sorted(found))
            missing = tuple(sorted({fact for truth in found.values() for fact in truth.missing}))
            news[grant.on, what, grant.condition, missing].append((grant, sorted(found)))
    for (on, what, condition, missing), holders in news.items():
        members = few(dict.fromkeys(_said(one.member) for one, _ in holders))
        limit = f" if {condition}" if condition else ""
        whole = tuple(sorted(f"{one.member} {one.role}: {' '.join(permissions)}" for one, permissions in holders))
        yield Gain(holders[0][0].address, f"newly grants {what} on {on} to {members}{limit}", "", missing, whole)
    yield from _unheld(
        old, new, {(one.role, name) for found in news.values() for one, names in found for name in names}
    )


def grants(objects: Sequence[Object]) -> Iterator[Grant]:
    """Every grant of the world; of an authoritative policy each of its bindings."""
    for one in objects:
        if one.kind.endswith(GRANT) and one.kind.startswith("google_"):
            on = _on(one)
            for binding in _bindings(one):
                condition = str(block(binding, "condition")[0].get("expression") or "")
                known, facts = listed(binding, "members")
                members = [*known, *facts, *([str(binding["member"])] if binding.get("member") else [])]
                for member in members:
                    yield Grant(one.address, on, str(binding.get("role") or ""), member, condition or one.unread)


def covers(wide: str, narrow: str) -> bool:
    """Whether everybody who is the one member is the other one, too."""
    if wide == narrow or wide == "allUsers":
        return True
    if wide == "allAuthenticatedUsers":
        return narrow.startswith(("user:", "serviceAccount:", "group:", "domain:"))
    if wide.startswith("principalSet:") and wide.endswith("/*"):
        root = wide.removeprefix("principalSet:").removesuffix("*")
        return narrow.partition(":")[2].startswith(root)
    return wide.startswith("domain:") and narrow.startswith("user:") and narrow.endswith(f"@{wide.partition(':')[2]}")


def _bindings(one: Object) -> list[Values]:
    if not one.kind.endswith("_iam_policy"):
        return [one.values]
    data = one.values.get("policy_data")
    if isinstance(data, str) and not known_after_apply(data):
        try:
            return [one for one in json.loads(data).get("bindings") or () if isinstance(one, dict)]
        except (ValueError, AttributeError, TypeError):
            pass
    return [
        {
            "role": "every role",
            "members": str(data) if known_after_apply(data) else "${" + f"{one.address}.policy_data" + "}",
        }
    ]


def _on(one: Object) -> str:
    for kind, name in _ON.items():
        if one.kind.startswith(kind):
            return str(one.values.get(name) or "its project")
    rest = {name: value for name, value in sorted(one.values.items()) if name not in _NOT_ON and value}
    return ", ".join(f"{name} {value}" for name, value in rest.items())


def custom_roles(objects: Sequence[Object]) -> dict[str, frozenset[str]]:
    """Permissions of the world's own roles, by the name that grants use; a disabled role has no permission."""
    found = {}
    for one in objects:
        if one.kind in ROLES:
            values = one.values
            parent = (
                f"projects/{values.get('project')}"
                if "project" in one.kind
                else f"organizations/{values.get('org_id')}"
            )
            known, facts = listed(values, "permissions") if values.get("stage") != "DISABLED" else ([], ())
            found[f"{parent}/roles/{values.get('role_id')}"] = frozenset([*known, *facts])
    return found


def _permissions(role: str, roles: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """What a role allows; its name represents what is not listed here, of a role that is not known all of it."""
    if role in roles:
        return roles[role]
    return PREDEFINED.get(role, frozenset()) | (frozenset() if role in COMPLETE else frozenset({role}))


def _held(before: Sequence[Grant], roles: Mapping[str, frozenset[str]]) -> dict[tuple[str, str], list[Grant]]:
    found: dict[tuple[str, str], list[Grant]] = defaultdict(list)
    for grant in before:
        for permission in _permissions(grant.role, roles):
            found[grant.on, permission].append(grant)
    return found


def _adds(grant: Grant, permission: str, was: Mapping[tuple[str, str], list[Grant]]) -> Truth:
    # Another role may have credentials, which an owner has not.
    known = permission == "roles/owner" or permission in PREDEFINED or "roles/" not in permission
    owned = known and permission not in CREDENTIALS
    owners = was.get((grant.on, "roles/owner"), []) if owned else []
    holders = [*was.get((grant.on, permission), []), *owners]
    truth = grant.truth
    if known_after_apply(permission):
        truth = Truth(frozenset(facts | {permission} for facts in truth.combinations))
    return truth.adds(any_of(one.truth for one in holders if covers(one.member, grant.member)))


def _unheld(old: Sequence[Object], new: Sequence[Object], said: set[tuple[str, str]]) -> Iterator[Gain]:
    """Permissions that a role newly has, without those that a grant's gain names: others may hold the role."""
    before, after = custom_roles(old), custom_roles(new)
    addresses = {name: one.address for one in new if one.kind in ROLES for name in custom_roles([one])}
    for name in sorted(after) if old else ():
        if more := sorted(one for one in after[name] - before.get(name, frozenset()) if (name, one) not in said):
            missing = tuple(filter(known_after_apply, more))
            yield Gain(addresses[name], f"newly allows its holders {few(more)}", "", missing, tuple(more))


def _said(member: str) -> str:
    return f"{member} ({PUBLIC[member]})" if member in PUBLIC else member
