"""A run with the kit's own synthesis: real main.py, backends and documents, real Terraform; only the outputs are applied."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.engine import needs_cdktn
from tests.terraform import support
from tests.terraform.project_copy import ROOT, ProjectCopy

pytestmark = support.needs()
# What the clouds would be needed for is taken out after the synthesis.
OUTPUTS_ALONE = """

import json, pathlib
for path in pathlib.Path(os.environ.get("CDKTF_OUTDIR", "cdktf.out")).glob("stacks/*/cdk.tf.json"):
    document = json.loads(path.read_text())
    kept = {name: document[name] for name in ("//", "output", "terraform")}
    kept["terraform"].pop("required_providers")
    path.write_text(json.dumps(kept))
"""


@pytest.fixture
def project_copy(tmp_path: Path) -> ProjectCopy:
    """A checkout below a folder, so that a wrong depth would leave it."""
    root = tmp_path / "a/checkout"
    root.mkdir(parents=True)
    project_copy = ProjectCopy(root)
    with (root / "main.py").open("a") as file:
        file.write(OUTPUTS_ALONE)
    return project_copy


def deploy(
    project_copy: ProjectCopy, *arguments: str, environment: str = "direct", **variables: str
) -> tuple[int, str]:
    done = subprocess.run(
        ["setup/engine.sh", "-m", "deploy", *arguments],
        cwd=project_copy.root,
        env={**os.environ, "PYTHONPATH": str(ROOT), "ENVIRONMENT": environment, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_state_is_where_cdktf_and_every_run_look_for_it(project_copy: ProjectCopy) -> None:
    code, said = deploy(project_copy, "deploy", AUTO_APPROVE="1")
    assert code == 0, said  # no resource, so nothing is wider
    assert [str(path.relative_to(project_copy.root)) for path in project_copy.root.glob("state/*/*")] == [
        "state/direct/direct-google.tfstate"
    ]
    code, said = deploy(project_copy, "plan", "--detailed-exitcode", CDKTF_OUTDIR="build/elsewhere")
    assert (code, said.count("No changes.")) == (0, 1), said
    project_copy.synthesize("direct")
    project_copy.run("terraform", "init", "-input=false", folder="cdktf.out/stacks/direct-google")
    plan = project_copy.run("terraform", "plan", "-input=false", folder="cdktf.out/stacks/direct-google")
    assert "No changes" in plan


def test_two_syntheses_in_two_private_folders_are_one_saved_plan(project_copy: ProjectCopy) -> None:
    """The digest of what is synthesized does not depend on the folder's name."""
    code, said = deploy(project_copy, "plan", "--out", "plans")
    assert code == 0, said
    code, said = deploy(project_copy, "deploy", "--plan", "plans")
    assert code == 0, said
    assert "Apply complete!" in said


@needs_cdktn
def test_engines_share_the_state_and_no_saved_plan(project_copy: ProjectCopy) -> None:
    code, said = deploy(project_copy, "plan", "--out", "plans", ENGINE="cdktn")
    assert code == 0, said
    code, said = deploy(project_copy, "deploy", "--plan", "plans", ENGINE="cdktf")
    assert (code, "plan again" in said) == (6, True), said
    code, said = deploy(project_copy, "deploy", "--plan", "plans", ENGINE="cdktn")
    assert (code, "Apply complete!" in said) == (0, True), said
    code, said = deploy(project_copy, "plan", "--detailed-exitcode", ENGINE="cdktf")
    assert (code, said.count("No changes.")) == (0, 1), said
