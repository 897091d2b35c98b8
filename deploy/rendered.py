"""Values as YAML, and resources in Terraform's JSON as HCL in the form of `terraform fmt`. Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

_REFERENCES = "depends_on"


def yaml(value: Any) -> str:
    """YAML of lists and mappings, none of them empty. Each string is in quotes, as JSON has it."""
    return "\n".join(_yaml(value)) + "\n"


def hcl(address: str, body: Mapping[str, Any]) -> str:
    """The resource `KIND.NAME`. An argument that is an object, or a list of objects, is written as blocks."""
    kind, _, name = address.partition(".")
    return "\n".join(_block(f'resource "{kind}" "{name}"', body)) + "\n"


def toml(table: str, values: Mapping[str, Any]) -> str:
    """An entry of an array of tables. Each value is a string, or a list of strings."""
    return "\n".join([f"[[{table}]]", *(f"{name} = {_quoted(value)}" for name, value in values.items())]) + "\n"


def _yaml(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            nested = isinstance(inner, Mapping | list)
            yield f"{name}:" if nested else f"{name}: {_quoted(inner)}"
            yield from (f"  {line}" for line in _yaml(inner) if nested)
    elif isinstance(value, list):
        for item in value:
            first, *others = _yaml(item)
            yield f"- {first}"
            yield from (f"  {line}" for line in others)
    else:
        yield _quoted(value)


def _block(header: str, body: Mapping[str, Any]) -> Iterator[str]:
    arguments = {name: value for name, value in body.items() if value is not None and not _is_block(value)}
    width = max(map(len, arguments), default=0)
    yield f"{header} {{"
    for name, value in arguments.items():
        yield f"  {name:<{width}} = {_references(value) if name == _REFERENCES else _quoted(value)}"
    for name, value in body.items():
        for one in (value if isinstance(value, list) else [value]) if _is_block(value) else ():
            yield from (f"  {line}" for line in _block(name, one))
    yield "}"


def _is_block(value: Any) -> bool:
    return isinstance(value, Mapping) or (isinstance(value, list) and bool(value) and isinstance(value[0], Mapping))


def _references(addresses: list[str]) -> str:
    return f"[{', '.join(addresses)}]"


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
