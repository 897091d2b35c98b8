"""A first deploy as a pipeline does it, with the kit's own stacks, both real providers and both clouds: two rounds.

With SOAK=1: some minutes.
"""

import re
from pathlib import Path

import pytest

from tests.engine import needs_cdktn
from tests.terraform import support
from tests.terraform.scratch import ROOT, Scratch
from tests.terraform.test_cdktf_deploy import PROVIDERS, cloud, scratch

__all__ = ["cloud", "scratch"]
pytestmark = support.needs(*PROVIDERS)
PLANS = "plans"


def deploy(scratch: Scratch, *arguments: str, code: int = 0) -> str:
    return scratch.run("setup/engine.sh", "-m", "deploy", *arguments, exit_code=code)


@pytest.mark.soak
@needs_cdktn
@pytest.mark.parametrize(("engine", "other"), [("cdktf", "cdktn"), ("cdktn", "cdktf")])
def test_a_first_deploy_in_a_pipeline(scratch: Scratch, engine: str, other: str) -> None:
    scratch.variables = {**scratch.variables, "PYTHONPATH": str(ROOT), "ENGINE": engine}
    said = deploy(scratch, "plan", "--out", PLANS, code=4)
    (aws,) = re.findall("demo-aws: --accept ([0-9a-f]+)", said)
    assert "demo-google: follows once demo-aws is applied" in said
    assert re.findall("demo-aws: --accept ([0-9a-f]+)", deploy(scratch, "plan", code=4)) == [aws]
    scratch.variables = {**scratch.variables, "ENGINE": other}
    assert "plan again" in deploy(scratch, "deploy", "--plan", PLANS, "--accept", aws, code=6)
    assert not (scratch.root / "state").exists()
    scratch.variables = {**scratch.variables, "ENGINE": engine}
    said = deploy(scratch, "deploy", "--plan", PLANS, "--accept", aws, code=6)
    assert "demo-google: was not planned, since demo-aws was not applied: plan again" in said

    said = deploy(scratch, "plan", "--out", PLANS, code=4)
    assert "demo-aws: --accept" not in said
    (google,) = re.findall("demo-google: --accept ([0-9a-f]+)", said)
    deploy(scratch, "deploy", "--plan", PLANS, code=4)
    said = deploy(scratch, "deploy", "--plan", PLANS, "--accept", google)
    assert "Apply complete!" in said

    for each in (engine, other):
        scratch.variables = {**scratch.variables, "ENGINE": each}
        assert deploy(scratch, "plan", "--detailed-exitcode").count("No changes.") == 2
    assert "log_id" in deploy(scratch, "terraform", "demo-google", "--", "output", "dry_run_violations_filter")
    assert "nothing to adopt" in deploy(scratch, "adopt")
    assert list(Path(scratch.root, ".runs").iterdir()) == []
