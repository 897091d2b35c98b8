"""Values of Terraform's expressions, and the functions that the kit calls."""

import re
from collections.abc import Callable
from typing import Any


class ExpressionError(ValueError):
    """An expression that fails in Terraform, too: try() and can() catch it."""


class NotModelled(NotImplementedError):
    """What Terraform can and this cannot: try() and can() let it through."""


class Unknown(str):
    """A value that only the apply gives. It is a string, so that values can be sorted and compared."""


UNKNOWN = Unknown("(known after apply)")


def unknown(value: Any) -> bool:
    """Whether anything in JSON is known only after the apply."""
    if isinstance(value, dict):
        return any(map(unknown, value.values()))
    return any(map(unknown, value)) if isinstance(value, list) else isinstance(value, Unknown)


def text(value: Any) -> str:
    """A value within a template: a list or an object there is Terraform's error, too."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int):
        raise ExpressionError(f"a string is needed, got {value!r}")
    return str(value)


def same(left: Any, right: Any) -> bool:
    """Terraform's ==: values of different types are different, true is not 1."""
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def _regex(pattern: str, value: str) -> str | list[str]:
    """The first match, or its unnamed groups; an error if nothing matches."""
    # RE2's $ is the end of the text; Python's also precedes a last line break.
    match = re.search(re.sub(r"\$$", r"\\Z", pattern), value)
    if not match:
        raise ExpressionError(f"{value!r} does not match {pattern}")
    return list(match.groups()) if match.re.groups else match[0]


def _join(separator: str, values: list[Any]) -> str:
    return separator.join(map(text, values))


def _replace(value: str, old: str, new: str) -> str:
    if old.startswith("/") and old.endswith("/"):
        raise NotModelled(f"replace with the pattern {old} is not modelled")
    return value.replace(old, new)


FUNCTIONS: dict[str, Callable[..., Any]] = {"length": len, "join": _join, "regex": _regex, "replace": _replace}
"""What the kit calls in addition to try() and can(), which have to see their arguments unevaluated."""
