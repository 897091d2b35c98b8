"""Tables of the pages that must have every row."""

from collections import Counter

import pytest

from stacks.settings.models import Tables
from tests.docs.prose import ROOT

ENVIRONMENTS = sorted((ROOT / "environments").glob("*.toml"))


@pytest.mark.parametrize("readme", ["README.md", "README.ja.md"])
def test_the_readme_lists_every_environment(readme: str) -> None:
    text = (ROOT / readme).read_text()
    assert [path.name for path in ENVIRONMENTS if f"| [{path.stem}](environments/{path.name}) |" not in text] == []


def test_the_settings_page_lists_every_table_and_key() -> None:
    text = (ROOT / "docs/reference/settings.md").read_text()
    missing = [name for name in Tables.model_fields if not any(f"| `{form}` |" in text for form in forms(name))]
    assert missing == []


@pytest.mark.parametrize("page", ["CHANGELOG.md", "docs/gotchas.md"])
def test_no_entry_is_there_twice(page: str) -> None:
    """Git merges these pages by union, which keeps both versions of a line that one side changed."""
    starts = [line[:60] for line in (ROOT / page).read_text().splitlines() if line.startswith("- ")]
    assert len(starts) > 100
    assert [start for start, number in Counter(starts).items() if number > 1] == []


def forms(name: str) -> list[str]:
    return [name, f"[{name}]", f"[[{name}]]"]
