"""Terraform's values as the engine needs them: lists and blocks, each with the facts that are not known yet."""

import hashlib
import json
from typing import Any

from access.truth import DIGITS, MARK
from access.unknown import Values, known_after_apply

Facts = tuple[str, ...]


def within(facts: Facts, role: str, context: Any = None) -> Facts:
    """The facts of one role, with the content that they are combined with: equal facts are one only in equal content.

    `missing` leaves the mark out (access.truth.shown).
    """
    if not facts:
        return ()
    content = json.dumps([role, plain(context)], sort_keys=True, default=str)
    mark = hashlib.sha256(content.encode()).hexdigest()[:DIGITS]
    return tuple(f"{fact}{MARK}{mark}" for fact in facts)


def plain(value: Any) -> Any:
    """A value such that two spellings of it are equal: without what is empty, and with lists in one order."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items() if not empty(inner)}
    if isinstance(value, list | tuple):
        return sorted(map(plain, value), key=lambda one: json.dumps(one, sort_keys=True, default=str))
    return value


def listed(values: Values, name: str) -> tuple[list[str], Facts]:
    """A list of texts: those that are known, and the expressions of the others."""
    found = values.get(name)
    if not isinstance(found, list | None):  # a text; or a number, which is no list and so decides nothing known
        found = [found if isinstance(found, str) else "${" + json.dumps(found) + "}"]
    texts = [one if isinstance(one, str) else json.dumps(one) for one in found or ()]
    return [text for text in texts if not known_after_apply(text)], tuple(
        text for text in texts if known_after_apply(text)
    )


def blocks(values: Values, name: str) -> tuple[list[Values], Facts]:
    """A block that may be repeated: a list of objects, or one object, as stacks write a single block."""
    found = values.get(name)
    if known_after_apply(found):
        return [], (found,)
    many: list[Any] = [found] if isinstance(found, dict) else found if isinstance(found, list) else []
    return [one for one in many if isinstance(one, dict)], tuple(one for one in many if known_after_apply(one))


def block(values: Values, name: str) -> tuple[Values, Facts]:
    """A block that occurs at most once, empty if it is absent."""
    found, facts = blocks(values, name)
    return (found[0] if found else {}), facts


def others(values: Values, read: set[str], where: str) -> Facts:
    """A fact for each field that is set and not among those that are read: its effect is not known."""
    return tuple(
        f"{where}.{name} = {json.dumps(value, sort_keys=True)}"
        for name, value in sorted(values.items())
        if name not in read and not empty(value)
    )


def empty(value: Any) -> bool:
    """Whether a value says nothing, as the provider writes what is not set."""
    if isinstance(value, dict):
        return all(map(empty, value.values()))
    return all(map(empty, value)) if isinstance(value, list) else value in (None, "", False)
