"""What `deploy` does after a conflict, with the real Terraform. A program in its place prints what the google provider prints."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

import deploy.judgement
from deploy import joining
from deploy.__main__ import main
from deploy.applying import MAX_CONFLICTS
from deploy.errors import Refused
from deploy.guard import Refusal
from tests.deploy.project import AWS, Project
from tests.deploy.test_conflicts import CREATE, EXISTS, WITH
from tests.terraform import support

pytestmark = support.needs()
OURS, OTHERS = "203.0.113.7/32", "198.51.100.1/32"
EDITS = f"sed -i.bak s#{OURS}#{OTHERS}# cdk.tf.json"


def conflicts(
    project: Project, monkeypatch: pytest.MonkeyPatch, times: int = 1, does: str = "true", printed: str = CREATE + WITH
) -> Path:
    """The first applies do this, print this and fail. Returns the file that has a line for each apply."""
    terraform, applies = shutil.which("terraform"), project.root / "applies"
    path = project.root / "terraform-with-conflicts"
    path.write_text(
        f'#!/bin/sh\nif [ "$1" = apply ]; then\necho >> {applies}\nif [ $(wc -l < {applies}) -le {times} ]; then\n'
        f'{does}\nprintf "%s\\n" {shlex.quote(printed)} >&2\nexit 1\nfi\nfi\nexec {terraform} "$@"\n'
    )
    path.chmod(0o755)
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", str(path))
    return applies


def applied(applies: Path) -> int:
    return len(applies.read_text().splitlines())


def test_what_was_approved_is_applied_unasked(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    applies, asked = conflicts(project, monkeypatch, times=2), list[str]()
    monkeypatch.setenv("ENVIRONMENT", "test")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda text: asked.append(text) or "yes")
    assert main(["deploy"]) == 0
    said, notes = capfd.readouterr()
    assert applied(applies) == 4
    assert project.state(AWS) == [OURS]
    assert notes.count("note: demo-aws: others wrote the perimeter at the same time") == 2
    assert said.count("demo-aws: all of this was approved, and is applied") == 2
    assert said.count("demo-aws: terraform plan") == 3
    assert len(asked) == 2  # one for each stack


def test_what_was_not_approved_stops_and_is_shown(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    applies = conflicts(project, monkeypatch, does=EDITS)
    assert project.run("deploy") == 1
    said, notes = capfd.readouterr()
    assert applied(applies) == 1
    assert project.state(AWS) == []
    assert OTHERS in said
    assert (
        "demo-aws: not applied: after others wrote the perimeter, this plan does more than what was approved:" in notes
    )
    assert "terraform_data.address: create; review it, and deploy again" in notes


def test_the_guard_judges_the_new_plan_too(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    applies = conflicts(project, monkeypatch)

    def refuse(*_: object) -> list[Refusal]:
        again = applies.exists()
        return [Refusal("terraform_data.address", "create", "this is a test", "some-heading")] if again else []

    monkeypatch.setattr(deploy.judgement, "refusals", refuse)
    assert project.run("deploy") == 3
    assert "terraform_data.address: refused to create: this is a test" in capfd.readouterr().err
    assert applied(applies) == 1


def test_the_perimeter_is_read_again(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Such as where somebody took the project into another perimeter meanwhile."""
    applies = conflicts(project, monkeypatch)

    def look(*_: object, **__: object) -> None:
        if applies.exists():
            raise Refused("somebody edited the rule")

    monkeypatch.setattr(joining, "before", look)
    assert project.run("deploy") == 3
    assert "somebody edited the rule" in capfd.readouterr().err
    assert applied(applies) == 1


def test_several_conflicts_end_it(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    applies = conflicts(project, monkeypatch, times=99)
    assert project.run("deploy") == 1
    assert applied(applies) == MAX_CONFLICTS
    assert "demo-aws: terraform apply failed; what was done is in the state" in capfd.readouterr().err


@pytest.mark.parametrize("printed", [EXISTS, f"{CREATE}{WITH}\n{EXISTS}", ""])
def test_another_error_ends_it_at_once(project: Project, monkeypatch: pytest.MonkeyPatch, printed: str) -> None:
    applies = conflicts(project, monkeypatch, printed=printed)
    assert project.run("deploy") == 1
    assert applied(applies) == 1
    assert project.state(AWS) == []


@pytest.mark.parametrize("does", ["true", EDITS])
@pytest.mark.usefixtures("deployed")
def test_a_saved_plan_without_a_terminal(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], does: str
) -> None:
    """What was approved is what the saved plan does, by the digest that was accepted or by naming it."""
    project.configure(address="203.0.113.8/32")
    assert project.run("plan", "--out", "plans", answer=None) == 0
    applies = conflicts(project, monkeypatch, does=does.replace("7/32", "8/32"))
    # The other stack's plan was made before this one's outputs changed.
    assert project.run("deploy", "--plan", "plans", answer=None) == (6 if does == "true" else 1)
    assert applied(applies) == (2 if does == "true" else 1)
    assert project.state(AWS) == ["203.0.113.8/32" if does == "true" else OURS]
    assert ("does more than what was approved" in capfd.readouterr().err) == (does != "true")


@pytest.mark.usefixtures("deployed")
def test_a_destroy_goes_on_as_well(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUTO_APPROVE", "1")
    applies = conflicts(project, monkeypatch)
    assert project.run("destroy", answer=None) == 0
    assert applied(applies) == 3
    assert project.state(AWS) == []
    assert len(re.findall("all of this was approved", capfd.readouterr().out)) == 1
