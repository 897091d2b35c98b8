"""What deploy reads of cdktf.out, on what the project's own environments synthesize to: every backend among them."""

import pytest

from deploy.errors import DeployError
from deploy.stacks import synthesized
from tests.synthesis import ENVIRONMENTS, environment


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_an_environments_stacks_in_order(name: str) -> None:
    result = environment(name)
    sides = [stack.name.rpartition("-")[2] for stack in synthesized(name, result.folder)]
    assert sides == (["aws", "google"] if result.aws else ["google"])


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_no_other_environment_is_taken_for_it(name: str) -> None:
    with pytest.raises(DeployError, match="which is not environment 'other'"):
        synthesized("other", environment(name).folder)
