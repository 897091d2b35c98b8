"""`make lock`, with a stand-in for Terraform: the real one needs the registry."""

import json
import os
import re
from pathlib import Path

import pytest

from deploy.lockfile import PLATFORMS, put
from tests.deploy.project import AWS, GOOGLE, Project
from tests.terraform import support

LOCKED = 'provider "registry.terraform.io/hashicorp/aws" {}\n'


@pytest.fixture
def stand_in(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Writes down how it was called, locks, and saves an empty plan. It fails in the folder of a stack whose JSON says so."""
    path = project.root / "stand-in"
    path.write_text(
        "#!/bin/sh\n"
        f'echo "$TF_DATA_DIR$*" >> {tmp_path}/calls\n'
        "if grep -q unreachable cdk.tf.json; then\n"
        "  echo 'Error: could not connect to registry.terraform.io: no such host' >&2; exit 1\n"
        "fi\n"
        f"if [ $1 = providers ]; then echo '{LOCKED.strip()}' > .terraform.lock.hcl; fi\n"
        'for option in "$@"; do case $option in -out=*) : > "${option#-out=}" ;; esac; done\n'
    )
    path.chmod(0o755)
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", str(path))
    return tmp_path / "calls"


def test_one_file_a_stack_for_linux_and_macos(
    project: Project, stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_DATA_DIR", "of-the-user")
    assert project.run("lock") == 0
    assert {path.name: path.read_text() for path in Path("locks/test").iterdir()} == {
        f"{AWS}.hcl": LOCKED,
        f"{GOOGLE}.hcl": LOCKED,
    }
    platforms = " ".join(f"-platform={platform}" for platform in PLATFORMS)
    assert stand_in.read_text().splitlines() == [f"providers lock -no-color {platforms}"] * 2


@pytest.mark.usefixtures("stand_in")
def test_without_the_registry_it_says_so_and_writes_nothing(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    put(b"old", Path("locks/test/demo-aws.hcl"))
    project.configure(triggers_replace="unreachable")
    assert project.run("lock") == 1
    assert (
        "demo-google: not locked, no file was written: the registry cannot be reached from here"
        in capfd.readouterr().err
    )
    assert [path.read_bytes() for path in Path("locks/test").iterdir()] == [b"old"]


def test_init_uses_a_lock_that_is_committed_and_no_other(project: Project, stand_in: Path) -> None:
    put(b"kept by an earlier run", Path(".cache/locks/test/demo-aws.hcl"))
    put(LOCKED.encode(), Path("locks/test/demo-aws.hcl"))
    assert project.run("plan") == 5  # The stand-in shows no plan.
    cache = project.root / ".cache/providers"
    check, *inits = stand_in.read_text().splitlines()
    assert re.fullmatch(r"init -no-color -input=false -lockfile=readonly -plugin-dir=\S+", check)
    assert inits[:2] == [
        f"init -input=false -no-color -lockfile=readonly -plugin-dir={cache}",
        f"init -input=false -no-color -plugin-dir={cache}",
    ]


@support.needs()
@pytest.mark.parametrize("verb", ["plan", "deploy", "destroy"])
def test_a_lock_that_the_constraint_does_not_admit_is_reported_before_init(
    verb: str, project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """By the real Terraform, where no provider can be found."""
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", os.devnull)
    required = {"aws": {"source": "hashicorp/aws", "version": "~> 6.25"}}
    project.edit(AWS, {"terraform": {"required_providers": required}})
    put(locked("5.100.0", "~> 5.100"), Path(f"locks/test/{AWS}.hcl"))
    assert project.run(verb) == 1
    said = capfd.readouterr().err
    assert (
        f"locks/test/{AWS}.hcl selects aws 5.100.0, [versions] admits ~> 6.25: `./keyperim -e test lock` selects"
        in said
    )
    assert "terraform init" not in said


@support.needs()
def test_tf_data_dir_does_not_hide_such_a_lock(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A backend or a provider that an earlier `terraform init` left there would answer in its place."""
    folder = project.root / "data"
    folder.mkdir()
    backend = {"type": "local", "config": {"path": "elsewhere", "workspace_dir": None}, "hash": 1}
    (folder / "terraform.tfstate").write_text(
        json.dumps({"version": 3, "serial": 1, "lineage": "a", "backend": backend})
    )
    monkeypatch.setenv("TF_DATA_DIR", str(folder))
    required = {"aws": {"source": "hashicorp/aws", "version": "~> 6.25"}}
    project.edit(AWS, {"terraform": {"required_providers": required}})
    put(locked("5.100.0", "~> 5.100"), Path(f"locks/test/{AWS}.hcl"))
    assert project.run("plan") == 1
    assert f"locks/test/{AWS}.hcl selects aws 5.100.0" in capfd.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["terraform.tfstate"]


@support.needs()
def test_a_lock_that_the_constraint_admits_is_not_reported(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    """Also where it was written for another constraint."""
    required = {"aws": {"source": "hashicorp/aws", "version": ">= 5, < 7"}}
    project.edit(AWS, {"terraform": {"required_providers": required}})
    put(locked("5.100.0", "~> 5.100"), Path(f"locks/test/{AWS}.hcl"))
    project.run("plan")
    assert "selects" not in capfd.readouterr().err


def locked(version: str, constraint: str) -> bytes:
    """A lock of the aws provider."""
    return (
        f'provider "registry.terraform.io/hashicorp/aws" {{\n  version     = "{version}"\n'
        f'  constraints = "{constraint}"\n  hashes = ["h1:79CwMTsp3Ud1nOl5hFS5mxQHyT0fGVye7pqpU0PPlHI="]\n}}\n'
    ).encode()
