"""Which ways a perimeter's ingress and egress rules leave open, one by one, so that two plans can be compared. Pure."""

from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

from access.changes import block, blocks, texts

DIRECTIONS = ("ingress", "egress")


class Way(NamedTuple):
    """Who may call what from where: one of each. `source` is an access level, or a resource in Google Cloud."""

    who: str
    source: str
    service: str
    method: str
    resource: str


Group = tuple[frozenset[Any], ...]
EVERY = Way("ANY_IDENTITY", "*", "*", "*", "*")


def gained(before: dict[str, Any], after: dict[str, Any], direction: str) -> Iterator[str]:
    """What the rules of `after` let pass and those of `before` did not: a sentence for each rule, empty if nothing.

    Rules are compared by what they admit: their titles and their order do not count.
    """
    old = {way for rule in blocks(before, f"{direction}_policies") for way in _ways(rule, direction)}
    for rule in blocks(after, f"{direction}_policies"):
        if new := [way for way in _ways(rule, direction) if not _covered(way, old)]:
            yield f"{direction} rule {rule.get('title') or 'without a title'!r} newly admits {_said(new)}"


def _ways(rule: dict[str, Any], direction: str) -> Iterator[Way]:
    origin, target = block(rule, f"{direction}_from"), block(rule, f"{direction}_to")
    resources = [*texts(target, "resources"), *texts(target, "external_resources")]
    for who, source, (service, method), resource in product(
        _identities(origin), _sources(origin, direction), _operations(target), resources
    ):
        yield Way(who, source, service, method, resource)


def _identities(origin: dict[str, Any]) -> list[str]:
    """With an identity type the list of identities does not count."""
    kind = origin.get("identity_type") or "IDENTITY_TYPE_UNSPECIFIED"
    return texts(origin, "identities") if kind == "IDENTITY_TYPE_UNSPECIFIED" else [kind]


def _sources(origin: dict[str, Any], direction: str) -> list[str]:
    """Without sources an ingress rule admits nobody, and an egress rule everybody inside."""
    sources = [source.get("access_level") or source.get("resource") for source in blocks(origin, "sources")]
    named = [source for source in sources if source]
    return named if named or direction == "ingress" else ["*"]


def _operations(target: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Services with their methods or permissions, and IAM roles in place of a service."""
    for operation in blocks(target, "operations"):
        service = operation.get("service_name") or ""
        selectors = blocks(operation, "method_selectors") or [{"method": "*"}]
        yield from ((service, one.get("method") or one.get("permission") or "") for one in selectors)
    yield from ((role, "*") for role in texts(target, "roles"))


def _covered(way: Way, old: set[Way]) -> bool:
    return way in old or any(
        all(mine in (part, every) for part, mine, every in zip(way, other, EVERY, strict=True)) for other in old
    )


def _said(ways: list[Way]) -> str:
    """All ways, and no other one: two rules that admit something different are never said in the same words."""
    return "; and ".join(
        f"{_listed(who)} from {_listed(sources)} to {_services(operations)} in {_listed(resources)}"
        for who, sources, operations, resources in sorted(_merged(ways), key=lambda group: list(map(sorted, group)))
    )


def _merged(ways: list[Way]) -> set[Group]:
    """As few groups as merging one part after the other gives; each one is all combinations of its parts."""
    groups: set[Group] = {
        (
            frozenset([way.who]),
            frozenset([way.source]),
            frozenset([(way.service, way.method)]),
            frozenset([way.resource]),
        )
        for way in ways
    }
    for part in (2, 3, 1, 0):
        joined: dict[Group, frozenset[Any]] = {}
        for group in groups:
            others = (*group[:part], *group[part + 1 :])
            joined[others] = joined.get(others, frozenset()) | group[part]
        groups = {(*others[:part], values, *others[part:]) for others, values in joined.items()}
    return groups


def _services(operations: frozenset[tuple[str, str]]) -> str:
    """Each service with its own methods."""
    methods: dict[str, list[str]] = {}
    for service, method in sorted(operations):
        methods.setdefault(service, []).append(method)
    return ", ".join(
        service if found == ["*"] else f"{service} ({', '.join(found)})" for service, found in methods.items()
    )


def _listed(values: frozenset[str]) -> str:
    return ", ".join(sorted(values))
