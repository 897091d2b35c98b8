"""Synthesize settings as main.py does, and read the JSON as Terraform would."""

import json
import os
import tempfile
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from main import synthesize
from stacks.settings import Settings
from stacks.settings.load import FOLDER, parse
from stacks.settings.neighbours import EXAMPLES

# Those that come with the kit: a user's own are the user's.
ENVIRONMENTS = sorted(EXAMPLES)
BASE = """
prefix = "demo"
[aws]
region = "ap-northeast-1"
account_id = "123456789012"
[aws.network]
cidr = "10.20.0.0/16"
zones = ["ap-northeast-1a"]
[google]
organization_id = "111111111111"
project_id = "my-project"
project_number = "345678901234"
[[workload]]
name = "app"
[perimeter]
"""

NO_PERIMETER = BASE.replace('organization_id = "111111111111"\n', "").replace("[perimeter]\n", "")


@dataclass(frozen=True)
class Synthesized:
    """The two stacks' JSON. `aws` is empty where there is no AWS stack."""

    aws: dict[str, Any]
    google: dict[str, Any]
    folder: Path


def tables(*more: str, base: str = BASE) -> dict[str, Any]:
    """The base settings with TOML laid over them, table by table; an array replaces an array."""
    result = tomllib.loads(base)
    for text in more:
        lay_over(result, tomllib.loads(text))
    return result


@cache
def synthesized(*more: str, base: str = BASE) -> Synthesized:
    """What the base settings with `more` laid over them synthesize to."""
    return from_settings(parse(tables(*more, base=base), "test.toml"), "test")


@cache
def from_toml(text: str) -> Synthesized:
    """What a whole settings file synthesizes to."""
    return from_settings(parse(tomllib.loads(text), "test.toml"), "test")


@cache
def environment(name: str, *more: str) -> Synthesized:
    """What environments/<name>.toml with `more` laid over it synthesizes to."""
    return from_settings(parse(tables(*more, base=(FOLDER / f"{name}.toml").read_text()), name), name)


def resources(stack: dict[str, Any], kind: str, prefix: str = "") -> list[dict[str, Any]]:
    """The resources of a type whose names begin with `prefix`, in address order."""
    found = sorted(stack.get("resource", {}).get(kind, {}).items())
    return [body for name, body in found if name.startswith(prefix)]


def only(stack: dict[str, Any], kind: str) -> dict[str, Any]:
    """The one resource of a type."""
    (resource,) = resources(stack, kind)
    return resource


def addresses(stack: dict[str, Any]) -> list[str]:
    """Every resource's and data source's Terraform address, sorted."""
    managed = [f"{kind}.{name}" for kind, named in stack.get("resource", {}).items() for name in named]
    read = [f"data.{kind}.{name}" for kind, named in stack.get("data", {}).items() for name in named]
    return sorted(managed + read)


def from_settings(settings: Settings, name: str = "test") -> Synthesized:
    """What settings synthesize to."""
    folder = Path(tempfile.mkdtemp(dir=os.environ.get("TMPDIR")))  # tests/conftest.py removes it
    synthesize(settings, name, str(folder))
    aws = _stack(folder, settings.aws_stack_name) if settings.has_aws_stack else {}
    return Synthesized(aws, _stack(folder, settings.google_stack_name), folder)


def _stack(folder: Path, name: str) -> dict[str, Any]:
    return _without_metadata(json.loads((folder / "stacks" / name / "cdk.tf.json").read_text()))


def _without_metadata(node: Any) -> Any:
    """Without cdktf's own notes under `//`."""
    if isinstance(node, dict):
        return {key: _without_metadata(value) for key, value in node.items() if key != "//"}
    return [_without_metadata(value) for value in node] if isinstance(node, list) else node


def lay_over(below: dict[str, Any], above: dict[str, Any]) -> None:
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(key), dict):
            lay_over(below[key], value)
        else:
            below[key] = value
