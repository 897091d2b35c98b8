"""One reader of a state: what Terraform itself writes, as a file and as `show -json`, is the same."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from access.errors import Unreadable
from access.states import of_state, records

INNER = """
resource "terraform_data" "each" {
  for_each = toset(["x.y", "a \\" b", "é<&>", "line\\n$${a} %%{b}"])
}
data "terraform_remote_state" "other" {
  backend = "local"
  config  = { path = "other.tfstate" }
}
"""
OUTER = """
module "m" {
  source   = "./inner"
  for_each = toset(["k", "a\\"b"])
}
resource "terraform_data" "one" { input = { open = "o", secret = sensitive("s") } }
resource "terraform_data" "many" { count = 2 }
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """The state file that Terraform wrote, and its `terraform show -json`."""
    folder = tmp_path_factory.mktemp("state")
    (folder / "inner").mkdir()
    (folder / "inner/main.tf").write_text(INNER)
    (folder / "main.tf").write_text(OUTER)
    nothing = {"version": 4, "terraform_version": "1.5.0", "serial": 1, "lineage": "x", "outputs": {}, "resources": []}
    (folder / "other.tfstate").write_text(json.dumps(nothing))
    terraform(folder, "init", "-input=false")
    terraform(folder, "apply", "-input=false", "-auto-approve")
    return json.loads((folder / "terraform.tfstate").read_text()), json.loads(terraform(folder, "show", "-json"))


def terraform(folder: Path, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    done = subprocess.run(
        ["terraform", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_both_forms_have_the_same_addresses(written: tuple[Any, Any]) -> None:
    file, shown = ({(one.address, one.mode, one.kind) for one in records(state)} for state in written)
    assert file == shown
    assert 'module.m["a\\"b"].terraform_data.each["line\\n$${a} %%{b}"]' in {address for address, _, _ in file}
    assert {one.address for one in of_state(written[0])} == {address for address, mode, _ in file if mode == "managed"}
    assert len(file) == 2 * 5 + 3


def test_both_forms_mark_what_is_sensitive(written: tuple[Any, Any]) -> None:
    """A state file's paths are marks of whole attributes: no less is hidden."""
    for state in written:
        marked = {one.address: one.sensitive for one in records(state) if one.sensitive.get("input")}
        assert list(marked) == ["terraform_data.one"]
        assert marked["terraform_data.one"]["input"] in (True, {"secret": True})


def test_a_deposed_instance_is_another_object() -> None:
    one = {"mode": "managed", "type": "aws_eip", "name": "a"}
    file = {"version": 4, "resources": [{**one, "instances": [{"attributes": {}}, {"deposed": "0a1b2c3d"}]}]}
    shown = [{**one, "address": "aws_eip.a"}, {**one, "address": "aws_eip.a", "deposed_key": "0a1b2c3d"}]
    expected = ["aws_eip.a", "aws_eip.a (deposed)"]
    for state in (file, {"values": {"root_module": {"resources": shown}}}):
        assert [found.address for found in records(state)] == expected


@pytest.mark.parametrize("state", [{"resources": 7}, {"resources": [{"name": "a"}]}, {"values": [1]}])
def test_another_shape_is_refused(state: Any) -> None:
    with pytest.raises(Unreadable, match="not what Terraform writes"):
        records(state)


def test_an_empty_state_has_nothing() -> None:
    assert records({"format_version": "1.0", "terraform_version": "1.11.0"}) == []
