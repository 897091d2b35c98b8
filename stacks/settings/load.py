"""Read `environments/<name>.toml` and report everything that is wrong with it at once."""

import copy
import re
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from stacks.settings.checks import problems_of
from stacks.settings.derived import Settings
from stacks.settings.problems import Problem, SettingsError, from_pydantic

FOLDER = Path("environments")
STAND_INS = {
    "prefix": "kp",
    "aws": {"account_id": "1" * 12},
    "google": {"project_id": "kp-project", "project_number": "1"},
}


def load(name: str, folder: Path = FOLDER) -> Settings:
    """The settings of environment `name`. Raises SettingsError, with every problem, for anything that cannot be used."""
    path = folder / f"{name}.toml"
    # The name goes into state keys, workspaces and tags.
    known = sorted(file.stem for file in folder.glob("*.toml") if re.fullmatch(r"[a-z0-9][a-z0-9-]*", file.stem))
    if name not in known:
        raise SettingsError(
            "ENVIRONMENT",
            [
                Problem(
                    (),
                    f"got {name!r}, and {path} does not exist or is not named in a-z, 0-9 and '-'; known are {', '.join(known) or 'none'}",
                )
            ],
        )
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(str(path), [Problem((), f"not TOML: {error}")]) from None
    return parse(tables, str(path))


def parse(tables: dict[str, Any], source: str) -> Settings:
    """Settings from the tables of a file called `source`. Raises SettingsError as `load` does."""
    try:
        settings = Settings.model_validate(tables)
    except ValidationError as error:
        raise SettingsError(source, [*from_pydantic(error, Settings), *_further_problems(tables, error)]) from None
    problems = list(problems_of(settings))
    if problems:
        raise SettingsError(source, problems)
    return settings


def _further_problems(tables: dict[str, Any], error: ValidationError) -> list[Problem]:
    """What `checks` finds once the invalid values are out of the way: so that one run reports as much as it can.

    A required name or number gets a stand-in. Where that does not make a whole (a wrong region, say, which decides
    about zones) nothing further is reported until it is mended.
    """
    mended = copy.deepcopy(tables)
    complained = [item["loc"] for item in error.errors()]
    for loc in complained:
        _drop(mended, loc if loc[0] != "on_premises" else loc[:1])
    _fill(mended, STAND_INS)
    for index, workload in enumerate(mended.get("workload") or []):
        workload.setdefault("name", f"kp{index}")
    try:
        settings = Settings.model_validate(mended)
    except ValidationError:
        return []
    return [problem for problem in problems_of(settings) if problem.path not in complained]


def _drop(tables: Any, loc: tuple[str | int, ...]) -> None:
    """Remove what is at a location, if it is there; an entry of a list of values takes the list along."""
    node = tables
    for part, following in pairwise((*loc, "")):
        present = part < len(node) if isinstance(node, list) and isinstance(part, int) else part in node
        if not present:
            return
        if not isinstance(node[part], dict | list) or following == "" or not _is_table(node[part], following):
            del node[part]
            return
        node = node[part]


def _is_table(node: Any, following: str | int) -> bool:
    return isinstance(node, dict) or (
        isinstance(following, int) and following < len(node) and isinstance(node[following], dict)
    )


def _fill(tables: dict[str, Any], stand_ins: dict[str, Any]) -> None:
    for key, value in stand_ins.items():
        if isinstance(value, dict) and isinstance(tables.setdefault(key, {}), dict):
            _fill(tables[key], value)
        tables.setdefault(key, value)
