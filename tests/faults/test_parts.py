"""No resource type is left out of the table of faults."""

import json
from functools import cache
from typing import Any

from tests.faults.parts import READ, WRITES, part
from tests.synthesis import ENVIRONMENTS, environment
from tests.terraform.google_variants import EVERY_STACK, every_stack


@cache
def stacks() -> list[dict[str, Any]]:
    return [environment(name).aws for name in ENVIRONMENTS] + [json.loads(every_stack(name)) for name in EVERY_STACK]


def test_every_data_source_that_terraform_is_to_know_is_named() -> None:
    assert {kind for stack in stacks() for kind in stack.get("data", {})} - {"terraform_remote_state"} <= READ


def test_every_type_has_a_stack_in_which_there_is_one_of_it() -> None:
    assert {kind: len(part(kind)["resource"][kind]) for kind in WRITES} == dict.fromkeys(WRITES, 1)
