"""What deploy reads of cdktf.out, on what the project's own environments synthesize to: every backend among them."""

from pathlib import Path

import pytest

from deploy.errors import DeployError
from deploy.stacks import Stack, synthesized
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


def test_a_state_path_is_followed_from_the_physical_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    monkeypatch.chdir(checkout)
    document = {"terraform": {"backend": {"local": {"path": "../../state/a.tfstate"}}}}
    for name, place in (("within", checkout / "runs/a"), ("link", tmp_path / "elsewhere/runs/a")):
        place.mkdir(parents=True)
        (checkout / name).symlink_to(place.parent)
    Stack("a", Path("within/a"), (), document).check_state()
    with pytest.raises(DeployError, match="looks for a state in .*elsewhere/state/a.tfstate; allowed: "):
        Stack("a", Path("link/a"), (), document).check_state()
