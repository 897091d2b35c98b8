"""A stack of its own for each resource type: one resource with what it refers to; and the request that makes it."""

import json
import re
from functools import cache
from typing import Any

from access.model import camel
from resources import RESOURCES
from resources.description import Resource
from tests.synthesis import environment
from tests.terraform.google_stacks import ENFORCED, EXISTING_POLICY, google_stack
from tests.terraform.google_variants import AUDIT, IMPERSONATING, OUTWARD
from tests.terraform.support import HERE, QUICK

PERIMETER = "google_access_context_manager_service_perimeter"
SIDES = {"": "status", "_dry_run": "spec"}


def _line(one: Resource) -> str:
    """The line (localcloud.faults) of the request that makes a resource, as a pattern."""
    if one.part:
        side, items = one.part
        return rf"PATCH https://accesscontextmanager\..*updateMask={side}\.{camel(items)}"
    if one.creation.startswith("POST "):
        return re.sub(r"\\{\w+\\}", "[^?]+", re.escape(one.creation)) + r"(\?|$)"
    service, _, action = one.creation.partition(":")
    return rf"POST https://{service}\..*#{action}$"


WRITES = {kind: _line(one) for kind, one in sorted(RESOURCES.items())}
READ = {
    "aws_caller_identity", "aws_eip", "aws_iam_instance_profile", "aws_ssm_parameter",
    "aws_subnet", "google_project", "google_service_account", *(one.search.source for one in RESOURCES.values() if one.search and not one.search.same),
}  # fmt: skip
"""Data sources of the stacks and of `make adopt`."""
_UNSAID = {
    **{f"{PERIMETER}{side}_resource": (PERIMETER,) for side in SIDES},
    **{
        f"{PERIMETER}{side}_{rule}": (
            PERIMETER,
            f"{PERIMETER}{side}_resource",
            "google_access_context_manager_access_level",
            "google_iam_workload_identity_pool",
        )
        for side in SIDES
        for rule in ("ingress_policy", "egress_policy")
    },
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
    whole = _whole("shared" if kind.startswith(f"{PERIMETER}_") else kind.partition("_")[0])
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
        kept = body.pop("lifecycle", {}).get("ignore_changes")
        if kept and kind.startswith(f"{PERIMETER}_"):  # what others attach, and not what is inline
            body["lifecycle"] = {"ignore_changes": kept}
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
    if cloud == "shared":
        # Direct access: the provider waits 10 s for a service account.
        return dict(json.loads(google_stack(f"[perimeter]\nshared = true{OUTWARD}", policy=EXISTING_POLICY)))
    stack: dict[str, Any] = json.loads(google_stack(ENFORCED, workload=IMPERSONATING, more=AUDIT))
    return stack
