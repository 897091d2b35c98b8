"""What would let a denied call pass: each rule that is about it with one thing added, tried with policy's decision."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from policy.call import Call
from policy.decision import Model
from policy.levels import AccessLevel, evaluate
from policy.matching import concerns
from policy.perimeters import Configuration, IngressRule, Perimeter

ADDRESS, IDENTITY = "address", "identity"


@dataclass(frozen=True)
class Remedy:
    """One thing added to a rule. `named`: the rule names the caller itself, so only the address is another one.

    `groups` are those that the rule names: a caller who is in one needs no more than the address.
    """

    rule: str
    level: str
    adds: str
    named: bool
    groups: tuple[str, ...] = ()


def remedies(model: Model, call: Call) -> Iterator[Remedy]:
    """Every rule of what the dry run tests that admits the call with one address or one identity more."""
    for number, perimeter in enumerate(model.perimeters):
        for at, rule in enumerate(perimeter.dry_run.ingress if perimeter.dry_run else ()):
            if not concerns(rule, call):
                continue
            groups = tuple(one for one in rule.source.identities if one.startswith("group:"))
            for source in rule.source.sources:
                if source.access_level in model.levels:
                    known = call.identity is not None and any(map(call.identity.matches, rule.source.identities))
                    one = Remedy(rule.title, source.access_level, ADDRESS, known, groups)
                    if _passes(replace(model, levels=_with_address(model, source.access_level, call)), call):
                        yield one
                    elif evaluate(source.access_level, model.levels, call).value and call.identity is not None:
                        wider = _with_identity(model, number, at, rule, call)
                        if _passes(wider, call):
                            yield replace(one, adds=IDENTITY)
                    elif groups and not known and call.identity is not None:
                        wider = _with_identity(model, number, at, rule, call)
                        if _passes(replace(wider, levels=_with_address(model, source.access_level, call)), call):
                            yield one


def _passes(model: Model, call: Call) -> bool:
    return model.decide(call).dry_run.value is True


def _with_address(model: Model, name: str, call: Call) -> dict[str, AccessLevel]:
    """The levels, in one of which each list of addresses has the call's, too."""
    level = model.levels[name]
    conditions = tuple(
        replace(one, ip_subnetworks=(call.address, *one.ip_subnetworks)) if one.ip_subnetworks else one
        for one in level.conditions
    )
    return {**model.levels, name: replace(level, conditions=conditions)}


def _with_identity(model: Model, number: int, at: int, rule: IngressRule, call: Call) -> Model:
    """The model, in one of whose rules the caller is named, too."""
    perimeter = model.perimeters[number]
    tested = perimeter.dry_run
    assert tested is not None
    assert call.identity is not None
    member = next(iter(sorted(call.identity.principals - {"allUsers", "allAuthenticatedUsers"}, reverse=True)))
    wider = replace(rule, source=replace(rule.source, identities=(*rule.source.identities, member)))
    changed = replace(tested, ingress=(*tested.ingress[:at], wider, *tested.ingress[at + 1 :]))
    return replace(model, perimeters=_replaced(model.perimeters, number, _tested(perimeter, changed)))


def _tested(perimeter: Perimeter, changed: Configuration) -> Perimeter:
    return (
        replace(perimeter, spec=changed) if perimeter.use_explicit_dry_run_spec else replace(perimeter, status=changed)
    )


def _replaced(several: tuple[Perimeter, ...], number: int, one: Perimeter) -> tuple[Perimeter, ...]:
    return (*several[:number], one, *several[number + 1 :])
