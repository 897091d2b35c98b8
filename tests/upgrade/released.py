"""What was released: each environment's settings, synthesized JSON and Terraform state, one folder for each release."""

import hashlib
import json
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from stacks.settings.load import parse
from tests.synthesis import Synthesized, from_settings, tables

RELEASES = Path(__file__).parent
SUMS = "SHA256SUMS"
VERSIONS = "versions.json"
PROVIDERS = {"aws": "hashicorp/aws", "google": "hashicorp/google"}
LONG = {"aws_ssm_document": "content", "aws_instance": "user_data_base64"}
"""Arguments that carry the client's files: a release has their SHA-256, and 0.1.0 has "..."."""


@dataclass(frozen=True)
class Released:
    """One environment of one release. `stack` and `state` are {} for a stack that the environment does not have."""

    folder: Path

    @property
    def name(self) -> str:
        """The environment's name."""
        return self.folder.name

    @property
    def release(self) -> str:
        """The release's version."""
        return self.folder.parent.name

    def stack(self, side: str) -> dict[str, Any]:
        """The synthesized JSON of `aws` or `google`, shortened."""
        return self._read(f"{side}.json")

    def state(self, side: str) -> dict[str, Any]:
        """The Terraform state of `aws` or `google`."""
        return self._read(f"{side}.tfstate")

    @property
    def providers(self) -> dict[str, str]:
        """The version of Terraform and of each provider that made the states."""
        return dict(json.loads((self.folder.parent / VERSIONS).read_text()))

    @property
    def google(self) -> dict[str, Any]:
        """What the local cloud's Google had after the apply."""
        return self._read("google.cloud.json")

    @property
    def tables(self) -> dict[str, Any]:
        """The settings file's tables."""
        return tomllib.loads((self.folder / "settings.toml").read_text())

    def today(self, side: str, *more: str) -> dict[str, Any]:
        """What the released settings, with `more` laid over them, synthesize to now."""
        stack: dict[str, Any] = getattr(_today(self, *more), side)
        return stack

    def _read(self, name: str) -> dict[str, Any]:
        path = self.folder / name
        return dict(json.loads(path.read_text())) if path.exists() else {}

    def __str__(self) -> str:
        return f"{self.release}/{self.name}"


@cache
def _today(released: Released, *more: str) -> Synthesized:
    text = (released.folder / "settings.toml").read_text()
    return from_settings(parse(tables(*more, base=text), f"{released}/settings.toml"), released.name)


def shortened(document: dict[str, Any]) -> dict[str, Any]:
    """A stack or a state with the SHA-256 of the client's files in place of them."""
    copied: dict[str, Any] = json.loads(json.dumps(document))
    for kind, argument in LONG.items():
        if "version" in copied:
            several = [one for entry in copied["resources"] if entry["type"] == kind for one in entry["instances"]]
            bodies = [one["attributes"] for one in several]
        else:
            bodies = list(copied.get("resource", {}).get(kind, {}).values())
        for body in bodies:
            if argument in body:
                body[argument] = hashlib.sha256(str(body[argument]).encode()).hexdigest()
    return copied


def fixtures() -> list[Released]:
    """Every released environment that SHA256SUMS names."""
    named = {(release, line.split()[1].split("/")[0]) for release in releases() for line in _sums(RELEASES / release)}
    return [Released(RELEASES / release / name) for release, name in sorted(named) if name != VERSIONS]


def damage(folder: Path) -> list[str]:
    """What differs between a release's folder and its SHA256SUMS, the list of what was released."""
    listed = {name: sum for sum, name in map(str.split, _sums(folder))}
    there = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file() and path.name != SUMS}
    changed = [
        n for n in listed.keys() & there.keys() if hashlib.sha256(there[n].read_bytes()).hexdigest() != listed[n]
    ]
    found = {"missing": listed.keys() - there.keys(), "not listed": there.keys() - listed.keys(), "changed": changed}
    return [f"{name}: {what}" for what, names in found.items() for name in sorted(names)]


def _sums(folder: Path) -> list[str]:
    return (folder / SUMS).read_text().splitlines()


def releases() -> list[str]:
    """Every release with fixtures."""
    return sorted(path.parent.name for path in RELEASES.glob(f"*/{SUMS}"))
