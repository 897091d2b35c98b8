"""Every release has its fixtures, whole and as released."""

import re
import shutil
from pathlib import Path

import pytest

from cli import __version__
from tests.upgrade.findings import CHANGELOG, announced
from tests.upgrade.released import RELEASES, SUMS, Released, damage, fixtures, releases

HEADING = re.compile(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", re.MULTILINE)


def test_every_release_of_the_changelog_has_fixtures() -> None:
    released = HEADING.findall(CHANGELOG.read_text())
    assert released
    assert sorted(released) == releases()


@pytest.mark.parametrize("version", releases())
def test_fixtures_are_what_was_released(version: str) -> None:
    assert damage(RELEASES / version) == []


@pytest.mark.parametrize("fixture", fixtures(), ids=str)
def test_a_fixture_has_a_state_for_each_stack(fixture: Released) -> None:
    for side in ("aws", "google"):
        in_state = {
            f"{one['type']}.{one['name']}"
            for one in fixture.state(side).get("resources", [])
            if one["mode"] == "managed"
        }
        in_stack = {
            f"{kind}.{name}" for kind, named in fixture.stack(side).get("resource", {}).items() for name in named
        }
        assert in_state == in_stack
    assert fixture.stack("google")


def test_a_fixture_that_is_missing_changed_or_new_is_reported(tmp_path: Path) -> None:
    folder = shutil.copytree(RELEASES / "0.1.0", tmp_path / "0.1.0")
    assert damage(folder) == []
    shutil.rmtree(folder / "direct")
    (folder / "example/google.tfstate").write_text("{}")
    (folder / "example/more.json").write_text("{}")
    assert damage(folder) == [
        "direct/google.cloud.json: missing",
        "direct/google.json: missing",
        "direct/google.tfstate: missing",
        "direct/settings.toml: missing",
        "example/more.json: not listed",
        "example/google.tfstate: changed",
    ]
    (folder / SUMS).unlink()
    with pytest.raises(FileNotFoundError):
        damage(folder)


def test_what_is_announced_is_in_the_changelog() -> None:
    text = " ".join(CHANGELOG.read_text().split())
    assert [entry.changelog for entry in announced() if entry.changelog not in text] == []


def test_the_version_is_the_newest_release_or_a_later_one_in_development() -> None:
    number, _, development = __version__.partition(".dev")
    newest, own = (tuple(map(int, one.split("."))) for one in (HEADING.findall(CHANGELOG.read_text())[0], number))
    assert own > newest if development else own == newest
