"""Service perimeters: for a caller and a call, the origins from which what is enforced lets it pass."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from access import levels
from access.bridges import BRIDGE, Bridge, sides
from access.bridges import ENFORCED as ENFORCED  # where others look for it
from access.levels import Levels
from access.lookup import Lookup
from access.objects import Object, Values
from access.origins import Origins
from access.places import OTHER_PROJECT
from access.rules import EGRESS, INGRESS, Rule, ServiceCall, rules
from access.tables import SURE, Table, both, either, given, sure
from access.truth import Truth, all_of
from access.values import Facts, block, listed, others, within
from policy.exceptions import uncontrolled
from policy.identity import Identity

DRY_RUN = "spec"
# What adds to the calls that pass, each part with separate facts.
_OPENING = {"ingress_policies", "egress_policies", "access_levels"}
_READ = {
    "resources",
    "restricted_services",
    "access_levels",
    "ingress_policies",
    "egress_policies",
    "vpc_accessible_services",
}


@dataclass(frozen=True)
class Configuration:
    """What one perimeter enforces, or tests. `facts` are those without which it may protect nothing at all."""

    address: str
    name: str
    resources: frozenset[str]
    restricted: frozenset[str]
    levels: tuple[str, ...]
    ingress: tuple[Rule, ...]
    egress: tuple[Rule, ...]
    accessible: frozenset[str] | None
    facts: Facts
    unknown_rules: Facts
    unknown_members: Facts = ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        return (*self.ingress, *self.egress)

    @cached_property
    def lookup(self) -> Lookup:
        return Lookup(self.rules)

    @property
    def others(self) -> Facts:
        """The facts by which a project that is not named is outside: no folder inside holds it, and no other team added it."""
        folders = any(one.startswith(("folders/", "organizations/")) for one in self.resources)
        return (*([f"no folder of {self.name} holds the project"] if folders else []), *self.unknown_members)

    def asks(self, rule: Rule, call: ServiceCall) -> bool:
        """Whether a rule of this direction decides: ingress for a project inside, egress for others, each where that is not known."""
        if call.resource in self.resources:
            return rule.direction == INGRESS
        return rule.direction == EGRESS or bool(self.others or self.facts)


@dataclass
class Perimeters:
    """One side's perimeters and levels, with the origins of both sides."""

    configurations: tuple[Configuration, ...]
    levels: Levels
    origins: Origins
    bridges: tuple[Bridge, ...] = ()
    _tables: dict[tuple[str, Identity | None], Table] = field(default_factory=dict)

    def table(self, who: Identity | None, call: ServiceCall) -> Table:
        """The origins from which the call passes every perimeter."""
        result = sure(self.origins.every)
        for one in self.configurations:
            result = both(result, self._one(one, who, call))
        return result

    def admitting(self, who: Identity | None, call: ServiceCall) -> Iterator[tuple[str, str, int, Sequence[str]]]:
        """Yield what may let a call pass: the address, a clause, the origins, and the levels that it requires.

        It is that nothing is restricted, that both sides are inside, a rule, a level, or a bridge.
        """
        every = self.origins.every
        for one in self.configurations:
            if one.facts:
                yield one.address, "it cannot be read, and", every, ()
            if call.resource in one.resources and call.service not in one.restricted:
                yield one.address, f"{call.service} is not restricted, which", every, ()
            if call.resource in one.resources:
                yield one.address, "it holds both sides, and", self._inside(one).get(SURE, 0), ()
            for rule, truth in ((rule, truth) for _, rule, truth in one.lookup.admitting(who) if one.asks(rule, call)):
                yield one.address, str(rule), _bits(self._rule(rule, truth, who, call)), rule.levels
            for name in one.levels:
                bits = _bits(self._level(name, who)) & self.origins.internet
                yield one.address, f"access level {name}, without a rule,", bits, (name,)
            if one.unknown_rules:
                yield one.address, "its rules, which are not known,", every, ()
            if call.resource in one.resources:
                yield one.address, "it may hold both sides, and", _bits(self._inside(one)), ()
        for bridge in self.bridges:
            bits = _bits(bridge.table(call.resource, self.origins.places))
            yield bridge.address, "the bridge has both sides, and", bits, ()

    def signature(self, call: ServiceCall) -> tuple[object, ...]:
        """Calls of one signature are answered alike."""
        bridged = tuple(call.resource in bridge.resources for bridge in self.bridges)
        return bridged, *(
            (
                call.resource in one.resources,
                call.service in one.restricted,
                uncontrolled(call.service, call.method),
                one.accessible is None or call.service in one.accessible,
                tuple(rule.concerns(call) for rule in one.rules),
            )
            for one in self.configurations
        )

    def kind_of(self, who: Identity | None) -> tuple[object, ...]:
        """Identities of one kind are answered alike."""
        return (
            tuple(tuple((at, truth) for at, _, truth in one.lookup.admitting(who)) for one in self.configurations),
            tuple(
                tuple(sorted((tuple(sorted(way)), bits) for way, bits in self._level(name, who).items()))
                for name in self._personal
            ),
        )

    def named(self, one: Configuration, call: ServiceCall) -> Iterator[tuple[Rule, int]]:
        """Of each rule the origins that it may let pass because of a member, whatever account has a level that it asks for."""
        open = self.origins.every if self._personal else self.origins.every & ~self._one(one, None, call).get(SURE, 0)
        for rule in one.rules if open else ():
            if one.asks(rule, call) and rule.concerns(call).combinations:
                whole = any(name in self._personal for name in rule.levels)
                yield rule, open if whole else open & _bits(self._from(rule, None))

    @cached_property
    def _personal(self) -> list[str]:
        """The levels that depend on who calls."""
        named = [name for one in self.configurations for rule in one.rules for name in rule.levels]
        named += [name for one in self.configurations for name in one.levels]
        return [name for name in dict.fromkeys(named) if levels.names_somebody(name, self.levels)]

    def _inside(self, one: Configuration) -> Table:
        """A folder, or a member that is not known, may hold any project."""
        places = self.origins.places
        unknown: list[Table] = [{frozenset({fact}): places.every} for fact in one.others]
        return either([places.held(one.resources), *unknown])

    def _beyond(self, one: Configuration) -> Table:
        """Return the origins that are outside."""
        return either([sure(self.origins.internet), self.origins.places.beyond(one.resources)])

    def _one(self, one: Configuration, who: Identity | None, call: ServiceCall) -> Table:
        every, inside = self.origins.every, self._inside(one)
        target = call.resource in one.resources
        outside = not target and not inside and not one.others and not one.facts
        if outside or uncontrolled(call.service, call.method):
            return sure(every)
        # Without one of these facts the perimeter protects, and calls take its rules.
        facts = [*one.facts, *one.unknown_rules]
        if not target:
            facts += one.others
        passes: list[Table] = [{frozenset({fact}): every} for fact in facts]
        if call.service not in one.restricted and not one.facts:
            passes.append(sure(every))
        elif target or one.others or one.facts:
            passes.append(inside if target else {})
            ingress = [both(self._level(name, who), sure(self.origins.internet)) for name in one.levels]
            ingress += self._rules(one, INGRESS, who, call)
            passes += ingress if target else self._either_side(one, either(ingress), who, call)
        else:
            passes.append(self._beyond(one))
            passes += self._rules(one, EGRESS, who, call)
        passes += [bridge.table(call.resource, self.origins.places) for bridge in self.bridges]
        result = either(passes)
        if one.accessible is not None and call.service not in one.accessible:
            elsewhere = sure(every & ~self.origins.places.networks)
            result = both(result, either([elsewhere, self._beyond(one)]))
        return result

    def _either_side(self, one: Configuration, ingress: Table, who: Identity | None, call: ServiceCall) -> list[Table]:
        """Of a project that it may hold: ingress rules decide if it does, egress rules if it does not, for origins inside."""
        every = self.origins.every
        project = "any other project" if call.resource == OTHER_PROJECT else call.resource
        holds = {frozenset({f"whether {one.name} holds {project}"}): every}
        leaves_out = {frozenset({f"whether {one.name} leaves {project} out"}): every}
        egress = either(self._rules(one, EGRESS, who, call))
        never_inside = sure(self.origins.internet)
        return [both(holds, ingress), both(leaves_out, egress), both(ingress, either([never_inside, egress]))]

    def _rules(self, one: Configuration, direction: str, who: Identity | None, call: ServiceCall) -> list[Table]:
        """Of each rule of a direction the origins that it lets pass."""
        mine = [(rule, truth) for _, rule, truth in one.lookup.admitting(who) if rule.direction == direction]
        return [self._rule(rule, truth, who, call) for rule, truth in mine]

    def _rule(self, rule: Rule, admits: Truth, who: Identity | None, call: ServiceCall) -> Table:
        truth = all_of((admits, rule.concerns(call)))
        if not truth.combinations:
            return {}
        return both(given(truth, self.origins.every), self._from(rule, who))

    def _from(self, rule: Rule, who: Identity | None) -> Table:
        every = self.origins.every
        if rule.anywhere:
            return sure(every)
        facts: list[Table] = [{frozenset({fact}): every} for fact in rule.origin]
        named = self.origins.places.held(frozenset(rule.resources))
        return either([named, *facts, *(self._level(name, who) for name in rule.levels)])

    def _level(self, name: str, who: Identity | None) -> Table:
        key = (name, who if levels.names_somebody(name, self.levels) else None)
        if key not in self._tables:
            self._tables[key] = levels.table(name, self.levels, self.origins, who)
        return self._tables[key]


def _bits(table: Table) -> int:
    found = 0
    for bits in table.values():
        found |= bits
    return found


def enforced(perimeter: Values) -> Values:
    """What a perimeter enforces; empty if nothing, as the API may answer for one that is only tested, or if it is not known."""
    body = block(perimeter, ENFORCED)[0]
    return body if any(body.values()) else {}


def configurations(objects: Sequence[Object], side: str) -> Iterator[Configuration]:
    """What every regular perimeter enforces (`status`), or tests (`spec`, else `status`)."""
    for one, read, body, facts in sides(objects, side):
        if one.values.get("perimeter_type") != BRIDGE:
            yield _configuration(one, read, body, facts)


def _configuration(one: Object, side: str, body: Values, facts: Facts) -> Configuration:
    where = f"{one.address}.{side}"
    resources, more_members = listed(body, "resources")
    restricted, unread = listed(body, "restricted_services")
    named = body.get("access_levels")
    ingress, later_ingress = rules(body, INGRESS, where)
    egress, later_egress = rules(body, EGRESS, where)
    vpc, later_vpc = block(body, "vpc_accessible_services")
    allowed, later_allowed = listed(vpc, "allowed_services")
    facts = (*facts, *unread, *others(body, _READ, where), *later_vpc, *later_allowed)
    facts = (*facts, *others(vpc, {"enable_restriction", "allowed_services"}, where))
    protected = {name: value for name, value in body.items() if name not in _OPENING}
    facts = within(facts, "configuration", protected)
    services = frozenset(allowed) | (frozenset(restricted) if "RESTRICTED-SERVICES" in allowed else frozenset())
    later_levels = () if isinstance(named, list | None) else (str(named),)
    return Configuration(
        one.address,
        str(one.values.get("name")),
        frozenset(resources),
        frozenset(restricted),
        () if later_levels else tuple(map(str, named or ())),
        tuple(ingress),
        tuple(egress),
        services if vpc.get("enable_restriction") else None,
        facts,
        (*later_ingress, *later_egress, *later_levels),
        more_members,
    )
