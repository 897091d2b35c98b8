"""Tables of the pages that must have every row, and facts that a page repeats from a table."""

import re
from collections import Counter

import pytest

from constructs_lib.limits import lowest_version
from stacks.settings.models import Tables, Versions
from tests.docs.prose import ROOT
from tests.soak.record import HEAD, PAGE

ENVIRONMENTS = sorted((ROOT / "environments").glob("*.toml"))


@pytest.mark.parametrize("readme", ["README.md", "README.ja.md"])
def test_the_readme_lists_every_environment(readme: str) -> None:
    text = (ROOT / readme).read_text()
    assert [path.name for path in ENVIRONMENTS if f"| [{path.stem}](environments/{path.name}) |" not in text] == []


@pytest.mark.parametrize("readme", ["README.md", "README.ja.md"])
def test_the_readme_has_the_provider_versions_that_were_run(readme: str) -> None:
    """A default that admits a version that was run needs no line in the README."""
    (line,) = re.findall(r"^- \*\*.*\baws 6\b(?:.*\n)(?:  .*\n)*", (ROOT / readme).read_text(), re.MULTILINE)
    rows = [row.split(" | ")[:2] for row in PAGE.read_text().partition(HEAD)[2].splitlines()[2:]]
    google, aws = ({row[side].strip("| ") for row in rows} for side in (0, 1))
    released = sorted(one for one in google | aws if "-" not in one)
    assert sorted(re.findall(r"\d+\.\d+\.\d+", line)) == released
    assert f"`{Versions().aws}`" in line
    assert not [one for one in aws - {"-"} if lowest_version(f"{Versions().aws}, = {one}")]


def test_the_acceptance_tests_are_counted_as_they_are_listed() -> None:
    text = (ROOT / "docs/local-cloud.md").read_text()
    listed = Counter(re.findall(r"^\| (\w+) \| TestAcc\S+ \| (\w+) \|", text, re.MULTILINE))
    counts = re.findall(r"^\| (\w+) \| (\d+) \| (\d+) \| (\d+) \|$", text, re.MULTILINE)
    told = {
        (package, word): int(number)
        for package, *numbers in counts
        for word, number in zip(("passed", "failed", "skipped"), numbers, strict=True)
    }
    assert {which: number for which, number in told.items() if number} == dict(listed) != {}


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
