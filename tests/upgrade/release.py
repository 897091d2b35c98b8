"""Make a release: `make release VERSION=1.2.3`. It writes CHANGELOG.md, the version and the fixtures, from this checkout.

Until the release has a tag, a further call takes in what came since then: lines under "Unreleased", and other resources.
"""

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import cli

from .findings import CHANGELOG

HOME = Path(cli.__file__)
"""The one file that contains the version."""
UNRELEASED = "## [Unreleased]\n"
SECTION = re.compile(r"^(?=### )", re.MULTILINE)


def released(changelog: str, version: str, date: str) -> str:
    """Return the changelog with everything under "Unreleased" under a version. Its section may exist: lines are appended."""
    head, heading, rest = changelog.partition(UNRELEASED)
    if not heading:
        raise ValueError(f"CHANGELOG.md: no line {UNRELEASED.strip()!r}; add it above the newest release")
    new, *older = re.split(r"^(?=## \[)", rest, flags=re.MULTILINE)
    before = older.pop(0).partition("\n")[2] if older and older[0].startswith(f"## [{version}]") else ""
    return "".join([head, heading, "\n", f"## [{version}] - {date}\n\n", _merged(before, new), *older])


def _merged(before: str, new: str) -> str:
    """Two texts of sections as one. What is above the first section is kept from both."""
    merged: dict[str, list[str]] = {}
    for text in (before, new):
        for part in SECTION.split(text):
            title, _, body = part.partition("\n") if part.startswith("### ") else ("", "", part)
            if body.strip():
                merged.setdefault(title, []).append(body.strip("\n"))
    blocks = ["\n".join(bodies) if title else "\n\n".join(bodies) for title, bodies in merged.items()]
    return "".join(
        f"{title}\n\n{block}\n\n" if title else f"{block}\n\n" for title, block in zip(merged, blocks, strict=True)
    )


def refusal(version: str, tags: list[str]) -> str:
    """Why a version cannot be made, or an empty text."""
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        return f"VERSION: got {version!r}; allowed: three numbers, as in `make release VERSION=1.2.3`"
    return f"VERSION: {version} has the tag v{version}: choose a later one" if f"v{version}" in tags else ""


def main(version: str) -> None:
    """Write all three, or nothing: the fixtures, which can fail, come first."""
    git = ["git", "-C", str(CHANGELOG.parent), "tag"]
    tags = subprocess.run(git, capture_output=True, text=True, check=True).stdout.split()
    if reason := refusal(version, tags):
        sys.exit(reason)
    from . import force_new  # noqa: PLC0415 (both read every environment)
    from .record import record  # noqa: PLC0415

    record(version)
    force_new.main()  # types that this release is the first to have
    CHANGELOG.write_text(released(CHANGELOG.read_text(), version, f"{datetime.now(UTC):%Y-%m-%d}"))
    HOME.write_text(re.sub(r'(?m)^__version__ = ".*"$', f'__version__ = "{version}"', HOME.read_text()))
    print(f"{version}: CHANGELOG.md, {HOME.relative_to(CHANGELOG.parent)} and tests/upgrade/{version} are written")


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
