"""From a perimeter with inline members and rules to a shared one, as docs/how-to/share-a-perimeter.md says: never a gap."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from deploy.__main__ import main
from localcloud.google import seed
from localcloud.proxy import Request, Response
from tests.deploy.project import configure
from tests.terraform import support
from tests.terraform.google_cloud import GoogleCloud
from tests.terraform.google_stacks import EXISTING_POLICY, access_only, google_stack
from tests.terraform.joined import POLICY
from tests.terraform.shared import owner
from tests.terraform.test_google_deploy import cloud as cloud

pytestmark = [pytest.mark.soak, support.needs("hashicorp/google"), pytest.mark.xdist_group("terraform-google-share")]
NAME = f"{POLICY}/servicePerimeters/demo_perimeter"
INLINE, SHARED, ALONE = (
    f"[perimeter]\ndry_run = false\n{more}" for more in ("", "shared = true", 'shared = true\nothers = "remove"')
)


MOVED = f'[perimeter]\ndry_run = false\njoin = "{NAME}"\nmoved_to = "security"'


def settings(perimeter: str) -> None:
    joins = "join" in perimeter
    document = json.loads(access_only(google_stack(perimeter, policy="" if joins else EXISTING_POLICY)))
    configure(Path(), "test", {"demo-google": document})
    took = {"moved_to": {"environment": "security", "stack": "demo-google"}, "conflicts": [], "ids": {}}
    Path("neighbours.json").write_text(json.dumps(took if joins else {"conflicts": [], "ids": {}}))


def security() -> None:
    """The environment that takes the perimeter: an owner with the same prefix, and without callers."""
    text = owner().replace("owner_perimeter", "demo_perimeter").replace("owner-google", "demo-google")
    configure(Path(), "security", {"demo-google": json.loads(text.replace("state/owner/", "state/security/"))})


def rule(config: dict[str, Any]) -> list[Any]:
    return [
        {name: value for name, value in one.items() if name != "title"} for one in config.get("ingressPolicies", [])
    ]


def test_from_inline_to_shared_without_a_gap(
    cloud: GoogleCloud, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    seed.access_policy(cloud.state, POLICY.rpartition("/")[2])
    settings(INLINE)
    assert main(["deploy"]) == 0
    first = copy.deepcopy(cloud.state.service_perimeters[NAME]["status"])
    google, gaps = cloud.google, []

    def watched(request: Request) -> Response:
        answer = google(request)
        status = cloud.state.service_perimeters[NAME].get("status", {})
        if status.get("resources") != first["resources"] or rule(first)[0] not in rule(status):
            gaps.append(request.path)
        return answer

    watched.mistakes = google.mistakes  # type: ignore[attr-defined]
    monkeypatch.setattr(cloud, "google", watched)
    settings(SHARED)
    capfd.readouterr()
    assert main(["deploy"]) == 3
    assert (
        "already, and not in this state: let Terraform import it, as `./keyperim adopt` prints"
        in capfd.readouterr().err
    )
    assert main(["adopt"]) == 0
    (line,) = [one for one in capfd.readouterr().out.splitlines() if "_service_perimeter_resource." in one]
    assert main(line.split()[line.split().index("terraform") :]) == 0
    assert main(["deploy"]) == 0
    assert "has the same rule as 'workloads call Gemini' too" in capfd.readouterr().err

    settings(ALONE)
    assert main(["deploy"]) == 0
    settings(SHARED)
    assert main(["plan", "--detailed-exitcode"]) == 0
    for side in ("status", "spec"):
        config = cloud.state.service_perimeters[NAME][side]
        assert rule(config) == rule(first)
        assert config["ingressPolicies"][0]["title"].startswith("demo: workloads call Gemini (")
        assert config["resources"] == first["resources"]
    assert gaps == []


def test_from_one_state_to_another_without_a_write(
    cloud: GoogleCloud, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """An enforced perimeter: Terraform forgets it only once the other state holds it."""
    seed.access_policy(cloud.state, POLICY.rpartition("/")[2])
    settings(SHARED)
    assert main(["deploy"]) == 0
    before = copy.deepcopy(cloud.state.service_perimeters[NAME])
    cloud.writes.clear()

    settings(MOVED)
    capfd.readouterr()
    assert main(["deploy"]) == 3
    assert "no other state would guard it; first import it in the environment" in capfd.readouterr().err

    monkeypatch.setenv("ENVIRONMENT", "security")
    security()
    document = json.loads(owner())
    (name,) = document["resource"]["google_access_context_manager_service_perimeter"]
    address = f"google_access_context_manager_service_perimeter.{name}"
    assert main(["terraform", "demo-google", "--", "import", address, NAME]) == 0
    assert main(["deploy"]) == 0

    monkeypatch.setenv("ENVIRONMENT", "test")
    settings(MOVED)
    assert main(["deploy"]) == 0
    assert main(["plan", "--detailed-exitcode"]) == 0
    assert cloud.state.service_perimeters[NAME] == before
    assert [one for one in cloud.writes if one[0] != "POST"] == []
    state = json.loads(Path("state/test/demo-google.tfstate").read_text())["resources"]
    assert "google_access_context_manager_service_perimeter" not in {one["type"] for one in state}
