"""A project that is in another perimeter already: found by a read of Google, before a pool or an account is made."""

import json
from pathlib import Path
from typing import Any

import pytest

from deploy.__main__ import main
from deploy.google_api import NotRead
from tests.deploy.project import configure
from tests.terraform import support
from tests.terraform.google_cloud import GoogleCloud
from tests.terraform.google_stacks import ENFORCED, EXISTING_POLICY, access_only, google_stack
from tests.terraform.joined import NAME, OTHER, OURS, own
from tests.terraform.test_google_deploy import cloud as cloud

pytestmark = [pytest.mark.soak, support.needs("hashicorp/google"), pytest.mark.xdist_group("terraform-google-conflict")]
SAID = f"{OURS} is in the enforced configuration of {NAME}, and Google admits a project in one regular perimeter: join that one"
OWN = google_stack(ENFORCED)
IN_IT = google_stack(ENFORCED, policy=EXISTING_POLICY)


def prepare(cloud: GoogleCloud, stack: str) -> None:
    """A fresh checkout: another environment put the project into its perimeter, and its state is in a bucket."""
    config = {"resources": [OTHER, OURS], "restrictedServices": ["aiplatform.googleapis.com"]}
    own(cloud, status=config, spec=config)
    configure(Path(), "test", {"demo-google": json.loads(access_only(stack))})
    conflict = {
        "environment": "other",
        "stack": "other-google",
        "text": "test.toml and other.toml: both put it into a perimeter",
    }
    Path("neighbours.json").write_text(json.dumps({"conflicts": [conflict], "ids": {}}))
    cloud.writes.clear()


@pytest.mark.parametrize("stack", [IN_IT, OWN], ids=["in the same policy", "in an own policy of the organization"])
def test_nothing_is_made(cloud: GoogleCloud, capfd: pytest.CaptureFixture[str], stack: str) -> None:
    prepare(cloud, stack)
    assert main(["plan"]) == main(["deploy"]) == 3
    assert f"demo-google: refused: perimeter: {SAID}" in capfd.readouterr().err
    assert cloud.writes == []


def test_a_perimeter_that_took_the_project_after_the_plan(
    cloud: GoogleCloud, capfd: pytest.CaptureFixture[str]
) -> None:
    prepare(cloud, IN_IT)
    theirs = cloud.state.service_perimeters[NAME]["status"]["resources"]
    theirs.remove(OURS)
    assert main(["plan", "--out", "plans"]) == 4
    theirs.append(OURS)
    capfd.readouterr()
    assert main(["deploy", "--plan", "plans"]) == 3
    assert f"demo-google: refused: perimeter: {SAID}" in capfd.readouterr().err
    assert cloud.writes == []


def test_without_credentials_it_is_not_checked(
    cloud: GoogleCloud, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    prepare(cloud, IN_IT)

    def nothing(*_: Any) -> None:
        raise NotRead("no credentials")

    monkeypatch.setattr("deploy.other_perimeters.Reader", nothing)
    assert main(["plan"]) == 4
    said = f"note: demo-google: whether {OURS} is in another perimeter was not checked: no credentials"
    assert said in capfd.readouterr().err
    assert cloud.writes == []
