"""Deploy one environment, synthesize another: the first one's state is still there.

`cdktf synth` deletes the folder of every stack that the present manifest does not name. The synthesis and Terraform are
the real ones; what is applied are the outputs alone, which need no cloud.
"""

import json

import pytest

from tests.terraform import support
from tests.terraform.project_copy import ProjectCopy, needs_cli

pytestmark = support.needs()
STACK = "cdktf.out/stacks/direct-google"


def synthesize_and_keep_outputs(project_copy: ProjectCopy) -> None:
    project_copy.synthesize("direct")
    path = project_copy.root / STACK / "cdk.tf.json"
    document = json.loads(path.read_text())
    kept = {name: document[name] for name in ("output", "terraform")}
    kept["terraform"].pop("required_providers")
    path.write_text(json.dumps(kept))
    project_copy.run("terraform", "init", "-input=false", "-reconfigure", folder=STACK)


@pytest.mark.parametrize("by", ["main.py", pytest.param("cdktf synth", marks=needs_cli)])
def test_synthesizing_another_environment_keeps_the_state(by: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    project_copy = ProjectCopy(tmp_path_factory.mktemp("state"))
    synthesize_and_keep_outputs(project_copy)
    project_copy.run("terraform", "apply", "-input=false", "-auto-approve", folder=STACK)
    beside = project_copy.root / STACK / "terraform.direct-google.tfstate"
    beside.write_text("where cdktf's own default keeps it")

    if by == "main.py":
        project_copy.synthesize("example")
    else:
        project_copy.cdktf("synth")
        assert not beside.exists()  # The danger is real.
    assert {path.name for path in (project_copy.root / "state/direct").iterdir()} == {"direct-google.tfstate"}

    synthesize_and_keep_outputs(project_copy)
    assert "No changes" in project_copy.run("terraform", "plan", "-input=false", folder=STACK)
