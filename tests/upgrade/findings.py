"""What an existing deployment sees of an upgrade, and what CHANGELOG.md says of it."""

import tomllib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"
ANNOUNCED = Path(__file__).with_name("announced.toml")


@dataclass(frozen=True, order=True)
class Finding:
    """One change. `action` is create, update, replace, delete or forget; `argument` is what is updated or forces replacement."""

    address: str
    action: str
    argument: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.action, self.address, self.argument)))


@dataclass(frozen=True)
class Announced:
    """One entry of announced.toml. `address` is a shell pattern; `changelog` is text of CHANGELOG.md."""

    address: str
    action: str
    changelog: str
    arguments: list[str] = field(default_factory=list)
    environments: list[str] = field(default_factory=lambda: ["*"])

    def covers(self, finding: Finding, environment: str, release: str) -> bool:
        """Whether it announces this finding, in this environment, to a deployment of this release."""
        return (
            fnmatchcase(finding.address, self.address)
            and finding.action == self.action
            and finding.argument in (self.arguments or [""])
            and any(fnmatchcase(environment, pattern) for pattern in self.environments)
            and self.changelog in news(release)
        )


def announced() -> list[Announced]:
    """Every announcement."""
    return [Announced(**entry) for entry in tomllib.loads(ANNOUNCED.read_text()).get("announced", [])]


@cache
def news(release: str) -> str:
    """What CHANGELOG.md has above a release, on one line. ValueError for a release that it does not have."""
    text = CHANGELOG.read_text()
    return " ".join(text[: text.index(f"\n## [{release}] ")].split())


def check(findings: list[Finding], environment: str, release: str) -> None:
    """Raise AssertionError if something is not announced to deployments of this release."""
    found = unannounced(findings, environment, release)
    hint = f"announce these in CHANGELOG.md above {release} and in tests/upgrade/announced.toml, or add `moved` blocks:"
    assert not found, "\n".join([hint, *found])


def unannounced(findings: list[Finding], environment: str, release: str) -> list[str]:
    """The findings that no entry announces."""
    entries = announced()
    return [
        str(one) for one in sorted(findings) if not any(entry.covers(one, environment, release) for entry in entries)
    ]
