"""May this call pass? VPC Service Controls' order of evaluation, for what is enforced and for what the dry run tests.

For each perimeter: a target outside `resources`, or a service that is not restricted, passes; so does a caller inside
the same perimeter; then any access level of the perimeter, then any ingress rule. A caller inside a perimeter whose
target is outside takes an egress rule. Every perimeter concerned must let the call pass.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .call import Call
from .exceptions import uncontrolled
from .levels import Levels, Truth, any_of, evaluate, short
from .matching import concerns, inside, matches, origins
from .perimeters import Configuration, EgressRule, IngressRule, Perimeter

__all__ = ["Call", "Decision", "Model", "Verdict", "decide"]

OTHER_RESOURCES = "RESOURCES_NOT_IN_SAME_SERVICE_PERIMETER"
OTHER_NETWORK = "NETWORK_NOT_IN_SAME_SERVICE_PERIMETER"
NO_LEVEL = "NO_MATCHING_ACCESS_LEVEL"
NOT_FROM_VPC = "SERVICE_NOT_ALLOWED_FROM_VPC"


@dataclass(frozen=True)
class Verdict:
    """What was decided about one call.

    `rule` is a sentence about what decided; `reason` is Google's violationReason, "" if allowed; `perimeter` the full
    name of the perimeter that decided, "" if no perimeter is concerned. `missing` are the facts with which a call that is denied
    here might be allowed; empty if it is denied in any case.
    """

    allowed: bool
    rule: str
    reason: str = ""
    perimeter: str = ""
    missing: tuple[str, ...] = ()

    @property
    def value(self) -> bool | None:
        """Allowed, denied, or None where it cannot be decided."""
        return None if self.missing else self.allowed


@dataclass(frozen=True)
class Decision:
    """What is enforced, and what the dry run would do."""

    enforced: Verdict
    dry_run: Verdict

    @property
    def dry_run_violation(self) -> bool:
        """Whether a dry run entry is logged: only if the call in fact passes ("Dry run mode")."""
        return self.enforced.allowed and not self.dry_run.allowed


@dataclass(frozen=True)
class Model:
    """All access levels by name and all perimeters of an organization."""

    levels: Levels = field(default_factory=dict)
    perimeters: tuple[Perimeter, ...] = ()

    def decide(self, call: Call) -> Decision:
        return decide(self.perimeters, self.levels, call)


def decide(perimeters: Iterable[Perimeter], levels: Levels, call: Call) -> Decision:
    """Return the decision on a call by what is enforced, and by what the dry run tests."""
    found = list(perimeters)
    enforced = [(one.name, one.enforced, one.bridge) for one in found]
    tested = [(one.name, one.dry_run, one.bridge) for one in found]
    verdict = _side(enforced, levels, call)
    return Decision(verdict, verdict if tested == enforced else _side(tested, levels, call))


def _side(configurations: Sequence[tuple[str, Configuration | None, bool]], levels: Levels, call: Call) -> Verdict:
    present = [(name, configuration) for name, configuration, bridge in configurations if configuration and not bridge]
    joined = any_of(_bridged(name, one, call) for name, one, bridge in configurations if one and bridge)
    verdicts = []
    for name, configuration in present:
        others = [other for another, other in present if another != name]
        if verdict := _unknown(name, configuration) or _perimeter(name, configuration, others, levels, call, joined):
            verdicts.append(verdict)
    # The first denial decides, one for sure before any other; else the perimeter that had most to say, which the others
    # then did not contradict.
    default = Verdict(True, f"project {call.project_number or 'none'} is in no perimeter")
    return min(
        verdicts,
        key=lambda verdict: (verdict.allowed, bool(verdict.missing), verdict.rule.startswith("service ")),
        default=default,
    )


def _bridged(name: str, bridge: Configuration, call: Call) -> Truth:
    """Return whether a bridge contains both ends of a call. Their perimeters then let it pass ("PerimeterType")."""
    unknown = [*bridge.unmodelled, *(one for one in bridge.resources if one.startswith("${"))]
    if call.from_internet:
        return Truth(False)
    truth = inside(call, bridge.resources) if f"projects/{call.project_number}" in bridge.resources else Truth(False)
    maybe = [Truth(None, f"whether bridge {short(name)} has both ends: {', '.join(unknown)}")] if unknown else []
    return any_of([Truth(truth.value, f"bridge {short(name)} has both ends" if truth.value else truth.why), *maybe])


def _perimeter(
    name: str,
    configuration: Configuration,
    others: Sequence[Configuration],
    levels: Levels,
    call: Call,
    joined: Truth,
) -> Verdict | None:
    """Return the verdict of one perimeter, or None if no end of the call is in it. `joined`: a bridge contains both ends."""
    truth = inside(call, configuration.resources)
    caller = truth.value is not False
    missing: tuple[str, ...] = (truth.why,) if truth.value is None else ()
    target = f"projects/{call.project_number}" in configuration.resources
    folders = sorted(one for one in configuration.resources if one.startswith(("folders/", "${")))
    target = target or bool(folders and call.project_number)
    if not caller and not target:
        return None
    accessible = configuration.accessible_services
    if caller and call.network and accessible is not None and call.service not in _spelt_out(accessible, configuration):
        rule = f"services that networks in {short(name)} may call do not include {call.service}"
        return Verdict(False, rule, NOT_FROM_VPC, name, missing)
    if uncontrolled(call.service, call.method):
        return Verdict(True, f"no perimeter controls {call.method}", "", name)
    if call.service not in configuration.restricted_services:
        return Verdict(True, f"service {call.service} is not restricted by {short(name)}", "", name)
    if joined.value:
        return Verdict(True, joined.why, "", name)
    if truth.value and target and not folders:
        return Verdict(True, f"the caller is inside {short(name)}", "", name)
    missing += (joined.why,) if joined.value is None else ()
    if caller and not target:
        return _rules(name, "egress", configuration.egress, levels, call, OTHER_RESOURCES, [], missing)
    listed = f"projects/{call.project_number}" in configuration.resources
    outside = () if listed else tuple(f"{one} does not hold project {call.project_number}" for one in folders)
    return _ingress(name, configuration, others, levels, call, (*missing, *outside))


def _unknown(name: str, configuration: Configuration) -> Verdict | None:
    """What is said of a perimeter of which a part is not known; None if every part is."""
    facts = configuration.unmodelled
    if not facts:
        return None
    return Verdict(False, f"{short(name)} cannot be decided: {', '.join(facts)}", NO_LEVEL, name, facts)


def _ingress(
    name: str,
    configuration: Configuration,
    others: Sequence[Configuration],
    levels: Levels,
    call: Call,
    missing: tuple[str, ...],
) -> Verdict:
    failed = []
    # Access levels admit from the internet, not from another perimeter ("Use access levels").
    from_other = any(origins(call) & other.resources for other in others)
    for level in () if from_other else configuration.access_levels:
        truth = evaluate(level, levels, call)
        if truth.value:
            return Verdict(True, f"access level {short(level)} of {short(name)}", "", name)
        failed.append(truth.why)
        missing += (truth.why,) if truth.value is None else ()
    reason = NO_LEVEL if call.from_internet else OTHER_NETWORK if call.network else OTHER_RESOURCES
    return _rules(name, "ingress", configuration.ingress, levels, call, reason, failed, missing)


def _rules(
    name: str,
    direction: str,
    rules: Sequence[IngressRule | EgressRule],
    levels: Levels,
    call: Call,
    reason: str,
    failed: list[str],
    missing: tuple[str, ...],
) -> Verdict:
    """The first rule that matches, or a denial that says why each rule about this call's method does not."""
    for number, rule in enumerate(rules, 1):
        title = f'"{rule.title}"' if rule.title else str(number)
        truth = matches(rule, levels, call)
        if truth.value:
            return Verdict(True, f"{direction} rule {title} of {short(name)}", "", name)
        if concerns(rule, call):
            failed.append(f"{direction} rule {title}: {truth.why}")
        if truth.value is None:
            missing += (f"{direction} rule {title}: {truth.why}",)
    nothing = f"nothing is about {call.method or 'this method'} of {call.service} in project {call.project_number}"
    why = f"no {direction} rule of {short(name)} matches: {'; '.join(failed) or nothing}"
    return Verdict(False, why, reason, name, tuple(dict.fromkeys(missing)))


def _spelt_out(accessible: frozenset[str], configuration: Configuration) -> frozenset[str]:
    restricted = configuration.restricted_services if "RESTRICTED-SERVICES" in accessible else frozenset()
    return accessible | restricted
