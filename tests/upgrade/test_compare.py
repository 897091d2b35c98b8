"""Released settings synthesized today against the released JSON: no resource is deleted or replaced. No provider is needed."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.upgrade.compare import losses
from tests.upgrade.findings import Finding, check, unannounced
from tests.upgrade.released import RELEASES, Released, fixtures, releases

ROLE = "workload_app_role_15421EA6"


@pytest.mark.parametrize("side", ["aws", "google"])
@pytest.mark.parametrize("fixture", fixtures(), ids=str)
def test_an_upgrade_deletes_and_replaces_nothing(fixture: Released, side: str) -> None:
    check(losses(fixture.stack(side), fixture.today(side)), fixture.name, fixture.release)


def renamed(stack: dict[str, Any]) -> None:
    roles = stack["resource"]["aws_iam_role"]
    roles["other"] = roles.pop(ROLE)


def moved(stack: dict[str, Any]) -> None:
    stack["resource"] = json.loads(json.dumps(stack["resource"]).replace(ROLE, "other"))
    stack["moved"] = [{"from": f"aws_iam_role.{ROLE}", "to": "aws_iam_role.other"}]


def forgotten(stack: dict[str, Any], destroy: bool = False) -> None:
    renamed(stack)
    stack["removed"] = [{"from": f"aws_iam_role.{ROLE}", "lifecycle": {"destroy": destroy}}]


def edited(kind: str, **values: Any) -> Callable[[dict[str, Any]], None]:
    def edit(stack: dict[str, Any]) -> None:
        for body in stack["resource"][kind].values():
            body.update(values)

    return edit


def elsewhere(stack: dict[str, Any]) -> None:
    stack["terraform"]["backend"]["local"]["path"] = "elsewhere.tfstate"
    stack["provider"]["aws"][0]["region"] = "us-east-1"
    stack["terraform"]["required_providers"]["aws"]["version"] = "~> 7.0"
    del stack["output"]["egress_cidrs"]


PLANTED: dict[str, tuple[Callable[[dict[str, Any]], None], list[str]]] = {
    "renamed": (renamed, [f"delete aws_iam_role.{ROLE}"]),
    "moved": (moved, []),
    "forgotten": (forgotten, []),
    "removed": (lambda stack: forgotten(stack, destroy=True), [f"delete aws_iam_role.{ROLE}"]),
    "name": (edited("aws_iam_role", name="x"), [f"replace aws_iam_role.{ROLE} name"]),
    "description": (edited("aws_iam_role", description="x"), []),
    "for_each": (edited("aws_iam_role", for_each=["x"]), [f"replace aws_iam_role.{ROLE} for_each"]),
    "nested": (
        edited("aws_instance", root_block_device=[{"encrypted": False}]),
        ["replace aws_instance.workload_app_instance_8A9AD1EB root_block_device.encrypted"],
    ),
    "no longer ignored": (
        edited("aws_instance", lifecycle={"ignore_changes": ["associate_public_ip_address"]}),
        ["replace aws_instance.workload_app_instance_8A9AD1EB ami"],
    ),
    "triggered": (
        edited("aws_iam_role", lifecycle={"replace_triggered_by": ["aws_vpc.x"]}),
        [f"replace aws_iam_role.{ROLE} lifecycle.replace_triggered_by"],
    ),
    "elsewhere": (
        elsewhere,
        [
            "delete output.egress_cidrs",
            "replace provider.aws region",
            "replace terraform backend",
            "update terraform required_providers.aws",
        ],
    ),
}


@pytest.mark.parametrize("release", releases())
@pytest.mark.parametrize("name", PLANTED)
def test_a_loss_is_found(name: str, release: str) -> None:
    plant, found = PLANTED[name]
    released = Released(RELEASES / release / "example").stack("aws")
    today = copy.deepcopy(released)
    plant(today)
    assert unannounced(losses(released, today), "example", release) == found


def test_a_change_is_announced_to_the_releases_below_its_line_alone() -> None:
    change = Finding("terraform", "update", "required_providers.google")
    assert unannounced([change], "example", "0.1.0") == []
    assert unannounced([change], "example", "0.2.0") == [str(change)]
