"""Tables of the pages that must have every row."""

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


def forms(name: str) -> list[str]:
    return [name, f"[{name}]", f"[[{name}]]"]
