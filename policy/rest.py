"""Access levels and perimeters from their REST bodies (accesscontextmanager v1).

A field that is not known here makes its condition or rule undecidable, which admits nobody; in a configuration, where
it could protect or open anything, it is a ValueError.
"""

from collections.abc import Mapping
from typing import Any

from .decision import Model
from .levels import AccessLevel, Condition, VpcNetworkSource
from .perimeters import (
    Configuration,
    EgressRule,
    From,
    IngressRule,
    MethodSelector,
    Operation,
    Perimeter,
    Source,
    To,
)

Body = Mapping[str, Any]
_FROM = {"sources", "identityType", "identities", "sourceRestriction"}
_TO = {"operations", "resources"}


def model(access_levels: Mapping[str, Body], service_perimeters: Mapping[str, Body]) -> Model:
    """The model from bodies by resource name. The names are the keys; a body needs no name."""
    return Model(levels(access_levels), perimeters(service_perimeters))


def levels(bodies: Mapping[str, Body]) -> dict[str, AccessLevel]:
    return {name: level(name, body) for name, body in bodies.items()}


def perimeters(bodies: Mapping[str, Body]) -> tuple[Perimeter, ...]:
    return tuple(perimeter(name, body) for name, body in bodies.items())


def level(name: str, body: Body) -> AccessLevel:
    unmodelled = tuple(
        sorted({key for key, value in body.items() if value} - {"name", "title", "description", "basic"})
    )
    basic = body.get("basic") or {}
    conditions = tuple(condition(one) for one in basic.get("conditions") or ())
    combining = basic.get("combiningFunction") or "AND"
    if combining not in ("AND", "OR"):
        unmodelled += (f"combiningFunction {combining}",)
    return AccessLevel(name, conditions, combining, unmodelled)


def condition(body: Body) -> Condition:
    known = {"ipSubnetworks", "members", "regions", "requiredAccessLevels", "vpcNetworkSources", "negate"}
    sources = [source.get("vpcSubnetwork") or {} for source in body.get("vpcNetworkSources") or ()]
    return Condition(
        ip_subnetworks=_strings(body, "ipSubnetworks"),
        members=_strings(body, "members"),
        regions=_strings(body, "regions"),
        required_access_levels=_strings(body, "requiredAccessLevels"),
        vpc_network_sources=tuple(
            VpcNetworkSource(s.get("network", ""), _strings(s, "vpcIpSubnetworks")) for s in sources
        ),
        negate=bool(body.get("negate")),
        unmodelled=_others(body, known),
    )


def perimeter(name: str, body: Body) -> Perimeter:
    known = {"name", "title", "description", "etag", "perimeterType", "status", "spec", "useExplicitDryRunSpec"}
    _refuse_others(name, body, known)
    return Perimeter(
        name,
        status=configuration(f"{name}: status", body["status"]) if body.get("status") else None,
        spec=configuration(f"{name}: spec", body["spec"]) if body.get("spec") else None,
        use_explicit_dry_run_spec=bool(body.get("useExplicitDryRunSpec")),
        bridge=body.get("perimeterType") == "PERIMETER_TYPE_BRIDGE",
    )


def configuration(where: str, body: Body) -> Configuration:
    """`where` is what an error calls it."""
    lists = {"resources", "restrictedServices", "accessLevels", "ingressPolicies", "egressPolicies"}
    _refuse_others(where, body, lists | {"vpcAccessibleServices"})
    vpc = body.get("vpcAccessibleServices") or {}
    _refuse_others(f"{where}.vpcAccessibleServices", vpc, {"enableRestriction", "allowedServices"})
    return Configuration(
        resources=frozenset(_strings(body, "resources")),
        restricted_services=frozenset(_strings(body, "restrictedServices")),
        access_levels=_strings(body, "accessLevels"),
        ingress=tuple(_ingress(rule) for rule in body.get("ingressPolicies") or ()),
        egress=tuple(_egress(rule) for rule in body.get("egressPolicies") or ()),
        accessible_services=frozenset(_strings(vpc, "allowedServices")) if vpc.get("enableRestriction") else None,
    )


def _ingress(rule: Body) -> IngressRule:
    source, target = rule.get("ingressFrom") or {}, rule.get("ingressTo") or {}
    unmodelled = _others(rule, {"title", "ingressFrom", "ingressTo"}) + _unmodelled(source, target)
    return IngressRule(rule.get("title", ""), _from(source), _to(target), unmodelled)


def _egress(rule: Body) -> EgressRule:
    source, target = rule.get("egressFrom") or {}, dict(rule.get("egressTo") or {})
    target.pop("externalResources", None)  # they admit calls to other clouds, which no Call here is
    unmodelled = _others(rule, {"title", "egressFrom", "egressTo"}) + _unmodelled(source, target)
    return EgressRule(rule.get("title", ""), _from(source), _to(target), unmodelled)


def _from(body: Body) -> From:
    identity_type = body.get("identityType") or ""
    return From(
        tuple(map(_source, body.get("sources") or ())),
        "" if identity_type == "IDENTITY_TYPE_UNSPECIFIED" else identity_type,
        _strings(body, "identities"),
        body.get("sourceRestriction") == "SOURCE_RESTRICTION_ENABLED",
        _others(body, _FROM),
    )


def _source(body: Body) -> Source:
    return Source(body.get("accessLevel") or "", body.get("resource") or "", _others(body, {"accessLevel", "resource"}))


def _to(body: Body) -> To:
    operations = tuple(
        Operation(
            one.get("serviceName") or "",
            tuple(
                MethodSelector(s.get("method") or "", s.get("permission") or "")
                for s in one.get("methodSelectors") or ()
            ),
        )
        for one in body.get("operations") or ()
    )
    return To(operations, _strings(body, "resources"), _others(body, _TO))


def _unmodelled(source: Body, target: Body) -> tuple[str, ...]:
    return _others(source, _FROM) + _others(target, _TO)


def _others(body: Body, known: set[str]) -> tuple[str, ...]:
    return tuple(
        sorted(key for key, value in body.items() if key not in known and value not in (None, "", [], {}, False))
    )


def _refuse_others(where: str, body: Body, known: set[str]) -> None:
    if others := _others(body, known):
        raise ValueError(f"{where}: got {', '.join(others)}; allowed: {', '.join(sorted(known))}")


def _strings(body: Body, key: str) -> tuple[str, ...]:
    return tuple(body.get(key) or ())
