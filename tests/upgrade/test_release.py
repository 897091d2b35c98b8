"""What `make release` writes into CHANGELOG.md, and which versions it refuses."""

import pytest

from tests.upgrade.findings import CHANGELOG
from tests.upgrade.release import UNRELEASED, refusal, released

OLDER = "## [0.1.0] - 2026-11-22\n\n### Added\n\n- A.\n"
FIRST = f"# Changelog\n\n{UNRELEASED}\nIntroduction.\n\n### Added\n\n- B.\n- C\n  continued.\n\n### Fixed\n\n- D.\n\n{OLDER}"
ONCE = (
    f"# Changelog\n\n{UNRELEASED}\n## [0.2.0] - 2026-11-27\n\nIntroduction.\n\n### Added\n\n- B.\n- C\n  continued.\n\n"
    f"### Fixed\n\n- D.\n\n{OLDER}"
)


def test_what_is_unreleased_gets_a_version() -> None:
    assert released(FIRST, "0.2.0", "2026-11-27") == ONCE


def test_a_further_call_takes_in_what_came_since_then() -> None:
    since = ONCE.replace(UNRELEASED, f"{UNRELEASED}\n### Fixed\n\n- E.\n\n### Changed\n\n- F.\n", 1)
    twice = ONCE.replace("- D.\n", "- D.\n- E.\n\n### Changed\n\n- F.\n").replace("-27", "-28")
    assert released(since, "0.2.0", "2026-11-28") == twice
    assert released(twice, "0.2.0", "2026-11-28") == twice


def test_a_release_below_stays_as_it_is() -> None:
    next_one = released(ONCE, "0.3.0", "2026-12-01")
    assert next_one == ONCE.replace(UNRELEASED, f"{UNRELEASED}\n## [0.3.0] - 2026-12-01\n")


def test_this_changelog_loses_no_line() -> None:
    text = CHANGELOG.read_text()
    after = released(text, "9.0.0", "2030-01-01")
    assert sorted(after.split()) == sorted([*text.split(), "##", "[9.0.0]", "-", "2030-01-01"])


def test_a_changelog_without_the_heading_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no line '## \[Unreleased\]'"):
        released(OLDER, "0.2.0", "2026-11-27")


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("0.2.0", ""),
        ("0.1.0", "VERSION: 0.1.0 has the tag v0.1.0: choose a later one"),
        ("", "VERSION: got ''; allowed: three numbers, as in `make release VERSION=1.2.3`"),
        ("0.2.0.dev0", "VERSION: got '0.2.0.dev0'; allowed: three numbers, as in `make release VERSION=1.2.3`"),
        ("../x", "VERSION: got '../x'; allowed: three numbers, as in `make release VERSION=1.2.3`"),
    ],
)
def test_a_version_is_refused(version: str, reason: str) -> None:
    assert refusal(version, ["v0.1.0"]) == reason
