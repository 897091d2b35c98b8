"""Access levels as Terraform writes them: which origins have a level, and for whom."""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from access.changes import LEVEL
from access.objects import Object, Values, known_after_apply
from access.origins import Network, Origins
from access.tables import NONE, Table, both, either, given, opposite, sure
from access.truth import unknown
from access.values import Facts, block, blocks, listed, others, within
from policy.identity import Identity

_READ = {"ip_subnetworks", "members", "required_access_levels", "negate"}
# What does not say whom a level admits.
_LABELS = {"name", "title", "description", "parent", "id", "basic", "timeouts", "depends_on", "lifecycle", "provider"}
_LABELS |= {"create_time", "update_time", "etag", "deletion_policy"}


@dataclass(frozen=True)
class Condition:
    """AND over what is set. `facts` are the fields that are not read or not known; `members_after_apply` may be anybody."""

    cidrs: tuple[Network, ...] | None
    members: tuple[str, ...]
    members_after_apply: Facts
    required: tuple[str, ...]
    negate: bool
    facts: Facts


@dataclass(frozen=True)
class Level:
    """`conditions` are joined by AND, or by OR."""

    address: str
    conditions: tuple[Condition, ...]
    every: bool
    facts: Facts


Levels = Mapping[str, Level]


def levels(objects: Sequence[Object]) -> dict[str, Level]:
    """The levels of the world by name, and by the expressions that refer to it. Two of one name cannot be decided."""
    found: dict[str, Level] = {}
    references: dict[str, Level] = {}
    for one in objects:
        if one.kind == LEVEL:
            name = str(one.values.get("name"))
            level = _level(one)
            if name in found:
                both = [found[name], level]
                level = Level(one.address, (), True, within((f"two access levels are called {name}",), "levels", both))
            found[name] = level
            references |= dict.fromkeys(one.references, level)
    return references | found


def cidrs(found: Levels) -> Iterator[Network]:
    """Every network that a level names."""
    for level in found.values():
        for condition in level.conditions:
            yield from condition.cidrs or ()


def names_somebody(name: str, found: Levels, within: frozenset[str] = frozenset()) -> bool:
    """Whether a level, or one that it requires, depends on who calls."""
    if name in within or name not in found:
        return False
    return any(
        one.members or any(names_somebody(other, found, within | {name}) for other in one.required)
        for one in found[name].conditions
    )


def table(
    name: str, found: Levels, origins: Origins, who: Identity | None, within: frozenset[str] = frozenset()
) -> Table:
    """The origins from which a caller has a level."""
    if name == "*":
        return sure(origins.every)
    if name in within:
        return NONE  # it requires itself
    level = found.get(name)
    if level is None:
        return given(unknown(f"access level {name}"), origins.every)
    if level.facts or not level.conditions:
        return {frozenset(level.facts or (f"{level.address} has no conditions",)): origins.every}
    tables = [_condition(one, found, origins, who, within | {name}) for one in level.conditions]
    if not level.every:
        return either(tables)
    result = sure(origins.every)
    for each in tables:
        result = both(result, each)
    return result


def _condition(one: Condition, found: Levels, origins: Origins, who: Identity | None, within: frozenset[str]) -> Table:
    result = sure(origins.every)
    if one.cidrs is not None:
        result = sure(origins.inside(one.cidrs))
    if (one.members or one.members_after_apply) and not (who and any(who.matches(member) for member in one.members)):
        result = both(result, {frozenset({fact}): origins.every for fact in one.members_after_apply})
    for required in one.required:
        result = both(result, table(required, found, origins, who, within))
    if one.facts:
        result = both(result, {frozenset(one.facts): origins.every})
    return opposite(result, origins.every) if one.negate else result


def _level(one: Object) -> Level:
    basic, facts = block(one.values, "basic")
    conditions, more = blocks(basic, "conditions")
    facts = (*facts, *more, *others(one.values, _LABELS, one.address))
    facts = (
        *facts,
        *((one.unread,) if one.unread else ()),
        *others(basic, {"conditions", "combining_function"}, one.address),
    )
    function = basic.get("combining_function") or "AND"
    if function not in ("AND", "OR"):
        facts = (*facts, f"{one.address}: combining_function {function}")
    content = {name: value for name, value in one.values.items() if name not in _LABELS - {"basic"}}
    return Level(one.address, tuple(map(_read, conditions)), function != "OR", within(facts, "level", content))


def _read(values: Values) -> Condition:
    networks, unread = _networks(values)
    members, more = listed(values, "members")
    required, others_required = _levels_named(values)
    facts = (*unread, *others_required, *others(values, _READ, "condition"))
    if known_after_apply(values.get("negate")):
        facts = (*facts, str(values["negate"]))
    bounded = bool(values.get("ip_subnetworks")) and not unread  # one range that is not known may be every address
    return Condition(
        networks if bounded else None,
        tuple(members),
        within(more, "members"),
        tuple(required),
        values.get("negate") is True,
        within(facts, "condition", values),
    )


def _networks(values: Values) -> tuple[tuple[Network, ...], Facts]:
    texts, facts = listed(values, "ip_subnetworks")
    networks: list[Network] = []
    for text in texts:
        try:
            networks.append(ipaddress.ip_network(text))
        except ValueError:
            facts = (*facts, f"address {text}")
    return tuple(networks), facts


def _levels_named(values: Values) -> tuple[list[str], Facts]:
    """Levels that are required; a name that is made of an expression is still a name."""
    found = values.get("required_access_levels")
    if isinstance(found, list | None):
        return list(map(str, found or ())), ()
    return [], (str(found),)
