"""The tables of the file by their headers: where an unknown key belongs, and how many brackets a header has."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Header:
    """A table: its dotted name, empty for the file itself, its keys, and whether it may be there several times."""

    name: str
    keys: list[str]
    several: bool

    def __str__(self) -> str:
        if not self.name:
            return "the file itself, above the first table"
        return f"[[{self.name}]]" if self.several else f"[{self.name}]"


def headers(model: type[BaseModel]) -> dict[str, Header]:
    """Every table by its name; `model` is that of the whole file."""
    return {header.name: header for header in _headers(model, "", several=False)}


def unknown_key(model: type[BaseModel], path: Path) -> str:
    """A sentence on the key at a path that its table does not have: where it belongs, or which one may be meant."""
    tables, key = headers(model), str(path[-1])
    own = tables[_name(path[:-1])]
    if there := [table for table in tables.values() if key in table.keys]:
        above = [table for table in there if f"{own.name}.".startswith(f"{table.name}.") or not table.name]
        where = " or ".join(map(str, above or there))
        longer = [
            name for name in own.keys if key in name.split("_") or difflib.get_close_matches(key, [name], cutoff=0.9)
        ]
        if longer and not above:
            return f"unknown key; did you mean {' or '.join(longer[:2])}? {key} is a key of {where}"
        return f"unknown key in {own}; it belongs to {where}{_order(own, above)}"
    if near := difflib.get_close_matches(key, own.keys, n=1):
        return f"unknown key; did you mean {near[0]}?"
    others = {name: table for table in tables.values() for name in table.keys}
    if near := difflib.get_close_matches(key, others, n=1, cutoff=0.8):
        return f"unknown key; did you mean {near[0]} of {others[near[0]]}?"
    return f"unknown key; known are {', '.join(sorted(own.keys))}"


def wrong_brackets(model: type[BaseModel], path: Path, value: Any) -> str:
    """The header to write, where a table has the brackets of an array of tables or the other way round; else empty."""
    header = headers(model).get(_name(path))
    if header is None or not isinstance(value, list if not header.several else dict):
        return ""
    return f"{header}, with {'two brackets on each side: there may be several' if header.several else 'one bracket on each side'}"


def _order(own: Header, above: list[Header]) -> str:
    """TOML's trap: a key below a sub-table's header is the sub-table's."""
    return f"; write it above the line {own}, where the keys of {above[0]} end" if above and above[0].name else ""


def _name(path: Path) -> str:
    return ".".join(part for part in path if isinstance(part, str))


def _headers(model: type[BaseModel], name: str, *, several: bool) -> Iterator[Header]:
    yield Header(name, list(model.model_fields), several)
    for key, field in model.model_fields.items():
        for below, many in _models(field.annotation, several=False):
            yield from _headers(below, f"{name}.{key}".removeprefix("."), several=many)


def _models(annotation: Any, *, several: bool) -> Iterator[tuple[type[BaseModel], bool]]:
    """Each model in an annotation, and whether it is in a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, several
    for argument in get_args(annotation):
        yield from _models(argument, several=several or get_origin(annotation) is list)
