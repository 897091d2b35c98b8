"""Each row of docs/where-it-runs.md names a test that exists, or says that it was not tried."""

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
    tested = re.search(r"tests/\w+|^every test$|^tried by hand on \d{4}-\d\d-\d\d", state)
    assert state == "not tried" or tested, row


@pytest.mark.parametrize("row", ["a | | not tried", "a | works | not tried: b", "a | not tried yet | ", "a | tests |"])
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
