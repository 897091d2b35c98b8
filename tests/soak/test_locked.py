"""An environment whose lock is committed at google 6.50 moves to 7: `plan` asks for `lock`, and nothing else changes."""

import json
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.__main__ import main
from localcloud.mirrors import versions
from tests.deploy.project import configure
from tests.soak.generations import GOOGLE, generations, missing
from tests.terraform import support
from tests.terraform.google_cloud import GoogleCloud, google_cloud
from tests.terraform.google_stacks import ENFORCED, access_only, google_stack

OLD, NEW = (one.google for one in generations()[:2])
pytestmark = [pytest.mark.soak, support.needs(GOOGLE), pytest.mark.skipif(not (OLD and NEW), reason=missing())]
LOCK, STATE = Path("locks/test/demo-google.hcl"), Path("state/test/demo-google.tfstate")


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GoogleCloud]:
    """In an empty folder, with a mirror in place of the registry, which `terraform providers lock` asks."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    mirrors = " ".join(f"-fs-mirror={one.mirror}" for one in (NEW,) if one)
    program = tmp_path / "terraform"
    program.write_text(
        f'#!/bin/sh\n[ "$1 $2" = "providers lock" ] || exec {shutil.which("terraform")} "$@"\n'
        f"exec {shutil.which('terraform')} providers lock -no-color {mirrors} -platform={platform.system().lower()}_{machine}\n"
    )
    program.chmod(0o755)
    with google_cloud() as cloud:
        cloud.enable("accesscontextmanager")
        configuration = support.workspace(tmp_path / "configuration", [GOOGLE], {}).directory / "terraform.rc"
        variables = {
            "TF_CLI_CONFIG_FILE": str(configuration),
            "TERRAFORM_BINARY_NAME": str(program),
            "ENVIRONMENT": "test",
        }
        for name, value in {**cloud.environment, **variables}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("sys.stdin.isatty", lambda: True)
        monkeypatch.setattr("builtins.input", lambda _: "yes")
        monkeypatch.chdir(tmp_path)
        yield cloud


def settings(wanted: str) -> None:
    """Settings whose access part is enforced, with this constraint."""
    stack = google_stack(ENFORCED, versions=f"[versions]\n{wanted}")
    configure(Path(), "test", {"demo-google": json.loads(access_only(stack))})


def test_a_locked_environment_moves_when_it_is_locked_again(
    cloud: GoogleCloud, capfd: pytest.CaptureFixture[str]
) -> None:
    settings(versions(OLD))
    assert main(["deploy"]) == 0
    LOCK.parent.mkdir(parents=True)
    shutil.copy(Path(".cache", LOCK), LOCK)
    assert OLD
    assert NEW
    assert f'version     = "{OLD.version}"' in LOCK.read_text()
    cloud.writes.clear()

    settings('google = "~> 7.45"')
    for verb in ("plan", "deploy"):
        assert main([verb]) == 1
        assert f"{LOCK} selects google {OLD.version}, [versions] admits ~> 7.45: `./keyperim" in capfd.readouterr().err
    assert main(["lock"]) == 0
    assert f'version     = "{NEW.version}"' in LOCK.read_text()
    assert main(["deploy"]) == 0
    assert main(["plan", "--detailed-exitcode"]) == 0
    assert cloud.writes == []
    state = [one for one in json.loads(STATE.read_text())["resources"] if one["mode"] == "managed"]
    kept = {one["type"]: one["instances"][0]["attributes"].get("deletion_policy") for one in state}
    assert {kind for kind, value in kept.items() if value == "PREVENT"} == {
        "google_access_context_manager_access_policy",
        "google_access_context_manager_service_perimeter",
    }
    assert all("status" in one for one in cloud.state.service_perimeters.values())
