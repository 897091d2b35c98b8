"""`python -m deploy` of an owner, with the real provider, while others join: refused, or noticed with the way back."""

import copy
import json
import re
from pathlib import Path

import pytest

from deploy.__main__ import main
from localcloud.faults import Faults, InjectedFault
from localcloud.google import seed
from localcloud.proxy import Request
from tests.deploy.project import configure
from tests.terraform import support
from tests.terraform.google_cloud import GoogleCloud
from tests.terraform.joined import OTHER, OURS
from tests.terraform.shared import JOIN, MORE_SERVICES, NAME, OWNER, document, joiner, owner, prepare
from tests.terraform.test_google_deploy import cloud as cloud

pytestmark = [pytest.mark.soak, support.needs("hashicorp/google"), pytest.mark.xdist_group("terraform-google-share")]
URL = f"/v1/{NAME}"


def deploy(monkeypatch: pytest.MonkeyPatch, environment: str, text: str, *arguments: str) -> int:
    """`keyperim -e ENVIRONMENT`, of which the Google stack is this one."""
    stack = "owner-google" if environment == "owner" else "demo-google"
    configure(Path(), environment, {stack: document(text)})
    monkeypatch.setenv("ENVIRONMENT", environment)
    return main([*arguments] or ["deploy"])


def rules(cloud: GoogleCloud, side: str) -> list[str]:
    return [one["title"] for one in cloud.state.service_perimeters[NAME][side].get("ingressPolicies", [])]


def members(cloud: GoogleCloud, side: str) -> list[str]:
    return list(cloud.state.service_perimeters[NAME][side].get("resources", []))


def test_applied_in_order_changed_and_destroyed(
    cloud: GoogleCloud, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """What joined stays; the owner ends last."""
    prepare(cloud)
    assert deploy(monkeypatch, "owner", owner()) == 0
    assert deploy(monkeypatch, "test", joiner()) == 0
    assert deploy(monkeypatch, "owner", owner(), "plan", "--detailed-exitcode") == 0
    assert deploy(monkeypatch, "test", joiner(), "plan", "--detailed-exitcode") == 0
    before = copy.deepcopy(cloud.state.service_perimeters[NAME])
    assert deploy(monkeypatch, "owner", owner(MORE_SERVICES)) == 0
    after = cloud.state.service_perimeters[NAME]
    assert [after[side]["ingressPolicies"] for side in ("status", "spec")] == [
        before[side]["ingressPolicies"] for side in ("status", "spec")
    ]
    assert members(cloud, "status") == members(cloud, "spec") == [OURS]
    assert deploy(monkeypatch, "test", joiner(), "plan", "--detailed-exitcode") == 0

    capfd.readouterr()
    assert deploy(monkeypatch, "owner", owner("dry_run = true")) == 3
    assert f"would be enforced no longer, and the project {OURS}" in capfd.readouterr().err
    assert deploy(monkeypatch, "owner", owner(MORE_SERVICES), "destroy") == 3
    assert deploy(monkeypatch, "test", joiner(JOIN)) == 0
    assert deploy(monkeypatch, "owner", owner("dry_run = true")) == 0
    capfd.readouterr()
    assert deploy(monkeypatch, "owner", owner("dry_run = true"), "destroy") == 3
    assert "would be deleted, and the project" in capfd.readouterr().err
    assert deploy(monkeypatch, "test", joiner(JOIN), "destroy") == 0
    assert deploy(monkeypatch, "owner", owner("dry_run = true"), "destroy") == 0
    assert NAME not in cloud.state.service_perimeters


def join_by_hand(cloud: GoogleCloud, title: str = "another team") -> None:
    """What another team's provider does: it reads the lists, and writes them back with the etag."""
    seed.project(cloud.state, "other-project", OTHER.rpartition("/")[2])
    for side in ("status", "spec"):
        body = cloud.call("GET", "accesscontextmanager", URL)
        rule = {"title": title, "ingressFrom": {"identities": ["user:a@example.com"], "sources": [{"resource": OTHER}]}}
        rule |= {"ingressTo": {"resources": [OTHER], "operations": [{"serviceName": "*"}]}}
        new = {
            "resources": [*body[side].get("resources", []), OTHER],
            "ingressPolicies": [*body[side].get("ingressPolicies", []), rule],
        }
        mask = f"{side}.resources,{side}.ingressPolicies"
        explicit = {"useExplicitDryRunSpec": True} if side == "spec" else {}
        cloud.call("PATCH", "accesscontextmanager", f"{URL}?updateMask={mask}", {side: new, **explicit})


def test_an_owner_in_dry_run_takes_nobody_out_who_joined_without_the_kit(
    cloud: GoogleCloud, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A joiner with plain Terraform, without our checks, enforces where its owner has only a dry run."""
    prepare(cloud)
    tried = "dry_run = true"
    assert deploy(monkeypatch, "owner", owner(tried)) == 0
    plain = support.workspace(tmp_path / "plain", ["hashicorp/google"], cloud.environment)
    plain.write(joiner())
    plain.apply()
    assert members(cloud, "status") == [OURS]
    before = copy.deepcopy(cloud.state.service_perimeters[NAME])
    capfd.readouterr()
    more = MORE_SERVICES.replace(OWNER, tried)
    assert deploy(monkeypatch, "owner", owner(more)) == 3
    assert f"would be enforced no longer, and the project {OURS}" in capfd.readouterr().err
    assert deploy(monkeypatch, "owner", owner(tried), "plan") == 3
    assert cloud.state.service_perimeters[NAME] == before


def test_what_joins_after_the_plan_is_not_written_over(
    cloud: GoogleCloud, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """While the plan waits for an answer, and between `plan --out` and `deploy --plan`."""
    prepare(cloud)
    assert deploy(monkeypatch, "owner", owner()) == 0

    def answers(_: str) -> str:
        join_by_hand(cloud)
        return "yes"

    monkeypatch.setattr("builtins.input", answers)
    capfd.readouterr()
    assert deploy(monkeypatch, "owner", owner(MORE_SERVICES)) == 6
    assert f"the project {OTHER} is new in the enforced configuration of {NAME}" in capfd.readouterr().err
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    assert deploy(monkeypatch, "owner", owner(MORE_SERVICES), "plan", "--out", "plans") in (0, 10)
    cloud.state.service_perimeters[NAME]["spec"]["ingressPolicies"] = []
    capfd.readouterr()
    assert deploy(monkeypatch, "owner", owner(MORE_SERVICES), "deploy", "--plan", "plans") == 6
    assert "the rule 'another team' is in the dry run of" in capfd.readouterr().err
    assert deploy(monkeypatch, "owner", owner(MORE_SERVICES)) == 0
    assert members(cloud, "status") == [OTHER]


def test_what_is_lost_in_the_window_is_noticed_with_the_way_back(
    cloud: GoogleCloud, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The owner's write is on its way for three seconds, outside of the lock; somebody joins, and is written over."""
    prepare(cloud)
    assert deploy(monkeypatch, "owner", owner()) == 0
    faults, google = Faults(), cloud.google

    def meanwhile(_: Request) -> None:
        monkeypatch.setattr(cloud, "google", google)  # the other team's writes are not slow
        join_by_hand(cloud)

    slow = faults.add(InjectedFault(rf"PATCH .*{re.escape(NAME)}\?", call=meanwhile, delay=3))
    monkeypatch.setattr(cloud, "google", lambda request: faults.around(request, google))
    capfd.readouterr()
    assert deploy(monkeypatch, "owner", owner(MORE_SERVICES)) == 1
    assert slow.happened
    assert members(cloud, "status") == []
    said = capfd.readouterr().err
    assert f"the project {OTHER} had joined, and is missing in the enforced configuration of {NAME}" in said
    assert "the rule 'another team' had joined, and is missing in the dry run" in said
    commands = [line.split() for line in said.splitlines() if line.startswith("  gcloud ")]
    for side in ([], ["dry-run"]):
        verb = [
            "gcloud",
            "access-context-manager",
            "perimeters",
            *side,
            "update",
            "owner_perimeter",
            "--policy=987654321",
        ]
        mine = [one for one in commands if one[: len(verb)] == verb]
        assert [one[len(verb) :][0].partition("=")[0] for one in mine] == ["--add-resources", "--set-ingress-policies"]
        put, etag = mine[1][-2:]
        assert [one["title"] for one in json.loads(Path(put.partition("=")[2]).read_text())] == ["another team"]
        assert etag == f"--etag={cloud.call('GET', 'accesscontextmanager', URL)['etag']}"
