"""A state in another place is not taken for a first deploy."""

import json
import shlex
from pathlib import Path

import pytest

from deploy import state_locations
from tests.deploy.project import AWS, GOOGLE, Project
from tests.terraform import support

pytestmark = support.needs()


def move(project: Project, where: str = "platform") -> None:
    """As a prefix of keys does: another folder below state/."""
    text = project.settings().read_text().replace("STATE/test/", f"STATE/{where}/test/")
    project.settings().write_text(text)


def pushes(text: str) -> list[list[str]]:
    return [shlex.split(line)[3:] for line in text.splitlines() if " state push " in line]


@pytest.mark.usefixtures("deployed")
def test_a_changed_place_is_refused_until_the_printed_commands_have_moved_the_state(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    move(project)
    for verb in ("plan", "deploy", "destroy"):
        capfd.readouterr()
        assert project.run(verb) == 3
    said = capfd.readouterr().err
    assert f"{AWS}: refused: its state is empty" in said
    assert "state/test/demo-google.tfstate still holds the resources" in said
    assert len(pushes(said)) == 2
    for command in pushes(said):
        assert project.run(*command) == 0
    capfd.readouterr()
    assert project.run("deploy", answer=None) == 0
    assert capfd.readouterr().out.count("nothing to apply") == 2
    assert (project.root / "state/platform/test/demo-aws.tfstate").exists()


@pytest.mark.usefixtures("deployed")
def test_a_saved_plan_is_not_applied_to_another_place(project: Project) -> None:
    project.configure(address="203.0.113.8/32")
    assert project.run("plan", "--out", "plans") == 0
    move(project)
    assert project.run("deploy", "--plan", "plans") == 3


@pytest.mark.usefixtures("deployed")
def test_a_renamed_stack_is_another_place(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    """The prefix names the stacks, and so the states."""
    project.settings().write_text(project.settings().read_text().replace("demo-", "other-"))
    capfd.readouterr()
    assert project.run("plan") == 3
    assert "other-aws: refused: its state is empty" in capfd.readouterr().err


@pytest.mark.usefixtures("deployed")
def test_an_old_place_that_is_empty_is_left(project: Project) -> None:
    project.run("destroy")
    move(project)
    assert project.run("deploy") == 0
    assert state_locations.remembered("test")[AWS]["backend"]["local"]["path"].endswith(
        "state/platform/test/demo-aws.tfstate"
    )


@pytest.mark.usefixtures("deployed")
def test_a_checkout_that_remembers_nothing_still_finds_the_local_file(project: Project) -> None:
    (project.root / state_locations.KEPT / "test.json").unlink()
    move(project)
    assert project.run("plan") == 3


@pytest.mark.usefixtures("deployed")
def test_an_old_place_that_cannot_be_read_cannot_be_decided(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    move(project)
    project.state_file(GOOGLE).write_text("not a state")
    assert project.run("plan") in (3, 5)
    project.state_file(AWS).unlink()
    capfd.readouterr()
    assert project.run("plan") == 5
    assert "remove .cache/states/test.json" in capfd.readouterr().err


@pytest.mark.usefixtures("deployed")
def test_a_file_that_is_damaged_is_named(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    (project.root / state_locations.KEPT / "test.json").write_text("[")
    assert project.run("plan") == 2
    assert ".cache/states/test.json is not what this program writes" in capfd.readouterr().err


def test_another_key_region_or_lock_is_the_same_place() -> None:
    old = {"bucket": "b", "key": "k", "region": "us-east-1"}
    new = {**old, "region": "us-east-2", "kms_key_id": "x", "dynamodb_table": "t"}
    assert state_locations._where({"backend": {"s3": old}}) == state_locations._where({"backend": {"s3": new}})
    for other in ({"bucket": "c"}, {"key": "platform/k"}):
        assert state_locations._where({"backend": {"s3": old}}) != state_locations._where(
            {"backend": {"s3": {**old, **other}}}
        )
    cloud = [{"cloud": {"organization": "o", "workspaces": {"name": name}}} for name in ("a", "b")]
    assert state_locations._where(cloud[0]) != state_locations._where(cloud[1])


@pytest.mark.usefixtures("deployed")
def test_nothing_secret_is_kept() -> None:
    kept = json.loads((Path(state_locations.KEPT) / "test.json").read_text())
    assert kept.keys() == {AWS, GOOGLE}
    assert {tuple(block) for block in kept.values()} == {("backend",)}
