"""Terraform's expressions as far as the kit writes them, on python-hcl2's grammar; any other is an error that names it.

A value that an apply gives only later is `UNKNOWN`, as in Terraform's plan: whatever is made of it is UNKNOWN, too.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lark import Token, Tree

from .functions import FUNCTIONS, UNKNOWN, ExpressionError, NotModelled, Unknown, same, text, unknown
from .templates import items, path, template

Scope = Mapping[str, Any]
"""Values by the first name of a reference: `{"aws_vpc": {"network": {"id": "vpc-1"}}, "data": {...}, "self": ...}`."""

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "==": same,
    "!=": lambda left, right: not same(left, right), "&&": lambda left, right: left and right,
    "||": lambda left, right: left or right,
}  # fmt: skip
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def evaluate(value: Any, scope: Scope) -> Any:
    """JSON with every template in it resolved. ExpressionError for what fails, NotModelled for what is not known here."""
    if isinstance(value, dict):
        return {key: evaluate(item, scope) for key, item in value.items()}
    if isinstance(value, list):
        return [evaluate(item, scope) for item in value]
    if not isinstance(value, str):
        return value
    parts = template(value)
    try:
        values = [part if isinstance(part, str) else _run(part, scope) for part in parts]
        return values[0] if len(values) == 1 else _joined(values)
    except (ExpressionError, NotModelled) as error:
        raise type(error)(f"{error}, in {value}") from None


def _joined(values: list[Any]) -> str | Unknown:
    return UNKNOWN if any(map(unknown, values)) else "".join(map(text, values))


def _run(node: Tree[Token], scope: Scope) -> Any:
    inner = items(node)
    match node.data:
        case "expr_term" if len(inner) == 1:
            return _run(inner[0], scope)
        case "int_lit":
            return int(str(node.children[0]))
        case "literal_value":
            return {"true": True, "false": False, "null": None}[str(node.children[0])]
        case "string":
            return _joined([part for item in inner for part in _string_part(item, scope)])
        case "tuple":
            return [_run(item, scope) for item in inner]
        case "identifier":
            return _get(scope, str(node.children[0]))
        case "get_attr_expr_term":
            return _get(_run(inner[0], scope), path(items(inner[1])[0])[0])
        case "index_expr_term" if inner[1].data == "braces_index":
            return _get(_run(inner[0], scope), _run(items(inner[1])[0], scope))
        case "unary_op" if node.children[0] == "!":
            value = _run(inner[0], scope)
            return UNKNOWN if unknown(value) else not value
        case "binary_op":
            symbol, right = items(inner[1])
            return _operated(str(symbol.children[0]), _run(inner[0], scope), _run(right, scope))
        case "function_call":
            return _called(str(inner[0].children[0]), items(inner[1]) if inner[1:] else [], scope)
    raise NotModelled(f"{node.data} is not modelled")


def _string_part(part: Tree[Token], scope: Scope) -> Iterator[Any]:
    """A quoted string's part: characters with escapes, `$${` for a literal `${`, or an interpolation."""
    (child,) = part.children
    if isinstance(child, Tree):
        if child.data != "interpolation":
            raise NotModelled(f"{child.data} is not modelled")
        yield _run(items(child)[0], scope)
    else:
        plain = child[1:] if child.type == "ESCAPED_INTERPOLATION" else str(child)
        yield re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[0]), plain)


def _get(value: Any, key: Any) -> Any:
    if isinstance(value, Unknown) or isinstance(key, Unknown):
        return UNKNOWN
    try:
        return value[key]
    except (KeyError, IndexError, TypeError):
        raise ExpressionError(f"there is no {key}") from None


def _operated(symbol: str, left: Any, right: Any) -> Any:
    if symbol not in _OPERATORS:
        raise NotModelled(f"the operator {symbol} is not modelled")
    return UNKNOWN if unknown(left) or unknown(right) else _OPERATORS[symbol](left, right)


def _called(name: str, arguments: list[Tree[Token]], scope: Scope) -> Any:
    if name == "try":
        for argument in arguments:
            try:
                return _run(argument, scope)
            except ExpressionError as error:
                last = error
        raise last
    if name == "can":
        try:
            value = _run(arguments[0], scope)
        except ExpressionError:
            return False
        return UNKNOWN if unknown(value) else True
    if name not in FUNCTIONS:
        raise NotModelled(f"the function {name} is not modelled")
    values = [_run(argument, scope) for argument in arguments]
    return UNKNOWN if any(map(unknown, values)) else FUNCTIONS[name](*values)
