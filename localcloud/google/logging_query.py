"""The Logging query language, as far as filters of audit entries need it ("Logging query language" is the source).

Comparisons (`=` `!=` `:` `<` `<=` `>` `>=` `=~` `!~`), quoted parts of a path, groups of values, `log_id()`, a bare value
that is looked for in every field, NOT and `-`, OR before AND, AND left out, comments. Other functions are refused.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .logging_values import compare, find, text_anywhere

Entry = dict[str, Any]
Matcher = Callable[[Entry], bool]

LIMIT = 20_000
_FIELDS = frozenset({
    "logName", "resource", "timestamp", "receiveTimestamp", "severity", "insertId", "httpRequest", "labels",
    "operation", "trace", "spanId", "traceSampled", "sourceLocation", "split", "textPayload", "jsonPayload",
    "protoPayload", "errorGroups", "apphub", "apphubDestination", "metadata",
})  # fmt: skip
_SEGMENT = r'(?:"(?:[^"\\]|\\.)*"|[\w*@$%+~/][\w*@$%+~/-]*)'
_TOKEN = re.compile(
    rf"(?P<space>\s+|--[^\n]*)|(?P<operator>!=|!~|=~|>=|<=|[=<>:])|(?P<mark>[(),-])|(?P<term>{_SEGMENT}(?:\.{_SEGMENT})*)"
)


class QueryError(ValueError):
    """The filter is no query: a lowercase sentence that says where."""


def parse(query: str) -> Matcher:
    """What tells whether an entry matches; an empty query matches all. At most 20,000 characters; raises QueryError."""
    if len(query) > LIMIT:
        raise QueryError(f"filter: got {len(query)} characters, at most {LIMIT} are allowed")
    tokens = list(_tokens(query))
    return _Parser(tokens).query() if tokens else lambda _: True


@dataclass
class _Token:
    kind: str
    text: str

    @property
    def path(self) -> list[str]:
        """The parts of a term, without their quotes."""
        return [_unquoted(part) for part in re.findall(_SEGMENT, self.text)]

    @property
    def value(self) -> str:
        """A term as a value."""
        return _unquoted(self.text) if re.fullmatch(_SEGMENT, self.text) else self.text


def _unquoted(part: str) -> str:
    return re.sub(r"\\(.)", r"\1", part[1:-1]) if part[0] == '"' else part


def _tokens(query: str) -> Iterator[_Token]:
    at = 0
    while at < len(query):
        found = _TOKEN.match(query, at)
        if not found:
            raise QueryError(f"filter: unparseable at character {at}: {query[at : at + 20]!r}")
        if found.lastgroup != "space":
            yield _Token(str(found.lastgroup), found[0])
        at = found.end()


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens, self.at = tokens, 0

    def query(self) -> Matcher:
        matcher = self._all()
        if self.at < len(self.tokens):
            raise QueryError(f"filter: unexpected {self.tokens[self.at].text!r}")
        return matcher

    def _all(self) -> Matcher:
        parts = [self._any()]
        while self.at < len(self.tokens) and not self._next_is(")"):
            self._take("AND")
            parts.append(self._any())
        return lambda entry: all(part(entry) for part in parts)

    def _any(self) -> Matcher:
        parts = [self._unary()]
        while self._take("OR"):
            parts.append(self._unary())
        return lambda entry: any(part(entry) for part in parts)

    def _unary(self) -> Matcher:
        if self._take("NOT") or self._take("-"):
            inner = self._unary()
            return lambda entry: not inner(entry)
        if self._take("("):
            inner = self._all()
            self._expect(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Matcher:
        term = self._term()
        if self._next_is("(") and term.text[0] != '"':
            return self._function(term.text)
        if self.at == len(self.tokens) or self.tokens[self.at].kind != "operator":
            return lambda entry: text_anywhere(entry, term.value)
        operator, path = self._advance().text, term.path
        if path[0] not in _FIELDS:
            raise QueryError(f"filter: {path[0]!r} is no field of a log entry")
        group = self._values()
        return lambda entry: group(lambda wanted: any(compare(path, v, operator, wanted) for v in find(entry, path)))

    def _values(self) -> Callable[[Callable[[str], bool]], bool]:
        if not self._take("("):
            sign = "-" if self._take("-") else ""
            value = sign + self._term().value
            return lambda test: test(value)
        alternatives = [[self._values()]]
        while not self._take(")"):
            if self._take("OR"):
                alternatives[-1].append(self._values())
            else:
                self._take("AND")
                alternatives.append([self._values()])
        return lambda test: all(any(value(test) for value in group) for group in alternatives)

    def _function(self, name: str) -> Matcher:
        self._expect("(")
        argument = self._term().value
        self._expect(")")
        if name.lower() != "log_id":
            raise QueryError(f"filter: the function {name} is not known")
        return lambda entry: str(entry.get("logName", "")).split("/logs/")[-1].replace("%2F", "/") == argument

    def _term(self) -> _Token:
        if self.at == len(self.tokens) or self.tokens[self.at].kind != "term" or self._next_is("AND", "OR", "NOT"):
            raise QueryError(f"filter: a value is missing {self._place()}")
        return self._advance()

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise QueryError(f"filter: {text!r} is missing {self._place()}")

    def _place(self) -> str:
        return f"before {self.tokens[self.at].text!r}" if self.at < len(self.tokens) else "at the end"

    def _next_is(self, *texts: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at].text in texts

    def _take(self, text: str) -> bool:
        return self._next_is(text) and bool(self._advance())

    def _advance(self) -> _Token:
        self.at += 1
        return self.tokens[self.at - 1]
