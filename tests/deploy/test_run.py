"""plan, deploy and destroy with the real Terraform, on stacks that need no cloud."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import deploy.run
from deploy.guard import Refusal
from deploy.run import Run
from tests.deploy.project import AWS, GOOGLE, Project
from tests.terraform import support

pytestmark = support.needs()
FAILS = [{"local-exec": {"when": "destroy", "command": "test -e may-go"}}]


def test_before_aws_is_applied_its_plan_is_shown_and_google_follows(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    assert project.run("plan") == 0
    said = capfd.readouterr().out
    assert "terraform_data.address will be created" in said
    assert "demo-google: follows once demo-aws is applied" in said
    assert "terraform_data.level" not in said
    assert project.state(AWS) == []


def test_deploy_applies_one_after_the_other(project: Project) -> None:
    assert project.run("apply") == 0
    assert project.state(GOOGLE) == [["203.0.113.7/32"]]


def test_a_second_deploy_has_nothing_to_do(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    project.run("apply")
    capfd.readouterr()
    assert project.run("apply", approve=False) == 0
    assert capfd.readouterr().out.count("nothing to apply") == 2


def test_a_plan_says_that_the_second_stack_cannot_know_of_the_first_ones_changes(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    project.run("apply")
    project.synthesize(address="203.0.113.8/32")
    assert project.run("plan") == 0
    assert "demo-google: planned against what is applied now" in capfd.readouterr().out


def test_destroy_goes_the_other_way_and_a_second_one_has_nothing_to_do(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    project.run("apply")
    capfd.readouterr()
    assert project.run("destroy") == 0
    said = capfd.readouterr().out
    assert said.index("terraform_data.level: Destroying") < said.index("terraform_data.address: Destroying")
    assert project.state(AWS) == project.state(GOOGLE) == []
    assert project.run("destroy", approve=False) == 0
    assert capfd.readouterr().out.count("nothing to destroy") == 2


def test_destroy_works_after_aws_has_been_destroyed_first(project: Project) -> None:
    project.run("apply")
    assert plain(project, AWS, "destroy", "-auto-approve") == 0
    assert project.state(AWS) == []
    assert project.run("destroy") == 0
    assert project.state(GOOGLE) == []


def test_destroy_works_though_the_state_of_aws_is_gone_altogether(project: Project) -> None:
    project.run("apply")
    project.state_file(AWS).unlink()
    assert plain(project, GOOGLE, "destroy", "-auto-approve") != 0  # What plain Terraform makes of it.
    assert project.run("destroy") == 0
    assert project.state(GOOGLE) == []


def test_a_half_done_destroy_leaves_aws_alone_and_the_next_one_goes_on(project: Project) -> None:
    project.synthesize(provisioner=FAILS)
    project.run("apply")
    assert project.run("destroy") == 1
    assert project.state(GOOGLE) == [["203.0.113.7/32"]]
    assert project.state(AWS) == ["203.0.113.7/32"]
    (project.file(GOOGLE).parent / "may-go").touch()
    assert project.run("destroy") == 0
    assert project.state(AWS) == []


def test_prevent_destroy_is_explained(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    project.synthesize(lifecycle={"prevent_destroy": True})
    project.run("apply")
    assert project.run("destroy") == 3
    said = capfd.readouterr().err
    assert "first apply perimeter.dry_run = true" in said
    assert "docs/runbooks/deploy.md#rename-or-remove-a-perimeter" in said
    assert project.state(AWS) != []


def test_what_the_guard_refuses_is_not_applied_and_nothing_after_it(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def refuse(plan: dict[str, object], admitted: set[str]) -> list[Refusal]:
        asked.append((plan["format_version"], admitted))
        return [Refusal("terraform_data.address", "create", "this is a test", "some-heading")]

    monkeypatch.setattr(deploy.run, "refusals", refuse)
    assert project.run("apply") == 3
    assert "terraform_data.address: refused to create: this is a test" in capfd.readouterr().err
    assert len(asked) == 1
    assert project.state(AWS) == project.state(GOOGLE) == []


def test_without_a_terminal_nobody_says_yes(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    assert project.run("apply", approve=False) == 4
    assert "AUTO_APPROVE=1" in capfd.readouterr().err
    assert project.state(AWS) == []


@pytest.mark.parametrize("answer", ["no", "", "y", "YES"])
def test_only_yes_is_a_yes(project: Project, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: answer)
    assert project.run("apply", approve=False) == 4
    assert project.state(AWS) == []


def test_exactly_what_was_shown_is_applied(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody synthesizes anew while the question stands."""

    def answer(question: str) -> str:
        if AWS in question:
            project.synthesize(address="198.51.100.1/32")
        return "yes"

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", answer)
    assert project.run("apply", approve=False) == 0
    assert project.state(AWS) == ["203.0.113.7/32"]


def test_two_environments_with_one_prefix_keep_two_states(project: Project) -> None:
    project.run("apply")
    project.synthesize("other", "198.51.100.1/32")
    assert project.run("apply", "other") == 0
    assert project.state(AWS) == ["203.0.113.7/32"]
    assert project.state(AWS, "other") == ["198.51.100.1/32"]


def test_an_interrupt_lets_terraform_stop_in_good_order(project: Project) -> None:
    project.synthesize(provisioner=[{"local-exec": {"command": "sleep 2"}}])
    environment = {
        **os.environ,
        "ENVIRONMENT": "test",
        "AUTO_APPROVE": "1",
        "PYTHONPATH": str(Path(deploy.__file__).parents[1]),
    }
    command = [sys.executable, "-m", "deploy", "apply"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as run:
        assert run.stdout
        assert run.stderr
        for line in run.stdout:
            if "level: Provisioning" in line:
                break
        time.sleep(0.3)
        os.killpg(run.pid, signal.SIGINT)
        said = run.stdout.read() + run.stderr.read()
    assert run.returncode == 1
    assert "Gracefully shutting down" in said
    assert "Traceback" not in said
    assert Run("test")._terraform[GOOGLE].state()
    assert not list(project.root.rglob("*.lock.info"))


def plain(project: Project, name: str, *arguments: str) -> int:
    """Terraform without us."""
    command = ["terraform", *arguments, "-input=false"]
    return subprocess.run(command, cwd=project.file(name).parent, capture_output=True, check=False).returncode
