"""From a perimeter with inline members and rules to a shared one, as docs/how-to/share-a-perimeter.md says: never a gap."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from deploy.__main__ import main
from localcloud.google import fresh
from localcloud.proxy import Request, Response
from tests.deploy.project import configure
from tests.terraform import support
from tests.terraform.google_cloud import GoogleCloud
from tests.terraform.google_stacks import EXISTING_POLICY, access_only, google_stack
from tests.terraform.joined import POLICY
from tests.terraform.test_google_deploy import cloud as cloud

pytestmark = [support.needs("hashicorp/google"), pytest.mark.xdist_group("terraform-google-share")]
NAME = f"{POLICY}/servicePerimeters/demo_perimeter"
INLINE, SHARED, ALONE = (
    f"[perimeter]\ndry_run = false\n{more}" for more in ("", "shared = true", 'shared = true\nothers = "remove"')
)


def settings(perimeter: str) -> None:
    document = json.loads(access_only(google_stack(perimeter, policy=EXISTING_POLICY)))
    configure(Path(), "test", {"demo-google": document})


def rule(config: dict[str, Any]) -> list[Any]:
    return [
        {name: value for name, value in one.items() if name != "title"} for one in config.get("ingressPolicies", [])
    ]


def test_from_inline_to_shared_without_a_gap(
    cloud: GoogleCloud, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    fresh.access_policy(cloud.state, POLICY.rpartition("/")[2])
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
