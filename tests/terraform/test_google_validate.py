"""Every Google stack under `terraform validate` with the real provider."""

import json

import pytest

from tests.terraform import support
from tests.terraform.google_stacks import ENFORCED, google_stack
from tests.terraform.google_variants import EVERY_STACK, every_stack

pytestmark = [support.needs("hashicorp/google"), pytest.mark.xdist_group("terraform-google-validate")]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> support.Workspace:
    """One for all: `terraform init` is done once."""
    return support.workspace(tmp_path_factory.mktemp("google"), ["hashicorp/google"], {})


@pytest.mark.parametrize("name", sorted(EVERY_STACK))
def test_a_stack_is_valid(name: str, workspace: support.Workspace) -> None:
    workspace.write(every_stack(name))
    assert "The configuration is valid" in workspace.run("validate")


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        ("access_context_manager_access_level", {"title": "${nothing.here}"}, "undeclared resource"),
        ("iam_workload_identity_pool", {"workload_identity_pool_id": "gcp-pool"}, "gcp-"),
        ("project_iam_member", {"member": "nobody"}, "member"),
    ],
)
def test_validation_can_fail(kind: str, values: dict[str, object], said: str, workspace: support.Workspace) -> None:
    document = json.loads(google_stack(ENFORCED))
    for body in document["resource"][f"google_{kind}"].values():
        body.update(values)
    workspace.write(json.dumps(document))
    with pytest.raises(support.TerraformError, match=said):
        workspace.run("validate")
