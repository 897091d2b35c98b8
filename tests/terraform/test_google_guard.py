"""The guard on real plans: an enforced perimeter under our own policy, applied, and what settings then do to it."""

import json
from collections.abc import Iterator

import pytest

from deploy import widened
from deploy.guard import refusals
from tests.deploy.planned import sentences
from tests.terraform import support
from tests.terraform.google_cloud import google_cloud
from tests.terraform.google_stacks import DRY_RUN, ENFORCED, EXISTING_POLICY, NONE, access_only, edited, google_stack

pytestmark = [support.needs("hashicorp/google"), pytest.mark.xdist_group("terraform-google-guard")]
PERIMETER, LEVEL, POLICY = (
    f"google_access_context_manager_{kind}" for kind in ("service_perimeter", "access_level", "access_policy")
)


@pytest.fixture(scope="module")
def enforced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[support.Workspace]:
    """Applied once; the tests only plan."""
    with google_cloud() as cloud:
        cloud.enable("accesscontextmanager")
        workspace = support.workspace(tmp_path_factory.mktemp("google"), ["hashicorp/google"], cloud.environment)
        workspace.write(access_only(google_stack(ENFORCED)))
        workspace.apply()
        yield workspace


def refused(workspace: support.Workspace, stack: str, *options: str) -> dict[str, str]:
    """What the guard refuses about a stack's plan, by resource type: the changes."""
    workspace.write(access_only(stack))
    plan = workspace.plan("-refresh=false", *options).document
    found = [*widened.refusals(plan), *refusals(plan)]
    return {refusal.address.split(".")[0]: refusal.change for refusal in found}


def test_what_was_applied_passes(enforced: support.Workspace) -> None:
    assert refused(enforced, google_stack(ENFORCED)) == {}


def test_a_perimeter_that_leaves_the_settings_is_refused_though_terraform_would_delete_it(
    enforced: support.Workspace,
) -> None:
    """Our own policy leaves with it, and has PREVENT in the state where the provider knows deletion_policy."""
    prevented = {POLICY: "delete"} if '"deletion_policy"' in google_stack(ENFORCED) else {}
    assert refused(enforced, google_stack(NONE)) == {PERIMETER: "delete", **prevented}


def test_terraform_itself_refuses_to_rename_or_destroy_it(enforced: support.Workspace) -> None:
    enforced.write(access_only(google_stack(ENFORCED, prefix="other")))
    with pytest.raises(support.TerraformError, match="lifecycle.prevent_destroy"):
        enforced.plan("-refresh=false")
    enforced.write(access_only(google_stack(ENFORCED)))
    with pytest.raises(support.TerraformError, match="lifecycle.prevent_destroy"):
        enforced.plan("-refresh=false", "-destroy")


def test_renaming_it_in_the_same_change_that_ends_enforcement_is_refused(enforced: support.Workspace) -> None:
    stack = edited(google_stack(DRY_RUN), PERIMETER, name="accessPolicies/987654321/servicePerimeters/other")
    assert refused(enforced, stack) == {PERIMETER: "replace (delete, then create)"}


def test_forgetting_it_is_refused(enforced: support.Workspace) -> None:
    document = json.loads(google_stack(NONE))
    (address,) = json.loads(google_stack(ENFORCED))["resource"][PERIMETER]
    document["removed"] = [{"from": f"{PERIMETER}.{address}", "lifecycle": {"destroy": False}}]
    assert refused(enforced, json.dumps(document))[PERIMETER] == "forget (Terraform lets go of it)"


def test_a_policy_with_another_scope_is_refused(enforced: support.Workspace) -> None:
    stack = edited(google_stack(DRY_RUN), POLICY, scopes=["projects/1"])
    assert refused(enforced, stack)[POLICY] == "replace (delete, then create)"


def test_our_own_policy_as_an_existing_one_is_refused(enforced: support.Workspace) -> None:
    assert refused(enforced, google_stack(ENFORCED, policy=EXISTING_POLICY)) == {POLICY: "delete"}


def test_gemini_cannot_leave_the_restricted_services(enforced: support.Workspace) -> None:
    document = json.loads(google_stack(ENFORCED))
    for perimeter in document["resource"][PERIMETER].values():
        perimeter["status"]["restricted_services"] = ["bigquery.googleapis.com"]
    assert refused(enforced, json.dumps(document)) == {PERIMETER: "unrestrict Gemini"}


@pytest.mark.parametrize("conditions", [[{"ip_subnetworks": []}], [{"ip_subnetworks": ["0.0.0.0/0"]}]])
def test_a_level_that_admits_everybody_is_refused(enforced: support.Workspace, conditions: object) -> None:
    stack = edited(google_stack(ENFORCED), LEVEL, basic={"conditions": conditions})
    assert refused(enforced, stack) == {LEVEL: "apply it"}


def test_the_step_back_to_a_dry_run_passes_and_is_said_aloud(enforced: support.Workspace) -> None:
    assert refused(enforced, google_stack(DRY_RUN)) == {}
    said = sentences(enforced.plan("-refresh=false").document)
    assert len(said) == 1
    assert (
        said[0].partition(": ")[2].startswith("enforcement ends, which newly admits every identity from every address")
    )
