"""`extends`: a file of tables that several environments share, inside environments/ and never an environment itself.

Tables merge key by key, and the environment's value replaces the shared one; every list is replaced whole.
"""

from dataclasses import dataclass, replace
from pathlib import Path as File
from typing import Any

from constructs_lib.limits import Limit, LimitError
from constructs_lib.limits.rule import matches
from stacks.settings.problems import Path, Problem, SettingsError, from_limit
from stacks.settings.read import read

KEY = "extends"
# What names an environment, its accounts and its state, and what decides whether anything is enforced: a change of one file
# must not change these for many.
OWN: tuple[Path, ...] = (
    (KEY,),
    ("prefix",),
    ("protected_by",),
    ("backend",),
    ("aws", "account_id"),
    ("google", "project_id"),
    ("google", "project_number"),
    ("google", "pool_project_id"),
    ("google", "pool_project_number"),
    ("google", "quota_project"),
    *(
        ("perimeter", key)
        for key in ("dry_run", "join", "hand_over", "shared", "others", "moved_to", "name", "level_name")
    ),
)

shared_file = Limit(
    "shared_file",
    "a .toml file in a folder of environments/, such as 'shared/base.toml', in a-z, A-Z, 0-9, '_', '-' and '.'",
    "this kit's own rule: a file in environments/ itself is an environment",
    matches(r"([A-Za-z0-9_-][A-Za-z0-9._-]*/)+[A-Za-z0-9_-][A-Za-z0-9._-]*\.toml"),
)


@dataclass(frozen=True)
class Shared:
    """The shared file of an environment; without one, no tables."""

    file: str = ""
    tables: Any = None

    def under(self, own: dict[str, Any]) -> dict[str, Any]:
        """The environment's tables over the shared ones."""
        return _merged(self.tables or {}, own)

    def located(self, problem: Problem, own: dict[str, Any]) -> Problem:
        """The problem, with the shared file's name if its value is there."""
        return replace(problem, file=self.file) if _holds(self.tables, problem.path, besides=own) else problem


def shared(own: dict[str, Any], source: str, folder: File) -> Shared:
    """The file that an environment's tables name. Raises SettingsError if it cannot be used; `source` is the environment's."""
    if KEY not in own:
        return Shared()
    try:
        file = folder / shared_file(own[KEY])
    except LimitError as error:
        raise SettingsError(source, [from_limit((KEY,), error)]) from None
    if not file.resolve().is_relative_to(folder.resolve()):
        raise SettingsError(source, [Problem((KEY,), f"{file} is a link that leaves {folder}/; allowed: a file in it")])
    if not file.exists():
        raise SettingsError(source, [Problem((KEY,), f"{file} does not exist; allowed: {shared_file.allowed}")])
    tables = read(file)
    if found := [Problem(path, _WHY) for path in OWN if _holds(tables, path)]:
        raise SettingsError(str(file), found)
    return Shared(str(file), tables)


_WHY = "a shared file cannot have this key; allowed: in the file of each environment"


def _merged(shared: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    both = {
        key: _merged(shared[key], value)
        for key, value in own.items()
        if isinstance(value, dict) and isinstance(shared.get(key), dict)
    }
    return {**shared, **own, **both}


def _holds(tables: Any, path: Path, besides: Any = None) -> bool:
    """Whether there is something at the path that `besides` does not replace."""
    for part in path:
        inside = isinstance(tables, list) or (isinstance(tables, dict) and part in tables)
        if not inside or (besides is not None and not isinstance(besides, dict)):
            return False
        tables = tables[part] if isinstance(tables, dict) else tables
        besides = besides.get(part) if besides is not None else None
    return bool(path) and besides is None
