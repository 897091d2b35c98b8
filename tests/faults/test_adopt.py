"""`make adopt` with the real providers: whatever was made and is in no state comes back by the commands that it prints."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.faults.parts import READ, WRITES
from tests.faults.slim import with_few_types
from tests.faults.world import adopt, world
from tests.synthesis import environment
from tests.terraform import support
from tests.terraform.attached import REATTACH
from tests.terraform.google_cloud import prepare

pytestmark = [support.needs("hashicorp/aws", "hashicorp/google"), pytest.mark.xdist_group("faults")]
TAKEN_OVER = ("aws_default_security_group",)
"""Terraform itself takes these over."""
BY_HAND = ("google_monitoring_alert_policy",)
OTHER_IDS = ("aws_route.", "aws_iam_role_policy_attachment.")
"""An import gives these another id than a creation."""


def managed(state: dict[str, Any]) -> dict[str, str]:
    """The ids of what Terraform manages, by address."""
    return {
        f"{one['type']}.{one['name']}": one["instances"][0]["attributes"]["id"]
        for one in state["resources"]
        if one["mode"] == "managed"
    }


@pytest.mark.soak
@pytest.mark.parametrize("name", ["example", "several"])
def test_both_states_are_lost(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    stacks = environment(name, support.HERE)
    names = sorted(path.name for path in stacks.folder.joinpath("stacks").iterdir())
    expected: dict[str, str] = {}
    with world(tmp_path, name, monkeypatch) as here:
        prepare(here.cloud.state, json.dumps(stacks.google))
        here.write(name, **dict(zip(names, (stacks.aws, stacks.google), strict=True)))
        running = here.start_providers(here)
        monkeypatch.setenv(REATTACH, with_few_types(here, tmp_path, running, {*WRITES, *READ}))
        assert here.deploy() == 0
        for stack in names:
            state = here.state(stack)
            kept = json.loads(state.read_text())
            expected |= managed(kept)
            kept["resources"] = [one for one in kept["resources"] if one["mode"] == "data"]
            state.write_text(json.dumps(kept))
        capfd.readouterr()
        assert here.deploy("adopt") == 0
        printed = capfd.readouterr().out
        print(printed)
        commands = adopt(printed)
        imported = {shlex.split(command)[-2] for command in commands}
        assert {
            address for address in set(expected) - imported if not address.startswith(TAKEN_OVER + BY_HAND)
        } == set()
        for stack in names:
            imported_ids = managed(json.loads(here.state(stack).read_text())).items()
            before = {address: id for address, id in imported_ids if not address.startswith(OTHER_IDS)}
            assert before == {address: expected[address] for address in before}
        assert here.deploy() == 0
        capfd.readouterr()
        for stack in names:
            done = here.terraform(stack, "plan", "-input=false", "-detailed-exitcode")
            assert done.returncode == 0, done.stdout
