"""Levels and perimeters of the world as policy's model, which decides: what is not known there decides nothing.

A field with a value that is not known becomes a field that no REST body has, and policy.rest then knows that it cannot
decide. Names that are made of expressions are still names.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from access.bridges import BRIDGE
from access.changes import LEVEL, PERIMETER
from access.objects import Object, Values, known_after_apply
from access.perimeters import DRY_RUN, ENFORCED
from access.values import block, empty
from policy import rest
from policy.decision import Model
from policy.levels import AccessLevel
from policy.perimeters import Configuration, EgressRule, From, IngressRule, Perimeter, To

# The provider's blocks of at most one, which states and plans write as lists.
SINGLE = {
    *("basic", "custom", "expr", "device_policy", "vpc_subnetwork", "status", "spec", "vpc_accessible_services"),
    *("ingress_from", "ingress_to", "egress_from", "egress_to"),
}
_CONFIGURATION = {
    "resources",
    "restrictedServices",
    "accessLevels",
    "ingressPolicies",
    "egressPolicies",
    "vpcAccessibleServices",
}
_LEVEL = {"basic", "custom"}
_LABELS = {"name", "title", "description", "parent", "id", "etag", "timeouts", "depends_on", "lifecycle", "provider"}
_LABELS |= {
    "create_time",
    "update_time",
    "deletion_policy",
    "perimeter_type",
    ENFORCED,
    DRY_RUN,
    "use_explicit_dry_run_spec",
}
_MEMBERS = "resources ("
"""How a field begins that has the projects which are not known."""
_NAMES = {"access_level", "required_access_levels", "title"}


def model(objects: Sequence[Object]) -> Model:
    """The model. Two levels of one name cannot be decided."""
    aliases = {text: str(one.values.get("name")) for one in objects if one.kind == LEVEL for text in one.references}
    levels: dict[str, AccessLevel] = {}
    for one in objects:
        if one.kind == LEVEL:
            level = _level(one, aliases)
            if level.name in levels:
                level = AccessLevel(level.name, (), "AND", ("two access levels of this name",))
            levels[level.name] = level
    return Model(levels, tuple(_perimeter(one, aliases) for one in objects if one.kind == PERIMETER))


def addresses(objects: Sequence[Object]) -> dict[str, str]:
    """The Terraform addresses of levels and perimeters by their names."""
    return {str(one.values.get("name")): one.address for one in objects if one.kind in (LEVEL, PERIMETER)}


def _level(one: Object, aliases: Mapping[str, str]) -> AccessLevel:
    body = _body({name: value for name, value in one.values.items() if name in _LEVEL or name not in _LABELS}, aliases)
    return rest.level(str(one.values.get("name")), body | ({one.unread: True} if one.unread else {}))


def _perimeter(one: Object, aliases: Mapping[str, str]) -> Perimeter:
    others = tuple(
        f"{one.address}.{name}"
        for name, value in sorted(one.values.items())
        if name not in _LABELS and not empty(value)
    )
    unread = (*others, *((one.unread,) if one.unread else ()))
    explicit, kind = one.values.get("use_explicit_dry_run_spec"), one.values.get("perimeter_type")
    status = _configuration(one, ENFORCED, aliases, (*unread, *((str(kind),) if known_after_apply(kind) else ())))
    spec = _configuration(one, DRY_RUN, aliases, (*unread, *((explicit,) if known_after_apply(explicit) else ())))
    return Perimeter(
        str(one.values.get("name")),
        status=status,
        spec=spec,
        use_explicit_dry_run_spec=bool(explicit),
        bridge=kind == BRIDGE,
    )


def _configuration(one: Object, side: str, aliases: Mapping[str, str], unread: tuple[str, ...]) -> Configuration | None:
    """What is enforced, or tested; None where the block is absent or says nothing."""
    values, facts = block(one.values, side)
    if empty(values) and not facts and not unread:
        return None
    body = _body(values, aliases)
    others = tuple(sorted(name for name in body if name not in _CONFIGURATION))
    where = f"{one.address}.{side}"
    try:
        known = rest.configuration(where, {name: value for name, value in body.items() if name in _CONFIGURATION})
    except (ValueError, AttributeError, TypeError) as error:
        return Configuration(unmodelled=(str(error),))
    rules = [name for name in others if name.startswith(("ingressPolicies ", "accessLevels "))]
    leaving = [name for name in others if name.startswith("egressPolicies ")]
    members = {name[len(_MEMBERS) : -1] for name in others if name.startswith(_MEMBERS)}
    unknown = [f"{where}.{name}" for name in others if name not in (*rules, *leaving) and not name.startswith(_MEMBERS)]
    return replace(
        known,
        resources=known.resources | members,
        ingress=(*known.ingress, *(IngressRule("", From(), To(), (f"{where}.{name}",)) for name in rules)),
        egress=(*known.egress, *(EgressRule("", From(), To(), (f"{where}.{name}",)) for name in leaving)),
        unmodelled=(*unread, *facts, *unknown),
    )


def _body(value: Any, aliases: Mapping[str, str], key: str = "") -> Any:
    """Values as a REST body: camelCase keys, single blocks out of their lists, nothing where nothing is set."""
    if isinstance(value, Mapping):
        return dict(_fields(value, aliases))
    if isinstance(value, list) and key in SINGLE:
        return _body(value[0], aliases) if value else {}
    if isinstance(value, list):
        return [_body(one, aliases) for one in value]
    return aliases.get(value, value) if isinstance(value, str) else value


def _fields(values: Values, aliases: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if empty(value):
            continue
        found = value if isinstance(value, list) else [value]
        if name in ("ip_subnetworks", "vpc_ip_subnetworks"):
            yield camel(name), list(map(str, found))  # an expression here is an address that is not known
        elif name in _NAMES or (name == "access_levels" and isinstance(value, list)):
            yield (
                camel(name),
                [_body(one, aliases) for one in found] if isinstance(value, list) else _body(value, aliases),
            )
        elif unknown := [one for one in found if known_after_apply(one)]:
            yield camel(name), [_body(one, aliases) for one in found if not known_after_apply(one)]
            yield f"{camel(name)} ({', '.join(unknown)})", True
        else:
            yield camel(name), _body(value, aliases, name)


def camel(name: str) -> str:
    """The REST name of an argument of Terraform."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
