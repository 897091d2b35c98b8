"""Members of IAM policies, of access levels and of perimeter rules: their grammar, and whether they exist.

A user, group or domain cannot be looked up here and is taken for one that exists; a service account and a pool can.
"""

import re

from policy.identity import account_email, pool_name

from .state import State

_EMAIL = r"[^\s@:/?]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
_POOL = pool_name("[0-9]+", "[0-9a-z-]+")
_WORKFORCE = r"locations/global/workforcePools/[0-9a-z-]+"
ACCOUNT = re.compile(rf"(user|group|serviceAccount):{_EMAIL}|domain:[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
FEDERATED = re.compile(
    rf"principal://iam\.googleapis\.com/(?P<one>{_POOL})/subject/\S+"
    rf"|principalSet://iam\.googleapis\.com/(?P<set>{_POOL})/(group/\S+|attribute\.[a-z0-9_]{{1,100}}/\S+|\*)"
    rf"|principal://iam\.googleapis\.com/{_WORKFORCE}/subject/\S+"
    rf"|principalSet://iam\.googleapis\.com/{_WORKFORCE}/(group/\S+|attribute\.[a-z0-9_]{{1,100}}/\S+|\*)"
)


def lowercase_account(member: str) -> str:
    """A service account's email is in lowercase; any other member stays as it is."""
    prefix = "serviceAccount:"
    return prefix + member.removeprefix(prefix).lower() if member.startswith(prefix) else member


def missing_account(state: State, member: str) -> str:
    """The email of a service account that does not exist, "" for any other member.

    Google's own accounts (`service-NUMBER@gcp-sa-...`) exist, and so do those of projects outside this organization.
    """
    email = member.removeprefix("serviceAccount:").lower()
    if not member.startswith("serviceAccount:") or email in state.service_accounts:
        return ""
    id = email.partition("@")[0]
    return email if email in (account_email(id, project) for project in state.projects) else ""


def missing_pool(state: State, member: str) -> str:
    """The name of a workload identity pool that was never made, "" for any other member. It has the project's number."""
    found = FEDERATED.fullmatch(member)
    name = (found["one"] or found["set"]) if found else ""
    return name if name and name not in state.pools else ""


def rename(state: State, old: str, new: str) -> None:
    """Write a member differently in every IAM policy: Google does so when a service account is deleted."""
    for policy in state.iam_policies.values():
        for binding in policy.get("bindings", ()):
            binding["members"] = sorted({new if member == old else member for member in binding["members"]})
