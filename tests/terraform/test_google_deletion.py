"""An enforced perimeter under plain Terraform, without the guard: the provider refuses to delete it, from the state."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.guard import refusals
from tests.deploy.planned import sentences
from tests.terraform import support
from tests.terraform.google_cloud import GoogleCloud, google_cloud
from tests.terraform.google_stacks import DRY_RUN, ENFORCED, NONE, access_only, edited, google_stack
from tests.terraform.google_variants import IMPERSONATING

KNOWN = '"deletion_policy"' in google_stack(ENFORCED)
pytestmark = [
    support.needs("hashicorp/google"),
    pytest.mark.skipif(
        not KNOWN, reason="the newest google provider here is older than 7.33, which has deletion_policy"
    ),
    pytest.mark.xdist_group("terraform-google-deletion"),
]
PERIMETER, POLICY = (f"google_access_context_manager_{kind}" for kind in ("service_perimeter", "access_policy"))
(NAME,) = json.loads(google_stack(ENFORCED))["resource"][PERIMETER]
REFUSED = r'cannot destroy\s+AccessContextManagerServicePerimeter without setting\s+deletion_policy="DELETE"'
MORE = """
[[workload]]
name = "batch"
auth = "direct"
role_name = "batch"
[[on_premises]]
name = "tokyo"
cidrs = ["198.51.100.0/24"]
identities = ["group:ml@example.com"]
"""
PROPOSED = f'{ENFORCED}\n[perimeter.proposed]\negress_cidrs = ["203.0.113.8/32"]'


UNWRITTEN = '[versions]\ngoogle = "~> 7"'
"""It admits versions that lack the argument."""


def stack(perimeter: str, more: str = "") -> str:
    return google_stack(perimeter, workload=IMPERSONATING, more=more)


class Enforced:
    """A whole Google stack, with a separate cloud."""

    def __init__(self, cloud: GoogleCloud, workspace: support.Workspace) -> None:
        self.cloud, self.workspace = cloud, workspace

    def apply(self, synthesized: str) -> dict[str, str]:
        """Apply, and plan again: nothing changes. Returns what was done, by type."""
        self.workspace.write(synthesized)
        return {address.split(".")[0]: done for address, done in self.workspace.settle().items()}

    @property
    def is_enforced(self) -> bool:
        return ["status" in one for one in self.cloud.state.service_perimeters.values()] == [True]

    @property
    def kinds(self) -> set[str]:
        """The types of which something is in the state."""
        return {line.split(".")[0] for line in self.workspace.run("state", "list").splitlines()} - {"data"}


@pytest.fixture(scope="module")
def enforced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Enforced]:
    """Enforced, with all that a file may lose again. The tests follow one another."""
    with google_cloud() as cloud:
        cloud.enable("accesscontextmanager")
        here = Enforced(
            cloud, support.workspace(tmp_path_factory.mktemp("google"), ["hashicorp/google"], cloud.environment)
        )
        here.apply(stack(PROPOSED, MORE))
        yield here


def test_what_leaves_the_file_is_deleted_while_the_perimeter_stays(enforced: Enforced) -> None:
    done = enforced.apply(stack(ENFORCED))
    assert (done["google_access_context_manager_access_level"], done[PERIMETER]) == ("delete", "update")
    assert [level["title"] for level in enforced.cloud.state.access_levels.values()] == ["demo_workloads"]
    assert enforced.is_enforced


def test_a_perimeter_that_leaves_the_file_is_kept(enforced: Enforced) -> None:
    before = enforced.kinds
    enforced.workspace.write(stack(NONE))
    with pytest.raises(support.TerraformError, match=REFUSED):
        enforced.workspace.apply()
    assert enforced.is_enforced
    assert enforced.kinds == before
    assert enforced.apply(stack(ENFORCED)) == {}


def test_a_destroy_stops_half_way(enforced: Enforced) -> None:
    """With `dry_run = true` in the file and not applied, prevent_destroy is not there to stop it in the plan."""
    enforced.workspace.write(stack(DRY_RUN))
    before = enforced.kinds
    with pytest.raises(support.TerraformError, match=REFUSED):
        enforced.workspace.destroy()
    assert enforced.is_enforced
    assert before - enforced.kinds == {
        "google_iam_workload_identity_pool",
        "google_iam_workload_identity_pool_provider",
        "google_project_iam_custom_role",
        "google_project_iam_member",
        "google_service_account_iam_member",
    }


def test_a_dry_run_and_a_second_destroy_end_it(enforced: Enforced) -> None:
    """The apply fails at the pool, whose id is blocked for 30 days; by then the perimeter is a dry run."""
    with pytest.raises(support.TerraformError, match="Requested entity already exists"):
        enforced.workspace.apply()
    assert not enforced.is_enforced
    enforced.workspace.destroy()
    assert enforced.cloud.access == {}
    assert enforced.kinds == set()


def test_the_guard_refuses_what_would_stop_half_way(tmp_path: Path) -> None:
    """PREVENT stays in the state where the settings no longer write the argument, until they write DELETE."""
    with google_cloud() as cloud:
        cloud.enable("accesscontextmanager")
        workspace = support.workspace(tmp_path, ["hashicorp/google"], cloud.environment)

        def settle(perimeter: str, versions: str = support.HERE) -> None:
            workspace.write(access_only(google_stack(perimeter, versions=versions)))
            workspace.settle()

        def refused() -> list[str]:
            return sorted(one.address.split(".")[0] for one in refusals(workspace.plan("-destroy").document))

        settle(ENFORCED)
        settle(DRY_RUN, UNWRITTEN)
        assert refused() == [POLICY, PERIMETER]
        assert any("keeps deletion_policy PREVENT" in one for one in sentences(workspace.plan().document))
        with pytest.raises(support.TerraformError, match=REFUSED):
            workspace.destroy()
        settle(DRY_RUN)
        assert refused() == []
        workspace.destroy()
        assert cloud.state.service_perimeters == {}


@pytest.mark.parametrize("value", ["prevent", "DELETE"])
def test_anything_else_is_deleted(value: str, tmp_path: Path) -> None:
    """The provider does not validate the value."""
    with google_cloud() as cloud:
        cloud.enable("accesscontextmanager")
        workspace = support.workspace(tmp_path, ["hashicorp/google"], cloud.environment)
        workspace.write(access_only(edited(google_stack(ENFORCED), PERIMETER, deletion_policy=value)))
        workspace.apply()
        workspace.write(access_only(google_stack(DRY_RUN)))
        workspace.run("apply", "-input=false", "-auto-approve", "-destroy", f"-target={PERIMETER}.{NAME}")
        assert cloud.state.service_perimeters == {}
