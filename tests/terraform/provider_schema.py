"""Synthesized JSON against a provider's schema (`terraform providers schema -json`), where the provider itself is absent."""

import re
from collections.abc import Iterator
from typing import Any

META_ARGUMENTS = {"//", "connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"}
REFERENCE = re.compile(r"^\$\{.*\}$", re.DOTALL)
PLAIN: dict[str, type | tuple[type, ...]] = {"string": str, "bool": bool, "number": (int, float)}


def problems(document: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    """What Terraform would refuse: unknown or missing arguments, too many or too few blocks, values of another type."""
    name = schema["source"].rpartition("/")[2]
    for block in document.get("provider", {}).get(name, []):
        yield from _block(f"provider.{name}", block, schema["provider"])
    for section, schemas in (("resource", "resource_schemas"), ("data", "data_source_schemas")):
        for kind, named in document.get(section, {}).items():
            if not kind.startswith(f"{name}_"):
                continue
            for id, body in named.items():
                path = f"{kind}.{id}" if section == "resource" else f"data.{kind}.{id}"
                if kind not in schema[schemas]:
                    yield f"{path}: no such type"
                    continue
                arguments = {key: value for key, value in body.items() if key not in META_ARGUMENTS}
                yield from _block(path, arguments, schema[schemas][kind])


def _block(path: str, body: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    attributes, blocks = schema.get("attributes", {}), schema.get("block_types", {})
    for name, value in body.items():
        if name in blocks:
            yield from _blocks(f"{path}.{name}", value, blocks[name])
        elif name not in attributes:
            yield f"{path}.{name}: no such argument"
        elif not (attributes[name].get("required") or attributes[name].get("optional")):
            yield f"{path}.{name}: is computed, not to be set"
        else:
            yield from _value(f"{path}.{name}", value, attributes[name]["type"])
    for name, attribute in attributes.items():
        if attribute.get("required") and body.get(name) is None:
            yield f"{path}.{name}: is required"
    for name, block in blocks.items():
        if block.get("min_items") and name not in body:
            yield f"{path}.{name}: is required"


def _blocks(path: str, value: Any, schema: dict[str, Any]) -> Iterator[str]:
    bodies = value if isinstance(value, list) else [value]
    if len(bodies) < schema.get("min_items", 0):
        yield f"{path}: at least {schema['min_items']}, got {len(bodies)}"
    most = 1 if schema["nesting_mode"] == "single" else schema.get("max_items", 0)
    if most and len(bodies) > most:
        yield f"{path}: at most {most}, got {len(bodies)}"
    for body in bodies:
        yield from _block(path, body, schema["block"])


def _value(path: str, value: Any, kind: Any) -> Iterator[str]:
    if isinstance(value, str) and REFERENCE.match(value):
        return
    if isinstance(kind, str):
        if kind in PLAIN and (not isinstance(value, PLAIN[kind]) or (kind == "number" and isinstance(value, bool))):
            yield f"{path}: {kind} is needed, got {value!r}"
        return
    shape, inner = kind
    if not isinstance(value, dict if shape in ("map", "object") else list):
        yield f"{path}: {shape} is needed, got {value!r}"
        return
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield from _value(f"{path}[{key!r}]", item, inner[key] if shape == "object" else inner)
