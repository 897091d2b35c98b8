"""Whoever calls, from wherever: what the deployed environment does is what its TOML file says.

The synthesized stacks are applied to the local cloud (localcloud.apply); generated callers sign, exchange, impersonate
and ask through its request handlers; `intent` is the oracle. 5,000 callers for each environment in every run, other ones each
time, some two seconds of a core; 100,000 with SOAK=1. What the stacks deliver to their workloads is used as these would.

And the checks find what they are for: each mistake of `planted_identity`, `planted_perimeter` and `planted_model` is planted
alone, and must end in a counterexample; there the same callers are drawn every time, until the first whom the file and
the clouds disagree about. (test_aws_mistakes has those of the AWS stack.)
"""

import copy
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from random import Random

import pytest

from localcloud.google.state import State

from .agreement import counterexample, delivered, exhausted, generated
from .asked import METHODS, Told
from .callers import Callers
from .environments import EVERY
from .intent import ANSWER, FEDERATION, IAM, NOBODY, PERIMETER
from .planted_identity import IDENTITY_BUGS
from .planted_model import MODEL_BUGS, forget_decisions
from .planted_perimeter import PERIMETER_BUGS

COUNT = 100_000 if os.environ.get("SOAK") else 5_000

ASKED = 200
"""Callers of each environment about whom `access` is asked."""

EACH = [pytest.param(name, marks=pytest.mark.xdist_group(f"callers-{name}")) for name in EVERY]
"""The tests of one environment share a worker, and so one apply."""


@pytest.mark.parametrize("callers", EACH, indirect=True)
class TestWhoeverCalls:
    def test_everyone_named_at_every_address(self, callers: Callers) -> None:
        assert exhausted(callers)[ANSWER]

    def test_what_is_delivered(self, callers: Callers) -> None:
        assert delivered(callers)[ANSWER] == len(callers.intent.working()) + len(
            callers.intent.instances() & set(callers.intent.working())
        )

    def test_generated_callers(self, callers: Callers) -> None:
        outcomes = generated(callers, COUNT)
        assert outcomes.total() >= COUNT
        perimeter = callers.intent.perimeter or {}
        denying = {FEDERATION, IAM, NOBODY, *([] if perimeter.get("dry_run", True) else [PERIMETER])}
        assert set(outcomes) == {ANSWER, *denying}
        assert min(outcomes.values()) > COUNT // 100, f"one is next to untested: {outcomes}"

    def test_access_says_what_the_clouds_do(self, callers: Callers) -> None:
        """What it cannot decide is who is in a group, and what a role of somebody else allows."""
        told, random, compared = Told(callers), Random(17), 0
        for caller in map(callers.caller, random.sample(range(callers.size), ASKED)):
            if caller.operation in METHODS and (said := told.told(caller)):
                observed = callers.observed(caller)
                assert (said.outcome, said.logged) == (observed.outcome, observed.logged), caller
                compared += 1
        assert compared > ASKED // 10
        assert all(" is in group:" in fact or fact.startswith("whether ") for fact in told.undecided)

    def test_every_mistake_in_the_google_stack_is_found(self, callers: Callers, environment: str) -> None:
        missed = []
        for bug in (bug for bug in (*IDENTITY_BUGS, *PERIMETER_BUGS) if bug.environment == environment):
            with unchanged(callers):
                callers.deployed.apply(bug.planted(callers.deployed.google))
                missed += [] if counterexample(callers) else [bug.name]
        assert missed == []

    def test_every_mistake_in_the_model_is_found(self, callers: Callers, environment: str) -> None:
        missed = []
        for name, (where, plant) in MODEL_BUGS.items():
            if where == environment:
                with unchanged(callers), pytest.MonkeyPatch.context() as patch:
                    plant(patch)
                    missed += [] if counterexample(callers) else [name]
        assert missed == []


@pytest.fixture
def environment(request: pytest.FixtureRequest) -> str:
    """The name of the environment that the test is about."""
    return str(request.node.callspec.params["callers"])


@contextmanager
def unchanged(callers: Callers) -> Iterator[None]:
    """Afterwards Google, and what was applied to it, are as they were; no token or decision from before is used."""
    one = callers.deployed
    state, applied = copy.deepcopy(vars(one.state)), one.state_path.read_bytes()
    try:
        forget_decisions()
        yield
    finally:
        for field in fields(State):
            setattr(one.state, field.name, state[field.name])
        one.state_path.write_bytes(applied)
        callers.look_again()
        forget_decisions()
