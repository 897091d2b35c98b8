"""Allowed, denied, or cannot be decided: then with the facts that are missing.

A truth is a set of combinations. Each combination is a set of facts that together would make it true. Without a
combination it is false; an empty combination is true in any case. Two sides of a plan that lack the same fact have the
same truth, so an equal unknown is no difference.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

Combination = frozenset[str]
MARK = "\0"
"""Before the digest of what a fact is combined with, which belongs to the fact and is not printed."""
DIGITS = 32
"""Of that digest, in hexadecimal: 128 bits, so that no other content can be found for it."""
MOST_COMBINATIONS = 64
"""From here on the combinations of one truth are one fact, named by a digest: their product would not end."""


def shown(facts: Iterable[str]) -> tuple[str, ...]:
    """The facts as people read them, sorted, each once."""
    return tuple(sorted({re.sub(f"{MARK}[0-9a-f]{{{DIGITS}}}", "", fact) for fact in facts}))


@dataclass(frozen=True)
class Truth:
    """One answer. Compare two sides with `adds`."""

    combinations: frozenset[Combination] = frozenset()

    @property
    def value(self) -> bool | None:
        """True, False, or None where it cannot be decided."""
        return (frozenset() in self.combinations or None) if self.combinations else False

    @property
    def missing(self) -> tuple[str, ...]:
        """The facts that would decide it, sorted; empty if it is decided."""
        return () if self.value is not None else shown(fact for facts in self.combinations for fact in facts)

    def adds(self, old: "Truth") -> "Truth":
        """The combinations that are true here and were not on the old side, whatever the facts are."""
        return Truth(
            frozenset(facts for facts in self.combinations if not any(other <= facts for other in old.combinations))
        )


NO = Truth()
YES = Truth(frozenset({frozenset()}))


def unknown(fact: str) -> Truth:
    """True if this fact is; the text is its fingerprint: equal texts are one fact."""
    return Truth(frozenset({frozenset({fact})}))


def decided(value: bool) -> Truth:
    return YES if value else NO


def any_of(truths: Iterable[Truth]) -> Truth:
    """Whether one of them is true; of nothing it is false."""
    combinations: set[Combination] = set()
    for truth in truths:
        if truth.value:
            return YES
        combinations |= truth.combinations
    return _bounded(combinations)


def all_of(truths: Iterable[Truth]) -> Truth:
    """Whether all of them are true; of nothing it is true."""
    combinations: set[Combination] = {frozenset()}
    for truth in truths:
        if not truth.combinations:
            return NO
        combinations = {one | other for one, other in product(combinations, truth.combinations)}
        if len(combinations) > MOST_COMBINATIONS:
            combinations = set(_bounded(combinations).combinations)
    return _bounded(combinations)


def _bounded(combinations: set[Combination]) -> Truth:
    if not combinations:
        return NO
    least = {facts for facts in combinations if not any(other < facts for other in combinations)}
    if len(least) <= MOST_COMBINATIONS:
        return Truth(frozenset(least))
    text = "\n".join(sorted(" and ".join(sorted(facts)) for facts in least))
    return unknown(f"one of {len(least)} combinations ({hashlib.sha256(text.encode()).hexdigest()[:16]})")
