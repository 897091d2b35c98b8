"""An organization with one perimeter: an owner, and three members with two AWS accounts, that apply in any order.

After each step, and after each write of it, callers of all members and from outside are compared with a naive oracle over
everybody's files. The applies are simulated (localcloud.apply). `make soak` takes other walks every time.
"""

import os
import random
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from localcloud.apply import ApplyError
from localcloud.faults import InjectedFault

from .agreement import Disagreement
from .intent import ANSWER, FEDERATION, IAM, NOBODY, PERIMETER
from .members import DRY_RUN, ENFORCED, MEMBERS, Member, Owner
from .moments import World, world
from .planted_members import MISTAKES, members_not_ignored, planted
from .steps import walk

SEEDS = [random.getrandbits(64) for _ in range(100)] if os.environ.get("SOAK") else [3699]
STEPS = 16
PATCH = r"^PATCH .*/servicePerimeters/"
VERBS = {
    "applies", "enforces", "restricts more", "joins, dry run", "joins, enforced", "joins again", "makes accounts",
    "is handed over", "makes its grants", "has other addresses", "renames its workload", "is promoted", "is demoted",
    "takes its grants away", "is handed back", "leaves", "is destroyed",
}  # fmt: skip


def test_the_walks_have_every_step() -> None:
    assert {step.verb for seed in SEEDS for step in walk(seed, STEPS)} == VERBS


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_gets_in_between_and_nobody_is_interrupted(seed: int, tmp_path: Path) -> None:
    with world(tmp_path, seed) as one:
        for step in walk(seed, STEPS):
            print(step)
            one.step(step.after, step.who, interrupts=step.interrupts)
        assert set(one.outcomes) == {ANSWER, FEDERATION, IAM, NOBODY, PERIMETER}, Counter(one.outcomes)
        assert one.attached() == []
        assert one.cloud.state.access_levels == {}


def start(one: World, *members: Member) -> None:
    """An owner that enforces, and these members in the perimeter."""
    one.now = replace(one.now, owner=Owner(ENFORCED))
    one.carry_out(one.now, "owner")
    for member in members:
        one.now = one.now.with_member(member)
        one.carry_out(one.now, member.name)
    one.agree()


BLUE, GREEN, RED = (replace(one, perimeter=ENFORCED) for one in MEMBERS.values())
TRIED, RENAMED = replace(GREEN, perimeter=DRY_RUN), replace(GREEN, workload="caller", role="caller")
AT_ONCE = {
    "both join": ((), BLUE, GREEN),
    "a rename and a promotion": ((replace(BLUE, perimeter=DRY_RUN), GREEN), RENAMED, BLUE),
    "a demotion and a promotion": ((BLUE, TRIED), replace(BLUE, perimeter=DRY_RUN), GREEN),
    "a promotion and a demotion": ((replace(BLUE, perimeter=DRY_RUN), GREEN), BLUE, TRIED),
}


@pytest.mark.parametrize("name", AT_ONCE)
def test_two_at_once_lose_nothing(name: str, tmp_path: Path) -> None:
    """Whenever one's apply reads the perimeter, the other's whole apply comes before its write: 409, and it applies again."""
    before, first, second = AT_ONCE[name]
    for at in range(1, 13) if os.environ.get("SOAK") else (2,):
        with world(tmp_path / str(at)) as one:
            start(one, RED, *before)
            after = one.now.with_member(first).with_member(second)
            with one.watched(after, first.name, second.name, interrupts=True):
                fault = InjectedFault(PATCH, call=lambda _: one.carry_out(after, second.name), at=at)  # noqa: B023
                between = one.cloud.faults.add(fault)
                with suppress(ApplyError) if at > 2 else pytest.raises(ApplyError, match="409 ABORTED, The etag"):
                    one.carry_out(after, first.name)
                one.carry_out(after, first.name)
                if not between.happened:  # the first one has fewer writes
                    between.times = 0
                    one.carry_out(after, second.name)
            one.agree()


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_of_a_member_is_found(name: str, tmp_path: Path) -> None:
    with world(tmp_path, plant=planted(MISTAKES[name])) as one:
        start(one, RED)
        with pytest.raises(Disagreement):
            one.step(one.now.with_member(BLUE), "blue")


def test_an_owner_that_does_not_ignore_members_is_found(tmp_path: Path) -> None:
    with world(tmp_path, plant=planted(members_not_ignored, name="owner")) as one:
        start(one, BLUE, RED)
        with pytest.raises(AssertionError, match="what others have|expected {False} before or after"):
            one.step(replace(one.now, owner=Owner(ENFORCED, ("bigquery.googleapis.com",))), "owner")
