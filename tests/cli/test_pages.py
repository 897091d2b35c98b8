"""Tables that must stay whole.

Each row of docs/where-it-runs.md names a test that exists, or says that it was not tried. Each row of docs/boundary.md has
a source and a control.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/where-it-runs.md").read_text()
ROWS = [row for row in re.findall(r"^\| (?!where|---)(.*) \|$", PAGE, re.MULTILINE) if not row.startswith("---")]


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_tested_or_not_tried(row: str) -> None:
    """The state is one column: "not tried" in a remark says nothing."""
    paths = re.findall(r"tests/[\w/]+(?:\.py)?", row)
    assert all((ROOT / path).exists() for path in paths)
    state = row.split("|")[1].strip()
    tested = re.search(r"tests/\w+|^every test$", state)
    assert state == "not tried" or tested, row


@pytest.mark.parametrize(
    "row",
    [
        "a | | not tried",
        "a | tried by hand on 2026-11-27 | ",
        "a | works | not tried: b",
        "a | not tried yet | ",
        "a | tests |",
    ],
)
def test_a_row_without_a_state_is_seen(row: str) -> None:
    with pytest.raises(AssertionError):
        test_a_row_is_tested_or_not_tried(row)


def test_the_page_has_a_row_for_each_place_that_people_ask_about() -> None:
    named = [
        "macOS",
        "WSL",
        "GitHub-hosted",
        "OpenTofu",
        "HCP",
        "air-gapped",
        "FIPS",
        "Docker",
        "Fargate",
        "Lambda",
        "CodeBuild",
        "SageMaker",
    ]
    assert [name for name in named if not any(name in row.split("|")[0] for row in ROWS)] == []


BOUNDARY = (ROOT / "docs/boundary.md").read_text()
SUBJECTS = [
    "inside the project", "no key", "second door", "files and tools", "which models", "Model Garden", "place of processing",
    "who the role is", "IPv6", "other grants", "record of its changes",
]  # fmt: skip


def rows(page: str) -> list[list[str]]:
    found = [line.strip("|").split(" | ") for line in page.splitlines() if line.startswith("| ") and "---" not in line]
    return [[cell.strip() for cell in row] for row in found[1:]]


def unproven(page: str) -> list[str]:
    """The rows that lack a reason, a source or a control."""
    return [row[0] for row in rows(page) if len(row) != 4 or not all(len(cell) > 10 for cell in row)]


def test_each_limit_of_the_boundary_has_a_source_and_a_control() -> None:
    assert unproven(BOUNDARY) == []
    assert [one for one in SUBJECTS if not any(one in row[0] for row in rows(BOUNDARY))] == []
    assert unproven(BOUNDARY.replace('| IAM User Guide, "IAM identifiers": unique IDs |', "| |")) != []


@pytest.mark.parametrize("readme", ["README.md", "README.ja.md"])
def test_the_first_screen_links_the_limits(readme: str) -> None:
    assert "](docs/boundary.md)" in "\n".join((ROOT / readme).read_text().splitlines()[:12])
