"""Who may call what from where: each gate on the path of a call, and the verdict. policy decides at each gate.

A caller may reach the call by several paths: as itself, or as a service account, by one impersonation or several. The best
path counts.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from ipaddress import IPv4Network, ip_network
from typing import Any

from access.attached import folded, readable
from access.callers import AwsCaller
from access.changes import LEVEL, PERIMETER, POLICY
from access.exchange import Exchange
from access.impersonation import LINK, TOKEN, Accounts
from access.model import addresses, model
from access.objects import Object
from access.outcome import CallPath, Gate, Outcome, rank
from access.permissions import Target, permitted
from access.question import CREDENTIALS, STS, Method, Role, Who
from access.question import method as called
from access.world import World
from policy.call import Call, parsed
from policy.decision import Model, Verdict
from policy.identity import Identity

PLACES = [str(one) for one in IPv4Network("192.0.0.0/24")]
"""Addresses that stand for those which are not known yet. No host has one of them (RFC 6890)."""
SIDES = {"enforced": "is enforced", "dry_run": "the dry run tests"}
_ACM = "google_access_context_manager_"
_READ = {PERIMETER, POLICY, LEVEL}


@dataclass(frozen=True)
class Answer:
    """The paths, the best one first. `differs` are the facts on which it depends which caller it is."""

    paths: tuple[CallPath, ...]
    differs: tuple[str, ...] = ()

    @property
    def enforced(self) -> Outcome:
        """Of the best path the gate that decides what is enforced."""
        return self._unless(min((path.enforced for path in self.paths), key=rank))

    @property
    def dry_run(self) -> Outcome:
        """Of the best path the gate that decides if the dry run were enforced."""
        return self._unless(min((path.dry_run for path in self.paths), key=rank))

    def _unless(self, outcome: Outcome) -> Outcome:
        if not self.differs:
            return outcome
        gate = outcome.gate if outcome.missing else "token exchange"
        return replace(outcome, missing=(*self.differs, *outcome.missing), gate=gate)


class Asked:
    """A world with an origin, which may be an expression, and a project: answers questions.

    `apart` are expressions of which it is taken for granted that they give other addresses than every other.
    """

    def __init__(self, world: World, origin: str, project: str = "", apart: Sequence[str] = ()) -> None:
        self.world, self.project = world, project or world.project
        places = dict(zip(dict.fromkeys([origin, *apart]), PLACES, strict=False))
        self._address = places[origin] if origin.startswith("${") else origin
        named = {f"{one}{end}": f"{place}/32" for one, place in places.items() if "$" in one for end in ("", "/32")}
        self._accounts = Accounts(world, self._iam, partial(self.perimeter, called("iamcredentials")))
        self._objects = [_placed(one, named) for one in world.objects] if named else world.objects

    @cached_property
    def _model(self) -> Model:
        return model(folded(self._objects, self._objects))

    @cached_property
    def _addresses(self) -> dict[str, str]:
        return addresses(self._objects)

    @property
    def bounded(self) -> bool:
        """Whether a perimeter here holds the project: another one, which is not here, can hold it otherwise."""
        sides = [
            side for one in self._model.perimeters for side in (one.enforced, one.dry_run) if side and not one.bridge
        ]
        inside = f"projects/{self.world.number(self.project)}"
        return any(side.unmodelled or inside in side.resources for side in sides)

    @property
    def signature(self) -> frozenset[tuple[str, int]]:
        """Origins of one signature are answered alike: the conditions of levels whose addresses hold this one."""
        at = parsed(self._address)
        return frozenset(
            (name, number)
            for name, level in self._model.levels.items()
            for number, condition in enumerate(level.conditions)
            if any("$" in one or at in ip_network(one, strict=False) for one in condition.ip_subnetworks)
        )

    def answer(self, who: Who, call: Method, role_id: str = "") -> Answer:
        """The answer. A role's unique id decides only where a condition pins one."""
        if not isinstance(who, Role):
            return Answer(tuple(sorted(self._alone(who, call), key=_shortest)))
        found = [self._role(who, call, id) for id in self.world.federation.unique_ids(who.name, role_id)]
        if len({(one.enforced.value, one.dry_run.value) for one in found}) == 1:
            return found[0]
        best = min(found, key=lambda one: rank(one.enforced) + rank(one.dry_run))
        return replace(best, differs=(f"the unique ID of role {who.name} (--role-id)",))

    def _role(self, who: Role, call: Method, id: str) -> Answer:
        federation = self.world.federation
        accounts = [who.account] if who.account else [one.account for one, _ in federation.providers if one.account]
        found = []
        for account in dict.fromkeys(accounts):
            arn = f"arn:{who.partition}:sts::{account}:assumed-role/{who.name}/{who.session}"
            exchanges = federation.exchanges(AwsCaller(account, arn, f"{id}:{who.session}"))
            found += [path.with_texts(federation.readable) for one in exchanges for path in self._paths(one, call)]
        if not found:
            no = Outcome(False, "no workload identity pool here has a provider for AWS")
            found = [CallPath("", (Gate("token exchange", no, no),))]
        return Answer(tuple(sorted(found, key=_furthest)))

    def _paths(self, one: Exchange, call: Method) -> Iterator[CallPath]:
        """With the token of one provider: the call itself, and the call as each service account that may be impersonated."""
        begin = (self.perimeter(called("sts"), one.project, None), Gate("token exchange", one.outcome, one.outcome))
        if one.identity is None or call.service == STS:
            yield CallPath("", begin)
            return
        if call.service == CREDENTIALS:
            first = self._accounts.first(one.identity) or self.gates(one.identity, call)
            yield from list(self._impersonated(one.identity, call, begin)) or [CallPath("", (*begin, *first))]
            return
        yield CallPath(one.identity.name, (*begin, *self.gates(one.identity, call)))
        yield from self._impersonated(one.identity, call, begin)

    def _alone(self, who: Identity | None, call: Method) -> Iterator[CallPath]:
        """A caller with a credential of Google's, or without one: the call itself, and as each service account."""
        yield CallPath(who.name if who else "allUsers", self.gates(who, call))
        if who and call.service != STS and (call.service != CREDENTIALS or call.permission == TOKEN):
            yield from self._impersonated(who, call, ())

    def _impersonated(self, who: Identity, call: Method, begin: tuple[Gate, ...]) -> Iterator[CallPath]:
        """The call as each service account whose token a caller may get, by one impersonation or several."""
        for step in self._accounts.reached(who):
            last = () if call.service == CREDENTIALS else self.gates(step.holder, call)
            yield CallPath(f"serviceAccount:{step.holder.name}", (*begin, *step.gates, *last))

    def gates(self, who: Identity | None, call: Method, account: str = "") -> tuple[Gate, Gate]:
        """The perimeter and IAM for one call with a credential in hand: in the project, or for a token of an account."""
        if account:
            return self._accounts.gates(who, account)
        outcome = self._iam(who, call.permission, Target(self.project))
        return self.perimeter(call, self.project, who), Gate("IAM", outcome, outcome)

    def _iam(self, who: Identity | None, permission: str, target: Target) -> Outcome:
        if not target.project:
            return Outcome(False, "which project is called is not known", "", ("the project (--project)",))
        return self._in_groups(who, lambda one: permitted(self.world, one, permission, target))

    def perimeter(self, call: Method, project: str, who: Identity | None) -> Gate:
        """What is enforced, and what the dry run tests, around a project."""
        name = f"perimeter for {call.service.partition('.')[0]}"
        number = self.world.number(project)
        unread = tuple(f"what {one.address} adds" for one in self.world.objects if _is_apart(one))
        if not number and not self._outside(project):
            unread += (f"the number of project {project or 'that is called (--project)'}",)
        asked = Call(call.service, call.name, call.permission, number, self._address, None)
        decided = cache(lambda identity: self._model.decide(replace(asked, identity=identity)))

        def outcome(side: str, identity: Identity | None) -> Outcome:
            verdict: Verdict = getattr(decided(identity), side)
            address = self._addresses.get(verdict.perimeter, verdict.perimeter)
            outside = f"project {number or project} is in no perimeter that {SIDES[side]}"
            reason = verdict.rule if verdict.perimeter else outside
            return Outcome(verdict.allowed, reason, address, (*verdict.missing, *unread))

        return Gate(name, *(self._in_groups(who, partial(outcome, side)) for side in SIDES))

    def _outside(self, project: str) -> bool:
        """Whether a project without a known number is in no perimeter: those inside are all known as others."""
        ids = {f"projects/{number}": id for id, number in self.world.numbers.items()}
        inside = {
            resource
            for one in self._model.perimeters
            for side in (one.enforced, one.dry_run)
            for resource in (side.resources if side else ())
            if not resource.startswith("//")
        }
        return not inside or bool(project and all(ids.get(one, project) != project for one in inside))

    def _in_groups(self, who: Identity | None, decide: Callable[[Identity | None], Outcome]) -> Outcome:
        """What is decided whatever groups the caller is in; a group that decides is a fact that is missing."""
        alone = decide(who)
        if alone.value is True or who is None or who.federated:
            return alone
        groups = [group for group in self.world.groups if f"group:{group}" not in who.principals]
        matter = [group for group in groups if rank(decide(_member(who, [group]))) < rank(alone)]
        facts = tuple(f"whether {who.name} is in group:{group}" for group in matter)
        return replace(alone, missing=(*alone.missing, *facts))


def _member(who: Identity, groups: Sequence[str]) -> Identity:
    return Identity(who.kind, who.name, who.principals | {f"group:{group}" for group in groups})


def _is_apart(one: Object) -> bool:
    """A part of a perimeter or a level that is a separate resource, which is not read."""
    return one.kind.startswith(_ACM) and one.kind not in _READ and "_iam_" not in one.kind and not readable(one)


def _furthest(path: CallPath) -> tuple[int, ...]:
    """The best path first. Of equal ones an impersonation, which the kit makes, and not several."""
    links = sum(gate.name == LINK for gate in path.gates)
    return rank(path.enforced), rank(path.dry_run), max(links, 1), -len(path.gates)


def _shortest(path: CallPath) -> tuple[int, ...]:
    return rank(path.enforced), rank(path.dry_run), len(path.gates)


def _placed(one: Object, places: Mapping[str, str]) -> Object:
    """A resource in which stand-ins have the place of expressions."""
    return Object(one.address, one.kind, _put(one.values, places), one.unread) if one.kind == LEVEL else one


def _put(value: Any, places: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {name: _put(inner, places) for name, inner in value.items()}
    if isinstance(value, list):
        return [_put(inner, places) for inner in value]
    return places.get(value, value) if isinstance(value, str) else value
