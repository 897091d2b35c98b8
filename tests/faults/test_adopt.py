"""`make adopt` with the real providers: whatever was made and is in no state comes back by the commands that it prints."""

import json
from pathlib import Path

import pytest

from tests.faults.world import adopt, prepare, world
from tests.synthesis import environment
from tests.terraform import support

pytestmark = [support.needs("hashicorp/aws", "hashicorp/google"), pytest.mark.xdist_group("faults")]
TAKEN_OVER = ("aws_default_security_group",)
"""Terraform itself takes these over."""
BY_HAND = ("google_monitoring_alert_policy",)


@pytest.mark.soak
@pytest.mark.parametrize("name", ["example", "several"])
def test_both_states_are_lost(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    stacks = environment(name)
    prefix = stacks.google["provider"]["google"] and stacks.folder.joinpath("stacks")
    names = sorted(path.name for path in prefix.iterdir())
    with world(tmp_path, name, monkeypatch) as here:
        prepare(here.cloud, stacks.google)
        here.write(name, **dict(zip(names, (stacks.aws, stacks.google), strict=True)))
        assert here.deploy() == 0
        for stack in names:
            state = here.state(stack)
            kept = json.loads(state.read_text())
            here.root.joinpath(f"{stack}.before.json").write_text(json.dumps(kept))
            kept["resources"] = [one for one in kept["resources"] if one["mode"] == "data"]
            state.write_text(json.dumps(kept))
        capfd.readouterr()
        assert here.deploy("adopt") == 0
        printed = capfd.readouterr().out
        print(printed)
        commands = adopt(printed)
        expected = {
            f"{one['type']}.{one['name']}": one["instances"][0]["attributes"]["id"]
            for stack in names
            for one in json.loads(here.root.joinpath(f"{stack}.before.json").read_text())["resources"]
            if one["mode"] == "managed"
        }
        imported = {command.split()[3] for command in commands}
        assert {
            address for address in set(expected) - imported if not address.startswith(TAKEN_OVER + BY_HAND)
        } == set()
        for stack in names:
            before = {
                f"{one['type']}.{one['name']}": one["instances"][0]["attributes"]["id"]
                for one in json.loads(here.state(stack).read_text())["resources"]
                if one["mode"] == "managed" and one["type"] not in ("aws_route", "aws_iam_role_policy_attachment")
            }
            assert before == {address: expected[address] for address in before}
        assert here.deploy() == 0
        capfd.readouterr()
        for stack in names:
            done = here.terraform(stack, "plan", "-input=false", "-detailed-exitcode")
            assert done.returncode == 0, done.stdout
