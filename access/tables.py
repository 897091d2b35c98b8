"""One answer for each of many origins at once: for each set of missing facts, the origins that it lets pass.

An origin is a bit. The set of no facts is "allowed for sure". The counterpart of access.truth for perimeters, where one
answer at a time is too slow: 200 access levels and 200 rules are 40,000 pairs.
"""

from collections.abc import Iterable

from access.truth import Combination, Truth

Table = dict[Combination, int]
SURE: Combination = frozenset()
NONE: Table = {}


def sure(bits: int) -> Table:
    return {SURE: bits} if bits else {}


def given(truth: Truth, bits: int) -> Table:
    """These origins, each with the same truth."""
    return dict.fromkeys(truth.combinations, bits) if bits else {}


def either(tables: Iterable[Table]) -> Table:
    found: Table = {}
    for table in tables:
        for facts, bits in table.items():
            found[facts] = found.get(facts, 0) | bits
    return _least(found)


def both(one: Table, other: Table) -> Table:
    found: Table = {}
    for facts, bits in one.items():
        for another, more in other.items():
            if shared := bits & more:
                found[facts | another] = found.get(facts | another, 0) | shared
    return _least(found)


def added(new: Table, old: Table) -> Table:
    """What passes on the new side and did not on the old one, whatever the facts are."""
    found = {}
    for facts, bits in new.items():
        for other, had in old.items():
            if other <= facts:
                bits &= ~had
        if bits:
            found[facts] = bits
    return found


def opposite(table: Table, every: int) -> Table:
    """What does not pass. Where it cannot be decided, the opposite is a separate fact."""
    surely = table.get(SURE, 0)
    found, open = sure(every & ~surely), [(facts, bits & ~surely) for facts, bits in table.items() if facts]
    for facts, bits in open:
        found = both(found, either([sure(every & ~bits), {frozenset({f"not ({' and '.join(sorted(facts))})"}): bits}]))
    return found


def _least(table: Table) -> Table:
    """Without what a smaller set of facts lets pass anyhow."""
    if len(table) < 2:
        return {facts: bits for facts, bits in table.items() if bits}
    found = {}
    for facts, bits in table.items():
        for other, had in table.items():
            if other < facts:
                bits &= ~had
        if bits:
            found[facts] = bits
    return found
