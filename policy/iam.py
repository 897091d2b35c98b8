"""Who is granted which permission: IAM allow policies, custom roles and the predefined roles that matter here."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .identity import Identity

# Even an owner may not act with a service account's credentials: roles/owner has none of these (IAM, "Basic roles").
CREDENTIALS = frozenset(
    f"iam.serviceAccounts.{verb}"
    for verb in ("getAccessToken", "getOpenIdToken", "implicitDelegation", "signBlob", "signJwt")
)
READ_PROJECT = frozenset({"resourcemanager.projects.get"})
PREDEFINED: dict[str, frozenset[str]] = {
    "roles/accesscontextmanager.policyEditor": frozenset(
        f"accesscontextmanager.{kind}.{verb}"
        for kind in ("policies", "accessLevels", "servicePerimeters")
        for verb in ("create", "delete", "get", "list", "update", "commit", "replaceAll")
    )
    | {"resourcemanager.organizations.get"},
    "roles/accesscontextmanager.policyReader": frozenset(
        f"accesscontextmanager.{kind}.{verb}"
        for kind in ("policies", "accessLevels", "servicePerimeters")
        for verb in ("get", "list")
    )
    | {"resourcemanager.organizations.get"},
    "roles/aiplatform.user": READ_PROJECT
    | {"aiplatform.endpoints.predict", "aiplatform.endpoints.explain", "aiplatform.endpoints.get"}
    | {"aiplatform.endpoints.list", "aiplatform.locations.get", "aiplatform.locations.list", "aiplatform.models.get"},
    "roles/iam.workloadIdentityUser": frozenset(
        {"iam.serviceAccounts.get", "iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.getOpenIdToken"}
        | {"iam.serviceAccounts.list"}
    ),
    "roles/iam.serviceAccountTokenCreator": CREDENTIALS | {"iam.serviceAccounts.get", "iam.serviceAccounts.list"},
    "roles/iam.serviceAccountUser": READ_PROJECT
    | {"iam.serviceAccounts.actAs", "iam.serviceAccounts.get", "iam.serviceAccounts.list"},
    "roles/serviceusage.serviceUsageConsumer": frozenset(
        {"serviceusage.services.use", "serviceusage.services.get", "serviceusage.services.list"}
    ),
}
COMPLETE = {"roles/iam.workloadIdentityUser", "roles/iam.serviceAccountTokenCreator", "roles/iam.serviceAccountUser"}
"""Predefined roles of which every permission is in the table; of the others only those that matter here are."""


@dataclass(frozen=True)
class Grant:
    """The binding that grants a permission."""

    member: str
    role: str


def allows(
    policies: Iterable[Mapping[str, Any]],
    roles: Mapping[str, Collection[str]],
    identity: Identity | None,
    permission: str,
) -> Grant | None:
    """The first binding of these allow policies (REST bodies; of the project, of the service account, ...) that grants it.

    `roles` are the permissions of custom roles by name; leave disabled and deleted ones out. A binding with a condition
    grants nothing here: conditions are not modelled. `identity` is None for a request without credential.
    """
    for policy in policies:
        for binding in policy.get("bindings") or ():
            if binding.get("condition") or not permits(binding.get("role", ""), roles, permission):
                continue
            for member in binding.get("members") or ():
                if identity.matches(member) if identity else member == "allUsers":
                    return Grant(member, binding["role"])
    return None


def permits(role: str, roles: Mapping[str, Collection[str]], permission: str) -> bool:
    """Whether a role has a permission. An unknown role has no permission."""
    if role == "roles/owner":
        return permission not in CREDENTIALS
    return permission in (roles.get(role) or PREDEFINED.get(role) or ())
