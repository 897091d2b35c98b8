"""Mistakes that the Google stack could have in whom it takes for whom: the provider, and grants."""

import copy
import json
import re
from collections.abc import Callable

from .planted import Bug, Stack, resources

_PROVIDER = "google_iam_workload_identity_pool_provider"
_IMPERSONATION, _GRANT = "google_service_account_iam_member", "google_project_iam_member"


def _condition(old: str, new: str) -> Callable[[Stack], None]:
    def plant(stack: Stack) -> None:
        (provider,) = resources(stack, _PROVIDER)
        provider["attribute_condition"] = re.sub(old, new, provider["attribute_condition"])

    return plant


def _account(old: str, new: str) -> Callable[[Stack], None]:
    def plant(stack: Stack) -> None:
        (provider,) = resources(stack, _PROVIDER)
        provider |= json.loads(json.dumps(provider).replace(old, new))

    return plant


def _mapping(old: str, new: str) -> Callable[[Stack], None]:
    def plant(stack: Stack) -> None:
        (provider,) = resources(stack, _PROVIDER)
        role = provider["attribute_mapping"]["attribute.aws_role"]
        provider["attribute_mapping"]["attribute.aws_role"] = role.replace(old, new)

    return plant


def _member(kind: str, name: str, old: str, new: str) -> Callable[[Stack], None]:
    def plant(stack: Stack) -> None:
        for body in resources(stack, kind, name):
            body["member"] = re.sub(old, new, body["member"])

    return plant


def _granted_role(role: str) -> Callable[[Stack], None]:
    def plant(stack: Stack) -> None:
        for body in resources(stack, _GRANT):
            body["role"] = role

    return plant


def _granted_to(member: str) -> Callable[[Stack], None]:
    def plant(stack: Stack) -> None:
        grant = copy.deepcopy(resources(stack, _GRANT)[0])
        stack["resource"][_GRANT]["more"] = {**grant, "member": member}

    return plant


def _stopped_still_granted(stack: Stack) -> None:
    """As if the stop switch had forgotten one of the three."""
    grant = copy.deepcopy(resources(stack, _IMPERSONATION, "batch")[0])
    changed = json.loads(json.dumps(grant).replace("several-batch", "several-old"))
    stack["resource"][_IMPERSONATION]["caller_old_impersonation"] = {
        **changed, "member": grant["member"].replace("several-batch", "several-search"),
    }  # fmt: skip


SLASH = (r"(assumed-role/[\w-]+)/'", r"\1'")
POOL = "principalSet://iam.googleapis.com/projects/345678901234/locations/global/workloadIdentityPools/demo-aws/*"
ADMIN = "arn:aws:sts::123456789012:assumed-role/Administrator/"
IDENTITY_BUGS = [
    Bug("a condition without the slash behind the role", "on-premises", _condition(*SLASH)),
    Bug("the same where several roles are admitted", "several", _condition(*SLASH)),
    Bug("a condition that finds the role anywhere", "article", _condition(r"startsWith\('[^']+assumed-role/", "contains('/")),
    Bug("no condition but the account", "direct", _condition(r" && .*", "")),
    Bug("a condition in another partition", "on-premises", _condition("arn:aws:", "arn:aws-us-gov:")),
    Bug("a unique id that is not looked at", "existing-network", _condition(r" && assertion.userid[^)]+\)", "")),
    Bug("a role attribute without its end", "direct", _mapping("{role_name}/", "{role_name}")),
    Bug("the whole pool may impersonate", "several", _member(_IMPERSONATION, "", r"/attribute\..*", "/*")),
    Bug("the whole account may impersonate", "several", _member(_IMPERSONATION, "", r"aws_role/.*", "account/123456789012")),
    Bug("another workload may impersonate", "several", _member(_IMPERSONATION, "batch", "several-batch", "several-search")),
    Bug("the whole pool may call", "example", _member(_GRANT, "app", "^.*$", POOL)),
    Bug("another workload may call", "direct", _member(_GRANT, "batch", "batch-jobs", "lambda-summaries")),
    Bug("a grant that is too wide", "example", _granted_role("roles/owner")),
    Bug("Google's predefined role instead of our own", "on-premises", _granted_role("roles/aiplatform.user")),
    Bug("somebody unheard of may call", "example", _granted_to("user:eve@example.com")),
    Bug("a role unheard of", "article", _condition("$", f" || assertion.arn.startsWith('{ADMIN}')")),
    Bug("a list of roles that admits users too", "crowd", _condition(r"assertion\.arn\.startsWith[^)]+\) && \(attr", "(attr")),
    Bug("a role unheard of in a list", "crowd", _condition(r"\['", "['Administrator','")),
    Bug("a unique id of a list that is not looked at", "crowd", _condition(r" && assertion.userid[^)]+\)", "")),
    Bug("a role of another workload is granted its place", "existing-identities", _member(_GRANT, "batch", "aws_role/batch", "aws_role/app")),
    Bug("an account of another project that another workload may act as", "existing-identities", _member(_IMPERSONATION, "app", "aws_role/app", "aws_role/batch")),
    Bug("the deployer's account instead of the one of its role", "second-account", _account("210987654321", "111122223333")),
    Bug("a workload of another may act as a stopped one", "several", _stopped_still_granted),
]  # fmt: skip
