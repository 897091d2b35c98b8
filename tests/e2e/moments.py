"""An organization in a local cloud: its members' stacks are applied, and callers call after each step and after each write of it."""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localcloud.apply import apply, destroy
from localcloud.cloud import LocalCloud, local_cloud, whole_google
from localcloud.faults import InjectedFault
from localcloud.google import seed
from localcloud.proxy import Request
from tests.synthesis import from_toml

from .agreement import Disagreement
from .deployed import PREDICTS, USED_BY_OTHERS
from .everyone import GRANTED, Oracle, drawn, legitimate, owner_of, suspicious
from .intent import ANSWER
from .members import MEMBERS, PERIMETER, POLICY, Member, Organization, Owner
from .observed import Observed

WRITES = r"^(POST|PATCH|PUT|DELETE) https://(accesscontextmanager|cloudresourcemanager|iam|serviceusage)\.(?!.*:getIamPolicy)"
AFTER, BETWEEN = 24, 4
"""Callers that are drawn after a step; after a write of it, those and as many of the suspicious."""
Stack = dict[str, Any]


@dataclass
class World:
    """`now` is what is applied. `chance` draws callers. `plant` changes each stack before it is applied."""

    cloud: LocalCloud
    folder: Path
    chance: random.Random
    now: Organization = field(default_factory=Organization)
    plant: Callable[[str, Stack], Stack] = lambda _, stack: stack
    outcomes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.observed = Observed(self.cloud)

    def step(self, after: Organization, who: str, *, interrupts: bool = False) -> None:
        """Apply what differs. `who` makes the step: "owner" or a member. `interrupts`: its own callers may be denied meanwhile."""
        others = self.attached(but=who)
        with self.watched(after, who, interrupts=interrupts):
            self.carry_out(after, who)
        assert self.attached(but=who) == others, f"a step of {who} changed what others have in the perimeter"
        self.agree()

    @contextmanager
    def watched(self, after: Organization, *who: str, interrupts: bool = False) -> Iterator[None]:
        """While these go to `after`, callers call after each write. Raises Disagreement about the first who should not be
        answered, or who should.
        """
        oracles, wrong = (Oracle(self.now), Oracle(after)), list[Disagreement]()

        def look(_: Request) -> None:
            with self.cloud.lock:
                wrong.extend(self._between(oracles, who if interrupts else ()))

        self.cloud.faults.add(InjectedFault(WRITES, call=look, done=True, times=10**9))
        try:
            yield
        finally:
            self.cloud.faults.clear()
        if wrong:
            raise wrong[0]
        self.now = after

    def carry_out(self, after: Organization, who: str) -> None:
        """Apply or destroy one environment; of one that hands over, what its owner has of it first."""
        before, one = self.now.members.get(who), after.members.get(who)
        if who == "owner":
            self.apply(who, from_toml(after.owner.toml).google)
        elif one:
            stack = from_toml(one.toml).google
            if one.handed:
                self.apply(f"{who}-handed", handed(one))
            elif before and before.handed:
                self.destroy(f"{who}-handed", handed(before))
            self.apply(who, stack if one.granted else without_grants(stack))
        elif before:
            self.destroy(who, from_toml(before.toml).google)

    def apply(self, name: str, stack: Stack) -> None:
        planted = self.plant(name, stack)
        apply(planted, state=self.folder / f"{name}.tfstate", environment=self.cloud.deployer_environment())

    def destroy(self, name: str, stack: Stack) -> None:
        destroy(stack, state=self.folder / f"{name}.tfstate", environment=self.cloud.deployer_environment())

    def agree(self) -> None:
        """Each caller is treated now as the files say. Raises Disagreement."""
        oracle = Oracle(self.now)
        self.observed.look_again()
        for caller in legitimate(self.now):
            assert not self.now.members[caller.pool].granted or oracle.expected(caller).outcome == ANSWER, caller
        for caller in (
            *legitimate(self.now),
            *suspicious(self.now),
            *(drawn(self.now, self.chance) for _ in range(AFTER)),
        ):
            expected, observed = oracle.expected(caller), self.observed(caller)
            if expected != observed:
                raise Disagreement(caller, expected, observed)  # type: ignore[arg-type]
            self.outcomes.append(observed.outcome)

    def _between(self, oracles: tuple[Oracle, Oracle], interrupted: tuple[str, ...]) -> Iterator[Disagreement]:
        """A caller who is admitted neither before nor after, or one who is both times and is not now."""
        self.observed.look_again()
        before, after = (one.organization for one in oracles)
        close = list(suspicious(after))
        some = [*legitimate(before), *legitimate(after), *self.chance.sample(close, min(BETWEEN, len(close)))]
        some += [drawn(after, self.chance) for _ in range(BETWEEN)]
        for caller in dict.fromkeys(some):
            answers = {one.expected(caller).outcome == ANSWER for one in oracles}
            observed = self.observed(caller).outcome == ANSWER
            its_own = {caller.pool, caller.project, owner_of(caller.target)} & {*interrupted}
            if observed not in answers and not (its_own and not observed):
                yield Disagreement(caller, f"{answers} before or after", observed)  # type: ignore[arg-type]

    def attached(self, *, but: str = "") -> list[str]:
        """What members have in the perimeter, enforced and tried; not what one of them has."""
        body = self.cloud.state.service_perimeters.get(PERIMETER, {})
        project = f"projects/{MEMBERS[but].number}" if but in MEMBERS else "no project"
        return sorted(
            f"{side} {item}"
            for side in ("status", "spec")
            for name in ("resources", "ingressPolicies", "egressPolicies")
            for item in body.get(side, {}).get(name, [])
            if project not in str(item)
        )


def handed(one: Member) -> Stack:
    """What a member hands over, as a stack of the perimeter's owner."""
    made = from_toml(one.toml)
    document: Stack = json.loads((made.folder / "hand-over.json").read_text())
    return {**document, "provider": from_toml(Owner().toml).google["provider"]}


def without_grants(stack: Stack) -> Stack:
    """As `deploy` leaves them out."""
    kept = {kind: named for kind, named in stack["resource"].items() if not kind.endswith("_iam_member")}
    return {**stack, "resource": kept}


@contextmanager
def world(folder: Path, number: int = 0, plant: Callable[[str, Stack], Stack] | None = None) -> Iterator[World]:
    """Projects in an organization that has an access policy, and nothing of ours. At the end no request may have been a mistake."""
    with local_cloud(google=whole_google(polls=0)) as cloud:
        seed.access_policy(cloud.state, POLICY)
        seed.project(cloud.state, "security-project", "100000000001")
        for one in MEMBERS.values():
            seed.project(cloud.state, one.project, one.number)
            cloud.state.services[one.project].update({f"{api}.googleapis.com": 0.0 for api in (*USED_BY_OTHERS, "sts")})
            bindings = cloud.state.iam_policies[f"projects/{one.project}"]["bindings"]
            bindings.append({"role": PREDICTS, "members": sorted(GRANTED)})
        found = World(cloud, folder, random.Random(number))
        if plant:
            found.plant = plant
        yield found
        assert cloud.google.mistakes == []  # type: ignore[attr-defined]
