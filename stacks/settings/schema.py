"""The JSON Schema of an environment's file, for editors: made from the tables, their rules and example.toml's comments."""

import re
from pathlib import Path as File
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from stacks.settings.extends import KEY
from stacks.settings.load import FOLDER
from stacks.settings.models import Tables

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_SHARED = {
    "required": ["perimeter"],
    "properties": {"perimeter": {"required": ["shared"], "properties": {"shared": {"const": True}}}},
}
"""Of the owner of a perimeter that others join, who needs no AWS side and no workload."""


class _Toml(GenerateJsonSchema):
    """Without null, which TOML does not have, and without titles, which would repeat the keys."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        found = super().default_schema(schema)
        return {key: value for key, value in found.items() if (key, value) != ("default", None)}

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        found = super().dict_schema(schema)
        return {**found, "additionalProperties": False} if "patternProperties" in found else found

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False


def schema(folder: File = FOLDER) -> dict[str, Any]:
    """The schema, in draft 2020-12. A file that `extends` another may leave out what is required, which the other one has.

    It states what JSON Schema can state. Rules between fields, and the rest of some rules, are checked by `load` alone.
    """
    found = Tables.model_json_schema(schema_generator=_Toml)
    tables = found["$defs"]
    explained = comments((folder / "example.toml").read_text(encoding="utf-8"))
    needed = _needed(found, tables)
    _describe(found, tables, "", explained)
    found["properties"]["aws"].pop("default")  # a placeholder
    needed |= {"if": _SHARED, "else": {"required": ["aws", "workload"], "properties": {"workload": {"minItems": 1}}}}
    return {"$schema": DIALECT, "title": "environments/NAME.toml", **found, "if": {"required": [KEY]}, "else": needed}


def comments(example: str) -> dict[str, str]:
    """What example.toml writes next to each key, by `table.key`; a key may be commented out."""
    found: dict[str, str] = {}
    table = path = ""
    for line in example.splitlines():
        text = line.removeprefix("# ")
        if header := re.match(r"\[+([a-z_.]+)\]+", text):
            table = header[1]
        elif key := re.match(r"([a-z_]+) = [^#]+(?:#\s*(.*))?", text):
            path = f"{table}.{key[1]}"
            found.setdefault(path, key[2] or "")
        elif path and (more := re.match(r"#? {20,}#\s*(.*)", line)):
            found[path] += f" {more[1]}"
        else:
            path = ""
    return found


def _needed(node: dict[str, Any], tables: dict[str, Any]) -> dict[str, Any]:
    """What is required in a table and the tables in it, taken out of their schemas. A list's entries keep theirs."""
    inside = {name: tables[_name(one)] for name, one in node["properties"].items() if _name(one) in tables}
    below = {name: found for name, table in inside.items() if (found := _needed(table, tables))}
    required = node.pop("required", [])
    return {**({"required": required} if required else {}), **({"properties": below} if below else {})}


def _describe(node: dict[str, Any], tables: dict[str, Any], table: str, explained: dict[str, str]) -> None:
    """Put the example's comment before what a rule allows."""
    for name, one in node["properties"].items():
        below = _name(one) or _name(one.get("items", {}))
        if below:
            _describe(tables[below], tables, f"{table}.{name}".removeprefix("."), explained)
        elif comment := explained.get(f"{table}.{name}"):
            allowed = one.get("description", "")
            one["description"] = comment + (allowed and f". Allowed: {allowed}")


def _name(one: dict[str, Any]) -> str:
    return str(one.get("$ref", "")).removeprefix("#/$defs/")
