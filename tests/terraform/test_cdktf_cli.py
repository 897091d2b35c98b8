"""The cdktf command line as users know it, the pinned one: list, synth, diff, deploy, destroy."""

import filecmp
import json
import re
import shutil
from pathlib import Path

import pytest

from tests.deploy.project import AWS, GOOGLE, Project
from tests.terraform import support
from tests.terraform.scratch import Scratch, needs_cli

pytestmark = pytest.mark.xdist_group("cdktf-cli")


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    return Scratch(tmp_path_factory.mktemp("cdktf"))


@needs_cli
@support.needs()
def test_list_names_both_stacks(scratch: Scratch) -> None:
    said = scratch.cdktf("list")
    assert re.search(r"^demo-aws\s+cdktf.out/stacks/demo-aws$", said, re.MULTILINE)
    assert re.search(r"^demo-google\s+cdktf.out/stacks/demo-google$", said, re.MULTILINE)


@needs_cli
@support.needs()
def test_synth_writes_what_make_synth_writes(scratch: Scratch) -> None:
    scratch.cdktf("synth")
    (scratch.root / "cdktf.out").rename(scratch.root / "by-cli")
    scratch.synthesize("example")
    names = [f"stacks/{stack}/cdk.tf.json" for stack in (AWS, GOOGLE)] + ["manifest.json"]
    _, different, absent = filecmp.cmpfiles(scratch.root / "by-cli", scratch.root / "cdktf.out", names, shallow=False)
    assert (different, absent) == ([], [])


def test_the_manifest_declares_that_google_follows_aws(scratch: Scratch) -> None:
    scratch.synthesize("example")
    stacks = json.loads((scratch.root / "cdktf.out/manifest.json").read_text())["stacks"]
    assert {name: stack["dependencies"] for name, stack in stacks.items()} == {AWS: [], GOOGLE: [AWS]}


@needs_cli
@support.needs()
def test_deploy_diff_and_destroy_go_in_the_declared_order(
    scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On stacks that need no cloud, with the manifest that the kit's own stacks have."""
    scratch.synthesize("example")
    project = Project(tmp_path, monkeypatch)
    project.synthesize("example")
    shutil.copy(scratch.root / "cdktf.out/manifest.json", project.root / "cdktf.out")
    here = Scratch(project.root, ("cdktf.json",))
    options = ("--skip-synth", "--skip-provider-lock")

    said = here.cdktf("deploy", "*", "--auto-approve", *options)
    assert said.index("terraform_data.address: Creation complete") < said.index(
        "terraform_data.level: Creation complete"
    )
    assert project.state(GOOGLE, "example") == [["203.0.113.7/32"]]

    assert "No changes" in here.cdktf("diff", GOOGLE, *options)

    said = here.cdktf("destroy", "*", "--auto-approve", *options)
    assert said.index("terraform_data.level: Destruction") < said.index("terraform_data.address: Destruction")
    assert project.state(AWS, "example") == project.state(GOOGLE, "example") == []
