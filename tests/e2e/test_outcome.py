"""What a run writes down about itself: a success once it has ended, and never before."""

import subprocess

import pytest

from tests.e2e.outcome import told
from tests.terraform.support import TerraformError

PLAN = "terraform plan:\n  # google_x.y will be destroyed\n  # google_x.z[0] must be replaced\n"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TerraformError(PLAN), ["**google_x.y destroyed, google_x.z[0] replaced**"]),
        (AssertionError("a | b\nmore"), ["**AssertionError: a / b**"]),
        (AssertionError(), ["**AssertionError**"]),
        (OSError("no space left on device"), ["**OSError: no space left on device**"]),
        (subprocess.TimeoutExpired("terraform", 300), ["**TimeoutExpired: Command 'terraform' timed out after 300 seconds**"]),
        (KeyboardInterrupt(), []),
        (SystemExit(130), []),
        (pytest.skip.Exception("not here"), []),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_did_not_end_well_is_no_success(error: BaseException, said: list[str]) -> None:
    """What was interrupted has no result: an earlier one stays."""
    results: list[str] = []
    with pytest.raises(type(error)), told(lambda *of: results.append(of[0]), "applied"):
        raise error
    assert results == said


def test_the_success_is_told_after_the_end() -> None:
    results: list[tuple[str, float]] = []
    with told(lambda result, seconds: results.append((result, seconds)), "applied"):
        assert results == []
    ((result, seconds),) = results
    assert (result, seconds < 60) == ("applied", True)
