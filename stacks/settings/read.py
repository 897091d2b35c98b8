"""The tables of a TOML file; what cannot be one is told as a problem, whatever lies at the path."""

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path as File
from typing import Any

from stacks.settings.problems import Path, Problem, SettingsError

DEEPEST = 10  # twice as deep as any setting lies
_HINTS = {
    "Invalid value": '; a text needs quotes, as in "demo", and true and false are in lower case',
    "Cannot overwrite a value": "; a key is allowed once in a table",
}
"""What to change, by the beginning of tomllib's message."""
_DEEP = "arrays or tables are nested too deeply; no setting needs that"
_BIG = "got a whole number of more than 64 bits; allowed: what 64 bits hold (TOML v1.0.0, Integer)"


def read(path: File) -> dict[str, Any]:
    """The file's tables. A byte order mark, with which some editors begin a file, is no part of them."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror}") from None
    except RecursionError:
        raise _refused(path, _DEEP) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        hint = next((told for text, told in _HINTS.items() if str(error).startswith(text)), "")
        raise _refused(path, f"not TOML: {error}{hint}") from None
    except ValueError:  # of int(), which reads at most 4,300 digits
        raise _refused(path, _BIG) from None
    if found := [*_unusable(tables, ())]:
        raise SettingsError(str(path), found)
    return tables


def _refused(path: File, why: str) -> SettingsError:
    return SettingsError(str(path), [Problem((), why)])


def _unusable(node: Any, path: Path) -> Iterator[Problem]:
    """What would end in a traceback later, where values are compared and shown."""
    if len(path) > DEEPEST:
        yield Problem(path, _DEEP)
        return
    if isinstance(node, int) and not -(2**63) <= node < 2**63:
        yield Problem(path, _BIG)
    below: Iterable[tuple[str | int, Any]] = ()
    if isinstance(node, dict):
        below = node.items()
    elif isinstance(node, list):
        below = enumerate(node)
    for key, value in below:
        yield from _unusable(value, (*path, key))
