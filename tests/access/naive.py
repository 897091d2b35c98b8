"""The oracle: whether enforced perimeters let one call pass, read naively from Terraform's values.

It shares neither the reader nor the model: "Ingress and egress rules", "Access levels" and "Service perimeter
configuration" of VPC Service Controls, one call at a time.
"""

import ipaddress
from dataclasses import dataclass
from typing import Any

Values = dict[str, Any]


@dataclass(frozen=True)
class Who:
    """A caller: its kind, and every member string that means it."""

    kind: str
    members: frozenset[str]


@dataclass(frozen=True)
class Where:
    """A public address; or in Google Cloud a project, a network of `host`, or a project that calls over such a network.

    `reading` is what counts of a project that calls over a network of another one, which no page of Google's says: the
    "project" alone, the "network" alone, or "both" together.
    """

    address: str = ""
    project: str = ""
    network: str = ""
    host: str = ""
    reading: str = "both"

    def is_among(self, names: Any) -> bool:
        """Whether a list of projects and networks has it."""
        project, network = self.project in names, self.network in names or self.host in names
        if not self.host or not self.project:
            return network if self.host else project
        if self.host == self.project:
            return project or network
        return {"project": project, "network": network, "both": project and network}[self.reading]


def passes(
    perimeters: list[Values], levels: dict[str, Values], who: Who, where: Where, service: str, method: str, target: str
) -> bool:
    found = [one for one in perimeters if one["status"]]
    bridges = [one["status"][0]["resources"] for one in found if "BRIDGE" in one.get("perimeter_type", "")]
    regular = [one["status"][0] for one in found if "BRIDGE" not in one.get("perimeter_type", "")]
    bridged = any(target in one and where.is_among(one) for one in bridges)
    return all(_passes(one, bridged, levels, who, where, service, method, target) for one in regular)


def _passes(
    status: Values,
    bridged: bool,
    levels: dict[str, Values],
    who: Who,
    where: Where,
    service: str,
    method: str,
    target: str,
) -> bool:
    inside = where.is_among(status["resources"])
    for vpc in status.get("vpc_accessible_services", ()):
        if inside and where.host and service not in vpc["allowed_services"]:
            return False
    if service not in status["restricted_services"] or bridged:
        return True
    if target in status["resources"]:
        if inside:
            return True
        if where.address and any(has_level(name, levels, who, where) for name in status["access_levels"]):
            return True
        return any(
            _rule(rule, "ingress", levels, who, where, service, method, target) for rule in status["ingress_policies"]
        )
    return not inside or any(
        _rule(rule, "egress", levels, who, where, service, method, target) for rule in status["egress_policies"]
    )


def _rule(
    rule: Values, way: str, levels: dict[str, Values], who: Who, where: Where, service: str, method: str, target: str
) -> bool:
    origin, to = rule[f"{way}_from"][0], rule[f"{way}_to"][0]
    if "*" not in to["resources"] and target not in to["resources"]:
        return False
    if not any(_operation(one, service, method) for one in to["operations"]):
        return False
    kind = origin.get("identity_type")
    if kind == "ANY_IDENTITY":
        identity = True
    elif kind:
        identity = {"ANY_USER_ACCOUNT": "user", "ANY_SERVICE_ACCOUNT": "service_account"}[kind] == who.kind
    else:
        identity = bool(who.members & set(origin["identities"]))
    if not identity:
        return False
    if not origin["sources"]:
        return way == "egress"
    return where.is_among([one["resource"] for one in origin["sources"] if one.get("resource")]) or any(
        one.get("access_level") == "*"
        or (one.get("access_level") and has_level(one["access_level"], levels, who, where))
        for one in origin["sources"]
    )


def _operation(operation: Values, service: str, method: str) -> bool:
    if operation["service_name"] == "*":
        return True
    selected = [one["method"] for one in operation["method_selectors"]]
    return operation["service_name"] == service and ("*" in selected or method in selected)


def has_level(name: str, levels: dict[str, Values], who: Who, where: Where) -> bool:
    basic = levels[name]["basic"][0]
    found = [_condition(one, levels, who, where) for one in basic["conditions"]]
    return any(found) if basic.get("combining_function") == "OR" else all(found)


def _condition(one: Values, levels: dict[str, Values], who: Who, where: Where) -> bool:
    holds = True
    if one["ip_subnetworks"]:
        holds = bool(where.address) and any(
            ipaddress.ip_address(where.address) in ipaddress.ip_network(cidr) for cidr in one["ip_subnetworks"]
        )
    if one["members"]:
        holds = holds and bool(who.members & set(one["members"]))
    holds = holds and all(has_level(other, levels, who, where) for other in one["required_access_levels"])
    return holds != bool(one["negate"])
