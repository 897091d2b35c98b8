"""Ingress and egress rules as Terraform writes them, and whom, what and where from each is about."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from access.claims import claim
from access.objects import Values, known_after_apply
from access.places import OTHER_PROJECT
from access.truth import YES, Truth, any_of, decided, unknown
from access.values import Facts, block, blocks, listed, others, within
from policy.identity import Identity, canonical

ANY = "*"
INGRESS, EGRESS = "ingress", "egress"
KINDS = {"ANY_USER_ACCOUNT": "user", "ANY_SERVICE_ACCOUNT": "service_account"}
TYPES = ("", "IDENTITY_TYPE_UNSPECIFIED", "ANY_IDENTITY", *KINDS)


@dataclass(frozen=True)
class ServiceCall:
    """What is called: a method, or another one with a permission, of a service, on a resource (`projects/NUMBER`)."""

    service: str
    method: str
    permission: str
    resource: str

    def __str__(self) -> str:
        detail = self.method or self.permission
        where = "any other project" if self.resource == OTHER_PROJECT else self.resource
        return f"{self.service}{f' ({detail})' if detail else ''} in {where}"


@dataclass(frozen=True)
class Rule:
    """One rule. `who`, `origin` and `what` are the facts without which that part cannot be decided."""

    direction: str
    title: str
    identity_type: str
    members: tuple[str, ...]
    levels: tuple[str, ...]
    resources: tuple[str, ...]
    anywhere: bool
    operations: tuple[tuple[str, str, str], ...]
    targets: tuple[str, ...]
    who: Facts
    origin: Facts
    what: Facts

    def __str__(self) -> str:
        return f"{self.direction} rule {self.title!r}"

    @cached_property
    def canonical_members(self) -> frozenset[str]:
        return frozenset(map(canonical, self.members))

    def admits(self, identity: Identity | None) -> Truth:
        """Whether it is about this caller; None is a request without a credential."""
        facts = map(unknown, self.who)
        if self.identity_type == "ANY_IDENTITY":
            return YES
        if self.identity_type:
            return any_of((decided(identity is not None and identity.kind == KINDS.get(self.identity_type)), *facts))
        listed = decided(identity is not None and not self.canonical_members.isdisjoint(identity.principals))
        return any_of((listed, *facts)) if self.who else listed  # 200 rules ask each of 200 callers

    def concerns(self, call: ServiceCall) -> Truth:
        """Whether it is about this call."""
        targeted = ANY in self.targets or call.resource in self.targets
        selected = decided(targeted and any(_same(one, call) for one in self.operations))
        return any_of((selected, *map(unknown, self.what))) if self.what else selected


def rules(configuration: Values, direction: str, where: str) -> tuple[list[Rule], Facts]:
    """The rules of a configuration, and the facts for rules that are not known at all."""
    found, facts = blocks(configuration, f"{direction}_policies")
    return [rule(one, direction, f"{where}.{direction}_policies[{at}]") for at, one in enumerate(found)], facts


def rule(values: Values, direction: str, where: str) -> Rule:
    """One rule's block. What is not read in it may open anything."""
    origin, later_origin = block(values, f"{direction}_from")
    target, later_target = block(values, f"{direction}_to")
    unread = others(values, {"title", f"{direction}_from", f"{direction}_to"}, where)
    who = (*later_origin, *unread)
    known_type = str(origin.get("identity_type") or "")
    members, members_after_apply = listed(origin, "identities")
    members_after_apply += tuple(f"identity {one}" for one in members if one and not claim(one))
    if known_after_apply(known_type):
        who, known_type = (*who, known_type), ""
    elif known_type not in TYPES:
        who, known_type = (*who, f"identity_type {known_type}"), ""
    levels, resources, where_from = _sources(origin, where)
    sourceless = direction == EGRESS and not levels and not resources and not where_from
    operations, targets, what = _target(target, where)
    return Rule(
        direction,
        str(values.get("title") or "without a title"),
        "" if known_type == "IDENTITY_TYPE_UNSPECIFIED" else known_type,
        tuple(one for one in members if claim(one)),
        levels,
        resources,
        sourceless and origin.get("source_restriction") != "SOURCE_RESTRICTION_ENABLED",
        operations,
        targets,
        within((*who, *members_after_apply), "identities", known_type),
        within((*where_from, *later_origin, *unread), "sources"),
        within((*what, *later_target, *unread), "target", target),
    )


def _sources(origin: Values, where: str) -> tuple[tuple[str, ...], tuple[str, ...], Facts]:
    found, facts = blocks(origin, "sources")
    levels, resources = [], []
    for at, one in enumerate(found):
        name, resource = one.get("access_level"), one.get("resource")
        if name:
            levels.append(str(name))
        if known_after_apply(resource):
            facts = (*facts, str(resource))
        elif resource:
            resources.append(str(resource))
        facts = (*facts, *others(one, {"access_level", "resource"}, f"{where}.sources[{at}]"))
    read = {"sources", "identity_type", "identities", "source_restriction"}
    return tuple(levels), tuple(resources), (*facts, *others(origin, read, where))


def _target(target: Values, where: str) -> tuple[tuple[tuple[str, str, str], ...], tuple[str, ...], Facts]:
    resources, facts = listed(target, "resources")
    external, more = listed(target, "external_resources")
    found, later_operations = blocks(target, "operations")
    operations: list[tuple[str, str, str]] = []
    facts = (*facts, *more, *later_operations)
    facts = (*facts, *others(target, {"resources", "external_resources", "operations"}, where))
    for one in found:
        service = str(one.get("service_name") or "")
        selectors, unread = blocks(one, "method_selectors")
        texts = [str(each.get(name) or "") for each in selectors for name in ("method", "permission")]
        facts = (*facts, *unread, *(text for text in (service, *texts) if known_after_apply(text)))
        facts = (*facts, *others(one, {"service_name", "method_selectors"}, where))
        # A service without selectors is all of it, as `*` is: Google's reference asks for selectors, and never says.
        pairs = [(str(each.get("method") or ""), str(each.get("permission") or "")) for each in selectors]
        operations += [(service, *pair) for pair in pairs or [(ANY, "")]]
    return tuple(operations), (*resources, *external), facts


def _same(operation: tuple[str, str, str], call: ServiceCall) -> bool:
    service, method, permission = operation
    if service == ANY:
        return True
    if service != call.service:
        return False
    if permission:
        return permission == call.permission
    return method == ANY or (bool(method) and (method == call.method or _ends(call.method, method)))


def _ends(method: str, selector: str) -> bool:
    """gRPC methods are selected as `Service.Method`, and logged with their package."""
    return selector[:1].isupper() and "." in selector and method.endswith(f".{selector}")


def calls(
    all_rules: list[Rule], services: set[str], resources: set[str], several: bool = False
) -> Iterator[ServiceCall]:
    """Return calls that represent all: each method and permission that a rule selects, and one that none does.

    With `several` perimeters one may select a method, and another one the permission that it takes.
    """
    selected: dict[str, set[tuple[str, str]]] = {service: {("", "")} for service in services}
    for one in all_rules:
        for service, method, permission in one.operations:
            if service in selected:
                selected[service].add(("" if method == ANY else method, permission))
    for service, pairs in sorted(selected.items()):
        if several:
            pairs |= set(product({method for method, _ in pairs}, {permission for _, permission in pairs}))
        for method, permission in sorted(pairs):
            yield from (ServiceCall(service, method, permission, resource) for resource in sorted(resources))
