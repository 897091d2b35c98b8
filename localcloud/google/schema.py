"""Bodies held against the schemas of Google's discovery documents: types, enums, formats, unknown fields, `readOnly`.

The documents name no required fields; those are checked where each method is answered. A request may write a field as
the document does (`useExplicitDryRunSpec`) or as the proto does (`use_explicit_dry_run_spec`): "ProtoJSON Format".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]
_FORMATS = {
    "int64": r"-?\d{1,19}",
    "uint64": r"\d{1,20}",
    "google-duration": r"-?\d+(\.\d{1,9})?s",
    "google-datetime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)",
    "byte": r"[A-Za-z0-9+/_-]*={0,2}",
}
_RANGES = {"int32": (-(2**31), 2**31 - 1), "uint32": (0, 2**32 - 1)}
_TYPES: dict[str, tuple[type, ...]] = {"string": (str,), "boolean": (bool,), "number": (int, float), "integer": (int,)}


@dataclass(frozen=True)
class FieldViolation:
    """`field` is a path (`policy.bindings[0].role`), `text` is in Google's words."""

    field: str
    text: str


def output_only(schema: Schema) -> bool:
    """Whether only Google may set it: some say so in their description alone."""
    return bool(schema.get("readOnly")) or str(schema.get("description", "")).startswith("Output only")


@dataclass(frozen=True)
class Checker:
    """`schemas` of one document, by name. `incoming`: a request, which must not have an output-only field."""

    schemas: dict[str, Schema]
    incoming: bool

    def violations(self, schema: Schema, value: Any, field: str = "") -> Iterator[FieldViolation]:
        """What is wrong with a value."""
        if "$ref" in schema:
            schema = self.schemas[schema["$ref"]]
        kind = schema.get("type", "any")
        if kind == "any":
            return
        if kind == "object":
            yield from self._object(schema, value, field)
        elif kind == "array":
            if not isinstance(value, list):
                yield self._invalid(field, value)
                return
            for index, item in enumerate(value):
                yield from self.violations(schema["items"], item, f"{field}[{index}]")
        elif not self._scalar(kind, schema, value):
            yield self._invalid(field, value)

    def _object(self, schema: Schema, value: Any, field: str) -> Iterator[FieldViolation]:
        if not isinstance(value, dict):
            yield self._invalid(field, value)
            return
        properties, others = schema.get("properties", {}), schema.get("additionalProperties")
        at = f" at '{field}'" if field else ""
        for key, item in value.items():
            place = f"{field}.{key}" if field else key
            name = _name(properties, key) if self.incoming else key
            known = properties.get(name) or others
            if known is None:
                yield FieldViolation(
                    field, f'Invalid JSON payload received. Unknown name "{key}"{at}: Cannot find field.'
                )
            elif name != key and name in value:
                yield FieldViolation(
                    field, f'Invalid JSON payload received. Unknown name "{key}"{at}: {name} is set too.'
                )
            elif self.incoming and output_only(known):
                yield FieldViolation(place, f"{place} is output only and cannot be set")
            else:
                yield from self.violations(known, item, place)

    def _scalar(self, kind: str, schema: Schema, value: Any) -> bool:
        form: str = schema.get("format", "")
        if form in ("int64", "uint64") and self.incoming and isinstance(value, int) and not isinstance(value, bool):
            return True
        if (isinstance(value, bool) and kind != "boolean") or not isinstance(value, _TYPES[kind]):
            return False
        if isinstance(value, int) and form in _RANGES and not _RANGES[form][0] <= value <= _RANGES[form][1]:
            return False
        if isinstance(value, str) and form in _FORMATS and not re.fullmatch(_FORMATS[form], value):
            return False
        return "enum" not in schema or value in schema["enum"]

    @staticmethod
    def _invalid(field: str, value: Any) -> FieldViolation:
        return FieldViolation(field, f"Invalid value at '{field}', {str(value)[:200]!r}")


def camel(name: str) -> str:
    """A field's name as discovery documents have it."""
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)


def _name(properties: Schema, key: str) -> str:
    """The document's name of a field that may have the proto's."""
    return key if key in properties or camel(key) not in properties else camel(key)


def named(schemas: dict[str, Schema], schema: Schema, value: Any) -> Any:
    """A request's body with the document's names. The keys of a map stay as they are."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"]]
    if isinstance(value, list):
        return [named(schemas, schema.get("items", {}), item) for item in value]
    if not isinstance(value, dict) or schema.get("type") != "object":
        return value
    properties, others = schema.get("properties", {}), schema.get("additionalProperties") or {}
    return {
        name: named(schemas, properties.get(name) or others, item)
        for name, item in ((_name(properties, key), item) for key, item in value.items())
    }


def canonical(schemas: dict[str, Schema], schema: Schema, value: Any) -> Any:
    """A body as proto3 writes it: without nulls, false, 0, "", empty lists and an enum's first value.

    Google cannot tell these from fields that are absent ("ProtoJSON Format"), and its answers leave them out. An empty
    message stays, and so does `enabled`: Monitoring's are BoolValues, for which false is something.
    """
    if "$ref" in schema:
        schema = schemas[schema["$ref"]]
    if isinstance(value, list):
        return [canonical(schemas, schema.get("items", {}), item) for item in value]
    if not isinstance(value, dict) or schema.get("type") != "object":
        return value
    properties, others = schema.get("properties", {}), schema.get("additionalProperties")
    kept = {key: canonical(schemas, properties.get(key) or others or {}, item) for key, item in value.items()}
    return {
        key: item
        for key, item in kept.items()
        if others or key == "enabled" or not _absent(properties.get(key, {}), item)
    }


def _absent(schema: Schema, value: Any) -> bool:
    if value is None or value in ([], ""):
        return True
    if "$ref" in schema or schema.get("type") in ("any", None):
        return False
    if schema.get("additionalProperties") and value == {}:
        return True
    if "enum" in schema:
        return bool(value == schema["enum"][0])
    return value in (False, 0)
