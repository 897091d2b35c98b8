"""Access levels and perimeters from Terraform JSON: a stack as cdktf synthesizes it, or `terraform show -json PLAN`.

Both are turned into REST bodies and read by `policy.rest`. What Terraform does not know yet never reads as empty: a
condition with unknown addresses, or a rule with an unknown source, admits nobody.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from . import rest
from .decision import Model

LEVEL = "google_access_context_manager_access_level"
PERIMETER = "google_access_context_manager_service_perimeter"
# The provider's blocks of at most one; planned values write them as lists.
SINGLE = {
    *("basic", "custom", "expr", "device_policy", "vpc_subnetwork", "status", "spec", "vpc_accessible_services"),
    *("ingress_from", "ingress_to", "egress_from", "egress_to"),
}
# What the provider knows of a resource beside the REST body, or the REST body says by its name.
NOT_IN_BODY = {"name", "parent", "id", "timeouts", "lifecycle", "depends_on", "provider", "count", "for_each"}
NOT_IN_BODY |= {"create_time", "update_time", "etag", "provisioner", "connection", "deletion_policy"}
UNKNOWN = "(known after apply)"
REFERENCE = re.compile(r"\$\{.*\}")
OWN = re.compile(r"^\$\{(\w+)\.(\w+)\.(?:name|id)\}$")


def synthesized(stack: Mapping[str, Any], addresses: Sequence[str] = ()) -> Model:
    """The model of a synthesized stack. `addresses` (CIDRs) stand for every list that is read from the other stack.

    Without addresses such a list is not known, and its level is granted to nobody. Names under an own access policy
    hold a reference for the policy's number, which reads as `-`.
    """
    resources = stack.get("resource") or {}
    names = {
        (kind, key): body["name"] for kind in (LEVEL, PERIMETER) for key, body in (resources.get(kind) or {}).items()
    }
    found = [
        (kind, _resolved(body, names, list(addresses)))
        for kind in (LEVEL, PERIMETER)
        for body in (resources.get(kind) or {}).values()
    ]
    return _model(found)


def planned(plan: Mapping[str, Any]) -> Model:
    """The model of planned values: what stands after the plan is applied.

    Under a policy that the same plan creates, names of levels are not known, and so none is granted: read the
    synthesized stack for that. Raises ValueError for JSON that is not of `terraform show -json PLAN`.
    """
    if "planned_values" not in plan:
        raise ValueError("plan: no planned_values; allowed: the output of terraform show -json for a saved plan")
    unknown = {
        change["address"]: change["change"].get("after_unknown") for change in plan.get("resource_changes") or ()
    }
    return _model(
        (resource["type"], _with_unknown(resource["values"], unknown.get(resource["address"])))
        for resource in _resources(plan["planned_values"].get("root_module") or {})
        if resource.get("mode") == "managed" and resource["type"] in (LEVEL, PERIMETER)
    )


def _model(resources: Iterable[tuple[str, Mapping[str, Any]]]) -> Model:
    bodies: dict[str, dict[str, Any]] = {LEVEL: {}, PERIMETER: {}}
    for kind, values in resources:
        # Two resources whose names are not known must not become one.
        name = values["name"] if values["name"] != UNKNOWN else f"{UNKNOWN} {len(bodies[kind])}"
        bodies[kind][name] = _body({key: value for key, value in values.items() if key not in NOT_IN_BODY})
    return rest.model(bodies[LEVEL], bodies[PERIMETER])


def _resources(module: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    yield from module.get("resources") or ()
    for child in module.get("child_modules") or ():
        yield from _resources(child)


def _body(value: Any, key: str = "") -> Any:
    """Values as a REST body: camelCase keys, single blocks out of their lists, nothing where nothing is set.

    What is not known becomes a field that no REST body has: `policy.rest` then knows that it cannot decide.
    """
    if isinstance(value, Mapping):
        known = {_camel(k): _body(v, k) for k, v in value.items() if v not in (None, "", [], {}) and not _unknown(v)}
        return known | {f"{_camel(k)} {UNKNOWN}": True for k, v in value.items() if _unknown(v)}
    if isinstance(value, list) and key in SINGLE:
        return _body(value[0]) if value else {}
    return [_body(item) for item in value] if isinstance(value, list) else value


def _unknown(value: Any) -> bool:
    return value == UNKNOWN or (isinstance(value, list) and UNKNOWN in value)


def _camel(name: str) -> str:
    first, *rest_of_it = name.split("_")
    return first + "".join(word.capitalize() for word in rest_of_it)


def _resolved(value: Any, names: Mapping[tuple[str, str], str], addresses: list[str], key: str = "") -> Any:
    """Values without references: to the other stack's addresses, to a level by its resource, to the policy's number."""
    if isinstance(value, Mapping):
        return {name: _resolved(item, names, addresses, name) for name, item in value.items()}
    if key in ("ip_subnetworks", "vpc_ip_subnetworks") and isinstance(value, str):
        return addresses or UNKNOWN
    if isinstance(value, list):
        return [_resolved(item, names, addresses) for item in value]
    if isinstance(value, str):
        own = OWN.match(value)
        return REFERENCE.sub("-", names.get((own[1], own[2]), value) if own else value)
    return value


def _with_unknown(values: Any, unknown: Any) -> Any:
    """Planned values with UNKNOWN wherever the plan says `after_unknown`, which planned values leave out."""
    if unknown is True:
        return UNKNOWN
    if isinstance(unknown, Mapping):
        values = values if isinstance(values, Mapping) else {}
        known = {key: value for key, value in values.items() if key not in unknown}
        return known | {key: _with_unknown(values.get(key), item) for key, item in unknown.items()}
    if isinstance(unknown, list) and isinstance(values, list):
        return [
            _with_unknown(value, unknown[index] if index < len(unknown) else False)
            for index, value in enumerate(values)
        ]
    return values
