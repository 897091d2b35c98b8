"""Terraform and its providers on this machine, without a network: folders as `terraform providers mirror` lays them out."""

import os
import platform
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

REGISTRY = "registry.terraform.io"
MIRROR = "TERRAFORM_PROVIDER_MIRROR"
HOW = (
    f"get it with `terraform providers mirror DIRECTORY` on a machine that reaches {REGISTRY}, "
    f"then set {MIRROR}=DIRECTORY or put it in ~/.terraform.d/plugins"
)


@dataclass(frozen=True)
class Provider:
    source: str
    version: str
    mirror: Path


def mirrors() -> Iterator[Path]:
    """Folders that hold a `registry.terraform.io`: a named one, Terraform's implied ones, and any one level below /opt."""
    data_home = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    implied = [
        "~/.terraform.d/plugins",
        f"{data_home}/terraform/plugins",
        "/usr/local/share/terraform/plugins",
        "/usr/share/terraform/plugins",
    ]
    named = os.environ.get(MIRROR)
    for path in [*([named] if named else []), *implied, *map(str, sorted(Path("/opt").glob("*/")))]:
        mirror = Path(path).expanduser()
        if (mirror / REGISTRY).is_dir():
            yield mirror


def provider(source: str) -> Provider | None:
    """The newest version of a provider such as 'hashicorp/aws' that a mirror holds for this machine, or None."""
    machine = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), platform.machine())
    found = [
        Provider(source, version, mirror)
        for mirror in mirrors()
        for path in (mirror / REGISTRY / source).rglob(f"*{platform.system().lower()}_{machine}*")
        for version in re.findall(r"(?<![\d.])\d+\.\d+\.\d+(?![\d.])", str(path.relative_to(mirror)))[:1]
    ]
    return max(found, key=lambda one: tuple(map(int, one.version.split("."))), default=None)


def missing(*sources: str) -> str:
    """What is missing to run Terraform with these providers, and how to get it; empty if nothing is."""
    if shutil.which("terraform") is None:
        return "terraform is not on PATH: install Terraform 1.11 or newer"
    absent = [source for source in sources if provider(source) is None]
    return f"no mirror on this machine holds {' and '.join(absent)}: {HOW}" if absent else ""


def cli_configuration(providers: Iterable[Provider | None]) -> str:
    """A CLI configuration for TF_CLI_CONFIG_FILE: each provider from the mirror that has it, nothing from the network."""
    blocks = [
        f'  filesystem_mirror {{\n    path = "{found.mirror}"\n    include = ["{REGISTRY}/{found.source}"]\n  }}\n'
        for found in providers
        if found
    ]
    return "provider_installation {\n" + "".join(blocks) + "}\n"
