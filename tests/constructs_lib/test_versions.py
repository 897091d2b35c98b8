"""What a version constraint admits, and whether Terraform agrees."""

import json
import platform
import re
import subprocess
from pathlib import Path

import pytest

from constructs_lib.limits import Version, lowest_version
from localcloud.mirrors import REGISTRY
from tests.terraform import support

LOWEST = {
    "~> 7.45": "7.45.0",
    "~> 7.45.1": "7.45.1",
    "~> 7": "7.0.0",
    ">= 6.50, < 9": "6.50.0",
    "> 7.32": "7.32.1",
    ">7.32.9,<= 8": "7.32.10",
    "7.40.0": "7.40.0",
    "7.40": "7.40.0",
    "= 8": "8.0.0",
    ">= 7.33, != 7.33.0, != 7.33.1": "7.33.2",
    "!= 7.33.0, ~> 7.30": "7.30.0",
    "~> 7.9, >= 7.10": "7.10.0",
    "= 8.0.0-dev.1": "8.0.0-dev.1",
    ">= 7, 8.0.0-beta1": "8.0.0-beta1",
}
UNSATISFIABLE = [
    "> 8, < 7",
    "> 7.44.0, < 7.44.1",
    "= 7.45, != 7.45.0",
    "~> 7.45.0, >= 7.46",
    ">= 8, 8.0.0-beta1",
    "8.0.0-a, 8.0.0-b",
]
NUMBERS = [0, 1, 2, 9, 10, 11, 29, 30, 32, 33, 39, 40, 44, 45, 46, 50, 51]
EVERY = [f"{major}.{minor}.{patch}" for major in (5, 6, 7, 8, 9) for minor in NUMBERS for patch in (0, 1, 2, 9, 10)]
EVERY += ["8.0.0-dev.1", "8.0.0-beta1", "8.0.0-a", "8.0.0-b", "7.45.0-beta1"]


@pytest.mark.parametrize("constraint", LOWEST)
def test_the_lowest_version(constraint: str) -> None:
    assert str(lowest_version(constraint)) == LOWEST[constraint]


@pytest.mark.parametrize("constraint", ["< 7", "<= 7.33", "!= 7.33.0"])
def test_without_a_lower_bound_every_old_version_is_admitted(constraint: str) -> None:
    assert lowest_version(constraint) == Version()


@pytest.mark.parametrize("constraint", UNSATISFIABLE)
def test_a_constraint_that_no_version_meets(constraint: str) -> None:
    assert lowest_version(constraint) is None


def test_a_pre_release_comes_before_its_release() -> None:
    ordered = ["7.9.0", "7.32.10", "7.33.0-beta1", "7.33.0", "8.0.0-dev", "8.0.0"]
    versions = [lowest_version(f"= {one}") for one in ordered]
    assert [str(one) for one in sorted(filter(None, versions), reverse=True)] == ordered[::-1]


@support.needs()
def test_terraform_selects_the_same_lowest_version(tmp_path: Path) -> None:
    """From a mirror with the lowest alone it takes that. From one with everything lower, or all if none is met, it takes nothing."""
    constraints = [*LOWEST, *UNSATISFIABLE]
    lowest = [lowest_version(one) for one in constraints]
    only = {index: [str(one)] for index, one in enumerate(lowest) if one}
    assert init(tmp_path / "only", list(LOWEST), only) == ({index: names[0] for index, names in only.items()}, set())
    below = {
        index: [one for one in EVERY if not version or parsed(one) < version] for index, version in enumerate(lowest)
    }
    assert min(map(len, below.values())) > 100
    assert init(tmp_path / "below", constraints, below) == ({}, set(below))


def parsed(version: str) -> Version:
    found = lowest_version(f"= {version}")
    assert found
    return found


def init(folder: Path, constraints: list[str], versions: dict[int, list[str]]) -> tuple[dict[int, str], set[int]]:
    """What `terraform init` takes for each constraint from a mirror with these versions, and for which it finds none."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    for index, names in versions.items():
        for name in names:
            package = folder / f"mirror/{REGISTRY}/example/p{index}/{name}/{platform.system().lower()}_{machine}"
            package.mkdir(parents=True)
            (package / f"terraform-provider-p{index}").touch(mode=0o755)
    required = {f"p{index}": {"source": f"example/p{index}", "version": one} for index, one in enumerate(constraints)}
    (folder / "main.tf.json").write_text(json.dumps({"terraform": {"required_providers": required}}))
    command = ["terraform", "init", "-no-color", f"-plugin-dir={folder}/mirror"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    taken = re.findall(r"Installed example/p(\d+) v(\S+)", done.stdout)
    refused = re.findall(r"versions for provider example/p(\d+):\s+no available releases match", flat(done.stderr))
    return {int(index): version for index, version in taken}, {int(index) for index in refused}


def flat(text: str) -> str:
    """Terraform wraps its errors."""
    return " ".join(text.replace("│", " ").split())
