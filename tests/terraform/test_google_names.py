"""Before a first plan with the real provider: what is there already, under names that the plan would make."""

import json
from pathlib import Path

import pytest

from deploy.__main__ import main
from localcloud.google import seed
from tests.terraform import support
from tests.terraform.google_cloud import EXISTING, GoogleCloud
from tests.terraform.google_stacks import DRY_RUN, EXISTING_POLICY, google_stack
from tests.terraform.test_google_deploy import AWS, NETWORK, cloud, settings

__all__ = ["cloud"]
pytestmark = [pytest.mark.soak, support.needs("hashicorp/google")]
SCOPED = {"parent": f"organizations/{seed.ORGANIZATION}", "title": "theirs", "scopes": [f"projects/{seed.NUMBER}"]}
BASIC = {"conditions": [{"ipSubnetworks": ["198.51.100.0/28"]}]}


def test_an_access_policy_of_the_same_scope(cloud: GoogleCloud, capfd: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    cloud.call("POST", "accesscontextmanager", "/v1/accessPolicies", SCOPED)
    settings(google_stack(DRY_RUN))
    before = len(cloud.writes)
    for verb in ("plan", "deploy"):
        assert main([verb]) == 3
        assert f"of projects/{seed.NUMBER}" in capfd.readouterr().err
    assert len(cloud.writes) == before


def their_level(cloud: GoogleCloud) -> str:  # noqa: F811
    """A level of somebody else's that has the name of ours."""
    seed.access_policy(cloud.state, EXISTING)
    name = f"accessPolicies/{EXISTING}/accessLevels/demo_workloads"
    level = {"name": name, "title": "theirs", "basic": BASIC}
    cloud.call("POST", "accesscontextmanager", f"/v1/accessPolicies/{EXISTING}/accessLevels", level)
    return name


def test_a_level_of_the_same_name(cloud: GoogleCloud, capfd: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    name = their_level(cloud)
    settings(google_stack(DRY_RUN, policy=EXISTING_POLICY))
    assert main(["plan"]) == 3
    said = capfd.readouterr().err
    assert f"({name}) exists" in said
    assert "adopt` prints the imports" in said


def test_a_name_is_taken_before_anything_is_applied_at_aws(
    cloud: GoogleCloud,  # noqa: F811
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A fresh checkout with a changed backend knows no old place: names at Google tell, before a second network is built."""
    their_level(cloud)
    settings(google_stack(DRY_RUN, policy=EXISTING_POLICY, aws=NETWORK), AWS)
    for verb in ("plan", "deploy"):
        assert main([verb]) == 3
        assert "demo-google: refused: its state is empty" in capfd.readouterr().err
    assert not Path("state/test/demo-aws.tfstate").exists()


def test_without_permission_it_is_not_checked_and_the_plan_goes_on(
    cloud: GoogleCloud,  # noqa: F811
    capfd: pytest.CaptureFixture[str],
) -> None:
    seed.access_policy(cloud.state, EXISTING)
    settings(google_stack(DRY_RUN, policy=EXISTING_POLICY))
    del cloud.state.iam_policies[f"organizations/{seed.ORGANIZATION}"]
    assert main(["plan"]) == 4
    assert "whether its names are free was not checked" in capfd.readouterr().err


def test_adopt_does_not_offer_another_environments_level(
    cloud: GoogleCloud,  # noqa: F811
    capfd: pytest.CaptureFixture[str],
) -> None:
    name = their_level(cloud)
    settings(google_stack(DRY_RUN, policy=EXISTING_POLICY))
    assert main(["adopt"]) == 0
    assert " -- import google_access_context_manager_access_level.admission_workloads_level_" in capfd.readouterr().out
    Path("neighbours.json").write_text(json.dumps({"conflicts": [], "ids": {"google": {name: "other"}}}))
    assert main(["adopt"]) == 0
    said = capfd.readouterr().out
    assert f"{name} is there, and environments/other.toml makes it as well; not offered" in said
    assert " -- import " not in said


def test_adopt_does_not_offer_another_environments_access_policy(
    cloud: GoogleCloud,  # noqa: F811
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Google chooses the number of a policy, so settings identify it by its scope. A level in it has that number."""
    cloud.call("POST", "accesscontextmanager", "/v1/accessPolicies", SCOPED)
    (number,) = [name.rpartition("/")[2] for name in cloud.state.access_policies]
    level = {"name": f"accessPolicies/{number}/accessLevels/demo_workloads", "title": "theirs", "basic": BASIC}
    cloud.call("POST", "accesscontextmanager", f"/v1/accessPolicies/{number}/accessLevels", level)
    settings(google_stack(DRY_RUN))
    assert main(["adopt"]) == 0
    assert capfd.readouterr().out.count(" -- import ") == 2
    theirs = {"conflicts": [], "ids": {}, "policies": {f"projects/{seed.NUMBER}": "other"}}
    Path("neighbours.json").write_text(json.dumps(theirs))
    assert main(["adopt"]) == 0
    said = capfd.readouterr().out
    assert " -- import " not in said
    for id in (number, level["name"]):
        assert f": {id} is there, and environments/other.toml makes it as well; not offered" in said
