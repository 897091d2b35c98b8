"""At which line of an environment's TOML file a table begins, and a key is."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.plan_inputs import SETTINGS

_HEADER = re.compile(r"\s*(\[\[?[^\]]+\]\]?)\s*(?:#.*)?")


@dataclass(frozen=True)
class Lines:
    """One table: its header as it is written without spaces, its line, its keys, and the text from the header on."""

    header: str
    line: int
    keys: dict[str, Any]
    texts: tuple[str, ...]

    def of(self, key: str) -> int:
        """The line of a key; that of the header if the key is not at the beginning of a line."""
        found = (number for number, text in enumerate(self.texts) if re.match(rf"\s*{re.escape(key)}\s*=", text))
        return self.line + next(found, 0)


def settings_file(environment: str) -> Path:
    """Where an environment's settings are, relative to the checkout."""
    return SETTINGS / f"{environment}.toml"


def tables(path: Path) -> list[Lines]:
    """The tables of a file in their order; empty if there is no such file. First comes what no header precedes."""
    try:
        return list(_tables(path.read_text(encoding="utf-8-sig").split("\n")))
    except OSError:
        return []


def _tables(lines: list[str]) -> Iterator[Lines]:
    """A header ends a table only if the text since the last one is whole: else it is part of a text or list."""
    begin = 0
    for number, text in enumerate([*lines, "[end]"]):
        if _HEADER.fullmatch(text) and (found := _parsed(lines[begin:number])) is not None:
            header = _HEADER.fullmatch(lines[begin]) if lines else None
            name = re.sub(r"\s", "", header[1]) if header else ""
            yield Lines(name, begin + 1, _below(found, name), tuple(lines[begin:number]))
            begin = number


def _parsed(lines: list[str]) -> dict[str, Any] | None:
    try:
        return tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError:
        return None


def _below(found: Any, header: str) -> dict[str, Any]:
    """The keys of the table that a header names; empty for a header with a quoted key, which no table of the kit has."""
    for word in header.strip("[]").split(".") if header else ():
        found = found.get(word, {})
        found = found[-1] if isinstance(found, list) else found
    return dict(found)
