"""Problems in a settings file, and how they read: the TOML path, what was got, what is allowed, why."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from constructs_lib.limits import LimitError
from stacks.settings.headers import Path as Path
from stacks.settings.headers import unknown_key, wrong_brackets

KINDS = {
    "bool_type": "true or false, without quotes",
    "string_type": "a string, in quotes",
    "int_type": "a whole number, without quotes",
    "list_type": "an array: [...]",
    "dict_type": "a table",
    "model_type": "a table",
    "too_short": "at least one entry",
    "string_too_short": "a string that is not empty",
}


# What people write where there is another way.
WAYS: dict[Any, dict[Any, str]] = {
    "workload": {
        "account_id": "the roles of another AWS account need a second environment, with its own pool: "
        "see environments/second-account.toml"
    },
    "gemini": {"project": "the project of Gemini is google.project_id", "region": "the place of Gemini is location"},
    "google": {
        "billing_project": "the project whose quotas are used is quota_project",
        "region": "nothing here has a region at Google; the place of Gemini is gemini.location",
    },
}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. `path` is the TOML path, `text` a lowercase sentence, `file` a shared file that it is in."""

    path: Path
    text: str
    file: str = ""

    def __str__(self) -> str:
        return f"{self.file}{self.file and ': '}{dotted(self.path)}: {self.text}"


class SettingsError(Exception):
    """The file cannot be used; `problems` has every reason at once."""

    def __init__(self, source: str, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems), key=lambda problem: dotted(problem.path))
        count = f"{len(self.problems)} problem{'s'[: len(self.problems) != 1]}"
        super().__init__("\n".join([f"{source}: {count}", *(f"  {problem}" for problem in self.problems)]))


class OptionError(SettingsError):
    """An option or a variable that is not in the file cannot be used."""

    def __init__(self, source: str, text: str) -> None:
        self.problems = [Problem((), text)]
        Exception.__init__(self, f"{source}: {text}")


def dotted(path: Path) -> str:
    """`("workload", 0, "name")` as `workload[0].name`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return _visible(text.removeprefix(".")) or "the file"


def from_limit(path: Path, error: LimitError, culprit: str = "") -> Problem:
    """A broken rule of `limits`; `culprit` names the setting that a derived name comes from."""
    hint = error.hint and f"; {error.hint}"
    return Problem(path, f"got {shown(error.got)}{culprit}; allowed: {error.allowed}{hint} ({error.source})")


def from_pydantic(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Every error of a validation in the words of the file."""
    return [_translated(item, model) for item in error.errors()]


def shown(value: Any) -> str:
    """A value as the file would have it, shortened to 80 characters; an invisible character is shown as \\u and its number."""
    text = _visible(json.dumps(value, default=str, ensure_ascii=False))
    return text if len(text) <= 80 else f"{text[:77]}..."


def _visible(text: str) -> str:
    """The text with each character that no editor shows as \\u and its number."""
    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in text)


def _translated(item: Any, model: type[BaseModel]) -> Problem:
    path, kind, context = tuple(item["loc"]), item["type"], item.get("ctx", {})
    if kind == "missing":
        return Problem(path, "missing; it is required")
    if kind == "extra_forbidden" and path[0] in WAYS and path[-1] in WAYS[path[0]]:
        return Problem(path, f"unknown key; {WAYS[path[0]][path[-1]]}")
    if kind == "extra_forbidden":
        return Problem(path, unknown_key(model, path))
    path = tuple(part for part in path if part != "[key]")  # pydantic's mark of a key that is wrong itself
    if isinstance(context.get("error"), LimitError):
        return from_limit(path, context["error"])
    if kind == "too_long":
        return Problem(path, f"got {len(item['input'])} entries; allowed: at most {context['max_length']}")
    header = wrong_brackets(model, path, item["input"])
    allowed = header or KINDS.get(kind) or context.get("expected") or item["msg"]
    return Problem(path, f"got {shown(item['input'])}; allowed: {allowed}")
