"""Query parameters and field masks held against a discovery document."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from .discovery import Method
from .schema import FieldViolation, Schema, camel, output_only


def parsed(method: Method, query: str) -> tuple[dict[str, Any], list[FieldViolation]]:
    """The query's parameters as values of their types, and what is wrong with them."""
    values: dict[str, Any] = {}
    violations: list[FieldViolation] = []
    for name, text in parse_qsl(query, keep_blank_values=True):
        schema = method.known.get(name)
        if schema is None:
            if method.document:
                violations.append(
                    FieldViolation(
                        name, f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter.'
                    )
                )
            continue
        value = _value(schema, text)
        if value is None:
            violations.append(FieldViolation(name, f"Invalid value at '{name}', {text!r}"))
        elif schema.get("repeated"):
            values.setdefault(name, []).append(value)
        else:
            values[name] = value
    return values, violations


def mask_violations(method: Method, parameters: dict[str, Any], body: Any) -> Iterator[FieldViolation]:
    """Paths of `updateMask` that are no fields of what is updated, or that only Google may set."""
    if "updateMask" in method.known and method.request:
        yield from _mask_violations(method, method.request, parameters.get("updateMask", ""))
    elif isinstance(body, dict) and isinstance(body.get("updateMask"), str) and method.request:
        inner = method.schemas[method.request["$ref"]]["properties"]
        (updated,) = [schema for schema in inner.values() if "$ref" in schema]
        yield from _mask_violations(method, updated, body["updateMask"])


def paths(mask: str) -> list[str]:
    """The paths of a field mask, in camel case: Google takes both."""
    return [camel(path.strip()) for path in mask.split(",") if path]


def partial(body: Any, fields: str) -> Any:
    """The fields that `fields` names (`services/name,nextPageToken`), as in Google's "partial response"."""
    if isinstance(body, list):
        return [partial(item, fields) for item in body]
    wanted: dict[str, list[str]] = {}
    for path in fields.split(","):
        head, _, rest = path.partition("/")
        wanted.setdefault(head, []).append(rest)
    return {
        key: value if "" in wanted[key] else partial(value, ",".join(wanted[key]))
        for key, value in body.items()
        if key in wanted
    }


def _mask_violations(method: Method, schema: Schema, mask: str) -> Iterator[FieldViolation]:
    for path in paths(mask):
        at = schema
        for name in path.split("."):
            known = method.schemas[at["$ref"]] if "$ref" in at else at
            at = known.get("properties", {}).get(name) or known.get("additionalProperties") or {}
            if not at:
                yield FieldViolation("updateMask", f"Invalid field mask: there is no field {path!r}")
                break
            if output_only(at):
                yield FieldViolation("updateMask", f"Invalid field mask: {path!r} is output only")
                break


def _value(schema: Schema, text: str) -> Any:
    kind = schema.get("type")
    if kind == "boolean":
        return {"true": True, "false": False}.get(text)
    if kind == "integer":
        return int(text) if re.fullmatch(r"-?\d{1,10}", text) else None
    return text if "enum" not in schema or text in schema["enum"] else None
