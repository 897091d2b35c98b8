"""Policies of AWS as text: their statements, actions and denials."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

Statement = Mapping[str, Any]


def statements(text: Any) -> list[Statement] | None:
    """The statements of a policy, in which an expression is a text like another; None if it is not known or is no policy."""
    try:
        found = many(json.loads(text).get("Statement"))
    except (ValueError, TypeError, AttributeError):
        return None
    return [one for one in found if isinstance(one, dict)]


def actions(statement: Statement) -> Iterator[tuple[str, str]]:
    """Each action of a statement, with what else it says as text; a statement without actions once."""
    rest = {name: value for name, value in statement.items() if name != "Sid"}
    for action in many(rest.pop("Action", None)):
        yield str(action), text({**rest, "Action": action})
    if "Action" not in statement:
        yield "", text(rest)


def denied(policy: Any) -> set[str]:
    """What every Deny statement denies, each action with what limits it; a policy that is not known yet denies nothing."""
    denials = [one for one in statements(policy) or () if one.get("Effect") == "Deny"]
    return {f"{what}{_limit(one)}" for one in denials for what in _what(one)}


def many(value: Any) -> list[Any]:
    """A list, where a policy may hold one text instead of it."""
    return value if isinstance(value, list) else [] if value is None else [value]


def text(value: Any) -> str:
    """A part of a policy as text that an equal one repeats."""
    return json.dumps(value, sort_keys=True)


def _what(denial: Statement) -> list[str]:
    if "NotAction" in denial:
        return [f"everything but {' and '.join(sorted(map(str, many(denial['NotAction']))))}"]
    return list(map(str, many(denial.get("Action"))))


def _limit(denial: Statement) -> str:
    rest = {name: value for name, value in denial.items() if name not in ("Sid", "Effect", "Action", "NotAction")}
    everywhere = many(rest.get("Resource", "*")) == ["*"] and rest.keys() <= {"Resource"}
    return "" if everywhere else f" ({text(rest)})"
