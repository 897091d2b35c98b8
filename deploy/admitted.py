"""The addresses that enforced perimeters let in, read from a state (`terraform state pull`); pure."""

from collections.abc import Iterator
from typing import Any

from access.changes import LEVEL, PERIMETER, block, enforced


def admitted_addresses(state: dict[str, Any]) -> set[str]:
    """The single addresses in access levels that an enforced perimeter's rules name, without their /32."""
    named = {level for perimeter in _objects(state, PERIMETER) for level in _levels(enforced(perimeter))}
    return {
        cidr.removesuffix("/32")
        for level in _objects(state, LEVEL)
        if level["name"] in named
        for condition in block(level, "basic").get("conditions") or []
        for cidr in condition.get("ip_subnetworks") or []
    }


def _objects(state: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    for resource in state["resources"]:
        if resource["mode"] == "managed" and resource["type"] == kind:
            for instance in resource["instances"]:
                yield instance["attributes"]


def _levels(status: dict[str, Any]) -> Iterator[str]:
    yield from status.get("access_levels") or []
    for policy in status.get("ingress_policies") or []:
        for source in block(policy, "ingress_from").get("sources") or []:
            yield source["access_level"]
