"""CEL as Google's attribute mappings and conditions use it: cel-python, with Google's `extract`.

The only module that knows cel-python. Its interpreter walks ten grammar levels for every literal and loads 30 protobuf
names for every evaluation; leaving out levels with a single child, which hand their child's value on, halves the time.
(Its transpiler would be faster still, but answers `has()` of a missing field with an error, and shares one parser with
the interpreter in a process.)
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import celpy
from celpy import celtypes
from celpy.adapter import json_to_cel
from celpy.celparser import CELParseError
from celpy.evaluation import CELEvalError
from lark import Tree

from .mapping import CelError as CelError

HAND_ON = {"expr", "conditionalor", "conditionaland", "relation", "addition", "multiplication", "unary", "member"}


def evaluate(expression: str, variables: Mapping[str, Any]) -> Any:
    """An expression's value as Python's own str, bool, list and so on. `variables` are JSON. Raises CelError."""
    try:
        value = program(expression).evaluate({name: json_to_cel(json) for name, json in variables.items()})
    except CELParseError:
        raise CelError("it cannot be parsed") from None
    except (
        CELEvalError,
        ValueError,
        TypeError,
        IndexError,
    ) as error:  # IndexError: cel-python cannot show its own error
        raise CelError(f"it has no value: {error.args[0] if error.args else error}") from None
    return _plain(value)


@lru_cache(maxsize=4096)
def program(expression: str) -> Any:
    """An expression, compiled once. Raises CELParseError."""
    environment = celpy.Environment()
    environment.annotations = {}  # protobuf's names, which no condition uses, and of which `google` is ours
    return environment.program(_shortened(environment.compile(expression)), functions={"extract": extract})


def extract(value: Any, template: Any) -> celtypes.StringType:
    """The text of `{name}` in a template, or "" if the template does not fit the value.

    The text before the braces is found first, at its first place; then the text after them. Without a text before them
    the part begins with the value, without one after them it ends with the value (IAM Conditions, "Extract"). Raises
    ValueError for a template that has not exactly one `{name}`.
    """
    if not isinstance(value, str):
        raise TypeError("extract: no such overload")
    before, opened, rest = str(template).partition("{")
    name, closed, after = rest.partition("}")
    if not opened or not closed or not name or set(name + after) & set("{}"):
        raise ValueError(f"extract: got template {template!r}, allowed: a text with one {{name}}")
    tail = str(value).partition(before)[2] if before else str(value)
    part, ended, _ = tail.partition(after) if after else (tail, "yes", "")
    return celtypes.StringType(part if ended else "")


def _shortened(tree: Any) -> Any:
    if not isinstance(tree, Tree):
        return tree
    if tree.data in HAND_ON and len(tree.children) == 1 and isinstance(tree.children[0], Tree):
        return _shortened(tree.children[0])
    return Tree(tree.data, [_shortened(child) for child in tree.children], tree.meta)


def _plain(value: Any) -> Any:
    if isinstance(value, celtypes.BoolType):
        return bool(value)
    if isinstance(value, str):
        return str(value)
    return [_plain(item) for item in value] if isinstance(value, list) else value
