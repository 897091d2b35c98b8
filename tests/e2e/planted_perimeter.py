"""Mistakes that the Google stack could have in what it lets through: levels, rules, services, status and spec."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from .planted import LEVEL, PERIMETER, Bug, Stack, resources


def _configurations(stack: Stack) -> Iterator[Stack]:
    for body in resources(stack, PERIMETER):
        yield from (body[side] for side in ("status", "spec") if side in body)


def _rule(stack: Stack, title: str = "workloads call Gemini") -> Iterator[Stack]:
    found = (rule for one in _configurations(stack) for rule in one["ingress_policies"])
    yield from (rule for rule in found if rule["title"] == title)


def _from(title: str = "workloads call Gemini", **changes: Any) -> Callable[[Stack], None]:
    def plant(stack: Stack) -> None:
        for rule in _rule(stack, title):
            rule["ingress_from"] |= changes
            for name in [name for name, value in changes.items() if value is None]:
                del rule["ingress_from"][name]

    return plant


def _inwards(stack: Stack) -> None:
    ((name, rule),) = stack["resource"][f"{PERIMETER}_egress_policy"].items()
    operation = {**rule["egress_to"]["operations"][0], "method_selectors": [{"method": "*"}]}
    stack["resource"][f"{PERIMETER}_ingress_policy"][f"{name}_inwards"] = {
        **{key: rule[key] for key in ("perimeter", "depends_on")},
        "title": "inwards",
        "ingress_from": {**rule["egress_from"], "sources": [{"access_level": "*"}]},
        "ingress_to": {"resources": ["*"], "operations": [operation]},
    }


def _anybody_joins(stack: Stack) -> None:
    (rule,) = resources(stack, f"{PERIMETER}_ingress_policy", "workloads_call_gemini")
    del rule["ingress_from"]["identities"]
    rule["ingress_from"]["identity_type"] = "ANY_IDENTITY"
    rule["title"] += " again"


def _addresses(level: str, change: Callable[[Any], Any]) -> Callable[[Stack], None]:
    def plant(stack: Stack) -> None:
        (found,) = resources(stack, LEVEL, level)
        condition = found["basic"]["conditions"][0]
        condition["ip_subnetworks"] = change(condition["ip_subnetworks"])

    return plant


def _swapped(stack: Stack) -> None:
    (body,) = resources(stack, PERIMETER)
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
        (body,) = resources(stack, PERIMETER)
        kept = [one for one in body[side]["restricted_services"] if one.partition(".")[0] not in dropped]
        body[side]["restricted_services"] = kept or ["storage.googleapis.com"]

    return plant


def _every_service(stack: Stack) -> None:
    for rule in _rule(stack):
        rule["ingress_to"]["operations"] = [{"service_name": "*"}]


def _one_more_service(service: str) -> Callable[[Stack], None]:
    def plant(stack: Stack) -> None:
        for rule in _rule(stack, "deployer runs Terraform"):
            operation = {"service_name": f"{service}.googleapis.com", "method_selectors": [{"method": "*"}]}
            rule["ingress_to"]["operations"].append(operation)

    return plant


def _blanket(stack: Stack) -> None:
    for one in _configurations(stack):
        one["access_levels"] = [one["ingress_policies"][-1]["ingress_from"]["sources"][0]["access_level"]]


def _methods(stack: Stack) -> None:
    for rule in _rule(stack):
        (operation,) = rule["ingress_to"]["operations"]
        operation["method_selectors"] = [{"method": "PredictionService.GenerateContent"}]


def _let_in(title: str, member: str) -> Callable[[Stack], None]:
    def plant(stack: Stack) -> None:
        for rule in _rule(stack, title):
            rule["ingress_from"]["identities"].append(member)

    return plant


def _people_swapped(stack: Stack) -> None:
    first, second = (
        next(_rule(stack, f"on-premises {place} calls Gemini"))["ingress_from"] for place in ("osaka", "tokyo")
    )
    first["identities"], second["identities"] = second["identities"], first["identities"]


def _wide(cidrs: Any) -> Any:
    given = cidrs if isinstance(cidrs, list) else ["203.0.113.0/32", "198.51.100.0/32"]
    return [re.sub(r"\d+/32$", "0/24", cidr) for cidr in given]


PERIMETER_BUGS = [
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
    Bug("Storage not restricted", "ladder", _restricted("status", "storage")),
    Bug("Monitoring and Service Usage not restricted", "ladder", _restricted("status", "monitoring", "serviceusage")),
    Bug("every service behind the workloads' rule", "ladder", _every_service),
    Bug("Storage behind the deployer's rule", "ladder", _one_more_service("storage")),
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
    Bug("a group unheard of behind an office's rule", "on-premises", _let_in("on-premises tokyo calls Gemini", "group:eves@example.com")),
    Bug("any identity in a joined perimeter", "joined", _anybody_joins),
    Bug("a joined level that is too wide", "joined", _addresses("workloads", _wide)),
    Bug("a level that is too wide in the dry run of a joiner", "joiner", _addresses("workloads", _wide)),
    Bug("/24 instead of the addresses of central egress", "central-egress", _addresses("workloads", _wide)),
    Bug("any identity in a shared perimeter", "sharer", _anybody_joins),
    Bug("a rule outwards that is one inwards too", "sharer", _inwards),
    Bug("a network unheard of", "on-premises", _addresses("tokyo", lambda cidrs: [*cidrs, "192.0.2.77/32"])),
]  # fmt: skip
