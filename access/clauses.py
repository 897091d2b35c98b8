"""One condition for many callers: a clause is read only for callers of which it may say something else than of the others.

A condition has a clause for each of hundreds of roles, and thousands of callers are tried. A clause compares a claim, or the
name of a role in it, with texts. It answers alike for every caller whose claim begins with none of them.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

from access.cel import Node, fold, joined, plain

Texts = frozenset[tuple[Node, str]]
"""What is compared, with the text that it is compared with."""


@dataclass(frozen=True)
class Clauses:
    """A condition, or a part of it. `usual` is its value where no compared claim begins with one of its texts.

    `texts` is None of what is no comparison with texts: it is read for each caller.
    """

    node: Node
    parts: tuple["Clauses", ...]
    texts: Texts | None
    usual: Node

    def read(self, variables: Mapping[str, str], begins: Texts) -> Node:
        """The same as `fold`; `begins` are the texts with which a claim begins."""
        if self.texts is not None and self.texts.isdisjoint(begins):
            return self.usual
        if not self.parts:
            return fold(self.node, variables)
        one, other = (part.read(variables, begins) for part in self.parts)
        return joined(self.node[0], one, other)


class Narrowing:
    """A condition in which some names get values, again and again."""

    def __init__(self, condition: Node, names: frozenset[str]) -> None:
        self._clauses = _clauses(condition, names)
        self._texts: dict[Node, set[str]] = defaultdict(set)
        for claim, text in _texts(self._clauses):
            self._texts[claim].add(text)
        self._lengths = {claim: sorted(set(map(len, texts))) for claim, texts in self._texts.items()}

    def __call__(self, variables: Mapping[str, str]) -> Node:
        """The condition with these values, which are one for each of the names."""
        begins = set[tuple[Node, str]]()
        for claim, texts in self._texts.items():
            text = fold(claim, variables)[1]
            begins.update((claim, text[:length]) for length in self._lengths[claim] if text[:length] in texts)
        return self._clauses.read(variables, frozenset(begins))


def _clauses(node: Node, names: frozenset[str]) -> Clauses:
    if node[0] in ("&&", "||"):
        parts = tuple(_clauses(part, names) for part in node[1:])
        found = [part.texts for part in parts if part.texts is not None]
        texts = frozenset(chain.from_iterable(found)) if len(found) == len(parts) else None
        return Clauses(node, parts, texts, joined(node[0], *(part.usual for part in parts)))
    compared, short = _compared(node, names), fold(node, {})  # a list of hundreds of names is one value
    if compared is None and not _asks(node, names):
        return Clauses(short, (), frozenset(), short)
    return Clauses(short, (), compared, ("value", node[0] == "!="))


def _compared(node: Node, names: frozenset[str]) -> Texts | None:
    """The texts that one of the names is compared with, as a whole or by its beginning; None if it is no such comparison."""
    sign, parts = (node[1], node[2:]) if node[0] == "call" else (node[0], node[1:])
    if sign not in ("==", "!=", "startsWith", "in"):
        return None
    claim, other = reversed(parts) if sign in ("==", "!=") and parts[0][0] == "value" else parts
    whole = claim[2] if claim[0] == "call" else claim
    kind, found = fold(other, {})[:2]
    if kind != "value" or whole[0] != "name" or whole[1] not in names or not plain(claim):
        return None
    texts = found if sign == "in" else [found]
    return frozenset((claim, one) for one in texts) if isinstance(texts, list) and all(map(_is_text, texts)) else None


def _asks(node: Node, names: frozenset[str]) -> bool:
    if node[0] == "name":
        return node[1] in names
    return any(_asks(part, names) for part in node[1:] if isinstance(part, tuple))


def _is_text(found: object) -> bool:
    return isinstance(found, str)


def _texts(clauses: Clauses) -> Texts:
    inner = [_texts(part) for part in clauses.parts]
    return frozenset(chain.from_iterable(inner)) if inner else clauses.texts or frozenset()
