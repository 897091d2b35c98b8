"""The simulated apply writes to Google what the real provider writes: held against it, request by request.

By itself this runs some changes of a stack; SOAK=1 runs more of them, and every environment.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from localcloud.apply import apply, destroy, state_file
from tests.localcloud.apply.changes import unprotected
from tests.localcloud.apply.google_world import Recorder, for_terraform, google_cloud, other_stack
from tests.synthesis import ENVIRONMENTS, environment
from tests.terraform import support
from tests.terraform.google_stacks import DRY_RUN, ENFORCED, NONE, google_stack
from tests.terraform.google_variants import every_stack

pytestmark = [support.needs("hashicorp/google"), pytest.mark.xdist_group("terraform-google")]
BOTH = f'{ENFORCED}\n[perimeter.proposed]\negress_cidrs = ["203.0.113.8/32"]'
SECOND = '[[workload]]\nname = "second"\nauth = "direct"\nrole_name = "second"'
DISABLED = 'name = "app"\nauth = "direct"\nrole_name = "app"\ndisabled = true'
MOVED = 'egress_cidrs = ["203.0.113.9/32"]'
SEQUENCE = {
    "dry run": google_stack(DRY_RUN),
    "enforced": google_stack(ENFORCED),
    "a proposal": google_stack(BOTH),
    "the proposal ends": google_stack(ENFORCED),
    "a second workload": google_stack(ENFORCED, more=SECOND),
    "it goes": google_stack(ENFORCED),
    "another address": google_stack(ENFORCED, aws=MOVED),
    "any identity": google_stack(f"{ENFORCED}\nany_identity = true", aws=MOVED),
    "logged": google_stack(ENFORCED, more="[audit]\nalert = true\ndata_access_logs = true"),
    "stopped": google_stack(ENFORCED, workload=DISABLED),
    "dry run again": google_stack(DRY_RUN),
    "no perimeter": google_stack(NONE),
}
SHORT = ("dry run", "enforced")
SOAK = os.environ.get("SOAK")
Result = list[tuple[str, Any, Any]]


def simulated(steps: dict[str, dict[str, Any]], folder: Path) -> Result:
    first, last = next(iter(steps.values())), list(steps.values())[-1]
    path, result = state_file(first, folder), Result()
    with google_cloud(first) as (cloud, recorder):
        other_stack(first, folder)
        for name, document in steps.items():
            apply(document, state=path, environment=cloud.deployer_environment())
            result.append((name, recorder.taken(), recorder.policies()))
        destroy(unprotected(last), state=path, environment=cloud.deployer_environment())
        result.append(ended(recorder))
    return result


def real(steps: dict[str, dict[str, Any]], folder: Path) -> Result:
    first, last = next(iter(steps.values())), list(steps.values())[-1]
    result = Result()
    with google_cloud(first) as (cloud, recorder):
        workspace = support.workspace(folder / "terraform", ["hashicorp/google"], cloud.deployer_environment())
        for name, document in steps.items():
            workspace.write(for_terraform(document, folder))
            workspace.apply()
            result.append((name, recorder.taken(), recorder.policies()))
        workspace.write(for_terraform(unprotected(last), folder))
        workspace.apply()  # deletion_policy is in the state alone
        workspace.destroy()
        result.append(ended(recorder))
    return result


def ended(recorder: Recorder) -> tuple[str, Any, Any]:
    return "destroyed", recorder.taken(), recorder.policies()


def test_a_sequence_of_changes(tmp_path: Path) -> None:
    steps = {name: json.loads(text) for name, text in SEQUENCE.items() if SOAK or name in SHORT}
    ours, theirs = simulated(steps, tmp_path), real(steps, tmp_path)
    for mine, other in zip(ours, theirs, strict=True):
        assert mine == other


@pytest.mark.soak
@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_environment(name: str, tmp_path: Path) -> None:
    google = environment(name, support.HERE).google
    steps = {"first": google, "second": google}
    assert simulated(steps, tmp_path) == real(steps, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("variant", ["every-service", "shared", "egress"])
def test_every_service_and_rules_outwards(variant: str, tmp_path: Path) -> None:
    steps = {"first": json.loads(every_stack(variant))}
    assert simulated(steps, tmp_path) == real(steps, tmp_path)
