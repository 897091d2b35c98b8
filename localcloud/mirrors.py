"""Terraform and its providers on this machine, without a network: folders as `terraform providers mirror` lays them out."""

import os
import platform
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

REGISTRY = "registry.terraform.io"
_VERSION = r"(?<=[/_])\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?=[/_])"
MIRROR = "TERRAFORM_PROVIDER_MIRROR"
HOW = (
    f"get it with `terraform -chdir=cdktf.out/stacks/STACK providers mirror DIRECTORY` on a machine that reaches {REGISTRY}, "
    f"then set {MIRROR}=DIRECTORY or put it in ~/.terraform.d/plugins"
)


@dataclass(frozen=True)
class Provider:
    source: str
    version: str
    mirror: Path


def mirrors() -> Iterator[Path]:
    """Folders that hold a `registry.terraform.io`: those named, Terraform's implied ones, and any one level below /opt."""
    data_home = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    implied = [
        "~/.terraform.d/plugins",
        f"{data_home}/terraform/plugins",
        "/usr/local/share/terraform/plugins",
        "/usr/share/terraform/plugins",
    ]
    named = filter(None, os.environ.get(MIRROR, "").split(os.pathsep))
    for path in [*named, *implied, *map(str, sorted(Path("/opt").glob("*/")))]:
        mirror = Path(path).expanduser()
        if (mirror / REGISTRY).is_dir():
            yield mirror


def providers(source: str) -> list[Provider]:
    """The versions of a provider such as 'hashicorp/aws' that the mirrors hold for this machine, the newest first.

    A pre-release comes after every release: only an exact version selects one. Terraform does not follow a link in a mirror, but
    for one in the place of the folder or archive that is named for the machine.
    """
    machine = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), platform.machine())
    found = {
        version: Provider(source, version, mirror)
        for mirror in reversed(list(mirrors()))
        for path in (mirror / REGISTRY / source).rglob(f"*{platform.system().lower()}_{machine}*")
        if path.parent.resolve() == mirror.resolve() / path.parent.relative_to(mirror)
        for version in re.findall(_VERSION, str(path.relative_to(mirror)))[:1]
    }
    return sorted(found.values(), key=lambda one: _age(one.version), reverse=True)


def _age(version: str) -> tuple[bool, list[int], str]:
    numbers, _, suffix = version.partition("-")
    return not suffix, [int(number) for number in numbers.split(".")], suffix


def provider(source: str) -> Provider | None:
    """The newest version of a provider that a mirror holds for this machine, or None."""
    return next(iter(providers(source)), None)


def versions(*found: Provider | None) -> str:
    """The lines of an environment's `[versions]` that take exactly these providers."""
    return "\n".join(f'{one.source.rpartition("/")[2]} = "= {one.version}"' for one in found if one)


def missing(*sources: str) -> str:
    """What is missing to run Terraform with these providers, and how to get it; empty if nothing is."""
    if shutil.which("terraform") is None:
        return "terraform is not on PATH: install Terraform 1.11 or newer"
    absent = [source for source in sources if provider(source) is None]
    return f"no mirror on this machine holds {' and '.join(absent)}: {HOW}" if absent else ""


def cli_configuration(providers: Iterable[Provider | None]) -> str:
    """A CLI configuration for TF_CLI_CONFIG_FILE: each provider from the mirror that has it, nothing from the network."""
    places = dict.fromkeys((found.mirror, found.source) for found in providers if found)
    blocks = [
        f'  filesystem_mirror {{\n    path = "{mirror}"\n    include = ["{REGISTRY}/{source}"]\n  }}\n'
        for mirror, source in places
    ]
    return "provider_installation {\n" + "".join(blocks) + "}\n"
