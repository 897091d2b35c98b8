"""A stack of its own for each resource type: one resource with what it refers to; and the request that makes it."""

import json
import re
from functools import cache
from typing import Any

from resources import RESOURCES
from tests.synthesis import environment
from tests.terraform.google_stacks import ENFORCED, google_stack
from tests.terraform.google_variants import AUDIT, IMPERSONATING
from tests.terraform.support import HERE, QUICK


def _line(creation: str) -> str:
    """The line (localcloud.faults) of the request that makes a resource, as a pattern."""
    if creation.startswith("POST "):
        return re.sub(r"\\{\w+\\}", "[^?]+", re.escape(creation)) + r"(\?|$)"
    service, _, action = creation.partition(":")
    return rf"POST https://{service}\..*#{action}$"


WRITES = {kind: _line(one.creation) for kind, one in sorted(RESOURCES.items()) if not one.part}
"""By type. A part of a perimeter is a change of the whole: tests/terraform/test_google_join.py and test_google_share.py apply it."""
READ = {
    "aws_caller_identity", "aws_eip", "aws_iam_instance_profile", "aws_ssm_parameter",
    "aws_subnet", "google_project", "google_service_account", *(one.search.source for one in RESOURCES.values() if one.search and not one.search.same),
}  # fmt: skip
"""Data sources of the stacks and of `make adopt`."""
_UNSAID = {
    "google_iam_workload_identity_pool_provider": ("google_iam_workload_identity_pool",),
    "google_access_context_manager_service_perimeter": ("google_access_context_manager_access_level",),
    "google_service_account_iam_member": (
        "google_service_account", "google_iam_workload_identity_pool", "google_iam_workload_identity_pool_provider",
    ),
    "google_project_iam_member": ("google_project_iam_custom_role",),
}  # fmt: skip
"""What a type needs without a reference: literals name it (DESIGN 4)."""


@cache
def part(kind: str) -> dict[str, Any]:
    """The stack's JSON. The prerequisites come in the order of the stack's own `depends_on`."""
    whole = _whole(kind.partition("_")[0])
    every = {f"{type}.{name}": body for type, named in whole["resource"].items() for name, body in named.items()}
    wanted = [next(address for address in sorted(every) if address.startswith(f"{kind}."))]
    for address in wanted:
        said = re.findall(r"\$\{[^}]*?([a-z]\w*_\w+\.[\w-]+)\.\w+", json.dumps(every[address]))
        unsaid = [next(one for one in every if one.startswith(f"{type}.")) for type in _UNSAID.get(_type(address), ())]
        wanted += [one for one in [*said, *unsaid] if one in every and one not in wanted]
    result: dict[str, Any] = {"provider": json.loads(json.dumps(whole["provider"])), "resource": {}}
    result["terraform"] = {"required_providers": whole["terraform"]["required_providers"]}
    for google in result["provider"].get("google", ()):
        google["batching"] = QUICK
    for address in wanted:
        body = json.loads(json.dumps(every[address]))
        body["depends_on"] = [one for one in _before(address, every) if one in wanted]
        body.pop("lifecycle", None)
        body.pop("deletion_policy", None)
        result["resource"].setdefault(_type(address), {})[address.partition(".")[2]] = body
    text = json.dumps(result)
    for type, named in whole.get("data", {}).items():
        kept = {name: body for name, body in named.items() if f"data.{type}.{name}." in text}
        if kept:
            result.setdefault("data", {})[type] = kept
    return result


def _before(address: str, every: dict[str, Any]) -> list[str]:
    types = _UNSAID.get(_type(address), ())
    return [*every[address].get("depends_on", ()), *(one for one in every if _type(one) in types)]


def _type(address: str) -> str:
    return address.partition(".")[0]


@cache
def _whole(cloud: str) -> dict[str, Any]:
    if cloud == "aws":
        return environment("several", HERE).aws
    stack: dict[str, Any] = json.loads(google_stack(ENFORCED, workload=IMPERSONATING, more=AUDIT))
    return stack
