"""What comes and goes in the settings, by the real provider's plan and by what it then asked of Google.

What is new is created, what has left is deleted; of what stays only the provider's condition, the perimeter's rules and
a level are changed, in place. Flips between modes are test_drift's.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terraform import support
from tests.terraform.google_cloud import GoogleCloud, google_cloud
from tests.terraform.google_stacks import ENFORCED, EXISTING_POLICY, google_stack

pytestmark = [pytest.mark.soak, support.needs("hashicorp/google")]
OFFICE = '[[on_premises]]\nname = "tokyo"\ncidrs = ["198.51.100.0/24"]\nidentities = ["group:ml@example.com"]'
BATCH = '[[workload]]\nname = "batch"\nrole_name = "batch"'
APP = 'name = "app"\nauth = "direct"\nrole_name = "app"'
TWO_ZONES = 'egress_cidrs = ["203.0.113.7/32", "203.0.113.8/32"]'
PERIMETER, LEVEL = "service_perimeter", "access_level"
PROVIDER = "google_iam_workload_identity_pool_provider"
Done = set[tuple[str, str]]


class Environment:
    """A Google stack, applied over and over; `asked` are the requests of the last time that made or ended a perimeter."""

    def __init__(self, cloud: GoogleCloud, folder: Path) -> None:
        self.cloud, self.asked = cloud, list[tuple[str, str]]()
        self.terraform = support.workspace(folder, ["hashicorp/google"], cloud.environment)

    def __call__(self, stack: str) -> Done:
        """Apply it, and plan again: nothing changes. Returns what was done to which type, without Google's prefix."""
        self.cloud.writes.clear()
        self.terraform.write(stack)
        changes = self.terraform.settle()
        perimeters = [(method, path) for method, path in self.cloud.writes if "/servicePerimeters" in path]
        self.asked = [(method, path) for method, path in perimeters if method != "PATCH"]
        return {
            (done, address.split(".")[0].removeprefix("google_access_context_manager_"))
            for address, done in changes.items()
        }


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Environment]:
    with google_cloud() as cloud:
        cloud.prepare(google_stack(policy=EXISTING_POLICY))
        cloud.enable("accesscontextmanager")
        yield Environment(cloud, tmp_path)


@pytest.mark.slow
def test_what_comes_is_created_and_what_goes_ends_without_an_error(environment: Environment) -> None:
    """A workload, an office and a zone's address come and go; a workload is stopped and runs again."""

    def stack(aws: str = 'egress_cidrs = ["203.0.113.7/32"]', more: str = "", workload: str = APP) -> str:
        return google_stack(ENFORCED, policy=EXISTING_POLICY, aws=aws, more=more, workload=workload)

    caller = {"google_service_account", "google_service_account_iam_member", "google_project_iam_member"}
    environment(stack())
    assert environment(stack(more=f"{BATCH}\n{OFFICE}")) == {
        *(("create", kind) for kind in (*caller, LEVEL, "google_project_service")),
        ("update", PERIMETER),
        ("update", PROVIDER),
    }
    assert environment(stack(TWO_ZONES, more=f"{BATCH}\n{OFFICE}")) == {("update", LEVEL)}
    assert environment(stack(TWO_ZONES, more=f"{BATCH}\ndisabled = true")) == {
        *(("delete", kind) for kind in (*caller - {"google_service_account"}, LEVEL)),
        ("update", PERIMETER),
        ("update", PROVIDER),
    }
    assert environment(stack(more="")) == {
        ("delete", "google_service_account"),
        ("delete", "google_project_service"),
        ("update", LEVEL),
    }
    assert environment.asked == []
