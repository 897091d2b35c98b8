"""Mistakes of the AWS stack show where Google decides: each is planted alone, both stacks are applied, and callers call."""

import dataclasses
from pathlib import Path

import pytest

from .agreement import Disagreement, counterexample, delivered
from .callers import Callers
from .deployed import deployed
from .environments import read
from .planted import Bug
from .planted_aws import DELIVERED, PUBLISHED

pytestmark = pytest.mark.xdist_group("aws-mistakes")


@pytest.mark.parametrize("bug", PUBLISHED, ids=lambda bug: bug.name)
def test_generated_callers_find_it(bug: Bug, tmp_path: Path) -> None:
    tables, stacks = read(bug.environment)
    with deployed(tables, dataclasses.replace(stacks, aws=bug.planted(stacks.aws)), tmp_path) as one:
        assert counterexample(Callers(one))


@pytest.mark.parametrize("bug", DELIVERED, ids=lambda bug: bug.name)
def test_a_workload_finds_it(bug: Bug, tmp_path: Path) -> None:
    tables, stacks = read(bug.environment)
    with deployed(tables, dataclasses.replace(stacks, aws=bug.planted(stacks.aws)), tmp_path) as one:
        with pytest.raises(Disagreement) as found:
            delivered(Callers(one))
        assert found.value.caller.where in one.outputs["instance_ids"].values()  # type: ignore[union-attr]
