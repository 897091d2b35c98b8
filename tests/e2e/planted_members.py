"""Mistakes that a member of an organization could have in its stack, and one of the perimeter's owner."""

import copy
import json
from collections.abc import Callable
from typing import Any

from .members import ACCOUNT, MEMBERS, SECOND_ACCOUNT
from .planted import LEVEL, PERIMETER, Stack, resources


def planted(change: Callable[[Stack], None], *, name: str = "blue") -> Callable[[str, Stack], Stack]:
    """One environment's stack with a mistake."""

    def plant(who: str, stack: Stack) -> Stack:
        if who != name:
            return stack
        broken = copy.deepcopy(stack)
        change(broken)
        assert broken != stack
        return broken

    return plant


def rules(stack: Stack) -> list[Any]:
    return [
        body for side in ("", "_dry_run") for body in resources(stack, f"{PERIMETER}{side}_ingress_policy", "gemini")
    ]


def no_level(stack: Stack) -> None:
    for rule in rules(stack):
        rule["ingress_from"]["sources"] = [{"access_level": "*"}]
        rule["title"] += " again"


def no_identities(stack: Stack) -> None:
    for rule in rules(stack):
        del rule["ingress_from"]["identities"]
        rule["ingress_from"]["identity_type"] = "ANY_IDENTITY"
        rule["title"] += " again"


def another_account(stack: Stack) -> None:
    (provider,) = resources(stack, "google_iam_workload_identity_pool_provider")
    provider |= json.loads(json.dumps(provider).replace(ACCOUNT, SECOND_ACCOUNT))


def no_membership(stack: Stack) -> None:
    del stack["resource"][f"{PERIMETER}_resource"]
    del stack["resource"][f"{PERIMETER}_ingress_policy"]
    _independent(stack)


def grants_first(stack: Stack) -> None:
    _independent(stack)
    members = [f"google_project_iam_member.{name}" for name in stack["resource"]["google_project_iam_member"]]
    for side in ("", "_dry_run"):
        for body in resources(stack, f"{PERIMETER}{side}_resource"):
            body["depends_on"] = members


def another_level(stack: Stack) -> None:
    for level in resources(stack, LEVEL, "workloads"):
        level["basic"]["conditions"][0]["ip_subnetworks"] = [f"{MEMBERS['red'].addresses[-1]}/32"]


def _independent(stack: Stack) -> None:
    for kind, named in stack["resource"].items():
        for body in named.values() if kind.endswith("_iam_member") else ():
            body["depends_on"] = [one for one in body.get("depends_on", ()) if PERIMETER not in one]


def members_not_ignored(stack: Stack) -> None:
    for body in resources(stack, PERIMETER):
        body["lifecycle"] = {}


MISTAKES = {
    one.__name__: one for one in (no_level, no_identities, another_account, no_membership, grants_first, another_level)
}
