"""Allowed, denied, or cannot be decided: then with the facts that are missing.

A truth is a set of ways. Each way is a set of facts that together would make it true. No way is false; a way that needs
no fact is true. Two sides of a plan that lack the same fact have the same truth, so an equal unknown is no difference.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

Way = frozenset[str]
MARK = "\0"
"""Before the digest of what a fact is combined with, which belongs to the fact and is not printed."""
DIGITS = 32
"""Of that digest, in hexadecimal: 128 bits, so that no other content can be found for it."""
MOST_WAYS = 64
"""From here on the ways of one truth are one fact, named by a digest: their product would not end."""


def shown(facts: Iterable[str]) -> tuple[str, ...]:
    """The facts as people read them, sorted, each once."""
    return tuple(sorted({re.sub(f"{MARK}[0-9a-f]{{{DIGITS}}}", "", fact) for fact in facts}))


@dataclass(frozen=True)
class Truth:
    """One answer. Compare two sides with `adds`."""

    ways: frozenset[Way] = frozenset()

    @property
    def value(self) -> bool | None:
        """True, False, or None where it cannot be decided."""
        return (frozenset() in self.ways or None) if self.ways else False

    @property
    def missing(self) -> tuple[str, ...]:
        """The facts that would decide it, sorted; empty if it is decided."""
        return () if self.value is not None else shown(fact for way in self.ways for fact in way)

    def adds(self, old: "Truth") -> "Truth":
        """The ways that are true here and were not on the old side, whatever the facts are."""
        return Truth(frozenset(way for way in self.ways if not any(other <= way for other in old.ways)))


NO = Truth()
YES = Truth(frozenset({frozenset()}))


def unknown(fact: str) -> Truth:
    """True if this fact is; the text is its fingerprint: equal texts are one fact."""
    return Truth(frozenset({frozenset({fact})}))


def known(value: bool) -> Truth:
    return YES if value else NO


def any_of(truths: Iterable[Truth]) -> Truth:
    """Whether one of them is true; of nothing it is false."""
    ways: set[Way] = set()
    for truth in truths:
        if truth.value:
            return YES
        ways |= truth.ways
    return _bounded(ways)


def all_of(truths: Iterable[Truth]) -> Truth:
    """Whether all of them are true; of nothing it is true."""
    ways: set[Way] = {frozenset()}
    for truth in truths:
        if not truth.ways:
            return NO
        ways = {one | other for one, other in product(ways, truth.ways)}
        if len(ways) > MOST_WAYS:
            ways = set(_bounded(ways).ways)
    return _bounded(ways)


def negated(truth: Truth) -> Truth:
    """The opposite. Of what cannot be decided the opposite is another fact."""
    if truth.value is not None:
        return known(not truth.value)
    return unknown(f"not ({' or '.join(sorted(' and '.join(sorted(way)) for way in truth.ways))})")


def _bounded(ways: set[Way]) -> Truth:
    if not ways:
        return NO
    least = {way for way in ways if not any(other < way for other in ways)}
    if len(least) <= MOST_WAYS:
        return Truth(frozenset(least))
    text = "\n".join(sorted(" and ".join(sorted(way)) for way in least))
    return unknown(f"one of {len(least)} combinations ({hashlib.sha256(text.encode()).hexdigest()[:16]})")
