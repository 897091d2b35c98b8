"""Who calls: a user, a service account or a federated workload, with every IAM member string that means it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["user", "service_account", "federated"]
EMAILS = ("user:", "serviceAccount:", "group:", "domain:")


ACCOUNTS = ".iam.gserviceaccount.com"


def pool_name(project: str, pool: str) -> str:
    """Return a pool's name. In Google's answers and in members, `project` is a number. Both arguments may be patterns."""
    return f"projects/{project}/locations/global/workloadIdentityPools/{pool}"


def account_email(account_id: str, project: str) -> str:
    """Return a service account's e-mail address. For the project id `example.com:my-project` the domain comes last."""
    return f"{account_id}@{'.'.join(reversed(project.split(':')))}{ACCOUNTS}"


@dataclass(frozen=True)
class Identity:
    """An authenticated caller. Who sends no credential (the token endpoint's caller) is None, not an Identity.

    `name` is an email, or `principal://iam.googleapis.com/POOL NAME/subject/SUBJECT`. `principals` are all member
    strings that match the caller ("Principal identifiers", IAM documentation); emails in them are lowercase.
    """

    kind: Kind
    name: str
    principals: frozenset[str]

    @property
    def email(self) -> str:
        """How audit entries call the caller: principalEmail, and principalSubject of a federated one."""
        return self.name

    @property
    def pool(self) -> str:
        """`projects/NUMBER/locations/global/workloadIdentityPools/POOL` of a federated caller, else ""."""
        return (
            self.name.removeprefix("principal://iam.googleapis.com/").partition("/subject/")[0]
            if self.federated
            else ""
        )

    @property
    def federated(self) -> bool:
        return self.kind == "federated"

    def matches(self, member: str) -> bool:
        """Whether an IAM member string means this caller. Emails match in any case, everything else exactly."""
        return canonical(member) in self.principals

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "name": self.name, "principals": sorted(self.principals)}

    @staticmethod
    def from_json(body: Mapping[str, Any]) -> "Identity":
        return Identity(body["kind"], body["name"], frozenset(body["principals"]))


def user(email: str, groups: Iterable[str] = ()) -> Identity:
    """A person with a Google account, and the groups that the person is in, nested ones included."""
    email = email.lower()
    members = {f"user:{email}", f"domain:{email.partition('@')[2]}", "allUsers", "allAuthenticatedUsers"}
    return Identity("user", email, frozenset(members | _groups(groups)))


def service_account(email: str, groups: Iterable[str] = ()) -> Identity:
    """A service account, however its token was obtained."""
    email = email.lower()
    members = {f"serviceAccount:{email}", "allUsers", "allAuthenticatedUsers"}
    return Identity("service_account", email, frozenset(members | _groups(groups)))


def federated(
    pool_name: str, subject: str, attributes: Mapping[str, str] | None = None, groups: Iterable[str] = ()
) -> Identity:
    """A workload of a pool: `projects/NUMBER/locations/global/workloadIdentityPools/POOL`.

    `attributes` by their names without `attribute.`; an empty value is no attribute. allAuthenticatedUsers means
    Google accounts only ("Principal identifiers").
    """
    root = f"iam.googleapis.com/{pool_name}"
    name = f"principal://{root}/subject/{subject}"
    sets = {f"principalSet://{root}/attribute.{key}/{value}" for key, value in (attributes or {}).items() if value}
    sets |= {f"principalSet://{root}/group/{group}" for group in groups}
    return Identity("federated", name, frozenset({name, f"principalSet://{root}/*", "allUsers", *sets}))


def _groups(groups: Iterable[str]) -> set[str]:
    return {f"group:{group.lower()}" for group in groups}


def canonical(member: str) -> str:
    """A member string as `principals` have it: emails in lower case."""
    prefix, colon, email = member.partition(":")
    return f"{prefix}:{email.lower()}" if prefix + colon in EMAILS else member
