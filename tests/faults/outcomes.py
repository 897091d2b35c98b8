"""One fault at the request that makes one resource, and what becomes of it."""

import json
import os
import re
import shlex
import signal
import subprocess
from typing import Any

import pytest
from moto.ec2.models import ec2_backends

from access.attached import RULES
from deploy import lookups
from localcloud.faults import InjectedFault
from localcloud.google import seed
from localcloud.proxy import Request
from tests.faults.parts import WRITES, part
from tests.faults.stage import STACK, Stage
from tests.faults.world import World, adopt, world
from tests.terraform.attached import REATTACH
from tests.terraform.google_cloud import prepare

FAULTS: dict[str, dict[str, Any]] = {
    **{str(status): {"status": status} for status in (409, 412, 429, 500, 503)},
    "dropped": {"drop": True},
    "slow": {"delay": 3},
    "killed": {"drop": True},
}
SERVICES = (
    "accesscontextmanager", "aiplatform", "cloudbilling", "iam", "iamcredentials", "logging", "monitoring", "sts",
)  # fmt: skip
AT_ONCE, LATER, ADOPTED = "converges at once", "a second apply converges", "clear error, then `make adopt`"
BY_HAND = "clear error, then `make adopt` names what is deleted by hand"


def outcome(
    kind: str, fault: str, done: bool, stage: Stage, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> str:
    """Apply with a fault, then again, then adopt: which of these it took, for the table.

    Fails if all of that does not end in a plan without changes.
    """
    document = part(kind)
    with world(stage.root, "several", monkeypatch) as here:
        prepare(here.cloud.state, json.dumps(document))
        if kind != "google_project_service":
            here.google.services[seed.PROJECT] |= {f"{name}.googleapis.com": 0.0 for name in SERVICES}
        stage.enter(here, kind, document, monkeypatch)
        made: list[str] = []
        here.cloud.faults.add(InjectedFault(WRITES[kind], call=lambda _: made.append(""), done=True, times=10**6))
        lost = InjectedFault(WRITES[kind], done=done, **FAULTS[fault])
        first = _apply(here, lost, fault)
        assert lost.happened, first
        here.cloud.faults.clear()
        counting = InjectedFault(WRITES[kind], call=lambda _: made.append(""), done=True, times=10**6)
        here.cloud.faults.add(counting)
        return _text(here, kind, first, made, capfd)


def _text(here: World, kind: str, first: tuple[int, str], made: list[str], capfd: pytest.CaptureFixture[str]) -> str:
    text = AT_ONCE
    if first[0]:
        assert "panic" not in first[1]
        second = here.terraform(STACK, "apply", "-input=false", "-auto-approve")
        text = LATER
        if second.returncode:
            assert "Error:" in second.stdout
            text = ADOPTED
    capfd.readouterr()
    if text == ADOPTED or len(made) > 1:  # Made once, and in the state: nothing is left over.
        assert here.deploy("adopt") == 0
        printed = capfd.readouterr().out
        orphans = [line for line in printed.splitlines() if "orphaned:" in line]
        commands = adopt(printed)
        if text == ADOPTED:
            if kind in RULES:
                text = BY_HAND
                _delete_rules(here, kind, printed)
            assert commands or text == BY_HAND, f"{second.stdout}\n{printed}"
            third = here.terraform(STACK, "apply", "-input=false", "-auto-approve")
            assert third.returncode == 0, f"{printed}\n{third.stdout}"
        else:
            assert not commands, printed
        if len(here.google.alert_policies) > 1:
            orphans += [line for line in printed.splitlines() if "gcloud monitoring policies list" in line]
            assert orphans, printed
        assert {id for id in _left_over(here) if id not in printed} == set(), printed
        if orphans:
            text += f"; {len(orphans)} left over, named by `make adopt`"
    plan = here.terraform(STACK, "plan", "-input=false", "-detailed-exitcode")
    assert plan.returncode == 0, plan.stdout
    return text


def _delete_rules(here: World, kind: str, printed: str) -> None:
    """Delete the rules that `adopt` names, as its reader does: those of one list."""
    titles = re.findall(r"rules have no import: delete '([^']+)' there", printed)
    side, direction = RULES[kind]
    (perimeter,) = here.google.service_perimeters.values()
    rules = perimeter[side][f"{direction}Policies"]
    assert {one["title"] for one in rules} & {*titles}, printed
    perimeter[side][f"{direction}Policies"] = [one for one in rules if one["title"] not in titles]


def _left_over(here: World) -> set[str]:
    """Ids of what EC2 has of this deployment, and the state has not.

    A volume goes with its instance; of a rule that it refuses as a duplicate moto keeps the tags.
    """
    state, hidden = here.state(STACK).read_text(), ("vol-", "sgr-")
    with here.cloud.aws.moto.lock:
        every = [one.tags.items() for one in ec2_backends[here.cloud.aws.account].values()]
        return {
            id
            for tagged in every
            for id, tags in tagged
            if lookups.TAG in tags and id not in state and id[:4] not in hidden
        }


def _apply(here: World, lost: InjectedFault, fault: str) -> tuple[int, str]:
    """Apply with a fault. What is to be killed starts its own providers: they end with it, as with a machine or a job."""
    folder = here.root / "cdktf.out/stacks" / STACK
    environment = {name: value for name, value in os.environ.items() if name != REATTACH or fault != "killed"}
    process = subprocess.Popen(
        shlex.split(f"terraform -chdir={folder} apply -input=false -auto-approve -no-color"),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    if fault == "killed":

        def kill(_: Request) -> None:
            os.killpg(process.pid, signal.SIGKILL)

        lost.call = kill
    here.cloud.faults.add(lost)
    try:
        printed, _ = process.communicate(timeout=300)
    finally:
        process.kill()
    return process.returncode, printed
