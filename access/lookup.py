"""Rules by the members that they name: of hundreds of rules a caller is admitted by few."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain

from access.rules import Rule
from access.truth import Truth
from policy.identity import Identity


class Lookup:
    """Rules, each with its place."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._others = [at for at, rule in enumerate(rules) if _more_than_members(rule)]
        self._named: dict[str, list[int]] = defaultdict(list)
        for at, rule in enumerate(rules):
            for member in () if _more_than_members(rule) else rule.canonical_members:
                self._named[member].append(at)

    def admitting(self, who: Identity | None) -> Iterator[tuple[int, Rule, Truth]]:
        """The rules that admit a caller, or may do so, in their order."""
        named = (self._named.get(one, ()) for one in (who.principals if who else ()))
        for at in sorted({*self._others, *chain.from_iterable(named)}):
            if (truth := self._rules[at].admits(who)).combinations:
                yield at, self._rules[at], truth


def _more_than_members(rule: Rule) -> bool:
    return bool(rule.who or rule.identity_type)
