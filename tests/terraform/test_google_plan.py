"""First plans of the Google stack with the real provider: what a reviewer sees, and what stops there."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.synthesis import ENVIRONMENTS, environment
from tests.terraform import support
from tests.terraform.google_cloud import GoogleCloud, google_cloud
from tests.terraform.google_identities import prepare_identities
from tests.terraform.google_stacks import EXISTING_POLICY, google_stack

pytestmark = [support.needs("hashicorp/google"), pytest.mark.xdist_group("terraform-google-plan")]
NETWORK = '[aws.network]\ncidr = "10.20.0.0/16"\nzones = ["ap-northeast-1a"]'
FROM_AWS = google_stack(aws=NETWORK, policy=EXISTING_POLICY)
UNIQUE_ID = "AROAEXAMPLEEXAMPLE123"


@pytest.fixture(scope="module")
def cloud() -> Iterator[GoogleCloud]:
    with google_cloud() as cloud:
        yield cloud


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, cloud: GoogleCloud) -> support.Workspace:
    """Nothing is applied: every plan here is a first one. Enabled is only what the identities of others need."""
    return support.workspace(tmp_path_factory.mktemp("google"), ["hashicorp/google"], cloud.environment)


def planned(workspace: support.Workspace, stack: str, aws: dict[str, Any] | None = None) -> support.Plan:
    """The plan of a stack beside an AWS stack with these outputs, whatever the backend."""
    workspace.write(support.beside(stack, state_with(workspace.directory, aws)))
    return workspace.plan()


def state_with(folder: Path, outputs: dict[str, Any] | None) -> Path:
    """A state file of an AWS stack; by default what an applied one gives."""
    if outputs is None:
        outputs = {"egress_cidrs": ["203.0.113.7/32"], "role_unique_ids": {"app": UNIQUE_ID, "batch": UNIQUE_ID}}
    types = {"egress_cidrs": ["list", "string"], "role_unique_ids": ["map", "string"]}
    entries = {name: {"value": value, "type": types[name]} for name, value in outputs.items()}
    path = folder / "aws.tfstate"
    head = {"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "test", "resources": []}
    path.write_text(json.dumps({**head, "outputs": entries}))
    return path


def hidden(plan: support.Plan) -> list[str]:
    """What the plan hides from its reviewer."""
    return re.findall(r".*\(sensitive value\).*", plan.text)


def unknown(plan: support.Plan, kind: str) -> set[str]:
    """The arguments of a type that the plan leaves open."""
    changes = [change for change in plan.document["resource_changes"] if change["type"] == kind]
    return {name for change in changes for name, value in change["change"]["after_unknown"].items() if value is True}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_a_first_plan_hides_nothing_and_knows_who_may_call(
    name: str, workspace: support.Workspace, cloud: GoogleCloud
) -> None:
    prepare_identities(cloud.state, environment(name).google)
    plan = planned(workspace, json.dumps(environment(name, support.HERE).google))
    assert hidden(plan) == []
    for kind, argument in (
        ("google_project_iam_member", "member"),
        ("google_project_iam_member", "role"),
        ("google_service_account_iam_member", "member"),
        ("google_iam_workload_identity_pool_provider", "attribute_condition"),
        ("google_iam_workload_identity_pool_provider", "attribute_mapping"),
        ("google_access_context_manager_access_level", "title"),
        ("google_access_context_manager_access_level", "basic"),
    ):
        assert argument not in unknown(plan, kind)
    for perimeter in plan.after("google_access_context_manager_service_perimeter").values():
        for config in (perimeter["status"] or []) + (perimeter["spec"] or []):
            origins = [policy["ingress_from"][0] for policy in config["ingress_policies"]]
            assert all(origin.get("identities") or origin.get("identity_type") == "ANY_IDENTITY" for origin in origins)
            assert all(None not in (origin.get("identities") or []) for origin in origins)


def test_a_hidden_value_would_be_seen(workspace: support.Workspace) -> None:
    document = json.loads(google_stack())
    for perimeter in document["resource"]["google_access_context_manager_service_perimeter"].values():
        perimeter["description"] = '${sensitive("planted")}'
    assert hidden(planned(workspace, json.dumps(document)))


def test_a_value_that_is_not_known_would_be_seen(workspace: support.Workspace) -> None:
    document = json.loads(google_stack())
    ((pool, _),) = document["resource"]["google_iam_workload_identity_pool"].items()
    for member in document["resource"]["google_project_iam_member"].values():
        member["member"] = f"principalSet://iam.googleapis.com/${{google_iam_workload_identity_pool.{pool}.name}}/*"
    assert "member" in unknown(planned(workspace, json.dumps(document)), "google_project_iam_member")


def test_under_an_existing_policy_names_are_known_too(workspace: support.Workspace) -> None:
    plan = planned(workspace, FROM_AWS)
    for kind in ("access_level", "service_perimeter"):
        assert "name" not in unknown(plan, f"google_access_context_manager_{kind}")


def test_a_plan_shows_the_addresses_that_the_aws_stack_gives(workspace: support.Workspace) -> None:
    (level,) = planned(workspace, FROM_AWS).after("google_access_context_manager_access_level").values()
    assert level["basic"][0]["conditions"][0]["ip_subnetworks"] == ["203.0.113.7/32"]


@pytest.mark.parametrize("outputs", [{}, {"egress_cidrs": []}])
def test_without_addresses_the_plan_fails(outputs: dict[str, Any], workspace: support.Workspace) -> None:
    with pytest.raises(support.TerraformError, match="the list of addresses is empty"):
        planned(workspace, FROM_AWS, outputs)


def test_a_wrong_project_number_fails_the_plan_while_apis_are_still_to_be_enabled(tmp_path: Path) -> None:
    with google_cloud(number="1") as cloud:
        workspace = support.workspace(tmp_path, ["hashicorp/google"], cloud.environment)
        with pytest.raises(support.TerraformError, match=r"got 345678901234,\s+which is not the number of project"):
            planned(workspace, google_stack())
        assert cloud.enabled == set()
        assert cloud.writes == []


def test_the_guard_on_the_number_would_sleep_if_it_waited_for_an_api(tmp_path: Path) -> None:
    """Why `data.google_project` depends on nothing."""
    document = json.loads(google_stack())
    service = sorted(document["resource"]["google_project_service"])[0]
    document["data"]["google_project"]["project"]["depends_on"] = [f"google_project_service.{service}"]
    with google_cloud(number="1") as cloud:
        workspace = support.workspace(tmp_path, ["hashicorp/google"], cloud.environment)
        assert planned(workspace, json.dumps(document)).changes
