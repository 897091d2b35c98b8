"""The table that the run writes, and which generations it asks for."""

from pathlib import Path

import pytest

from localcloud import mirrors
from localcloud.mirrors import Provider
from tests.soak import generations
from tests.soak.generations import Generation
from tests.soak.record import HEAD, PAGE, record

MIRROR = Path("mirror")


def google(version: str) -> Provider:
    return Provider(generations.GOOGLE, version, MIRROR)


def test_a_row_takes_the_place_of_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"by hand\n\n{HEAD}\n|---|---|---|---|---|---|\n| 6.50.0 | - | b | old | 1 | 2026-01-01 |\n")
    first, second = (Generation("", google(version), None) for version in ("6.50.0", "7.45.0"))
    monkeypatch.delenv("SOAK", raising=False)
    record(first, "b", "new", 1, page)
    assert "old" in page.read_text(), "without SOAK nothing is written"
    monkeypatch.setenv("SOAK", "1")
    record(first, "b", "new", 2, page)
    record(second, "a", "new", 3, page)
    record(first, "a", "**google_x.y destroyed**", 4, page)
    text, _, table = page.read_text().partition(HEAD)
    assert text == "by hand\n\n"
    assert [row.rsplit(" | ", 1)[0] for row in table.splitlines()[2:]] == [
        "| 6.50.0 | - | a | **google_x.y destroyed** | 4",
        "| 6.50.0 | - | b | new | 2",
        "| 7.45.0 | - | a | new | 3",
    ]


@pytest.mark.soak
def test_the_required_generations_are_there() -> None:
    """This is never skipped. The tests that need the providers are skipped on a machine without a google provider."""
    assert (mirrors.missing(generations.AWS), generations.missing()) == ("", "")


def test_the_page_has_the_table() -> None:
    assert PAGE.read_text().count(HEAD) == 1


@pytest.mark.parametrize(
    ("there", "found", "absent"),
    [
        (["7.46.1", "7.45.0", "6.50.0"], ["6.50.0", "7.46.1"], ""),
        (["8.1.0", "7.45.0", "6.50.0", "8.0.0-dev"], ["6.50.0", "7.45.0", "8.1.0", "8.0.0-dev"], ""),
        (["8.0.0", "7.44.0", "6.49.0", "7.45.0-beta1"], [None, None, "8.0.0", "7.45.0-beta1"], "= 6.50.0 and ~> 7.45"),
        ([], [None, None], "= 6.50.0 and ~> 7.45"),
    ],
)
def test_the_required_generations(
    there: list[str], found: list[str | None], absent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generations, "providers", lambda _: [google(version) for version in there])
    assert [one.google.version if one.google else None for one in generations.generations()] == found
    assert absent in generations.missing()
    assert bool(absent) == bool(generations.missing())
