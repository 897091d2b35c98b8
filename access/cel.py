"""The part of CEL that attribute mappings and conditions are written in, without cel-python, which takes 0.24 s to import.

Texts, booleans, lists of texts, `== != in && || ! ?: +`, parentheses, `a.b`, `a['b']`, and the functions `startsWith`,
`endsWith`, `contains` and Google's `extract`. Everything else is Outside: the caller shows the expression and decides
nothing. An expression may be evaluated in two steps, first with some names and then with the others.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

TOKEN = re.compile(
    r"\s+|(?P<text>'[^'\\\n]*'|\"[^\"\\\n]*\")|(?P<name>[A-Za-z_]\w*)|(?P<sign>&&|\|\||==|!=|[!?:+().,\[\]])|(?P<other>.)",
    re.DOTALL,
)
FUNCTIONS = {"startsWith", "endsWith", "contains", "extract"}
_PART = re.compile(r"(assumed-role)?/?\{\w+\}/?")
_ROLE = re.compile(r"assumed-role/\{\w+\}/")
RESERVED = {"in", "true", "false", "null"}

Node = tuple[Any, ...]


class Outside(Exception):
    """An expression is not in the part of CEL that is evaluated here."""


class Failed(Exception):
    """An expression has no value for these variables."""


@lru_cache(maxsize=4096)
def parsed(expression: str) -> Node:
    """The expression as nested tuples. Raises Outside."""
    try:
        return _Parser(expression).whole()
    except RecursionError:
        raise Outside(f"it is nested too deeply: {expression:.60}") from None


def value(node: Node, variables: Mapping[str, Any]) -> Any:
    """The value with these variables. Raises Failed, and Outside if it is no text, boolean or list."""
    folded = fold(node, variables)
    if folded[0] == "error":
        raise Failed(folded[1])
    if folded[0] != "value":
        raise Failed(f"{folded[0]} needs variables that are not there")
    return folded[1]


def literals(node: Node) -> set[str]:
    """Every text that is written in it."""
    if node[0] == "value":
        return {one for one in (node[1] if isinstance(node[1], list) else [node[1]]) if isinstance(one, str)}
    return {text for part in node[1:] for text in (literals(part) if isinstance(part, tuple) else ())}


def exact(node: Node) -> bool:
    """Whether it only compares a claim, or a role's name in an ARN, with texts: as a whole, or by its beginning."""
    kind, parts = node[0], [part for part in node[1:] if isinstance(part, tuple)]
    if kind in ("&&", "||", "!"):
        return all(map(exact, parts))
    if kind in ("==", "!="):
        one, other = sorted(parts, key=lambda part: part[0] == "value")
        return plain(one) and other[0] == "value"
    if kind == "in":
        return plain(parts[0]) and (parts[1][0] == "value" or all(item[0] == "value" for item in parts[1][1:]))
    return kind == "value" or (
        kind == "call" and node[1] == "startsWith" and plain(parts[0]) and parts[1][0] == "value"
    )


def plain(node: Node) -> bool:
    """Whether it is a claim, an attribute, or the name of a role in an ARN."""
    if node[0] == "call":
        return node[1] == "extract" and node[2][0] in ("name", "member") and bool(_ROLE.fullmatch(str(node[3][-1])))
    return node[0] == "name" or (node[0] == "member" and plain(node[2]))


def maps_alike(node: Node) -> bool:
    """Whether it takes the same parts of every ARN: it compares with no text, and no template has a part of a name."""
    if node[0] == "call":
        return node[1] == "extract" and maps_alike(node[2]) and bool(_PART.fullmatch(str(node[3][-1])))
    if node[0] == "+":
        return all(map(maps_alike, node[1:]))
    return node[0] in ("value", "name") or (node[0] == "member" and maps_alike(node[2]))


def fold(node: Node, variables: Mapping[str, Any]) -> Node:
    """The expression with the names replaced that `variables` has. Any other name keeps its part of the tree."""
    kind = node[0]
    if kind in ("value", "error"):
        return node
    if kind == "name":
        return ("value", variables[node[1]]) if node[1] in variables else node
    if kind in ("&&", "||"):
        one = fold(node[1], variables)
        decided = one == ("value", kind == "||")  # then the other operand need not be read
        return one if decided else joined(kind, one, fold(node[2], variables))
    if kind == "?":
        test = fold(node[1], variables)
        if test[0] == "value" and isinstance(test[1], bool):
            return fold(node[2 if test[1] else 3], variables)
        return test if test[0] == "error" else ("?", test, *(fold(one, variables) for one in node[2:]))
    named = 2 if kind in ("call", "member") else 1
    parts = tuple(fold(one, variables) for one in node[named:])
    if error := next((one for one in parts if one[0] == "error"), None):
        return error
    if all(one[0] == "value" for one in parts):
        return _applied(node, [one[1] for one in parts])
    return (*node[:named], *parts)


def joined(kind: str, one: Node, other: Node) -> Node:
    """`&&` or `||` of two folded operands. CEL's: an operand that decides the result makes an error in the other one harmless."""
    decides = ("value", kind == "||")
    if decides in (one, other):
        return decides
    neutral = ("value", kind == "&&")
    if one == neutral or other == neutral:
        rest = other if one == neutral else one
        return rest if rest[0] != "value" or isinstance(rest[1], bool) else ("error", f"{kind} of {rest[1]!r}")
    settled = ("value", "error")
    if one[0] in settled and other[0] in settled:
        return one if one[0] == "error" else other if other[0] == "error" else ("error", f"{kind} of {one[1]!r}")
    return (kind, one, other)


def _applied(node: Node, values: list[Any]) -> Node:
    kind, first = node[0], values[0]
    if kind == "member":
        found = isinstance(first, Mapping) and node[1] in first
        return ("value", first[node[1]]) if found else ("error", f"no such member: {node[1]}")
    if kind == "list":
        return ("value", list(values))
    if kind == "!":
        return ("value", not first) if isinstance(first, bool) else ("error", f"! of {first!r}")
    if kind == "call":
        return _called(node[1], values)
    second = values[1]
    if kind == "in":
        return ("value", first in second) if isinstance(second, list | Mapping) else ("error", f"in {second!r}")
    if kind in ("==", "!="):
        return ("value", (type(first) is type(second) and first == second) is (kind == "=="))
    return (
        ("value", first + second) if isinstance(first, str) and isinstance(second, str) else ("error", "+ of no texts")
    )


def _called(name: str, values: list[Any]) -> Node:
    text, argument = values
    if not isinstance(text, str) or not isinstance(argument, str):
        return ("error", f"{name} of {text!r}")
    if name == "extract":
        return _extracted(text, argument)
    found = {"startsWith": text.startswith, "endsWith": text.endswith, "contains": text.__contains__}[name](argument)
    return ("value", found)


def _extracted(text: str, template: str) -> Node:
    """The text of `{name}` in a template, or "" (IAM Conditions, "Extract")."""
    before, opened, rest = template.partition("{")
    name, closed, after = rest.partition("}")
    if not opened or not closed or not name or set(name + after) & set("{}"):
        return ("error", f"extract: got template {template!r}, allowed: a text with one {{name}}")
    tail = text.partition(before)[2] if before else text
    part, ended, _ = tail.partition(after) if after else (tail, "yes", "")
    return ("value", part if ended else "")


class _Parser:
    """Recursive descent, one method for each level of CEL's grammar."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens = [(match.lastgroup, match[0]) for match in TOKEN.finditer(expression) if match.lastgroup]
        self._at = 0

    def whole(self) -> Node:
        node = self._choice()
        if self._at < len(self._tokens):
            raise self._outside()
        return node

    def _choice(self) -> Node:
        test = self._either()
        if not self._took("?"):
            return test
        yes = self._either()
        self._must(":")
        return ("?", test, yes, self._choice())

    def _either(self) -> Node:
        nodes = [self._both()]
        while self._took("||"):
            nodes.append(self._both())
        return _balanced("||", nodes)

    def _both(self) -> Node:
        nodes = [self._relation()]
        while self._took("&&"):
            nodes.append(self._relation())
        return _balanced("&&", nodes)

    def _relation(self) -> Node:
        node = self._sum()
        while sign := self._took("==", "!=", "in"):
            node = (sign, node, self._sum())
        return node

    def _sum(self) -> Node:
        node = self._unary()
        while self._took("+"):
            node = ("+", node, self._unary())
        return node

    def _unary(self) -> Node:
        return ("!", self._unary()) if self._took("!") else self._postfix()

    def _postfix(self) -> Node:
        node = self._primary()
        while sign := self._took(".", "["):
            if sign == "[":
                node = ("member", self._text(), node)
                self._must("]")
                continue
            name = self._name()
            if not self._took("("):
                node = ("member", name, node)
                continue
            if name not in FUNCTIONS:
                raise self._outside()
            node = ("call", name, node, self._choice())
            self._must(")")
        return node

    def _primary(self) -> Node:
        if self._took("("):
            node = self._choice()
            self._must(")")
            return node
        if self._took("["):
            return self._list()
        for text, literal in (("true", True), ("false", False)):
            if self._took(text):
                return ("value", literal)
        if self._peek()[0] == "text":
            return ("value", self._text())
        return ("name", self._name())

    def _list(self) -> Node:
        items: list[Node] = []
        while not self._took("]"):
            if items:
                self._must(",")
            items.append(self._choice())
        return ("list", *items) if items else ("value", [])

    def _peek(self) -> tuple[str | None, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else (None, "")

    def _took(self, *signs: str) -> str:
        kind, text = self._peek()
        if kind not in ("sign", "name") or text not in signs:
            return ""
        self._at += 1
        return text

    def _must(self, sign: str) -> None:
        if not self._took(sign):
            raise self._outside()

    def _text(self) -> str:
        kind, text = self._peek()
        if kind != "text":
            raise self._outside()
        self._at += 1
        return text[1:-1]

    def _name(self) -> str:
        kind, text = self._peek()
        if kind != "name" or text in RESERVED:
            raise self._outside()
        self._at += 1
        return text

    def _outside(self) -> Outside:
        return Outside(f"cannot be evaluated here from {self._peek()[1] or 'its end'!r} on")


def _balanced(sign: str, nodes: list[Node]) -> Node:
    """A tree of little depth: a condition has a clause for each of hundreds of roles."""
    if len(nodes) == 1:
        return nodes[0]
    half = len(nodes) // 2
    return (sign, _balanced(sign, nodes[:half]), _balanced(sign, nodes[half:]))
