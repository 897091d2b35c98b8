"""`python -m deploy` with the real provider while another team writes the perimeter: planned again, and applied if approved."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from deploy.__main__ import main
from localcloud.faults import Faults, InjectedFault
from localcloud.proxy import Request
from tests.deploy.project import configure
from tests.terraform import support
from tests.terraform.google_cloud import GoogleCloud
from tests.terraform.google_stacks import google_stack
from tests.terraform.joined import ENFORCED, LEVEL, NAME, PEOPLE, POLICY, THEIRS, TRIED, own, stack
from tests.terraform.shared import NAME as SHARED
from tests.terraform.shared import OWNER, owner
from tests.terraform.test_google_deploy import cloud as cloud

pytestmark = [pytest.mark.soak, support.needs("hashicorp/google"), pytest.mark.xdist_group("terraform-google-conflict")]


@pytest.fixture
def asked(cloud: GoogleCloud, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions so far; each is answered with yes."""
    questions: list[str] = []
    monkeypatch.setattr("builtins.input", lambda text: questions.append(text) or "yes")
    own(cloud)
    return questions


def settings(text: str) -> None:
    configure(Path(), "test", {"demo-google": json.loads(text)})


def rules(cloud: GoogleCloud, side: str, name: str = NAME) -> list[dict[str, Any]]:
    return list(cloud.state.service_perimeters[name][side].get("ingressPolicies", []))


def titles(cloud: GoogleCloud, side: str, name: str = NAME) -> list[str]:
    return [one["title"].rpartition(" (")[0] or one["title"] for one in rules(cloud, side, name)]


@contextmanager
def meanwhile(
    cloud: GoogleCloud, more: Callable[[], object] = lambda: None, at: int = 1, name: str = NAME
) -> Iterator[InjectedFault]:
    """Between the provider's read of the rules and a write of them, another team adds a rule."""
    faults, google = Faults(), cloud.google

    def write(_: Request) -> None:
        for side in ("status", "spec"):
            rules = cloud.state.service_perimeters[name][side].setdefault("ingressPolicies", [])
            to = {**THEIRS["ingressTo"], "resources": ["*"]}
            rules.append({**THEIRS, "title": f"one more {len(rules)}", "ingressTo": to})
        cloud.state.access_policies[POLICY]["etag"] = f"another {len(rules)}"
        more()

    fault = faults.add(InjectedFault(rf"PATCH .*{re.escape(name)}\?.*ingressPolicies", call=write, at=at))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(cloud, "google", lambda request: faults.around(request, google))
        yield fault
    assert fault.happened


def test_a_join_and_a_changed_rule_go_on_by_themselves(cloud: GoogleCloud, asked: list[str]) -> None:
    """The second conflict is between the creation of the new rule and the deletion of the former one, which is deposed then."""
    settings(stack(TRIED))
    with meanwhile(cloud):
        assert main(["deploy"]) == 0
    settings(stack(TRIED, role="renamed"))
    with meanwhile(cloud, at=2):
        assert main(["deploy"]) == 0
    assert len(asked) == 2
    assert titles(cloud, "spec") == ["another team", "one more 1", "demo: workloads call Gemini", "one more 4"]
    assert main(["plan", "--detailed-exitcode"]) == 0


def test_a_saved_plan_goes_on_and_stops_where_more_has_changed(
    cloud: GoogleCloud, asked: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Somebody edits the level of this environment at the same time: nobody approved to write it back."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    settings(stack(TRIED))
    assert main(["plan", "--out", "plans"]) == 4
    digest = re.findall("--accept ([0-9a-f]+)", capfd.readouterr().out)[0]
    with meanwhile(cloud):
        assert main(["deploy", "--plan", "plans", "--accept", digest]) == 0
    (level,) = cloud.state.access_levels.values()

    def edit() -> None:
        level["basic"]["conditions"][0]["ipSubnetworks"] = ["203.0.113.9/32"]

    settings(stack(ENFORCED))
    assert main(["plan", "--out", "plans"]) == 0
    capfd.readouterr()
    with meanwhile(cloud, edit):
        assert main(["deploy", "--plan", "plans"]) == 1
    said, notes = capfd.readouterr()
    assert "this plan does more than what was approved" in notes
    assert f"{LEVEL}.admission_workloads_level_5230E73B: changed outside of Terraform" in notes
    assert '"203.0.113.9/32"' in said
    assert [one for one in titles(cloud, "status") if one.startswith("demo")] == []
    assert asked == []


def test_an_owner_goes_on_though_others_joined(
    cloud: GoogleCloud, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Members and rules of others in its perimeter are no change that it has to approve."""
    configure(Path(), "owner", {"owner-google": json.loads(owner(f"{OWNER}\n{PEOPLE}"))})
    monkeypatch.setenv("ENVIRONMENT", "owner")
    with meanwhile(cloud, name=SHARED):
        assert main(["deploy"]) == 0
    assert len(asked) == 1
    for side in ("status", "spec"):
        assert sorted(titles(cloud, side, SHARED)) == ["one more 0", "owner: on-premises tokyo calls Gemini"]
    assert main(["plan", "--detailed-exitcode"]) == 0


def with_accounts(name: str) -> str:
    """A joiner's stack of access, and the service account that its rule names."""
    workload = f'name = "{name}"\nauth = "impersonation"\nrole_name = "app"'
    document = json.loads(google_stack(TRIED, policy="", workload=workload))
    kept = {
        kind: each
        for kind, each in document["resource"].items()
        if kind.startswith("google_access_context_manager_") or kind == "google_service_account"
    }
    for named in kept.values():
        for body in named.values():
            body["depends_on"] = [other for other in body.get("depends_on", ()) if other.split(".")[0] in kept]
    return json.dumps({**document, "resource": kept})


def test_a_former_rule_is_deleted_before_the_account_that_it_names(
    cloud: GoogleCloud, asked: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """By the deploy that met the conflict; and where that one ended early, by hand, as the runbook describes."""
    cloud.enable("iam")
    settings(with_accounts("app"))
    assert main(["deploy"]) == 0
    settings(with_accounts("caller"))
    writes = cloud.writes
    writes.clear()
    with meanwhile(cloud, at=2):
        assert main(["deploy"]) == 0
    assert len(asked) == 2
    assert [method for method, _ in writes] == ["POST", "PATCH", "PATCH", "PATCH", "DELETE"]
    assert titles(cloud, "spec") == ["another team", "demo: workloads call Gemini", "one more 3"]

    settings(with_accounts("app"))
    monkeypatch.setattr("deploy.applying.MAX_CONFLICTS", 1)
    (former,) = (one for one in rules(cloud, "spec") if one["title"].startswith("demo"))
    with meanwhile(cloud, at=2):
        assert main(["deploy"]) == 1
    capfd.readouterr()
    assert main(["deploy"]) == 3
    refused = capfd.readouterr().err
    assert f"has not deleted the rule {former['title']!r} in the dry run of {NAME}" in refused
    assert "a-replacement-that-ended-early" in refused
    body = cloud.call("GET", "accesscontextmanager", f"/v1/{NAME}")
    others = [one for one in body["spec"]["ingressPolicies"] if one != former]
    patch = {"spec": {"ingressPolicies": others}, "useExplicitDryRunSpec": True, "etag": body["etag"]}
    cloud.call("PATCH", "accesscontextmanager", f"/v1/{NAME}?updateMask=spec.ingressPolicies", patch)
    assert main(["deploy"]) == 0
    assert list(cloud.state.service_accounts) == ["demo-app@my-project.iam.gserviceaccount.com"]
    assert main(["plan", "--detailed-exitcode"]) == 0
