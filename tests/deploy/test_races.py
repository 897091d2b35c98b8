"""What another terminal does while a deploy runs: the deploy applies what it reviewed, and never sees an empty state.

A program in Terraform's place runs the other terminal's command first, then Terraform: no clock is involved.
"""

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.project import AWS, GOOGLE, Project
from tests.terraform import support
from tests.terraform.project_copy import COMMANDS, ROOT, needs_cli

pytestmark = support.needs()
OURS, OTHERS = "203.0.113.7/32", "198.51.100.1/32"
SYNTHESIS = f"{shlex.quote(sys.executable)} main.py"


@pytest.fixture
def two(project: Project) -> Project:
    """A project with a second environment that has the same prefix, and so stacks of the same names."""
    project.configure("other", OTHERS)
    return project


def while_it_runs(project: Project, monkeypatch: pytest.MonkeyPatch, command: str, other: str) -> None:
    """At every `terraform COMMAND` another terminal runs `other` in the checkout, before and after."""
    terraform = shutil.which("terraform")
    there = f"(cd {shlex.quote(str(project.root))} && env -u CDKTF_OUTDIR ENVIRONMENT=other sh -c {shlex.quote(other)}) >&2 || exit 99"
    path = project.root / "terraform-and-others"
    path.write_text(
        f'#!/bin/sh\nif [ "$1" = {command} ]; then\n{there}\nfi\n{terraform} "$@"\ncode=$?\n'
        f'if [ "$1" = {command} ]; then\n{there}\nfi\nexit $code\n'
    )
    path.chmod(0o755)
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", str(path))


@pytest.mark.parametrize("command", ["init", "plan", "show", "apply"])
def test_a_second_terminal_synthesizes_another_environment(
    two: Project, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    while_it_runs(two, monkeypatch, command, SYNTHESIS)
    two.synthesize()
    assert two.run("apply") == 0
    assert two.state(AWS) == [OURS]
    assert two.state(GOOGLE) == [[OURS]]
    assert two.state(AWS, "other") == []


@pytest.mark.parametrize("command", ["init", "plan", "apply"])
def test_a_second_terminal_synthesizes_the_same_environment_with_other_settings(
    project: Project, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """As a colleague's branch in the same checkout would."""
    change = f"sed -i.bak s#{OURS}#{OTHERS}# environments/test.toml && ENVIRONMENT=test {SYNTHESIS}"
    while_it_runs(project, monkeypatch, command, change)
    project.synthesize()
    assert project.run("apply") == 0
    assert project.state(AWS) == [OURS]


def test_two_environments_with_one_prefix_are_deployed_at_once(two: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the first one initializes, plans and applies, the second one's whole deploy runs."""
    source = str(ROOT)
    deploy = f"PYTHONPATH={source} TERRAFORM_BINARY_NAME=terraform AUTO_APPROVE=1 {sys.executable} -m deploy apply"
    two.run("deploy", environment="other")
    two.configure("other", "198.51.100.2/32")
    for command in ("plan", "apply"):
        while_it_runs(two, monkeypatch, command, deploy)
        two.synthesize()
        assert two.run("apply") == 0
    assert two.state(AWS) == [OURS]
    assert two.state(AWS, "other") == ["198.51.100.2/32"]


@needs_cli
def test_cdktf_list_in_a_second_terminal(two: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """It synthesizes too, and deletes the folders of stacks that it does not know."""
    app = {"language": "python", "app": SYNTHESIS, "projectId": "demo", "sendCrashReports": "false"}
    (two.root / "cdktf.json").write_text(json.dumps(app))
    text = two.settings("other").read_text().replace("demo-aws", "else-aws").replace("demo-google", "else-google")
    two.settings("other").write_text(text)
    cdktf = shlex.join(COMMANDS["cdktf"])
    once = f"{{ test -e listed || {{ touch listed && CI=1 CHECKPOINT_DISABLE=1 {cdktf} list; }}; }}"
    while_it_runs(two, monkeypatch, "plan", once)
    two.synthesize()
    assert two.run("apply") == 0
    assert not (two.root / "cdktf.out/stacks" / AWS).exists()
    assert two.state(AWS) == [OURS]


def test_what_is_reviewed_is_what_is_applied_where_cdktf_outdir_is_set(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The folder of an older synthesis is still there."""
    project.configure(address=OTHERS)
    project.synthesize()
    project.configure(address=OURS)
    monkeypatch.setenv("CDKTF_OUTDIR", str(project.root / "elsewhere"))
    (project.root / "elsewhere").mkdir()
    project.synthesize()
    assert project.run("apply") == 0
    assert project.state(AWS) == [OURS]
    assert OTHERS not in capfd.readouterr().out


@pytest.mark.parametrize("environment", ["test", "a-much-longer-name-of-an-environment"])
def test_a_state_that_exists_is_found_by_every_verb(
    project: Project, environment: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Also through a link to the checkout, with TF_DATA_DIR and CDKTF_OUTDIR set."""
    project.configure(environment)
    assert project.run("deploy", environment=environment) == 0
    (project.root / "link").symlink_to(project.root)
    monkeypatch.setenv("TF_DATA_DIR", str(project.root / "shared"))
    monkeypatch.setenv("CDKTF_OUTDIR", "build/out")
    for folder in (project.root, project.root / "link"):
        monkeypatch.chdir(folder)
        capfd.readouterr()
        assert project.run("plan", environment=environment, answer=None) == 0
        assert capfd.readouterr().out.count("No changes.") == 2
        assert project.run("terraform", GOOGLE, "--", "state", "list", environment=environment) == 0
        assert "terraform_data.level" in capfd.readouterr().out
    assert project.run("destroy", environment=environment) == 0
    assert project.state(AWS, environment) == []
    assert not (project.root / "shared").exists()


def test_the_folder_of_a_run_is_private_ignored_by_git_and_removed(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    while_it_runs(project, monkeypatch, "plan", "ls -ld .runs/*")
    project.run("deploy")
    assert "drwx------" in capfd.readouterr().err
    assert project.runs() == []
    assert "/.runs/" in (ROOT / ".gitignore").read_text().splitlines()


def test_a_folder_of_runs_that_others_can_write_into_becomes_private(project: Project) -> None:
    """They could put another folder in the place of one that was reviewed."""
    (project.root / ".runs").mkdir()
    (project.root / ".runs").chmod(0o777)
    assert project.run("plan") == 4
    assert (project.root / ".runs").stat().st_mode & 0o777 == 0o700


@pytest.mark.usefixtures("deployed")
def test_a_linked_folder_of_runs_is_refused(
    project: Project, tmp_path_factory: pytest.TempPathFactory, capfd: pytest.CaptureFixture[str]
) -> None:
    """From its physical place the relative path to a state leads elsewhere: Terraform found an empty state."""
    shutil.rmtree(project.root / ".runs")
    (project.root / ".runs").symlink_to(tmp_path_factory.mktemp("elsewhere"))
    assert project.run("plan") == 2
    assert ".runs is a link; allowed: a folder" in capfd.readouterr().err


def test_make_clean_removes_nothing_while_a_run_is_under_way(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    project.install()
    clean = "make PYTHON=.venv/bin/python clean"
    while_it_runs(project, monkeypatch, "plan", f"! {clean}")
    assert project.run("deploy") == 0
    said = capfd.readouterr().err
    assert "a run is under way\nnothing was removed: end the run first" in said
    (project.root / ".runs/of-a-failed-run").mkdir()
    (project.root / ".cache/providers/a/1.0.0").mkdir(parents=True)
    (project.root / ".cache/providers/a/1.0.0").chmod(0o555)
    subprocess.run(["sh", "-c", clean], check=True)
    assert not (project.root / ".runs").exists()
    assert not (project.root / ".cache").exists()


def test_a_run_that_fails_keeps_its_folder_and_names_it(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    project.configure(provisioner=[{"local-exec": {"command": "false"}}])
    assert project.run("deploy") == 1
    (kept,) = project.runs()
    assert f"the folder of this run is kept: .runs/{kept}" in capfd.readouterr().err


@pytest.mark.usefixtures("deployed")
def test_terraforms_own_lock_keeps_two_runs_of_one_environment_apart(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    """The second run tries to apply while the first one's apply holds the state's lock."""
    second = f"PYTHONPATH={ROOT} ENVIRONMENT=test AUTO_APPROVE=1 {sys.executable} -m deploy deploy"
    command = f"cd ../../../.. && ! {second} >second 2>&1; cat second >&2"
    project.configure(provisioner=[{"local-exec": {"command": command}}], triggers_replace="now")
    assert project.run("deploy") == 0
    assert "Error acquiring the state lock" in capfd.readouterr().err + Path("second").read_text()


@pytest.mark.usefixtures("deployed")
def test_what_another_run_applied_in_the_meantime_makes_a_plan_stale(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    project.configure(address=OTHERS)
    deploy = f"PYTHONPATH={ROOT} ENVIRONMENT=test TERRAFORM_BINARY_NAME=terraform AUTO_APPROVE=1 {sys.executable} -m deploy deploy"
    while_it_runs(project, monkeypatch, "apply", deploy)
    assert project.run("deploy") == 6
    assert "demo-aws: the state changed after this plan was made: plan again" in capfd.readouterr().err
