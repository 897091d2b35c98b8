"""Terraform's templates taken apart, by python-hcl2's grammar."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from hcl2 import parses_to_tree
from lark import Token, Tree
from lark.exceptions import LarkError

from .functions import NotModelled


def references(value: Any) -> set[str]:
    """Addresses that JSON refers to: `aws_vpc.network`, `data.google_project.project`; `self` is left out."""
    if isinstance(value, dict):
        return {address for item in value.values() for address in references(item)}
    if isinstance(value, list):
        return {address for item in value for address in references(item)}
    trees = [part for part in template(value) if isinstance(part, Tree)] if isinstance(value, str) else []
    paths = (path(node) for tree in trees for node in tree.iter_subtrees() if node.data == "get_attr_expr_term")
    return {".".join(path) for path in paths if path[0] != "self" and len(path) == (3 if path[0] == "data" else 2)}


@cache
def template(value: str) -> tuple[str | Tree[Token], ...]:
    """A string's literals and expressions in turn. NotModelled for a directive or what is no expression."""
    return tuple(_parts(value)) or ("",)


def _parts(value: str) -> Iterator[str | Tree[Token]]:
    """Literals and expressions in turn: an expression ends at the first brace up to which it parses."""
    literal, position = "", 0
    for mark in re.finditer(r"\$\$\{|%%\{|\$\{|%\{", value):
        if mark.start() < position:
            continue
        literal += value[position : mark.start()]
        position = mark.end()
        if len(mark[0]) == 3:
            literal += mark[0][1:]
            continue
        ends = [end.start() for end in re.finditer("}", value) if end.start() >= position] if mark[0] == "${" else []
        tree, end = next(((t, end) for end in ends if (t := _parsed(value[position:end]))), (None, 0))
        if tree is None:
            raise NotModelled(f"this template is not modelled: {value}")
        if literal:
            yield literal
        yield tree
        literal, position = "", end + 1
    if literal + value[position:]:
        yield literal + value[position:]


def _parsed(expression: str) -> Tree[Token] | None:
    try:
        body = parses_to_tree(f"x = {expression}").children[0]
    except LarkError:
        return None
    attribute, *rest = body.children
    return None if items(Tree("rest", rest)) else attribute.children[-1]


def items(node: Tree[Token]) -> list[Tree[Token]]:
    """A node's children without punctuation and line ends."""
    return [child for child in node.children if isinstance(child, Tree) and child.data != "new_line_or_comment"]


def path(node: Tree[Token]) -> list[str]:
    """The names of a plain reference; what is more than that has another first name."""
    inner = items(node)
    if node.data == "identifier":
        return [str(node.children[0])]
    if node.data == "expr_term" and len(inner) == 1:
        return path(inner[0])
    if node.data == "get_attr_expr_term":
        return [*path(inner[0]), *path(items(inner[1])[0])]
    return ["self"]
