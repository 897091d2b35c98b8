"""Mistakes that the stacks, and the model of Google's decisions, could have; each is one that a review may overlook."""

import copy
import dataclasses
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from localcloud.google import perimeter as admission
from policy import decision, iam, identity, levels, matching, rest, trust

Stack = dict[str, Any]
_PERIMETER, _LEVEL = (f"google_access_context_manager_{kind}" for kind in ("service_perimeter", "access_level"))
_PROVIDER = "google_iam_workload_identity_pool_provider"
_IMPERSONATION, _GRANT = "google_service_account_iam_member", "google_project_iam_member"


@dataclass(frozen=True)
class Bug:
    """What is wrong, in which environment it is planted, and how."""

    name: str
    environment: str
    plant: Callable[[Stack], None]

    def planted(self, stack: Stack) -> Stack:
        """The stack with the bug. ValueError if that is the same one, for then nothing would be tested."""
        broken = copy.deepcopy(stack)
        for kind in (_PERIMETER, _LEVEL):
            for body in resources(broken, kind):
                body.get("lifecycle", {}).pop("precondition", None)
        before = copy.deepcopy(broken)
        self.plant(broken)
        if before == broken:
            raise ValueError(f"{self.name}: is nowhere to be planted in {self.environment}")
        return broken


def resources(stack: Stack, kind: str, name: str = "") -> list[Stack]:
    """The resources of a type whose construct's path has `name` in it."""
    return [body for key, body in sorted(stack["resource"].get(kind, {}).items()) if name in key]


def _configurations(stack: Stack) -> Iterator[Stack]:
    for body in resources(stack, _PERIMETER):
        yield from (body[side] for side in ("status", "spec") if side in body)


def _rule(stack: Stack, title: str = "workloads call Gemini") -> Iterator[Stack]:
    found = (rule for one in _configurations(stack) for rule in one["ingress_policies"])
    yield from (rule for rule in found if rule["title"] == title)


def _condition(old: str, new: str) -> Callable[[Stack], None]:
    def plant(stack: Stack) -> None:
        (provider,) = resources(stack, _PROVIDER)
        provider["attribute_condition"] = re.sub(old, new, provider["attribute_condition"])

    return plant


def _mapping(old: str, new: str) -> Callable[[Stack], None]:
    def plant(stack: Stack) -> None:
        (provider,) = resources(stack, _PROVIDER)
        role = provider["attribute_mapping"]["attribute.aws_role"]
        provider["attribute_mapping"]["attribute.aws_role"] = role.replace(old, new)

    return plant


def _from(title: str = "workloads call Gemini", **changes: Any) -> Callable[[Stack], None]:
    def plant(stack: Stack) -> None:
        for rule in _rule(stack, title):
            rule["ingress_from"] |= changes
            for name in [name for name, value in changes.items() if value is None]:
                del rule["ingress_from"][name]

    return plant


def _addresses(level: str, change: Callable[[Any], Any]) -> Callable[[Stack], None]:
    def plant(stack: Stack) -> None:
        (found,) = resources(stack, _LEVEL, level)
        condition = found["basic"]["conditions"][0]
        condition["ip_subnetworks"] = change(condition["ip_subnetworks"])

    return plant


def _swapped(stack: Stack) -> None:
    (body,) = resources(stack, _PERIMETER)
    status, spec = body.pop("status", None), body.pop("spec", None)
    body |= ({"status": spec} if spec else {}) | ({"spec": status} if status else {})
    body["use_explicit_dry_run_spec"] = bool(status)


def _resources(*projects: str, rule: str = "") -> Callable[[Stack], None]:
    def plant(stack: Stack) -> None:
        for one in _configurations(stack):
            one["resources"] = [f"projects/{project}" for project in projects]
            for each in one["ingress_policies"]:
                each["ingress_to"]["resources"] = [f"projects/{rule or projects[0]}"]

    return plant


def _restricted(side: str, *dropped: str) -> Callable[[Stack], None]:
    def plant(stack: Stack) -> None:
        (body,) = resources(stack, _PERIMETER)
        kept = [one for one in body[side]["restricted_services"] if one.partition(".")[0] not in dropped]
        body[side]["restricted_services"] = kept or ["storage.googleapis.com"]

    return plant


def _blanket(stack: Stack) -> None:
    for one in _configurations(stack):
        one["access_levels"] = [one["ingress_policies"][-1]["ingress_from"]["sources"][0]["access_level"]]


def _methods(stack: Stack) -> None:
    for rule in _rule(stack):
        (operation,) = rule["ingress_to"]["operations"]
        operation["method_selectors"] = [{"method": "PredictionService.GenerateContent"}]


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


def _stopped_still_granted(stack: Stack) -> None:
    """As if the stop switch had forgotten one of the three."""
    grant = copy.deepcopy(resources(stack, _IMPERSONATION, "batch")[0])
    changed = json.loads(json.dumps(grant).replace("several-batch", "several-old"))
    stack["resource"][_IMPERSONATION]["caller_old_impersonation"] = {
        **changed, "member": grant["member"].replace("several-batch", "several-search"),
    }  # fmt: skip


def _people_swapped(stack: Stack) -> None:
    first, second = (
        next(_rule(stack, f"on-premises {place} calls Gemini"))["ingress_from"] for place in ("osaka", "tokyo")
    )
    first["identities"], second["identities"] = second["identities"], first["identities"]


def _wide(cidrs: Any) -> Any:
    given = cidrs if isinstance(cidrs, list) else ["203.0.113.0/32", "198.51.100.0/32"]
    return [re.sub(r"\d+/32$", "0/24", cidr) for cidr in given]


SLASH = (r"(assumed-role/[\w-]+)/'", r"\1'")
POOL = "principalSet://iam.googleapis.com/projects/345678901234/locations/global/workloadIdentityPools/demo-aws/*"
STACK_BUGS = [
    Bug("a condition without the slash behind the role", "example", _condition(*SLASH)),
    Bug("the same where several roles are admitted", "several", _condition(*SLASH)),
    Bug("a condition that finds the role anywhere", "article", _condition(r"startsWith\('[^']+assumed-role/", "contains('/")),
    Bug("no condition but the account", "direct", _condition(r" && .*", "")),
    Bug("a condition in another partition", "on-premises", _condition("aws-us-gov", "aws")),
    Bug("a unique id that is not looked at", "existing-network", _condition(r" && assertion.userid[^)]+\)", "")),
    Bug("a role attribute without its end", "direct", _mapping("{role_name}/", "{role_name}")),
    Bug("any identity", "several", _from(identities=None, identity_type="ANY_IDENTITY")),
    Bug("any identity in a dry run", "example", _from(identities=None, identity_type="ANY_IDENTITY")),
    Bug("any service account", "on-premises", _from(identities=None, identity_type="ANY_SERVICE_ACCOUNT")),
    Bug("named identities instead of any", "article", _from(identity_type=None, identities=["user:mallory@example.com"])),
    Bug("no source", "proposal", _from(sources=[])),
    Bug("no source in a dry run", "direct", _from(sources=[])),
    Bug("any source", "several", _from(sources=[{"access_level": "*"}])),
    Bug("an exchange that wants an identity", "ladder", _from("workloads exchange tokens", identity_type="ANY_SERVICE_ACCOUNT")),
    Bug("an impersonation by anybody", "ladder", _from("workloads impersonate", identities=None, identity_type="ANY_IDENTITY")),
    Bug("status and spec swapped", "proposal", _swapped),
    Bug("status for spec", "example", _swapped),
    Bug("spec for status", "article", _swapped),
    Bug("another project in the perimeter", "existing-network", _resources("999999999999")),
    Bug("another project in the rule", "existing-network", _resources("345678901234", "999999999999", rule="999999999999")),
    Bug("Gemini not restricted", "article", _restricted("status", "aiplatform")),
    Bug("a proposed service not restricted", "proposal", _restricted("spec", "sts")),
    Bug("impersonation not restricted", "ladder", _restricted("status", "iamcredentials")),
    Bug("a level for the whole perimeter", "several", _blanket),
    Bug("one method of Gemini only", "several", _methods),
    Bug("an empty level", "proposal", _addresses("workloads_level", lambda _: [])),
    Bug("an empty level in a dry run", "example", _addresses("workloads_level", lambda _: [])),
    Bug("/24 instead of /32", "direct", _addresses("workloads", _wide)),
    Bug("/24 instead of the network's own addresses", "several", _addresses("workloads", _wide)),
    Bug("one of several addresses left out", "ladder", _addresses("workloads", lambda cidrs: cidrs[1:])),
    Bug("an office's IPv6 left out", "on-premises", _addresses("tokyo", lambda cidrs: cidrs[:1])),
    Bug("the present addresses proposed", "proposal", _addresses("proposed", lambda _: ["203.0.113.9/32"])),
    Bug("each office has the other one's people", "on-premises", _people_swapped),
    Bug("the whole pool may impersonate", "several", _member(_IMPERSONATION, "", r"/attribute\..*", "/*")),
    Bug("the whole account may impersonate", "several", _member(_IMPERSONATION, "", r"aws_role/.*", "account/123456789012")),
    Bug("another workload may impersonate", "several", _member(_IMPERSONATION, "batch", "several-batch", "several-search")),
    Bug("the whole pool may call", "example", _member(_GRANT, "app", "^.*$", POOL)),
    Bug("another workload may call", "direct", _member(_GRANT, "batch", "batch-jobs", "lambda-summaries")),
    Bug("a grant that is too wide", "example", _granted_role("roles/owner")),
    Bug("Google's predefined role instead of our own", "on-premises", _granted_role("roles/aiplatform.user")),
    Bug("a workload of another may act as a stopped one", "several", _stopped_still_granted),
]  # fmt: skip


def _patched(target: Any, name: str, wrong: Callable[..., Any]) -> Callable[[pytest.MonkeyPatch], None]:
    """Plants in `target.name` what `wrong` makes of the right one."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(target, name, wrong(getattr(target, name)))

    return plant


def _nothing_of(*fields: str) -> Callable[..., Any]:
    def wrong(right: Any) -> Any:
        return lambda *given: dataclasses.replace(right(*given), **dict.fromkeys(fields, ()))

    return wrong


def _any_address(_: Any) -> Any:
    return lambda *_: levels.Truth(True)


def _one_address_is_enough(right: Any) -> Any:
    return lambda address, cidrs: right(
        address, [re.sub(r"/\d+$", "/24", c) if ":" not in c and c.endswith("/32") else c for c in cidrs]
    )


POLICY_BUGS: dict[str, tuple[str, Callable[[pytest.MonkeyPatch], None]]] = {
    "rules whose source is not looked at": ("several", _patched(matching, "_sources", _any_address)),
    "rules whose identity is not looked at": ("several", _patched(matching, "_identity", lambda _right: lambda *_: True)),
    "rules whose target is not looked at": ("ladder", _patched(matching, "concerns", lambda _right: lambda *_: True)),
    "rules that nothing matches": ("on-premises", _patched(decision, "matches", lambda _right: lambda *_: levels.Truth(False))),
    "conditions that are not evaluated": ("example", _patched(trust, "_value", lambda right: lambda what, *given: "condition" in what or right(what, *given))),
    "members that match by their beginning": ("several", _patched(identity.Identity, "matches", lambda _: lambda self, member: any(one.startswith(member[:-3]) for one in self.principals))),
    "groups that match no one": ("on-premises", _patched(identity.Identity, "matches", lambda right: lambda self, member: not member.startswith("group:") and right(self, member))),
    "every permission granted to who has one": ("example", _patched(iam, "permits", lambda _right: lambda *_: True)),
    "nothing granted": ("direct", _patched(iam, "allows", lambda _right: lambda *_: None)),
    "status read for spec": ("proposal", _patched(rest, "perimeter", lambda right: lambda *given: dataclasses.replace(right(*given), spec=right(*given).status))),
    "a dry run that is enforced": ("direct", _patched(rest, "perimeter", lambda right: lambda *given: dataclasses.replace(right(*given), status=right(*given).spec))),
    "a dry run that is not written down": ("direct", _patched(decision.Decision, "dry_run_violation", lambda _: False)),
    "restricted services that are none": ("article", _patched(rest, "configuration", _nothing_of("restricted_services"))),
    "single addresses taken for their neighbourhood": ("several", _patched(levels, "_in_subnetworks", _one_address_is_enough)),
    "addresses that are not looked at": ("on-premises", _patched(levels, "_in_subnetworks", _any_address)),
}  # fmt: skip


def forget_decisions() -> None:
    """What the model keeps was decided with, or without, a bug."""
    admission._model.cache_clear()
    trust._outcome.cache_clear()
