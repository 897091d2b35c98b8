"""A first deploy as a pipeline does it, with the kit's own stacks, both real providers and both clouds: two rounds.

With SOAK=1: some minutes.
"""

import re
from pathlib import Path

import pytest

from tests.engine import needs_cdktn
from tests.terraform import support
from tests.terraform.project_copy import ROOT, ProjectCopy
from tests.terraform.test_cdktf_deploy import PROVIDERS, cloud, project_copy

__all__ = ["cloud", "project_copy"]
pytestmark = support.needs(*PROVIDERS)
PLANS = "plans"


def deploy(project_copy: ProjectCopy, *arguments: str, code: int = 0) -> str:
    return project_copy.run("setup/engine.sh", "-m", "deploy", *arguments, exit_code=code)


@pytest.mark.soak
@needs_cdktn
@pytest.mark.parametrize(("engine", "other"), [("cdktf", "cdktn"), ("cdktn", "cdktf")])
def test_a_first_deploy_in_a_pipeline(project_copy: ProjectCopy, engine: str, other: str) -> None:
    project_copy.variables = {**project_copy.variables, "PYTHONPATH": str(ROOT), "ENGINE": engine}
    said = deploy(project_copy, "plan", "--out", PLANS, code=4)
    (aws,) = re.findall("demo-aws: --accept ([0-9a-f]+)", said)
    assert "demo-google: follows once demo-aws is applied" in said
    assert re.findall("demo-aws: --accept ([0-9a-f]+)", deploy(project_copy, "plan", code=4)) == [aws]
    project_copy.variables = {**project_copy.variables, "ENGINE": other}
    assert "plan again" in deploy(project_copy, "deploy", "--plan", PLANS, "--accept", aws, code=6)
    assert not (project_copy.root / "state").exists()
    project_copy.variables = {**project_copy.variables, "ENGINE": engine}
    said = deploy(project_copy, "deploy", "--plan", PLANS, "--accept", aws, code=6)
    assert "demo-google: was not planned, since demo-aws was not applied: plan again" in said

    said = deploy(project_copy, "plan", "--out", PLANS, code=4)
    assert "demo-aws: --accept" not in said
    (google,) = re.findall("demo-google: --accept ([0-9a-f]+)", said)
    deploy(project_copy, "deploy", "--plan", PLANS, code=4)
    said = deploy(project_copy, "deploy", "--plan", PLANS, "--accept", google)
    assert "Apply complete!" in said

    for each in (engine, other):
        project_copy.variables = {**project_copy.variables, "ENGINE": each}
        assert deploy(project_copy, "plan", "--detailed-exitcode").count("No changes.") == 2
    assert "log_id" in deploy(project_copy, "terraform", "demo-google", "--", "output", "dry_run_violations_filter")
    assert "nothing to adopt" in deploy(project_copy, "adopt")
    assert list(Path(project_copy.root, ".runs").iterdir()) == []
