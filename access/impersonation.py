"""As which service accounts a caller may act: with a token of one account the token of the next one, and so on.

A request for a token passes the perimeter of iamcredentials as who asks. It may name delegates: then each of them needs a
grant on the next account, and only who asks passes the perimeter ("Create short-lived credentials for a service account").
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from access.objects import Object, known_after_apply
from access.outcome import Gate, Outcome, rank
from access.permissions import Target, account_of, may_have
from access.question import method
from access.world import World
from policy.identity import Identity, canonical, service_account

TOKEN, DELEGATE = method("iamcredentials").permission, "iam.serviceAccounts.implicitDelegation"
EVERY, SOMEBODY, GROUPS = "every account", "a member that is not known", "a group"
LINK = "impersonation"
"""The gate of each grant on the path."""
Granted = Callable[[Identity | None, str, Target], Outcome]
Guarded = Callable[[str, Identity | None], Gate]


@dataclass(frozen=True)
class Step:
    """`holder` is whose token is in hand, `at` the account whose grants count next; another one if that is a delegate."""

    holder: Identity
    at: Identity
    gates: tuple[Gate, ...] = ()
    ranks: tuple[int, int] = (0, 0)
    """The worst gate, as enforced and as dry run."""

    def then(self, holder: Identity, at: Identity, *gates: Gate) -> "Step":
        """The step after these gates."""
        enforced = max(self.ranks[0], *(rank(one.enforced) for one in gates))
        dry_run = max(self.ranks[1], *(rank(one.dry_run) for one in gates))
        return Step(holder, at, (*self.gates, *gates), (enforced, dry_run))


class Accounts:
    """Every service account of a world. `granted` decides by IAM, `guarded` by the perimeters of an account's project."""

    def __init__(self, world: World, granted: Granted, guarded: Guarded) -> None:
        self._accounts = [one for one in world.objects if one.kind == "google_service_account"]
        self._granted, self._guarded = granted, cache(guarded)
        self._emails = sorted(_emails(world.objects))
        self._named = {permission: _named(world, permission) for permission in (TOKEN, DELEGATE)}
        self._projects = sorted({_project(email) for email in self._emails})
        self._links, self._free = cache(self._linked), cache(self._is_free)

    def reached(self, who: Identity) -> Iterator[Step]:
        """Each account whose token a caller may get, shorter paths first, without paths that are no better than another one.

        Of each pair of holder and account only paths are followed whose worst gate is better, so it ends.
        """
        open, known = deque([Step(who, who)]), {(who, who): [(0, 0)]}
        while open:
            step = open.popleft()
            for new in self._next(step):
                had = known.setdefault((new.holder, new.at), [])
                if not any(_covers(one, new.ranks) for one in had):
                    had.append(new.ranks)
                    open.append(new)
                    if new.holder is new.at:
                        yield new

    def first(self, who: Identity) -> tuple[Gate, ...]:
        """The gates on the path to a token of the first account, whatever they answer; empty if there is no account."""
        return self.gates(who, self._emails[0]) if self._emails else ()

    def _outcome(self, who: Identity | None, permission: str, email: str) -> Outcome:
        """Whether a caller has a permission on an account, which gives no token while it is disabled."""
        outcome = self._granted(who, permission, Target(_project(email), email))
        for one in self._accounts:
            if account_of(one) == email:
                outcome = _unless_disabled(one, outcome)
        return outcome

    def _next(self, step: Step) -> Iterator[Step]:
        if step.ranks == (2, 2):
            return
        in_hand = dict[str, Step]()
        for email, outcome in self._links(step.at, TOKEN):
            account = service_account(email)
            in_hand[email] = step.then(account, account, self._guarded(_project(email), step.holder), _link(outcome))
        yield from in_hand.values()
        for email, outcome in self._links(step.at, DELEGATE):
            new = step.then(step.holder, service_account(email), _link(outcome))
            token = in_hand.get(email)
            if not (token and _covers(token.ranks, new.ranks) and self._free(token.holder)):
                yield new

    def _is_free(self, account: Identity) -> bool:
        """Whether an account passes every perimeter for iamcredentials here: to be a delegate admits it to no more."""
        gates = [self._guarded(project, account) for project in self._projects]
        return all(rank(one.enforced) == rank(one.dry_run) == 0 for one in gates)

    def gates(self, who: Identity | None, email: str) -> tuple[Gate, Gate]:
        """The perimeter and the grant for a token of an account."""
        return self._guarded(_project(email), who), _link(self._outcome(who, TOKEN, email))

    def _linked(self, who: Identity, permission: str) -> list[tuple[str, Outcome]]:
        """The accounts on which a caller may have a permission."""
        found = ((email, self._outcome(who, permission, email)) for email in self._candidates(who, permission))
        return [(email, outcome) for email, outcome in found if outcome.value is not False]

    def _candidates(self, who: Identity, permission: str) -> list[str]:
        """The accounts that a grant may give to a caller: of hundreds, each needs a look at every grant."""
        given = self._named[permission]
        members = who.principals | {SOMEBODY} | (set() if who.federated else {GROUPS})
        named = set[str]().union(*(given[one] for one in members & given.keys()))
        return self._emails if EVERY in named else [email for email in self._emails if email in named]


def _named(world: World, permission: str) -> dict[str, set[str]]:
    """On which accounts each member may have a permission, `EVERY` for a grant above the account or on an unknown one."""
    found: dict[str, set[str]] = {}
    may = {role: may_have(role, world.roles, permission) for role in {grant.role for _, grant in world.granted}}
    for one, grant in ((one, grant) for one, grant in world.granted if may[grant.role]):
        known = one.kind.startswith("google_service_account_iam_") and not known_after_apply(grant.on)
        group = grant.member.startswith("group:")
        member = SOMEBODY if known_after_apply(grant.member) else GROUPS if group else canonical(grant.member)
        for name in {member, canonical(grant.member)}:
            found.setdefault(name, set()).add(grant.on.rpartition("/")[2] if known else EVERY)
    return found


def _emails(objects: Iterable[Object]) -> set[str]:
    """Every service account, by its resource or by a grant on it."""
    found = set[str]()
    for one in objects:
        if one.kind == "google_service_account":
            found.add(account_of(one))
        elif one.kind.startswith("google_service_account_iam_"):
            found.add(str(one.values.get("service_account_id")).rpartition("/")[2])
    return {email for email in found if "@" in email and "$" not in email}


def _link(outcome: Outcome) -> Gate:
    return Gate(LINK, outcome, outcome)


def _covers(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[0] and one[1] <= other[1]


def _project(email: str) -> str:
    return email.partition("@")[2].partition(".")[0]


def _unless_disabled(one: Object, outcome: Outcome) -> Outcome:
    disabled = one.values.get("disabled")
    if disabled is True:
        return Outcome(False, f"service account {account_of(one)} is disabled", one.address)
    return replace(outcome, missing=(*outcome.missing, f"not {disabled}")) if known_after_apply(disabled) else outcome
