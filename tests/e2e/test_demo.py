"""The demo: a whole run of it, and that it goes red when anything is not as expected."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from localcloud.cloud import local_cloud
from localcloud.demo import forked_client, scenarios
from localcloud.demo.callers import ANSWER, DENIED, NO_TOKEN, Callers
from localcloud.demo.deploy import Simulation, lacking
from localcloud.demo.settings import DRY_RUN
from localcloud.demo.shared_perimeter_run import SharedPerimeterRun
from localcloud.demo.table import Line, table, verdict
from localcloud.google.pipeline import Google
from tests.localcloud.google.world import INSIDE, LEVEL, PERIMETER, PROVIDER, deployed

ROOT = Path(__file__).parents[2]
OUTPUTS = json.loads((ROOT / "tests" / "snapshots" / "example.google.json").read_text())["output"]
GOOD = Line("dry run", "the instance", ANSWER, ANSWER, "ingress rule 1", "rule 1", "from 203.0.113.7")


def played(*arguments):
    """A run of the demo by itself, as `make demo` runs it."""
    done = subprocess.run(
        [sys.executable, "-m", "localcloud.demo", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line for line in done.stdout.splitlines() if line[3:5] in ("ok", "NO")]
    assert len(lines) == 50
    assert "all 50 lines are as expected" in done.stdout
    return lines, done


@pytest.mark.slow
def test_the_whole_story_without_terraform():
    lines, done = played("--simulate")
    assert all(" ok  SIMULATED APPLY  " in line for line in lines)
    assert "no Terraform is run" in done.stderr


@pytest.mark.soak
@pytest.mark.skipif(bool(lacking()), reason=lacking())
def test_the_whole_story_with_terraform():
    _, done = played()
    assert "SIMULATED" not in done.stdout


@pytest.mark.soak
def test_a_joiner_that_is_not_enforced_is_red(tmp_path, monkeypatch):
    """Red's membership and rule stay in the dry run, so no call of red is denied."""
    google, lines = SharedPerimeterRun._google, []

    def unenforced(act, name, mode):
        google(act, name, DRY_RUN if name == "red" else mode)

    monkeypatch.setattr(SharedPerimeterRun, "_google", unenforced)
    with local_cloud() as cloud:
        SharedPerimeterRun(cloud, Simulation(tmp_path, cloud.deployer_environment()), tmp_path, lines).run()
    wrong = {line.scenario for line in lines if not line.ok}
    assert wrong >= {
        "red's role, from blue's address",
        "blue's instance asks red's project",
        "what red's next run reports",
    }
    assert not any(scenario.startswith("blue's instance, ") for scenario in wrong)


@pytest.fixture(scope="module")
def cloud():
    def google(cloud):
        return Google(deployed(), verify=cloud.aws.verify, decided=cloud.decided)

    with local_cloud(google=google) as cloud:
        cloud.state = cloud.google.state
        yield cloud


@pytest.fixture
def those(cloud, tmp_path):
    """The callers of the demo in a cloud where everything is as it should be."""
    vars(cloud.state).update(vars(deployed()))
    return Callers(cloud, tmp_path, {name: block["value"] for name, block in OUTPUTS.items()})


def line(those):
    """The demo's first line once the perimeter is enforced: a caller from an address that is not in the list."""
    return next(scenarios.enforced(those, "i-0123456789abcdef0"))


def test_a_line_is_green_when_the_cloud_is_right(those):
    good = line(those)
    assert (good.ok, good.happened) == (True, DENIED)
    assert len(good.detail) == 20


def admit_everywhere(state):
    state.access_levels[LEVEL]["basic"]["conditions"] = [{"ipSubnetworks": ["198.51.100.0/24"]}]


def dry_run(state):
    body = state.service_perimeters[PERIMETER]
    body.update(spec=body.pop("status"), useExplicitDryRunSpec=True)


@pytest.mark.parametrize("broken", [admit_everywhere, dry_run])
def test_a_line_goes_red_when_the_cloud_is_wrong(those, cloud, broken):
    broken(cloud.state)
    bad = line(those)
    assert not bad.ok
    assert bad.happened != DENIED
    assert verdict([GOOD, bad]) == (1, "1 of 2 lines are not as expected: 2")


def test_a_denial_that_the_filter_does_not_find_is_red(those):
    those.outputs["enforced_violations_filter"] = those.outputs["dry_run_violations_filter"]
    bad = line(those)
    assert not bad.ok
    assert bad.happened == f"{DENIED}, no violation logged"


def test_a_condition_without_its_slash_lets_another_role_in(those, cloud):
    assert those.with_role("demo-app2", INSIDE).what == NO_TOKEN
    provider = cloud.state.providers[PROVIDER]
    provider["attributeCondition"] = provider["attributeCondition"].replace("demo-app/", "demo-app")
    assert those.with_role("demo-app2", INSIDE).what != NO_TOKEN


def test_a_client_has_the_variables_of_its_caller_alone(monkeypatch):
    """Each call is a process forked from one that has imported the client."""
    monkeypatch.setenv("GCP_PROJECT_ID", "of-this-process")
    given = {"GCP_LOCATION": "mars", "PATH": "/nowhere"}
    code, said, _ = forked_client.run(("--json", "--check", "settings"), given)
    assert code
    assert "mars" in said
    again, other, _ = forked_client.run(("--json", "--check", "settings"), {"PATH": "/nowhere"})
    assert again
    assert "mars" not in other
    assert "of-this-process" not in said + other


def test_a_client_that_cannot_be_imported_ends_the_demo(monkeypatch, capfd):
    monkeypatch.setattr(forked_client, "_PROGRAM", "import a_package_that_is_missing")
    monkeypatch.setattr(forked_client, "_server", forked_client._server.__wrapped__)
    with pytest.raises(RuntimeError, match="the client cannot be imported: exit code 1"):
        forked_client.run((), {})
    assert "a_package_that_is_missing" in capfd.readouterr().err


def test_a_step_that_fails_is_told_and_ends_the_demo():
    program = "import pathlib, sys; from localcloud.demo import settings, __main__;"
    program += "settings.ROOT = pathlib.Path('/nowhere'); sys.exit(__main__.main(['--simulate']))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "no scenario was run" in done.stdout
    assert "then it failed: main.py: " in done.stdout


REPEATED = """
import sys
from localcloud.demo import __main__ as demo
def run(act):
    act.cloud.journal.write("request", operation="POST https://a.example/#Make", status=400, attempt=2)
    raise RuntimeError("it exists")
demo.DemoRun.run = run
sys.exit(demo.main(["--simulate"]))
"""


def test_a_step_that_fails_is_told_with_what_a_client_sent_again():
    done = subprocess.run([sys.executable, "-c", REPEATED], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.endswith("; then it failed: it exists\nPOST https://a.example/#Make: status 400, attempt 2\n")


def test_the_table_has_what_was_expected_and_what_happened():
    wrong = Line("enforced", "another address", DENIED, ANSWER, "access level 1", "no ingress rule")
    text = table([GOOD, wrong], mark="SIMULATED APPLY")
    assert " 1 ok  SIMULATED APPLY  the instance" in text
    assert " 2 NO  SIMULATED APPLY  another address" in text
    assert "by: access level 1 (expected: no ingress rule)" in text
    assert text.index("dry run:") < text.index("enforced:")


def test_the_right_outcome_by_the_wrong_rule_is_not_as_expected():
    assert GOOD.ok
    assert not Line("", "x", ANSWER, ANSWER, "access level 1", "ingress rule").ok
    assert not Line("", "x", ANSWER, DENIED, "ingress rule", "ingress rule").ok
    assert verdict([GOOD]) == (0, "all 1 lines are as expected")
    assert verdict([])[0] == 1
