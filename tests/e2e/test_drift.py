"""A second apply plans no change, in whatever mode, and every flip is in place: real Terraform, both real providers.

By itself this walks through a choice of modes of the Google stack, in which every pair of its keys meets and every flip
between perimeters happens. `tests/soak` walks through the modes with both stacks, and with every generation of the provider.
"""

import dataclasses
import json
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import pytest

from tests.synthesis import from_toml
from tests.terraform import support
from tests.terraform.test_google_plan import state_with

from .modes import CHOICE, NETWORKS, PERIMETERS, PLACES, POLICIES, Mode, at, pairs
from .outcome import told
from .world import PERIMETER, World, world

APPLIED = "validated, applied, no change"
real = support.needs("hashicorp/aws", "hashicorp/google")


def stays(before: Mode, mode: Mode) -> bool:
    """Whether there is one and the same perimeter before and after."""
    return "off" not in (before.perimeter, mode.perimeter) and before.policy == mode.policy


def test_every_pair_of_the_google_stacks_keys_meets() -> None:
    wanted = {pair for place in PLACES for mode in at(*place) for pair in pairs(mode.seen_by_google)}
    assert wanted - {pair for mode in CHOICE for pair in pairs(mode.seen_by_google)} == set()


def test_every_flip_between_perimeters_happens() -> None:
    flips = {(one.perimeter, two.perimeter) for one, two in zip(CHOICE, CHOICE[1:], strict=False) if stays(one, two)}
    assert flips >= {(one, two) for one in PERIMETERS[1:] for two in PERIMETERS[1:] if one != two}


def test_the_aws_stack_sees_no_perimeter_and_no_policy() -> None:
    modes = [Mode(perimeter, policy=policy) for perimeter in PERIMETERS for policy in POLICIES]
    assert len({json.dumps(from_toml(mode.toml()).aws) for mode in modes}) == 1


def test_the_google_stack_sees_of_the_network_only_who_gives_the_addresses() -> None:
    own = [Mode(network=network) for network in NETWORKS if network not in ("central", "none")]
    paused = [Mode(network=mode.network, paused=True) for mode in own if mode.network != "existing"]
    assert len({json.dumps(from_toml(mode.toml()).google) for mode in own + paused}) == 1
    assert "terraform_remote_state" not in from_toml(Mode(network="central").toml()).google["data"]


Record = Callable[[Mode, str, float], None]


def walk(modes: list[Mode], there: World, settings: str, record: Record | None = None) -> None:
    """From mode to mode, with these settings laid over each. A perimeter that stays is updated at most: never ended.

    With `record` both stacks are applied, and it is told each result; else Google's alone.
    """
    before = Mode("off")
    for mode in modes:
        with told(partial(record, mode), APPLIED) if record else nullcontext():
            stacks = from_toml(mode.toml(there.found, settings))
            changes, asked = there.apply(stacks if record else dataclasses.replace(stacks, aws={}))
            if stays(before, mode):
                actions = [done for address, done in changes.items() if address.startswith(f"{PERIMETER}.")]
                assert actions == ["update"] or (actions == [] and before.perimeter == mode.perimeter)
                assert asked == []
        before = mode


@pytest.mark.soak
@real
def test_a_choice_of_the_google_stacks_modes(tmp_path: Path) -> None:
    with world(tmp_path) as there:
        state_with(tmp_path, None).rename(there.aws_state)
        walk(CHOICE, there, support.HERE)


@real
@pytest.mark.soak
def test_a_new_zone_only_creates_and_widens_the_level(tmp_path: Path) -> None:
    """The gateway of a second zone: its address joins the level, and nothing of what is there is replaced."""
    with world(tmp_path) as there:
        two = Mode(network="per zone").toml(there.found, support.HERE)
        there.apply(from_toml(two.replace(', "ap-northeast-1c"', "")))
        changes, asked = there.apply(from_toml(two))
    assert asked == []
    changed = {address.split(".")[0]: done for address, done in changes.items() if done != "create"}
    assert changed == {
        "google_access_context_manager_access_level": "update",
        "aws_ssm_document": "update",
    }
