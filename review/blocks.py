"""Synthesized JSON as a list of blocks, each with its arguments: `a.b[]` for the arguments of block b in block a, a list."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

_REFERENCE = re.compile(r"\$\{(?:data\.)?\w+\.([\w-]+?)_[0-9A-F]{7,8}(\.\w+)\}")
_HASH = re.compile(r"_[0-9A-F]{7,8}$")


@dataclass(frozen=True)
class Block:
    """A resource, or another part of a stack: `kind` is its type, or `data.TYPE`, `provider.NAME`, `output.NAME`..."""

    kind: str
    name: str
    body: Any

    @cached_property
    def arguments(self) -> list[tuple[str, Any]]:
        """Its arguments and their values; an empty list or block is a value."""
        return list(_arguments(self.body, ""))

    def values(self, path: str) -> list[Any]:
        """The values at one path."""
        return [value for each, value in self.arguments if each == path]

    @property
    def address(self) -> str:
        """Its Terraform address, with cdktf's hash; of what is no resource its kind."""
        return ".".join(part for part in (self.kind, self.name) if part)

    def __str__(self) -> str:
        return " ".join(part for part in (self.kind, _HASH.sub("", self.name)) if part)


def blocks(stack: dict[str, Any]) -> Iterator[Block]:
    """Everything in a stack but cdktf's own comments."""
    for section, content in stack.items():
        if section in ("resource", "data"):
            prefix = "data." if section == "data" else ""
            for kind, named in content.items():
                yield from (Block(prefix + kind, name, body) for name, body in named.items())
        elif section == "provider":
            for kind, configured in content.items():
                yield from (Block(f"provider.{kind}", "", body) for body in _list(configured))
        elif section == "output":
            yield from (Block(f"output.{name}", "", body) for name, body in content.items())
        elif section != "//":
            yield Block(section, "", content)


def without_hashes(address: str) -> str:
    """A Terraform address without the hash that cdktf ends a name with."""
    return _HASH.sub("", address)


def text(value: Any) -> str:
    """A value as people read it; references without the hashes of cdktf's names."""
    return _REFERENCE.sub(r"\1\2", value) if isinstance(value, str) else json.dumps(value)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _arguments(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            if name != "//":
                yield from _arguments(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for inner in value or [[]]:
            yield from _arguments(inner, f"{path}[]") if inner != [] else [(f"{path}[]", [])]
    else:
        yield path, value
