"""`python -m deploy` with the real Google provider: an enforced perimeter opens only the way that it should."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.__main__ import main
from tests.deploy.project import configure
from tests.terraform import support
from tests.terraform.google_cloud import EXISTING, GoogleCloud, google_cloud
from tests.terraform.google_stacks import DRY_RUN, ENFORCED, EXISTING_POLICY, NONE, access_only, google_stack

pytestmark = [pytest.mark.soak, support.needs("hashicorp/google")]
POLICY = f"accessPolicies/{EXISTING}"
PERIMETER = f"{POLICY}/servicePerimeters/demo_perimeter"
NETWORK = '[aws.network]\ncidr = "10.20.0.0/16"\nzones = ["ap-northeast-1a"]'
AWS = {
    "terraform": {"backend": {"local": {"path": "../../../state/test/demo-aws.tfstate"}}},
    "resource": {"terraform_data": {"address": {"input": "203.0.113.7/32"}}},
    "output": {"egress_cidrs": {"value": ["${terraform_data.address.output}"]}},
}


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GoogleCloud]:
    """In an empty folder, with the environment that leads Terraform to a Google of its own."""
    with google_cloud() as cloud:
        cloud.enable("accesscontextmanager")
        workspace = support.workspace(tmp_path / "configuration", ["hashicorp/google"], {})
        monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(workspace.directory / "terraform.rc"))
        for name, value in cloud.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("ENVIRONMENT", "test")
        monkeypatch.setattr("sys.stdin.isatty", lambda: True)
        monkeypatch.setattr("builtins.input", lambda _: "yes")
        monkeypatch.chdir(tmp_path)
        yield cloud


def settings(google: str, aws: dict[str, object] | None = None) -> None:
    """Settings from which the Google stack's access part is synthesized, and a stand-in for the AWS stack."""
    document = json.loads(access_only(google))
    configure(Path(), "test", {**({"demo-aws": aws} if aws else {}), "demo-google": document})


def test_from_enforced_to_gone(cloud: GoogleCloud, capfd: pytest.CaptureFixture[str]) -> None:
    settings(google_stack(ENFORCED))
    assert main(["deploy"]) == 0
    assert "enforcement begins" in capfd.readouterr().out
    assert "status" in cloud.state.service_perimeters[PERIMETER]

    settings(google_stack(NONE))
    assert main(["plan"]) == 3
    assert main(["deploy"]) == 3
    assert "refused to delete: it is enforced" in capfd.readouterr().err

    settings(google_stack(ENFORCED))
    assert main(["destroy"]) == 3
    assert "first apply perimeter.dry_run = true" in capfd.readouterr().err
    assert "status" in cloud.state.service_perimeters[PERIMETER]

    settings(google_stack(DRY_RUN))
    assert main(["deploy"]) == 0
    assert "enforcement ends" in capfd.readouterr().out
    assert "status" not in cloud.state.service_perimeters[PERIMETER]
    assert main(["destroy"]) == 0
    assert cloud.access == {}


@pytest.mark.parametrize("aws_state", ["emptied", "gone"])
def test_destroy_works_without_aws(cloud: GoogleCloud, aws_state: str) -> None:
    stack = google_stack(DRY_RUN, policy=EXISTING_POLICY, aws=NETWORK)
    cloud.prepare(stack)
    settings(stack, AWS)
    assert main(["deploy"]) == 0
    assert cloud.state.service_perimeters[PERIMETER]["spec"]
    state = Path("state/test/demo-aws.tfstate")
    emptied = {"version": 4, "terraform_version": "1.11.4", "serial": 9, "lineage": "", "outputs": {}, "resources": []}
    state.write_text(json.dumps(emptied))
    if aws_state == "gone":
        state.unlink()
    assert main(["destroy"]) == 0
    assert set(cloud.access) == {POLICY}
