"""What another environment has deployed is not made a second time."""

import json

import pytest

from deploy import state_locations
from tests.deploy.project import GOOGLE, Project
from tests.terraform import support

pytestmark = support.needs()
TEXT = "environments/test.toml and environments/other.toml: both make an access policy"


def conflict(project: Project, stack: str = GOOGLE) -> None:
    found = {"environment": "other", "stack": stack, "text": TEXT}
    (project.root / "neighbours.json").write_text(json.dumps({"conflicts": [found], "ids": {}}))


@pytest.mark.parametrize("verb", ["plan", "deploy"])
def test_a_deployed_neighbour_is_refused_before_anything_is_made(
    project: Project, verb: str, capfd: pytest.CaptureFixture[str]
) -> None:
    project.configure("other")
    assert project.run("deploy", environment="other") == 0
    conflict(project)
    assert project.run(verb) == 3
    assert f"refused: {TEXT}; the other one is deployed" in capfd.readouterr().err
    assert project.state(GOOGLE) == []


def test_a_neighbour_that_was_deployed_after_the_plan_is_refused(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    """Two pipelines plan, and then both apply: the second one stops before its pool is made."""
    conflict(project)
    assert project.run("plan", "--out", "plans") == 4
    project.configure("other")
    (project.root / "neighbours.json").unlink()
    assert project.run("deploy", environment="other") == 0
    conflict(project)
    project.configure("test")
    assert project.run("deploy", "--plan", "plans") == 3
    assert f"refused: {TEXT}; the other one is deployed" in capfd.readouterr().err
    assert project.state(GOOGLE) == []


def test_a_neighbour_that_is_not_deployed_or_destroyed_again_is_no_error(project: Project) -> None:
    conflict(project)
    assert project.run("plan") == 4
    project.configure("other")
    (project.root / "neighbours.json").unlink()
    assert [project.run(verb, environment="other") for verb in ("deploy", "destroy")] == [0, 0]
    conflict(project)
    assert project.run("deploy") == 0


def test_what_is_deployed_already_can_still_be_changed_and_destroyed(project: Project) -> None:
    project.configure("other")
    for environment in ("test", "other"):
        assert project.run("deploy", environment=environment) == 0
    conflict(project)
    assert project.run("deploy") == 0
    assert project.run("destroy") == 0


def test_a_state_that_cannot_be_read_is_not_checked(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    block = {"backend": {"local": {"path": str(project.root)}}}
    (project.root / state_locations.KEPT).mkdir(parents=True)
    (project.root / state_locations.KEPT / "other.json").write_text(json.dumps({GOOGLE: block}))
    conflict(project)
    assert project.run("plan") == 4
    assert "not checked: its state cannot be read" in capfd.readouterr().err
