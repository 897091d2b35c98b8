"""How the Logging query language compares: the value is converted to the field's type, and text knows no case.

"Logging query language": conversions, missing fields and defaults.
"""

import datetime
import re
from collections.abc import Iterator, Sequence
from typing import Any

SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")
_OPEN = {"jsonPayload", "protoPayload", "labels", "resource", "metadata"}
"""Where any field may be: one that is not there is missing, and each comparison with it fails."""


def find(entry: dict[str, Any], path: Sequence[str]) -> list[Any]:
    """The values at a path, through lists; a field of LogEntry itself that is absent has its default."""
    values = list(_walk(entry, path))
    if values or path[0] in _OPEN:
        return values
    return ["DEFAULT" if path[0] == "severity" else ""]


def _walk(value: Any, path: Sequence[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _walk(item, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _walk(value[path[0]], path[1:])


def text_anywhere(entry: Any, wanted: str) -> bool:
    """Whether any field has this text in it."""
    if isinstance(entry, dict):
        return any(text_anywhere(value, wanted) for value in entry.values())
    if isinstance(entry, list):
        return any(text_anywhere(value, wanted) for value in entry)
    return wanted.casefold() in str(entry).casefold()


def compare(path: Sequence[str], value: Any, operator: str, wanted: str) -> bool:
    """One comparison. A value that cannot be converted to the field's type makes it false, not an error."""
    if operator == ":" and wanted == "*":
        return value not in ("", None)
    if operator in ("=~", "!~"):
        return isinstance(value, str) and bool(re.search(wanted, value)) == (operator == "=~")
    try:
        left, right = _converted(path[-1] if len(path) == 1 else "", value, wanted)
    except ValueError:
        return False
    if operator == ":":
        return right in left if isinstance(left, str) else bool(left == right)
    if operator in ("=", "!="):
        return bool(left == right) == (operator == "=")
    return bool({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator])


def _converted(field: str, value: Any, wanted: str) -> tuple[Any, Any]:
    if field == "severity":
        return SEVERITIES.index(value), SEVERITIES.index(wanted.upper())
    if field.lower().endswith("timestamp"):
        return _time(value), _time(wanted)
    if isinstance(value, bool):
        return value, ("false", "true").index(wanted.lower()) == 1
    if isinstance(value, int | float):
        return value, float(wanted)
    if not isinstance(value, str):
        raise ValueError("a message or null")
    return value.casefold(), wanted.casefold()


def _time(text: str) -> datetime.datetime:
    parsed = datetime.datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=datetime.UTC)
