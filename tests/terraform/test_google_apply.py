"""The whole Google stack with the real provider: apply, a plan without changes, destroy.

With SOAK=1: a minute each, every environment, and the stacks that no environment shows.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.localcloud.apply.changes import unprotected
from tests.terraform import support
from tests.terraform.google_cloud import google_cloud
from tests.terraform.google_variants import EVERY_STACK, every_stack
from tests.terraform.test_google_plan import state_with

pytestmark = support.needs("hashicorp/google")


def unguarded(stack: str) -> str:
    """The stack as one that may be destroyed."""
    return json.dumps(unprotected(json.loads(stack)))


def members(state: dict[str, Any]) -> set[tuple[str, str]]:
    """Who has which role on the project, however the bindings are put together."""
    bindings = state["iam_policies"]["projects/my-project"]["bindings"]
    return {(binding["role"], member) for binding in bindings for member in binding["members"]}


@pytest.mark.soak
@pytest.mark.parametrize("name", EVERY_STACK)
def test_a_stack_is_applied_once_and_leaves_only_what_is_soft_deleted(name: str, tmp_path: Path) -> None:
    stack = support.beside(every_stack(name), state_with(tmp_path, None))
    with google_cloud() as cloud:
        cloud.prepare(stack)
        found = json.loads(json.dumps(cloud.state.json()))
        workspace = support.workspace(tmp_path / "configuration", ["hashicorp/google"], cloud.environment)
        workspace.write(stack)
        workspace.apply()
        assert workspace.plan().changes == {}
        workspace.write(unguarded(stack))
        workspace.apply()
        workspace.destroy()
        left = cloud.state.json()
        for kind in ("service_accounts", "access_levels", "service_perimeters", "alert_policies"):
            assert left[kind] == found[kind]
        assert list(left["access_policies"]) == list(found["access_policies"])
        assert {body["state"] for kind in ("pools", "providers") for body in left[kind].values()} <= {"DELETED"}
        assert all(role.get("deleted") for name, role in left["roles"].items() if name not in found["roles"])
        assert members(left) == members(found)
