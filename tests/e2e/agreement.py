"""The one check of test_callers: what the clouds do is what the file says."""

import random
from collections import Counter
from collections.abc import Iterable
from itertools import product

from .callers import INSTANCE, PEOPLE, Caller, Callers
from .delivered import Delivery, asked, everything

MOST = 40_000
"""Callers until a planted mistake must have shown."""

BATCH = 50
"""Callers of one seed. hypothesis would draw its seeds from constants of the modules that are imported: others in each worker."""


class Disagreement(AssertionError):
    """A caller whom the clouds treat otherwise than the file says."""

    def __init__(self, caller: Caller | Delivery | str, expected: object, observed: object) -> None:
        super().__init__(f"{caller}: expected {expected}, got {observed}")
        self.caller = caller


def generated(callers: Callers, count: int, *, repeatable: bool = False) -> Counter[str]:
    """Hold `count` callers, or a few more, to the file; how often each outcome was. Raises Disagreement about a caller

    in whom nothing can be replaced by its axis's first without agreement. `repeatable` draws the same ones every time.
    """
    outcomes: Counter[str] = Counter()
    drawn: set[int] = set()
    for number in range(-(-count // BATCH)):
        seed = number if repeatable else random.getrandbits(64)
        numbers = random.Random(seed).sample(range(callers.size), BATCH)
        drawn.update(numbers)
        outcomes.update(_agreed(callers, map(callers.caller, numbers)))
    assert len(drawn) > count * 0.9, f"got {len(drawn)} different callers of {count}"
    return outcomes


def counterexample(callers: Callers) -> Disagreement | None:
    """The first of the same callers every time; None if there is none. `callers` look again at the configuration."""
    callers.look_again()
    try:
        generated(callers, MOST, repeatable=True)
    except Disagreement as disagreement:
        return disagreement
    return None


def delivered(callers: Callers) -> Counter[str]:
    """The same for all that the stacks deliver to their workloads."""
    outcomes: Counter[str] = Counter()
    instances, wanted = set(callers.deployed.outputs.get("instance_ids", {})), callers.intent.instances()
    if instances != wanted:
        raise Disagreement("the instances", wanted, instances)
    for one in everything(callers):
        expected, observed = callers.intent.as_it_should(one.workload), callers.logged(lambda: asked(callers, one))  # noqa: B023
        if vars(expected) != vars(observed):
            raise Disagreement(one, expected, observed)
        outcomes[observed.outcome] += 1
    return outcomes


def exhausted(callers: Callers) -> Counter[str]:
    """The same for every named caller at every address, with each of the three calls on the way to Gemini."""
    ours = list(dict.fromkeys(callers.principals))
    first = ours[0]
    named = [one for one in ours if one.role in (first.role, f"{first.role}2", "other") or one.pathed]
    own = callers.targets[0]
    everybody = [
        *((kind, one) for kind in ("impersonated", "federated") for one in named),
        *((kind, first) for kind in (*PEOPLE, "anonymous")),
    ]
    calls = ("generateContent", "exchange", "generateAccessToken")
    return Counter(
        _agreed(
            callers,
            (
                Caller(kind, principal, INSTANCE, own, address, call)
                for (kind, principal), address, call in product(everybody, callers.addresses, calls)
            ),
        )
    )


def _agreed(callers: Callers, several: Iterable[Caller]) -> list[str]:
    outcomes = []
    for caller in several:
        expected, observed = callers.expected(caller), callers.observed(caller)
        if (expected.outcome, expected.logged) != (observed.outcome, observed.logged):
            raise _smallest(callers, caller)
        outcomes.append(observed.outcome)
    return outcomes


def _smallest(callers: Callers, caller: Caller) -> Disagreement:
    """The disagreement about a caller that is as ordinary as it can be."""
    for axis, field in zip(
        callers.axes, ("kind", "principal", "session", "target", "address", "operation"), strict=True
    ):
        other = Caller(**{**vars(caller), field: axis[0]})
        expected, observed = callers.expected(other), callers.observed(other)
        if (expected.outcome, expected.logged) != (observed.outcome, observed.logged):
            caller = other
    return Disagreement(caller, callers.expected(caller), callers.observed(caller))
