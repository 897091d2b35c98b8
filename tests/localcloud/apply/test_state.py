"""The state file, and where it is."""

import json
from pathlib import Path

import pytest

from localcloud.apply import ApplyError, state_file
from localcloud.apply.remote_state import remote_state
from localcloud.apply.state import Record, State
from stacks.settings import load
from tests.synthesis import ENVIRONMENTS, environment


def test_a_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    state = State(tmp_path / "new" / "a.tfstate", {"aws_eip.a": Record("aws_eip", "eipalloc-1", needs=["aws_vpc.v"])})
    state.replaced["aws_eip.a"] = [Record("aws_eip", "eipalloc-0", gone_last=True)]
    state.outputs["x"] = [1]
    state.save()
    assert State.load(state.path) == state
    assert [path.name for path in state.path.parent.iterdir()] == ["a.tfstate"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    state = State(tmp_path / "a.tfstate", outputs={"x": 1})
    state.save()
    state.outputs["y"] = object()
    with pytest.raises(TypeError):
        state.save()
    assert State.load(state.path).outputs == {"x": 1}


def test_a_removed_object_is_gone_from_the_file(tmp_path: Path) -> None:
    present, old = Record("aws_eip", "1"), Record("aws_eip", "0")
    state = State(tmp_path / "a.tfstate", {"aws_eip.a": present}, {"aws_eip.a": [old]})
    state.remove("aws_eip.a", old)
    assert State.load(state.path).resources == {"aws_eip.a": present}
    assert State.load(state.path).replaced == {}
    state.remove("aws_eip.a", present)
    assert State.load(state.path).resources == {}


def test_terraforms_own_state_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tfstate").write_text(json.dumps({"version": 4, "resources": []}))
    with pytest.raises(ApplyError, match="is not a state of this simulated apply"):
        State.load(tmp_path / "a.tfstate")


@pytest.mark.parametrize("name", [name for name in ENVIRONMENTS if load(name).has_aws_stack])
def test_the_other_stack_is_found_by_its_backend(name: str, tmp_path: Path) -> None:
    stacks = environment(name)
    for remote in stacks.google.get("data", {}).get("terraform_remote_state", {}).values():
        with pytest.raises(ApplyError, match="apply the other stack first"):
            remote_state(remote, tmp_path)
        State(state_file(stacks.aws, tmp_path), outputs={"egress_cidrs": []}).save()
        assert remote_state(remote, tmp_path)["outputs"] == {"egress_cidrs": []}
    assert state_file(stacks.aws, tmp_path) != state_file(stacks.google, tmp_path)
