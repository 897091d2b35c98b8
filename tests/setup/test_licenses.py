"""The page on licenses names every locked package."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("section", "packages"),
    [
        ("Synthesis and deployment", set(json.loads((ROOT / "Pipfile.lock").read_text())["default"])),
        (
            "On the instance",
            set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "client/requirements.txt").read_text(), re.MULTILINE)),
        ),
        (
            "Tests and the local cloud",
            set(json.loads((ROOT / "Pipfile.lock").read_text())["develop"])
            - set(json.loads((ROOT / "Pipfile.lock").read_text())["default"]),
        ),
    ],
)
def test_every_locked_package_is_listed_once(section: str, packages: set[str]) -> None:
    page = (ROOT / "docs/reference/licenses.md").read_text().split(f"## {section}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| [^|]+ \| ([^|]+) \|$", page, re.MULTILINE)
    listed = [name for row in rows if row != "packages" for name in row.split(", ")]
    assert sorted(listed) == sorted(packages)
