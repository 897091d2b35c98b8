"""renovate.json: every file that names a version is read by a manager, and what is held stays held.

The patterns are Renovate's own defaults (44.121). With them `renovate --platform=local --dry-run=extract` finds the same.
"""

import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from setup.client_requirements import ROOTS
from setup.tool_requirements import TOOLS
from slim_bindings.runtime import TESTED_JSII
from stacks.settings.models import Versions

ROOT = Path(__file__).parents[2]
CONFIG: dict[str, Any] = json.loads((ROOT / "renovate.json").read_text())
DEFAULTS = {
    "pipenv": ["/(^|/)Pipfile$/"],
    "pep621": [r"/(^|/)pyproject\.toml$/"],
    "npm": [r"/(^|/)package\.json$/"],
    "gitlabci": [r"/\.gitlab-ci\.ya?ml$/"],
}
# What a file looks like that names versions: whole lock files apart, which their manifests renew.
MANIFESTS = re.compile(
    r"(^|/)(Pipfile|pyproject\.toml|package\.json|go\.mod|Gemfile|Dockerfile[^/]*|[^/]*\.(tf|hcl)|[^/]*requirements[^/]*\.txt)$"
)
PINS = re.compile(
    r"--hash=sha256:[0-9a-f]{64}|^\s*-? ?uses: \S+@|^\s*image: |terraform_version:|= \"~> \d", re.MULTILINE
)
SUFFIXES = {"", ".txt", ".toml", ".yml", ".yaml", ".json", ".py", ".sh", ".js"}
LOCKS = {"Pipfile.lock", "package-lock.json", "renovate.json"}
SKIPPED = {"node_modules", "tests", "cdktf.out", "dist", "state"}  # Renovate's config:recommended leaves out tests


def files() -> list[str]:
    """The checkout's files, without what set-up and runs write."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [one for one in folders if one not in SKIPPED and (one == ".ci" or not one.startswith("."))]
        found += [Path(folder, name).relative_to(ROOT).as_posix() for name in names]
    return found


def matches(pattern: str, text: str) -> bool:
    """Renovate's patterns: a regular expression between slashes, or the name itself."""
    return bool(re.search(pattern[1:-1], text)) if pattern.startswith("/") else pattern == text


def found(manager: dict[str, Any], path: str) -> list[tuple[str, str]]:
    """Names and values that a custom manager reads in a file."""
    if not any(matches(one, path) for one in manager["managerFilePatterns"]):
        return []
    expressions = [one.replace("(?<", "(?P<") for one in manager["matchStrings"]]
    text = (ROOT / path).read_text()
    return [(one["depName"], one["currentValue"]) for each in expressions for one in re.finditer(each, text)]


def covered(path: str) -> bool:
    patterns = [
        one
        for name in CONFIG["enabledManagers"]
        for one in [*DEFAULTS.get(name, []), *CONFIG.get(name, {}).get("managerFilePatterns", [])]
    ]
    return any(matches(one, path) for one in patterns) or any(found(one, path) for one in CONFIG["customManagers"])


def test_every_file_that_names_versions_is_read_by_a_manager():
    names = [
        path
        for path in files()
        if Path(path).name not in LOCKS
        and (MANIFESTS.search(path) or (Path(path).suffix in SUFFIXES and PINS.search((ROOT / path).read_text())))
    ]
    assert {"Pipfile", "package.json", "setup/build.txt", "stacks/settings/models.py"} <= set(names)
    assert [path for path in names if not covered(path)] == []


def test_what_is_installed_by_hash_is_read_with_the_version_that_stands_there():
    by_hash, _ = CONFIG["customManagers"]
    read = {path: dict(found(by_hash, path)) for path in files() if found(by_hash, path)}
    tools = {f"setup/{tool}.txt": {root} for tool, root in TOOLS.items()}
    assert {path: set(names) for path, names in read.items()} == {"client/requirements.txt": set(ROOTS), **tools}
    locked = json.loads((ROOT / "Pipfile.lock").read_text())["develop"]
    assert {name: f"=={version}" for name, version in read["client/requirements.txt"].items()} == {
        name: locked[name]["version"] for name in ROOTS
    }


def test_the_constraints_on_providers_are_read():
    _, providers = CONFIG["customManagers"]
    for path in ("stacks/settings/models.py", "environments/example.toml"):
        assert dict(found(providers, path)) == Versions().model_dump(), path


@pytest.mark.parametrize(
    "name", ["cdktf", "cdktf-cdktf-provider-google", "cdktn-provider-aws", "cdktf-cli", "constructs", "jsii", "moto"]
)
def test_what_the_code_is_written_for_is_held(name):
    (held,) = [rule for rule in CONFIG["packageRules"] if "matchPackageNames" in rule]
    assert held["enabled"] is False
    assert any(matches(one, name) for one in held["matchPackageNames"])
    assert not any(matches(one, "google-genai") for one in held["matchPackageNames"])


def test_the_lock_takes_no_jsii_that_slim_bindings_does_not_know():
    pipfile = tomllib.loads((ROOT / "Pipfile").read_text())
    assert pipfile["packages"]["jsii"].removeprefix("==") in TESTED_JSII
