"""Each row of docs/where-it-runs.md names a test that exists, or says that it was not tried."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/where-it-runs.md").read_text()
ROWS = [row for row in re.findall(r"^\| (?!where|---)(.*) \|$", PAGE, re.MULTILINE) if not row.startswith("---")]


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_tested_or_not_tried(row: str) -> None:
    tests = re.findall(r"tests/[\w/]+(?:\.py)?", row)
    assert all((ROOT / path).exists() for path in tests)
    assert tests or re.search(r"not tried|every test|tried by hand on \d{4}-\d\d-\d\d", row)


def test_the_page_has_rows() -> None:
    assert len(ROWS) > 10
