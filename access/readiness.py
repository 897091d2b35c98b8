"""Whether what a dry run tests may be enforced: each violation with its cause, and what the log does not tell."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from access.attached import folded
from access.callers import AwsCaller
from access.model import model
from access.objects import DESCRIBE, is_handed_over
from access.remedies import ADDRESS, IDENTITY, Remedy, remedies
from access.violations import Entry, window
from access.world import World
from policy.call import Call
from policy.identity import Identity, canonical, federated, pool_name, service_account, user
from policy.levels import short
from policy.perimeters import Configuration, Perimeter

NEAR, STRANGER, UNTOLD, SETTLED = "would be denied", "stranger", "cannot be told", "admitted by now"
_WORST = (NEAR, UNTOLD, STRANGER, SETTLED)
PASSED = "a call that passed"
_PROJECT = re.compile(r"projects/[0-9]+(?![^/])")
ADDED = {ADDRESS: "the address", IDENTITY: "the caller"}
LEAST_HOURS = 24
"""What a log must cover: a job that runs once a day has then called."""
_SUBJECT = re.compile(rf"principal://iam\.googleapis\.com/({pool_name('[0-9]+', '[^/]+')})/subject/(.+)")
_SESSION = re.compile(r"arn:[\w-]+:sts::([0-9]{12}):assumed-role/[^/]+/(.+)")


@dataclass(frozen=True)
class Finding:
    """Violations of one caller from one address to one service for one reason. `remedy` is what would let them pass."""

    caller: str
    address: str
    service: str
    reason: str
    count: int
    kind: str
    why: str
    remedy: Remedy | None = None


@dataclass(frozen=True)
class Readiness:
    """What a log says. `missing` are the facts without which it proves nothing; `others` are entries about other perimeters."""

    perimeter: str
    findings: tuple[Finding, ...]
    missing: tuple[str, ...]
    hours: float
    others: int
    enforced: int
    places: tuple[str, ...]
    proposal: bool
    silent: tuple[str, ...] = ()
    """Restricted services of which the log has no entry."""

    @property
    def ready(self) -> bool | None:
        """Whether it may be enforced; None where the log does not tell."""
        kinds = {one.kind for one in self.findings}
        return False if NEAR in kinds else None if self.missing or UNTOLD in kinds else True


class NoDryRun(Exception):
    """There is no perimeter that tests anything."""


class Log:
    """The entries of a log, read against the world that they are about."""

    def __init__(self, world: World, entries: Sequence[Entry]) -> None:
        self._world, self._entries, self._model = world, entries, model(folded(world.objects, world.objects))
        tested = [one for one in self._model.perimeters if one.dry_run and not one.bridge]
        tested = [one for one in tested if one.use_explicit_dry_run_spec]
        if others := [str(one.values["name"]) for one in world.objects if is_handed_over(one)]:
            raise NoDryRun(f"what {', '.join(others)} tests is not known: {DESCRIBE}")
        if len(tested) != 1:
            how = "set dry_run = true in [perimeter], or add [perimeter.proposed], and deploy"
            raise NoDryRun(f"got {len(tested)} perimeters with a dry run, allowed: one: {how}")
        if tested[0].status == tested[0].spec:  # a perimeter that is joined keeps its dry run
            why = "whose dry run equals what is enforced"
            raise NoDryRun(f"got perimeter {short(tested[0].name)}, {why}; allowed: one that tests something else")
        self._perimeter: Perimeter = tested[0]
        self._tested: Configuration = tested[0].spec or Configuration()

    def readiness(self) -> Readiness:
        """The judgement."""
        violations = [one for one in self._entries if one.violation and one.dry_run]
        mine = [one for one in violations if self._is_mine(one)]
        groups: dict[tuple[str, str, str, str, bool], list[Entry]] = defaultdict(list)
        for one in mine:
            groups[one.caller, one.address, one.service, one.reason, one.is_egress].append(one)
        findings = [self._finding(found) for _, found in sorted(groups.items())]
        findings += self._passed({(one.caller, one.address, one.service) for one in mine})
        return Readiness(
            short(self._perimeter.name),
            tuple(sorted(findings, key=lambda one: -one.count)),
            tuple(self._missing()),
            window(self._entries),
            len(violations) - len(mine),
            sum(one.violation and not one.dry_run for one in self._entries),
            tuple(sorted({one.place for one in self._entries})),
            self._perimeter.status is not None,
            tuple(sorted(self._tested.restricted_services - {one.service for one in self._entries})),
        )

    def _is_mine(self, one: Entry) -> bool:
        """Whether it is about this perimeter, by its short name, and about a project inside."""
        named = not one.perimeter or short(one.perimeter) == short(self._perimeter.name)
        target = _PROJECT.match(one.target)
        inside = target[0] in self._tested.resources if target else bool(one.perimeter)
        return named and (one.is_egress or inside)

    def _is_call_inside(self, one: Entry) -> bool:
        """Whether it is a call to a project inside: audit entries of calls are in the log of the project that is called."""
        return not one.violation and self._project(one) in self._tested.resources

    def _project(self, one: Entry) -> str:
        id = one.place.removeprefix("projects/")
        return f"projects/{self._world.number(id) or id}"

    def _passed(self, denied: Collection[tuple[str, str, str]]) -> Iterator[Finding]:
        """Calls that passed and that what is tested now would deny: the dry run was another one when they were made."""
        groups: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
        for one in self._entries:
            restricted = one.service in self._tested.restricted_services and one.address and not one.failed
            if restricted and (one.caller, one.address, one.service) not in denied and self._is_call_inside(one):
                aimed = replace(one, target=self._project(one), reason=PASSED)
                groups[one.caller, one.address, one.service].append(aimed)
        for _, several in sorted(groups.items()):
            found = self._finding(several)
            if found.kind == NEAR and not self._asks_for_groups(several[0]):
                yield found

    def _asks_for_groups(self, one: Entry) -> bool:
        """Whether it would be admitted if its caller, who passed, were in the groups that rules name."""
        who = self._identity(one.caller)
        if who is None or who.federated:
            return False
        rules = self._tested.ingress
        groups = {member for rule in rules for member in rule.source.identities if member.startswith("group:")}
        who = replace(who, principals=who.principals | set(map(canonical, groups)))
        number = one.target.removeprefix("projects/")
        call = Call(one.service, one.method, "", number, one.address, who)
        return self._model.decide(call).dry_run.value is not False

    def _finding(self, several: Sequence[Entry]) -> Finding:
        first, *others = {(one.method, one.target, one.destination): one for one in several}.values()
        kind, why, remedy = min(map(self._judged, (first, *others)), key=lambda judged: _WORST.index(judged[0]))
        return Finding(first.caller, first.address, first.service, first.reason, len(several), kind, why, remedy)

    def _judged(self, one: Entry) -> tuple[str, str, Remedy | None]:
        who = self._identity(one.caller)
        if one.is_egress:
            return self._leaves(one, who)
        if not one.address:
            return UNTOLD, "it has no public address: a caller on a network of Google Cloud", None
        target = _PROJECT.match(one.target)
        if not target:
            return UNTOLD, f"which project it is about: its resource is {one.target or 'not named'}", None
        call = Call(one.service, one.method, "", target[0].removeprefix("projects/"), one.address, who)
        now = self._model.decide(call).dry_run
        if now.value is not False:
            return (SETTLED, now.rule, None) if now.value else (UNTOLD, f"missing: {'; '.join(now.missing)}", None)
        found = sorted(remedies(self._model, call), key=lambda each: (not each.named, each.adds != IDENTITY))
        for remedy in found:
            if remedy.named or remedy.adds == IDENTITY:
                return NEAR, f"rule {remedy.rule!r} admits it with {ADDED[remedy.adds]} added", remedy
        if who is None:
            return self._without_identity(one, found)
        for remedy in found:
            if remedy.groups:
                return UNTOLD, f"whether {one.caller} is in {' or '.join(remedy.groups)}", remedy
        if self._is_declared(who):
            if found:
                return NEAR, f"rule {found[0].rule!r} admits it with the address added", found[0]
            return NEAR, f"no rule is about {one.service} from there", None
        return STRANGER, "no rule and no grant names the caller, and no access level has the address", None

    def _leaves(self, one: Entry, who: Identity | None) -> tuple[str, str, Remedy | None]:
        """Of a call to another project: an egress rule may admit it by now, or a bridge have both."""
        source, target = (_PROJECT.match(text) for text in (one.target, one.destination))
        if source and target:
            number, called = (found[0].removeprefix("projects/") for found in (source, target))
            now = self._model.decide(Call(one.service, one.method, "", called, "", who, source_project=number)).dry_run
            if now.value is not False:
                return (SETTLED, now.rule, None) if now.value else (UNTOLD, f"missing: {'; '.join(now.missing)}", None)
        return NEAR, "it leaves the perimeter, and no egress rule or bridge here admits it", None

    def _without_identity(self, one: Entry, found: Sequence[Remedy]) -> tuple[str, str, Remedy | None]:
        """A token exchange has no identity: who else calls from the address tells whose it is."""
        same = self._by_address[one.address]
        if mine := sorted(name for name in same if (who := self._identity(name)) and self._is_declared(who)):
            return NEAR, f"it has no identity; {mine[0]} calls from the same address", found[0] if found else None
        return UNTOLD, "it has no identity, and no caller that is named here calls from the address", None

    def _is_declared(self, who: Identity) -> bool:
        return any(map(who.matches, self._members))

    @cached_property
    def _by_address(self) -> dict[str, set[str]]:
        """The callers that call from each address."""
        found: dict[str, set[str]] = defaultdict(set)
        for one in self._entries:
            if one.caller:
                found[one.address].add(one.caller)
        return found

    @cached_property
    def _members(self) -> set[str]:
        """Everybody whom a rule or a grant names."""
        rules = [rule for side in (self._perimeter.status, self._perimeter.spec) if side for rule in side.ingress]
        named = {member for rule in rules for member in rule.source.identities}
        return (named | {grant.member for _, grant in self._world.granted}) - {"allUsers", "allAuthenticatedUsers"}

    def _identity(self, text: str) -> Identity | None:
        """Who an entry names; a workload with the attributes that a provider maps for its ARN."""
        found = _SUBJECT.fullmatch(text)
        if not found:
            return None if not text else (service_account if text.endswith("gserviceaccount.com") else user)(text)
        if session := _SESSION.fullmatch(found[2]):
            for id in self._world.federation.unique_ids(found[2].split("/")[1]):
                caller = AwsCaller(session[1], found[2], f"{id}:{session[2]}")
                for one in self._world.federation.exchanges(caller):
                    if one.identity and one.identity.name == text:
                        return one.identity
        return federated(found[1], found[2])

    def _missing(self) -> Iterator[str]:
        if not self._entries:
            yield (
                "an entry: reading may have been denied, the filter or the freshness (one day by default) may leave all "
                "out, or there were no calls"
            )
            return
        if (hours := window(self._entries)) < LEAST_HOURS:
            yield f"a day of entries: these cover {hours:.0f} hours"
        inside = {
            one.caller for one in self._entries if self._is_call_inside(one) or (one.violation and self._is_mine(one))
        }
        seen = [who for name in inside if (who := self._identity(name))]
        for member in sorted({member for rule in self._tested.ingress for member in rule.source.identities}):
            if member.startswith(("serviceAccount:", "principal")) and not any(who.matches(member) for who in seen):
                yield f"a call by {member}: without one nothing shows where it calls from"
