"""At no moment of a create, an update, a promotion or a destroy does a caller get in that neither configuration admits.

After each write to Google the callers are decided anew. By itself this runs the simulated apply, with SOAK=1 real Terraform.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localcloud.apply import ApplyError, apply, destroy
from localcloud.cloud import LocalCloud, local_cloud
from localcloud.faults import InjectedFault
from tests.faults.admitted import ADDRESSES, WRITE, admitted, watched
from tests.terraform import support
from tests.terraform.google_stacks import DRY_RUN, ENFORCED, google_stack
from tests.terraform.google_variants import IMPERSONATING
from tests.terraform.test_google_apply import unguarded

pytestmark = pytest.mark.xdist_group("faults-no-gap")
DIRECT = 'name = "app"\nauth = "direct"\nrole_name = "app"'
TWO = '\n[[workload]]\nname = "batch"\nauth = "direct"\nrole_name = "batch"'
HOME, NEXT = ('egress_cidrs = ["203.0.113.7/32"]', 'egress_cidrs = ["203.0.113.8/32"]')
Apply = Callable[[dict[str, Any] | None], None]


def steps(workload: str) -> list[tuple[str, str, set[str]]]:
    """What is applied, one after the other, and the addresses that the role `app` may then call from."""
    everywhere = set(ADDRESSES)
    return [
        ("create", google_stack(ENFORCED, workload=workload), {"203.0.113.7"}),
        ("another address", google_stack(ENFORCED, workload=workload, aws=NEXT), {"203.0.113.8"}),
        ("a second workload", google_stack(ENFORCED, workload=workload + TWO, aws=NEXT), {"203.0.113.8"}),
        ("one workload again", google_stack(ENFORCED, workload=workload, aws=NEXT), {"203.0.113.8"}),
        ("stopped", google_stack(ENFORCED, workload=f"{workload}\ndisabled = true", aws=NEXT), set()),
        ("resumed", google_stack(ENFORCED, workload=workload, aws=NEXT), {"203.0.113.8"}),
        ("to a dry run", google_stack(DRY_RUN, workload=workload, aws=NEXT), everywhere),
        ("promoted", google_stack(ENFORCED, workload=workload, aws=HOME), {"203.0.113.7"}),
    ]


def simulated(cloud: LocalCloud, folder: Path) -> Apply:
    def run(document: dict[str, Any] | None) -> None:
        state = folder / "state.json"
        environment = cloud.deployer_environment()
        if document is None:
            destroy(json.loads(unguarded(google_stack(ENFORCED))), state=state, environment=environment)
        else:
            apply(document, state=state, environment=environment)

    return run


def real(cloud: LocalCloud, folder: Path) -> Apply:
    workspace = support.workspace(folder / "real", ["hashicorp/google"], cloud.deployer_environment())

    def run(document: dict[str, Any] | None) -> None:
        if document is None:
            workspace.destroy()
        else:
            workspace.write(json.dumps(document))
            workspace.apply()

    return run


def straight(_: LocalCloud, run: Apply, document: dict[str, Any] | None) -> None:
    """Apply it."""
    run(document)


def stumbling(cloud: LocalCloud, run: Apply, document: dict[str, Any] | None) -> None:
    """Apply it again and again, each time until the second write is refused: every write is once the last of a run."""
    for _ in range(40):
        refusal = cloud.faults.add(InjectedFault(WRITE, status=412, at=2))
        try:
            run(document)
        except (ApplyError, support.TerraformError):
            assert refusal.happened
        if not refusal.happened:
            return
    raise AssertionError("no end")


@pytest.mark.parametrize(
    "how",
    [simulated, pytest.param(real, marks=[pytest.mark.soak, support.needs("hashicorp/google")])],
    ids=["simulated", "real"],
)
@pytest.mark.parametrize("workload", [DIRECT, IMPERSONATING], ids=["direct", "impersonation"])
@pytest.mark.parametrize("proceed", [straight, pytest.param(stumbling, marks=pytest.mark.soak)])
def test_nobody_slips_in(
    workload: str, how: Callable[[LocalCloud, Path], Apply], proceed: Callable[..., None], tmp_path: Path
) -> None:
    with local_cloud() as cloud:
        run = how(cloud, tmp_path)
        for name, stack, addresses in steps(workload):
            with watched(cloud) as gaps:
                proceed(cloud, run, json.loads(unguarded(stack)))
            assert gaps == [], name
            inside = {caller[-1] for caller in admitted(cloud.state) if caller[:2] == ("123456789012", "app")}
            assert inside == addresses, name
        with watched(cloud) as gaps:
            proceed(cloud, run, None)
        assert gaps == []


def test_a_gap_would_be_seen(tmp_path: Path) -> None:
    """Planted: the grants are made before the perimeter, and are still there after it."""
    document = json.loads(unguarded(google_stack(ENFORCED)))
    members = [f"google_project_iam_member.{name}" for name in document["resource"]["google_project_iam_member"]]
    for body in document["resource"]["google_project_iam_member"].values():
        body["depends_on"] = [one for one in body["depends_on"] if "perimeter" not in one]
    for body in document["resource"]["google_access_context_manager_service_perimeter"].values():
        body["depends_on"] = [*body["depends_on"], *members]
    with local_cloud() as cloud:
        run = simulated(cloud, tmp_path)
        with watched(cloud) as gaps:
            run(document)
        assert {caller[-1] for _, more in gaps for caller in more} >= {"198.51.100.1"}
