"""Two teams with the real provider: one may change the project alone, the other the access policy alone. Three applies."""

import copy
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.__main__ import main
from localcloud.google import seed
from localcloud.google.tokens import CLOUD_PLATFORM
from localcloud.proxy import Request
from policy.identity import user
from tests.deploy.project import configure
from tests.stacks.test_hand_over import ENFORCED, handed
from tests.terraform import support
from tests.terraform.google_cloud import DEPLOYER, GoogleCloud, google_cloud
from tests.terraform.joined import NAME, OURS, POLICY, THEIRS, own
from tests.terraform.test_google_deploy import AWS

pytestmark = [
    pytest.mark.soak,
    support.needs("hashicorp/google"),
    pytest.mark.xdist_group("terraform-google-hand-over"),
]
ML, SECURITY = "ml@example.com", "security@example.com"
THEIR_PROJECT = "security-project"
APP = "serviceAccount:demo-app@my-project.iam.gserviceaccount.com"
PINNED = 'terraform {\n  required_providers {\n    google = { source = "hashicorp/google" }\n  }\n}\n'
PROVIDER = f'provider "google" {{\n  project               = "{THEIR_PROJECT}"\n  billing_project       = "{THEIR_PROJECT}"\n  user_project_override = true\n}}\n'


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GoogleCloud]:
    """In an empty folder. The deployer of the other tests owns the organization's policy and made the perimeter."""
    with google_cloud() as cloud:
        own(cloud)
        seed.project(cloud.state, THEIR_PROJECT, "456789012345", owner=f"user:{SECURITY}")
        cloud.state.services[THEIR_PROJECT]["accesscontextmanager.googleapis.com"] = 0.0
        for email in (ML, SECURITY):
            held = {
                "identity": user(email).to_json(),
                "expires": 4102444800.0,
                "scopes": [CLOUD_PLATFORM],
                "behind": "",
            }
            cloud.state.tokens[f"ya29.{email}"] = held
        grant(cloud, f"projects/{seed.PROJECT}", "roles/owner", ML)
        grant(cloud, POLICY, "roles/accesscontextmanager.policyEditor", SECURITY)
        workspace = support.workspace(tmp_path / "configuration", ["hashicorp/google"], {})
        monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(workspace.directory / "terraform.rc"))
        for name, value in cloud.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", f"ya29.{ML}")
        monkeypatch.setenv("ENVIRONMENT", "test")
        monkeypatch.setattr("sys.stdin.isatty", lambda: True)
        monkeypatch.setattr("builtins.input", lambda _: "yes")
        (tmp_path / "ml").mkdir()
        monkeypatch.chdir(tmp_path / "ml")
        yield cloud


def grant(cloud: GoogleCloud, resource: str, role: str, email: str) -> None:
    policy = cloud.state.iam_policies.setdefault(resource, {"version": 1, "etag": "BwX0AAAAAAA=", "bindings": []})
    policy["bindings"].append({"role": role, "members": [f"user:{email}"]})


def refused(cloud: GoogleCloud, email: str, method: str, host: str, path: str, body: object) -> bool:
    """Whether somebody may not do it, by the local cloud's IAM."""
    project = THEIR_PROJECT if email == SECURITY else seed.PROJECT
    headers = {"authorization": f"Bearer ya29.{email}", "x-goog-user-project": project}
    content = json.dumps(body).encode()
    answer = cloud.google(Request("https", f"{host}.googleapis.com", method, path, headers, content, DEPLOYER))
    return answer.status == 403


def granted(cloud: GoogleCloud) -> bool:
    bindings = cloud.state.iam_policies[f"projects/{seed.PROJECT}"]["bindings"]
    return any(APP in one["members"] for one in bindings)


def settings() -> None:
    made = handed(ENFORCED, support.HERE)
    google = made.google
    google["provider"]["google"][0]["batching"] = support.QUICK
    configure(Path(), "test", {"demo-aws": AWS, "demo-google": google})
    text = (made.folder / "hand-over.json").read_text()
    Path("hand-over.json").write_text(text.replace("../../../state", "STATE"))


def terraform(folder: Path, email: str, *arguments: str) -> str:
    done = subprocess.run(
        ["terraform", *arguments, "-no-color"],
        cwd=folder,
        env=variables(email),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def variables(email: str) -> dict[str, str]:
    return {**os.environ, "GOOGLE_OAUTH_ACCESS_TOKEN": f"ya29.{email}"}


def test_accounts_then_the_perimeter_then_grants(
    cloud: GoogleCloud, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    settings()
    assert main(["handover", "--out", str(tmp_path / "files")]) == 2
    assert "deploy demo-aws first" in capfd.readouterr().err
    assert not (tmp_path / "files").exists()

    # 1. The team: pool, provider and accounts, with roles on the project alone. It may read nothing of the policy.
    body = {
        "name": f"{POLICY}/accessLevels/x",
        "title": "x",
        "basic": {"conditions": [{"ipSubnetworks": ["203.0.113.7/32"]}]},
    }
    assert refused(cloud, ML, "POST", "accesscontextmanager", f"/v1/{POLICY}/accessLevels", body)
    assert main(["deploy"]) == 0
    said = capfd.readouterr().err
    assert f"the grants of {APP} are left out: {NAME} was not read: " in said
    assert "Permission 'accesscontextmanager.servicePerimeters.list' denied" in said
    assert not granted(cloud)
    assert "demo-app@my-project.iam.gserviceaccount.com" in cloud.state.service_accounts
    assert not cloud.state.access_levels

    # 2. Its files go to the owner, who applies them with roles on the policy alone.
    assert main(["handover", "--out", str(tmp_path / "files")]) == 0
    theirs = tmp_path / "security"
    theirs.mkdir()
    (theirs / "hand-over.tf").write_text((tmp_path / "files" / "hand-over.tf").read_text())
    (theirs / "main.tf").write_text(f"{PINNED}\n{PROVIDER}")
    terraform(theirs, SECURITY, "init", "-input=false")
    terraform(theirs, SECURITY, "fmt", "-check", "-diff")
    terraform(theirs, SECURITY, "validate")
    project = f"/v1/projects/{seed.PROJECT}:setIamPolicy"
    assert refused(cloud, SECURITY, "POST", "cloudresourcemanager", project, {"policy": {"bindings": []}})
    terraform(theirs, SECURITY, "apply", "-input=false", "-auto-approve")
    terraform(theirs, SECURITY, "plan", "-input=false", "-detailed-exitcode")
    perimeter = cloud.state.service_perimeters[NAME]
    assert THEIRS in perimeter["status"]["ingressPolicies"]
    compared(json.loads((tmp_path / "files" / "hand-over.json").read_text()), cloud)

    # 3. The team: grants. First by descriptions, which the owner sends; later it may read the policy.
    assert main(["plan"]) == 0
    assert not granted(cloud)
    files = descriptions(cloud, tmp_path)
    plans = str(tmp_path / "plans")
    assert main(["plan", "--out", plans, *files]) == 4
    (level,) = cloud.state.access_levels.values()
    level["basic"]["conditions"][0]["ipSubnetworks"].append("198.51.100.7/32")
    assert main(["deploy", "--plan", plans, *descriptions(cloud, tmp_path)]) == 6
    assert not granted(cloud)
    level["basic"]["conditions"][0]["ipSubnetworks"].pop()
    capfd.readouterr()
    assert main(["deploy", "--plan", plans, *descriptions(cloud, tmp_path)]) == 0
    assert "are left out" not in capfd.readouterr().err
    assert granted(cloud)
    assert main(["deploy"]) == 3
    assert "give --perimeter FILE and --levels FILE" in capfd.readouterr().err
    grant(cloud, POLICY, "roles/accesscontextmanager.policyReader", ML)
    assert main(["plan", "--detailed-exitcode"]) == 0

    # The owner lets another address in. The grants are there, and the team hears of it before its next apply.
    level["basic"]["conditions"][0]["ipSubnetworks"].append("198.51.100.7/32")
    assert main(["plan"]) == 3
    assert (
        "it is also admitted from 198.51.100.7/32: ingress rule 'demo: workloads call Gemini" in capfd.readouterr().err
    )
    assert granted(cloud)
    assert main(["destroy"]) == 3
    assert "names it: its owner could not change the perimeter any more" in capfd.readouterr().err


def compared(handed_over: dict[str, Any], cloud: GoogleCloud) -> None:
    """Whether what gcloud would describe has everything that is handed over."""
    (level,) = cloud.state.access_levels.values()
    (wanted,) = handed_over["levels"]
    assert {name: level[name] for name in ("name", "title", "description")} == {
        name: wanted[name] for name in ("name", "title", "description")
    }
    assert level["basic"]["conditions"] == wanted["basic"]["conditions"]
    perimeter = cloud.state.service_perimeters[NAME]
    for side in ("status", "spec"):
        assert OURS in perimeter[side]["resources"]
        assert all(
            rule in perimeter[side]["ingressPolicies"] for rule in handed_over["perimeter"][side]["ingressPolicies"]
        )


def descriptions(cloud: GoogleCloud, folder: Path) -> list[str]:
    (folder / "perimeter.json").write_text(json.dumps(cloud.state.service_perimeters[NAME]))
    (folder / "levels.json").write_text(json.dumps(list(cloud.state.access_levels.values())))
    return ["--perimeter", str(folder / "perimeter.json"), "--levels", str(folder / "levels.json")]


def test_from_a_join_to_a_hand_over(cloud: GoogleCloud, tmp_path: Path) -> None:
    """Level, membership and rules stay as they are, and nobody is denied: Terraform forgets them."""
    grant(cloud, POLICY, "roles/accesscontextmanager.policyEditor", ML)
    cloud.enable("accesscontextmanager")
    joined = handed(f'[perimeter]\njoin = "{NAME}"\ndry_run = false', support.HERE).google
    joined["provider"]["google"][0]["batching"] = support.QUICK
    configure(Path(), "test", {"demo-aws": AWS, "demo-google": joined})
    assert main(["deploy"]) == 0
    before = copy.deepcopy(cloud.access)
    settings()
    assert main(["plan"]) == 0
    assert main(["deploy"]) == 0
    assert main(["plan", "--detailed-exitcode"]) == 0
    assert cloud.access == before
    assert granted(cloud)
    assert main(["handover", "--out", str(tmp_path / "files")]) == 0
    compared(json.loads((tmp_path / "files" / "hand-over.json").read_text()), cloud)
