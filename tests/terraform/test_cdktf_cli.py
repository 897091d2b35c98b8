"""The command lines of both engines as users know them, the pinned ones: list, synth, diff, deploy, destroy."""

import filecmp
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.project import AWS, GOOGLE, Project
from tests.engine import needs_cdktn
from tests.terraform import support
from tests.terraform.project_copy import ProjectCopy, needs_cdktn_cli, needs_cli

pytestmark = pytest.mark.xdist_group("cdktf-cli")
AS_IT_IS = ("--skip-synth", "--skip-provider-lock")
YES = ("--auto-approve", *AS_IT_IS)
each_engine = pytest.mark.parametrize("engine", ["cdktf", pytest.param("cdktn", marks=[needs_cdktn, needs_cdktn_cli])])


@pytest.fixture(scope="module")
def project_copy(tmp_path_factory: pytest.TempPathFactory) -> ProjectCopy:
    return ProjectCopy(tmp_path_factory.mktemp("cdktf"))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(tmp_path, monkeypatch)


@each_engine
@needs_cli
@support.needs()
def test_list_names_both_stacks(project_copy: ProjectCopy, engine: str) -> None:
    said = project_copy.cdktf("list", engine=engine)
    manifest = json.loads((project_copy.root / "cdktf.out/manifest.json").read_text())
    assert manifest["version"] == {"cdktf": "0.21.0", "cdktn": "0.24.0"}[engine]
    assert re.search(r"^demo-aws\s+cdktf.out/stacks/demo-aws$", said, re.MULTILINE)
    assert re.search(r"^demo-google\s+cdktf.out/stacks/demo-google$", said, re.MULTILINE)


@needs_cli
@support.needs()
def test_synth_writes_what_make_synth_writes_into_a_folder_for_each_terminal(project_copy: ProjectCopy) -> None:
    """Their states are the same: docs/reference/guard.md. CDKTF_OUTDIR is ignored by the command line."""
    project_copy.cdktf("synth", "--output", "cdktf.out/example")
    folder = project_copy.root / "cdktf.out/example/stacks" / AWS
    path = json.loads((folder / "cdk.tf.json").read_text())["terraform"]["backend"]["local"]["path"]
    assert (folder / path).resolve() == project_copy.root / f"state/example/{AWS}.tfstate"
    (project_copy.root / "cdktf.out/example").rename(project_copy.root / "by-cli")
    project_copy.run("env", "CDKTF_OUTDIR=cdktf.out/example", ".venv/bin/python", "main.py")
    names = [f"stacks/{stack}/cdk.tf.json" for stack in (AWS, GOOGLE)] + ["manifest.json"]
    _, different, absent = filecmp.cmpfiles(
        project_copy.root / "by-cli", project_copy.root / "cdktf.out/example", names, shallow=False
    )
    assert (different, absent) == ([], [])


def test_the_manifest_declares_that_google_follows_aws(project_copy: ProjectCopy) -> None:
    project_copy.synthesize("example")
    stacks = json.loads((project_copy.root / "cdktf.out/manifest.json").read_text())["stacks"]
    assert {name: stack["dependencies"] for name, stack in stacks.items()} == {AWS: [], GOOGLE: [AWS]}


@needs_cdktn
@needs_cdktn_cli
@needs_cli
@support.needs()
@pytest.mark.parametrize(
    ("engine", "other"), [("cdktf", "cdktn"), pytest.param("cdktn", "cdktf", marks=pytest.mark.soak)]
)
def test_deploy_diff_and_destroy_go_in_the_declared_order(
    project_copy: ProjectCopy, project: Project, engine: str, other: str
) -> None:
    """One engine deploys, the other one finds nothing to change and destroys."""
    here = prepared(project, project_copy)
    here.cdktf("deploy", "*", *YES, engine=engine)
    assert by_last_change(project) == [AWS, GOOGLE]
    assert project.state(GOOGLE, "example") == [["203.0.113.7/32"]]

    assert "No changes" in here.cdktf("diff", GOOGLE, *AS_IT_IS, engine=other)

    here.cdktf("destroy", "*", *YES, engine=other)
    assert by_last_change(project) == [GOOGLE, AWS]
    assert project.state(AWS, "example") == project.state(GOOGLE, "example") == []


@needs_cli
@support.needs()
def test_what_must_stay_at_google_keeps_aws_too(project_copy: ProjectCopy, project: Project) -> None:
    """As an enforced perimeter does, which has prevent_destroy. AWS by itself is not destroyed either."""
    here = prepared(project, project_copy, lifecycle={"prevent_destroy": True})
    assert project.run("deploy", environment="example") == 0
    for stacks in ("*", AWS):
        here.cdktf("destroy", stacks, *YES, exit_code=1)
        assert project.state(AWS, "example") == ["203.0.113.7/32"]
        assert project.state(GOOGLE, "example") == [["203.0.113.7/32"]]


def prepared(project: Project, project_copy: ProjectCopy, **google: Any) -> ProjectCopy:
    """Stacks that need no cloud, with the manifest that the kit's own stacks have."""
    project.configure("example", **google)
    project.synthesize("example")
    project_copy.synthesize("example")
    shutil.copy(project_copy.root / "cdktf.out/manifest.json", project.root / "cdktf.out")
    return ProjectCopy(project.root, ("cdktf.json",))


def by_last_change(project: Project) -> list[str]:
    """The stacks in the order in which their states were last written: what is printed may lack its end."""
    return sorted((AWS, GOOGLE), key=lambda name: project.state_file(name, "example").stat().st_mtime_ns)
