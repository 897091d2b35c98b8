"""A pool and a provider that were deleted, or disabled by hand, with the real provider."""

import json
import shlex
from pathlib import Path

import pytest

from access.changes import POOL, PROVIDER
from deploy.stacks import Stack
from deploy.undelete import commands
from tests.terraform import support
from tests.terraform.google_cloud import GoogleCloud, google_cloud
from tests.terraform.google_stacks import NONE, google_stack

pytestmark = support.needs("hashicorp/google")
KINDS = (POOL, PROVIDER)
POOL_PATH = "/v1/projects/my-project/locations/global/workloadIdentityPools/demo-aws"


def federation() -> str:
    """A stack with a pool and its provider, and nothing else."""
    document = json.loads(google_stack(NONE))
    document["resource"] = {kind: document["resource"][kind] for kind in KINDS}
    for body in document["resource"][POOL].values():
        body.pop("depends_on", None)
    document.pop("data")
    return json.dumps(document)


def undelete(cloud: GoogleCloud) -> None:
    """Bring both back by hand."""
    for path in (POOL_PATH, f"{POOL_PATH}/providers/demo-aws"):
        cloud.call("POST", "iam", f"{path}:undelete", {})


def test_a_destroyed_pool_is_in_the_way_until_it_is_undeleted_and_imported(tmp_path: Path) -> None:
    stack = federation()
    with google_cloud() as cloud:
        cloud.enable("iam")
        workspace = support.workspace(tmp_path, ["hashicorp/google"], cloud.environment)
        workspace.write(stack)
        workspace.apply()
        workspace.destroy()
        assert {body["state"] for body in (*cloud.state.pools.values(), *cloud.state.providers.values())} == {"DELETED"}
        with pytest.raises(support.TerraformError, match="Requested entity already exists"):
            workspace.apply()
        undelete(cloud)
        printed = list(commands("test", [Stack("demo-google", tmp_path, (), json.loads(stack))]))
        for kind in KINDS:
            (line,) = [line for line in printed if f"import {kind}." in line]
            workspace.run(*shlex.split(line.partition(" -- ")[2]))
        assert workspace.plan().changes == {}


def test_what_was_disabled_by_hand_stays_so(tmp_path: Path) -> None:
    with google_cloud() as cloud:
        cloud.enable("iam")
        workspace = support.workspace(tmp_path, ["hashicorp/google"], cloud.environment)
        workspace.write(federation())
        workspace.apply()
        for path in (POOL_PATH, f"{POOL_PATH}/providers/demo-aws"):
            cloud.call("PATCH", "iam", f"{path}?updateMask=disabled", {"disabled": True})
        workspace.apply()
        assert [body["disabled"] for body in (*cloud.state.pools.values(), *cloud.state.providers.values())] == [
            True
        ] * 2
