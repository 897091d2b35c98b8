"""Providers are installed once for a checkout, and two terminals do not get into each other's way."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.lockfile import put, selected
from localcloud.mirrors import REGISTRY, provider
from tests.deploy.project import AWS, Project
from tests.terraform import support
from tests.terraform.project_copy import ROOT

SOURCE = "hashicorp/aws"
pytestmark = support.needs(SOURCE)
CACHED = Path(".cache/providers", REGISTRY, SOURCE)


@pytest.fixture
def registry(project: Project, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Both environments want the aws provider. A folder with its archive stands for the registry: what Terraform fetches

    is unpacked, as a download is. A program in Terraform's place writes down each init that may fetch.
    """
    found = provider(SOURCE)
    assert found
    (unpacked,) = (found.mirror / REGISTRY / SOURCE / found.version).iterdir()
    folder = project.root / "registry" / REGISTRY / SOURCE
    for version in ("1.0.0", "1.0.1"):
        archive = folder / f"terraform-provider-aws_{version}_{unpacked.name}"
        small = project.root / "small"
        small.mkdir(exist_ok=True)
        (small / f"terraform-provider-aws_v{version}").write_text("#!/bin/sh\nexit 1\n")
        shutil.make_archive(str(archive), "zip", small)
        shutil.rmtree(small)
    configuration = project.root / "terraform.rc"
    configuration.write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{project.root}/registry"\n  }}\n}}\n'
    )
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(configuration))
    program = project.root / "counting"
    program.write_text(
        f'#!/bin/sh\ncase "$*" in *-backend=false*) echo fetch >>{project.root}/fetched; esac\n'
        f'exec {shutil.which("terraform")} "$@"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", str(program))
    for environment in ("test", "other"):
        project.configure(environment)
        require(project, environment, "~> 1.0")
    return folder


def require(project: Project, environment: str, version: str) -> None:
    wanted = {"required_providers": {"aws": {"source": SOURCE, "version": version}}}
    project.edit(AWS, {"terraform": wanted}, environment)


def fetched(project: Project) -> int:
    path = project.root / "fetched"
    return path.read_text().count("fetch") if path.exists() else 0


def lock(environment: str = "test") -> str:
    return Path(f".cache/locks/{environment}/{AWS}.hcl").read_text()


@pytest.mark.usefixtures("registry")
def test_they_are_fetched_once_and_only_read_afterwards(project: Project) -> None:
    for environment in ("test", "other", "test"):
        assert project.run("terraform", AWS, "--", "providers", environment=environment) == 0
    assert fetched(project) == 1
    (binary,) = CACHED.rglob("terraform-provider-aws*")
    assert binary.parent.parent.name == "1.0.1"
    assert binary.stat().st_mode & 0o222 == 0
    assert binary.parent.stat().st_mode & 0o222 == 0  # No other program can be put next to it.


@pytest.mark.usefixtures("registry")
def test_two_terminals_with_an_empty_cache(project: Project) -> None:
    """Two environments with one prefix, at the same moment."""
    command = [sys.executable, "-m", "deploy", "terraform", AWS, "--", "providers"]
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    both = [
        subprocess.Popen(
            command, env={**variables, "ENVIRONMENT": name}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for name in ("test", "other")
    ]
    said = [process.communicate()[0].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert fetched(project) == 1
    assert lock("test") == lock("other")


def test_a_newer_version_waits_until_the_settings_ask_for_it(project: Project, registry: Path) -> None:
    """What is planned and what is deployed use the same versions, also once another environment has fetched a newer one."""
    (newer,) = registry.glob("*_1.0.1_*")
    hidden = newer.rename(project.root / newer.name)
    assert project.run("terraform", AWS, "--", "providers") == 0
    hidden.rename(newer)
    require(project, "other", "1.0.1")
    for environment, version in (("other", "1.0.1"), ("test", "1.0.0")):
        assert project.run("terraform", AWS, "--", "providers", environment=environment) == 0
        assert f'"{version}"' in lock(environment)
    require(project, "test", "1.0.1")
    assert project.run("terraform", AWS, "--", "providers") == 0
    assert '"1.0.1"' in lock()
    assert fetched(project) == 2


@pytest.mark.usefixtures("registry")
def test_a_cache_that_the_users_configuration_names_is_left_alone(project: Project) -> None:
    """Terraform would write there even though it finds the provider in ours."""
    theirs = project.root / "theirs"
    theirs.mkdir()
    with (project.root / "terraform.rc").open("a") as file:
        file.write(f'plugin_cache_dir = "{theirs}"\n')
    for _ in range(2):
        assert project.run("terraform", AWS, "--", "providers") == 0
    assert list(theirs.iterdir()) == []


@pytest.mark.usefixtures("registry")
def test_what_is_nowhere_is_said_by_terraform(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    require(project, "test", "9.9.9")
    assert project.run("plan") == 1
    assert "hashicorp/aws" in capfd.readouterr().err
    assert not list(Path(".cache").glob("tmp*"))


@pytest.mark.usefixtures("registry")
def test_with_the_users_own_cache_inits_wait_for_each_other(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    users = project.root / "users"
    users.mkdir()
    monkeypatch.setenv("TF_PLUGIN_CACHE_DIR", str(users))
    journal = project.root / "journal"
    program = project.root / "counting"
    program.write_text(
        f'#!/bin/sh\n[ "$1" = init ] || exec terraform "$@"\n'
        f'echo begin >>{journal}; terraform "$@"; code=$?; sleep 0.2; echo end >>{journal}; exit $code\n'
    )
    command = [sys.executable, "-m", "deploy", "terraform", AWS, "--", "providers"]
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    both = [subprocess.Popen(command, env={**variables, "ENVIRONMENT": name}, **quiet) for name in ("test", "other")]
    assert [process.wait() for process in both] == [0, 0]
    assert journal.read_text().split() == ["begin", "end"] * 2
    assert list(users.rglob("terraform-provider-aws*"))
    assert not list(CACHED.rglob("*"))


def use_mirror(project: Project, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the environment require the real provider, and return it."""
    found = provider(SOURCE)
    assert found
    (project.root / "terraform.rc").write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{found.mirror}"\n  }}\n}}\n'
    )
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(project.root / "terraform.rc"))
    project.configure()
    require(project, "test", found.version)
    return found


def test_the_real_provider_by_way_of_the_cache(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mirror's unpacked folder is linked to, and is not changed."""
    found = use_mirror(project, monkeypatch)
    (unpacked,) = (found.mirror / REGISTRY / SOURCE / found.version).iterdir()
    (binary,) = unpacked.glob("terraform-provider-aws*")
    mode = binary.stat().st_mode
    assert project.run("terraform", AWS, "--", "validate") == 0
    assert f'version     = "{found.version}"' in lock()
    assert binary.stat().st_mode == mode


def test_a_saved_plan_is_compared_with_the_providers_in_the_plan_file_itself(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """On a runner that keeps no `.cache`, nothing else has the lock that it was made with."""
    use_mirror(project, monkeypatch)
    assert project.run("plan", "--out", "plans") == 4
    (digest,) = re.findall(r"--accept (\w{32})", capfd.readouterr().out)
    folder = Path("plans", AWS)
    shutil.rmtree(".cache")
    assert project.run("deploy", "--plan", "plans", answer=None) == 4
    one_more = (folder / "terraform.lock.hcl").read_text().replace("hashes = [", f'hashes = [\n    "h1:{"A" * 43}=",')
    about = json.loads((folder / "entry.json").read_text())
    about["basis"]["lock"] = hashlib.sha256(one_more.encode()).hexdigest()
    (folder / "entry.json").write_text(json.dumps(about))
    (folder / "terraform.lock.hcl").write_text(one_more)
    assert project.run("deploy", "--plan", "plans", "--accept", digest, answer=None) == 6
    assert "plans/demo-aws/plan was made with other providers: plan again" in capfd.readouterr().err
    assert project.state(AWS) == []


def test_a_lock_in_another_layout_selects_the_same() -> None:
    ours = b'# c\nprovider "a/b" {\n  version = "1"\n  hashes = ["h1:x=", "zh:y"]\n}\nprovider "c/d" {\n  version = "2"\n}\n'
    terraforms = b'provider "a/b" {\n  version     = "1"\n  hashes = [\n    "zh:y",\n    "h1:x=",\n  ]\n}\n\nprovider "c/d" {\n  version = "2"\n}\n'
    assert selected(ours) == selected(terraforms) == {"a/b": ("1", {"h1:x=", "zh:y"}), "c/d": ("2", set())}
    for old, new in ((b"h1:x", b"h1:z"), (b'"2"', b'"3"'), (b"c/d", b"c/e")):
        assert selected(ours.replace(old, new)) != selected(terraforms)
    assert selected(b"") == selected(b"# nothing") == {}


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("content", [b"", b"# no provider\n"])
def test_a_committed_lock_without_the_provider_is_refused_whatever_the_cache_holds(
    content: bytes, project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    """A pipeline always begins with an empty cache."""
    committed = Path(f"locks/test/{AWS}.hcl")
    put(content, committed)
    command = ("terraform", AWS, "--", "providers")
    assert project.run(*command) == 1
    assert f"{committed} may lack what is new: `./keyperim -e test lock` renews it" in capfd.readouterr().err
    assert project.run(*command, environment="other") == 0  # fills the cache
    assert project.run(*command) == 1
    assert committed.read_bytes() == content
    put(lock("other").encode(), committed)
    Path(".cache").rename("full")
    assert project.run(*command) == 0


@pytest.mark.usefixtures("registry")
def test_a_download_that_fails_leaves_nothing_in_the_cache(project: Project) -> None:
    """As a full disk does in the middle of an archive."""
    program = project.root / "counting"
    before = program.read_text()
    half = f"$TF_PLUGIN_CACHE_DIR/{REGISTRY}/{SOURCE}/1.0.1/linux_amd64"
    failing = f"*-backend=false*) mkdir -p {half}; echo half >{half}/terraform-provider-aws_v1.0.1; exit 1"
    program.write_text(f'#!/bin/sh\ncase "$*" in {failing}; esac\nexec {shutil.which("terraform")} "$@"\n')
    assert project.run("terraform", AWS, "--", "providers") == 1
    assert list(CACHED.rglob("*")) == []
    program.write_text(before)
    assert project.run("terraform", AWS, "--", "providers") == 0
    (binary,) = CACHED.rglob("terraform-provider-aws*")
    assert binary.read_text() != "half\n"
