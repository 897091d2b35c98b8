"""Read `environments/<name>.toml` and report everything that is wrong with it at once."""

from collections.abc import Iterator
from pathlib import Path as File
from typing import Any

from pydantic import ValidationError

from constructs_lib.limits import environment_name
from stacks.settings.checks import problems_of
from stacks.settings.derived import Settings
from stacks.settings.extends import shared
from stacks.settings.problems import Path, Problem, SettingsError, from_pydantic, shown
from stacks.settings.read import read

FOLDER = File("environments")
# In place of required tables that cannot be used; what is checked reads none of them.
STAND_INS = {
    "prefix": "stand-in",
    "aws": {"region": "us-east-1", "account_id": "1" * 12},
    "google": {"project_id": "stand-in", "project_number": "1"},
    "workload": [{"name": "stand-in"}],
}


def load(name: str, folder: File = FOLDER) -> Settings:
    """The settings of environment `name`. Raises SettingsError, with every problem, for anything that cannot be used."""
    path = folder / f"{name}.toml"
    known = sorted(file.stem for file in folder.glob("*.toml") if environment_name.holds(file.stem))
    if name not in known:
        why = (
            f", and {path} does not exist"
            if environment_name.holds(name)
            else "; allowed: a-z, 0-9 and '-', not starting with '-'"
        )
        raise SettingsError("ENVIRONMENT", [Problem((), f"got {name!r}{why}; known are {', '.join(known) or 'none'}")])
    return parse(read(path), str(path), folder)


def parse(own: dict[str, Any], source: str, folder: File = FOLDER) -> Settings:
    """Settings from the tables of a file called `source`, over those that it extends. Raises SettingsError as `load` does."""
    base = shared(own, source, folder)
    tables = base.under(own)
    try:
        settings = Settings.model_validate(tables)
    except ValidationError as error:
        found = [*from_pydantic(error, Settings), *_further_problems(tables, error)]
    else:
        found = [*problems_of(settings)]
    if found := [*found, *_templates(tables, ())]:
        raise SettingsError(source, [base.located(problem, own) for problem in found])
    return settings


def _further_problems(tables: dict[str, Any], error: ValidationError) -> Iterator[Problem]:
    """What the checks find that read none of the tables with invalid values: one run tells as much as it can."""
    unusable = {str(item["loc"][0]) for item in error.errors()}
    usable = {name: table for name, table in tables.items() if name not in unusable}
    return problems_of(
        Settings.model_validate({name: STAND_INS[name] for name in STAND_INS if name in unusable} | usable), unusable
    )


def _templates(node: Any, path: Path) -> Iterator[Problem]:
    """Terraform would run what is in `${}` or `%{}`: a reviewer reads literals."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _templates(key, (*path, key))
            yield from _templates(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _templates(value, (*path, index))
    elif isinstance(node, str) and ("${" in node or "%{" in node):
        yield Problem(path, f"got {shown(node)}; allowed: a literal, without Terraform's ${{}} and %{{}}")
