"""The steps that an organization may take, and walks of them that are the same for one seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .members import DRY_RUN, ENFORCED, MEMBERS, OUT, Member, Organization

NEW_ADDRESS = {"blue": "203.0.113.20", "green": "203.0.113.21", "red": "203.0.113.22"}


@dataclass(frozen=True)
class Step:
    """What somebody does. `interrupts`: a project enters or leaves what is enforced in one write, its rule in another."""

    verb: str
    who: str
    after: Organization
    interrupts: bool = False

    def __str__(self) -> str:
        return f"{self.who} {self.verb}"


def walk(seed: int, steps: int) -> Iterator[Step]:
    """An owner, some steps, and then everybody leaves, in any order. In every second one a member hands over."""
    chance = random.Random(seed)
    now = Organization()
    yield Step("applies", "owner", now)
    for _ in range(steps):
        if not (several := list(possible(now, hands_over=bool(seed % 2)))):
            return
        step = chance.choice(several)
        yield step
        now = step.after
    for name in chance.sample(sorted(now.members), len(now.members)):
        while name in now.members:
            step = _back(now, now.members[name])
            yield step
            now = step.after


def possible(now: Organization, *, hands_over: bool) -> Iterator[Step]:
    """Every step that the guard and the runbooks leave to anybody."""
    if now.owner.perimeter == DRY_RUN:
        yield Step("enforces", "owner", replace(now, owner=replace(now.owner, perimeter=ENFORCED)))
    if not now.owner.more:
        yield Step("restricts more", "owner", replace(now, owner=replace(now.owner, more=("bigquery.googleapis.com",))))
    for name in sorted({*MEMBERS} - {*now.members} - now.ended):
        for perimeter in dict.fromkeys((DRY_RUN, now.owner.perimeter)):  # nobody may enforce before the owner does
            if hands_over and name == "red":
                one = replace(MEMBERS[name], perimeter=perimeter, hands_over=True, granted=False)
                yield Step("makes accounts", name, now.with_member(one))
            else:
                yield Step(f"joins, {perimeter}", name, now.with_member(replace(MEMBERS[name], perimeter=perimeter)))
    for one in now.members.values():
        yield from _changes(now, one)


def _changes(now: Organization, one: Member) -> Iterator[Step]:
    """What a member that is there may change."""

    def step(verb: str, *, interrupts: bool = False, **changes: object) -> Step:
        return Step(verb, one.name, now.with_member(replace(one, **changes)), interrupts)  # type: ignore[arg-type]

    if NEW_ADDRESS[one.name] not in one.addresses:
        yield step("has other addresses", addresses=(one.addresses[-1], NEW_ADDRESS[one.name]))
    if one.workload == "app" and not one.hands_over:
        yield step("renames its workload", workload="caller", role="caller" if one.auth == "direct" else one.role)
    if one.hands_over and not one.handed:
        yield step("is handed over", interrupts=one.perimeter == ENFORCED, handed=True)
    elif not one.granted:
        yield step("makes its grants", granted=True)
    elif one.perimeter == DRY_RUN and now.owner.perimeter == ENFORCED:
        yield step("is promoted", interrupts=True, perimeter=ENFORCED)
    if one.perimeter != OUT:
        yield _back(now, one)
    elif not one.hands_over:
        yield step("joins again", perimeter=DRY_RUN)


def _back(now: Organization, one: Member) -> Step:
    """One step on the way out."""
    if one.attached == ENFORCED:
        return Step("is demoted", one.name, now.with_member(replace(one, perimeter=DRY_RUN)), interrupts=True)
    if one.hands_over and one.granted:
        return Step("takes its grants away", one.name, now.with_member(replace(one, granted=False)))
    if one.handed:
        return Step("is handed back", one.name, now.with_member(replace(one, handed=False)))
    if one.perimeter == DRY_RUN and not one.hands_over and one.workload == "app":
        return Step("leaves", one.name, now.with_member(replace(one, perimeter=OUT)))
    return Step("is destroyed", one.name, now.without(one.name))
