"""The demo's lines about what is there and what is left: each goes red when something is that should not be."""

from types import SimpleNamespace
from typing import Any

import pytest

from localcloud.cloud import LocalCloud
from localcloud.demo import inventory, scenarios
from localcloud.demo.callers import ANSWER, Outcome
from localcloud.demo.table import Line
from localcloud.google.state import State
from tests.localcloud.account import Account, client

pytestmark = pytest.mark.xdist_group("localcloud-demo-lines")

POOL = "projects/345678901234/locations/global/workloadIdentityPools/demo-aws (deleted)"
ADDRESS = "203.0.113.100"


def destroyed(aws: set[str], google: set[str], mistakes: list[str], *lost: str) -> list[bool]:
    """Which of the last lines are as expected."""
    return [line.ok for line in scenarios.destroyed(({*lost}, set()), (aws, google), mistakes)]


def test_nothing_is_left_but_the_soft_deleted_pool() -> None:
    assert destroyed(set(), {POOL}, []) == [True, True, True, True]
    assert destroyed({"vpc-1"}, {POOL}, []) == [False, True, True, True]
    assert destroyed(set(), {POOL, "accessPolicies/1"}, []) == [True, False, True, True]
    assert destroyed(set(), set(), []) == [True, False, True, True]  # a pool does not go at once
    assert destroyed(set(), {POOL}, [], "vpc-0") == [True, True, False, True]
    assert destroyed(set(), {POOL}, ["iam: unknown field"]) == [True, True, True, False]


def test_everything_in_google_has_a_name_and_what_is_deleted_says_so() -> None:
    name = POOL.removesuffix(" (deleted)")
    state = State(pools={name: {"state": "DELETED"}}, access_levels={"accessPolicies/1/accessLevels/a": {}})
    state.iam_policies["projects/p"] = {"bindings": [{"role": "r", "members": ["user:a@example.com"]}]}
    assert inventory.google(state) == {POOL, "accessPolicies/1/accessLevels/a", "projects/p: r for user:a@example.com"}


def test_log_groups_and_flow_logs_are_looked_at(cloud: LocalCloud, account: Account) -> None:
    before = inventory.aws(cloud)
    client(cloud, "logs").create_log_group(logGroupName="/demo/flow-logs")
    (log,) = account.ec2.create_flow_logs(
        ResourceIds=[account.vpc], ResourceType="VPC", TrafficType="ALL", LogDestinationType="cloud-watch-logs",
        LogGroupName="/demo/flow-logs", DeliverLogsPermissionArn="arn:aws:iam::123456789012:role/demo-flow-logs",
    )["FlowLogIds"]  # fmt: skip
    assert inventory.aws(cloud) - before == {"logs /demo/flow-logs", log}


@pytest.mark.parametrize(
    ("there", "ok"),
    [({ADDRESS, "vpc-1"}, True), ({"vpc-1"}, False), ({ADDRESS, "nat-1"}, False), ({ADDRESS, "i-1"}, False)],
)
def test_paused_keeps_the_address_and_nothing_that_costs(
    there: set[str], ok: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "aws", lambda _: there)
    callers: Any = SimpleNamespace(cloud=None)
    assert [line.ok for line in scenarios.paused(callers, ADDRESS)] == [ok]


@pytest.mark.parametrize(
    ("address", "changes", "wrong"),
    [
        (ADDRESS, [], []),
        ("203.0.113.101", [], ["its address"]),
        (ADDRESS, ["x.y"], ["what Google's stack would change"]),
    ],
)
def test_resumed_is_as_before(address: str, changes: list[str], wrong: list[str]) -> None:
    answer = Outcome(ANSWER, address, rule=scenarios.WORKLOADS)
    callers: Any = SimpleNamespace(on_instance=lambda _: answer)
    lines: list[Line] = list(scenarios.resumed(callers, "i-1", ADDRESS, changes))
    assert [line.scenario for line in lines if not line.ok] == wrong
