"""The real client, with keys that AWS on loopback gave out, tells each of Google's answers apart."""

import json
import os
from pathlib import Path

import pytest

from client import cli
from localcloud.cloud import local_cloud
from localcloud.google.pipeline import Google

from .world import EMAIL, INSIDE, OUTSIDE, PROJECT, PROVIDER, deployed

SNAPSHOT = Path(__file__).parents[2] / "snapshots" / "example.google.json"
OUTPUTS = json.loads(SNAPSHOT.read_text())["output"]
OURS = ("AWS_", "GOOGLE_", "GCP_", "GEMINI_", "KEYLESS_", "ECS_", "HTTP", "http", "SSL_", "REQUESTS_", "ALL_PROXY")


@pytest.fixture(scope="module")
def cloud():
    def google(cloud):
        return Google(deployed(), verify=cloud.aws.verify, decided=cloud.decided)

    with local_cloud(google=google) as cloud:
        yield cloud


@pytest.fixture
def ask(cloud, tmp_path, monkeypatch, capsys):
    """Run the client with a fresh state of Google; its exit code, and its report."""
    document = tmp_path / "credentials.json"
    document.write_text(OUTPUTS["credential_documents"]["value"]["app"])
    vars(cloud.google.state).update(vars(deployed()))
    for name in [name for name in os.environ if name.startswith(OURS)]:
        monkeypatch.delenv(name)

    def run(address=INSIDE, role="demo-app", account="", **settings):
        caller = cloud.as_caller(role, address=address, account=account, session="i-0123456789abcdef0")
        told = OUTPUTS["client_environment"]["value"] | settings
        for name, value in {**told, **caller.keys, **cloud.environment(address)}.items():
            monkeypatch.setenv(name, value)
        capsys.readouterr()
        code = cli.main(["hello", "--json", "--no-egress", "--credentials", str(document)])
        return code, "".join(capsys.readouterr())

    yield run
    assert cloud.google.mistakes == []


def test_an_answer(ask, cloud):
    code, report = ask()
    assert code == 0, report
    assert "Hello from gemini-3.5-flash at global" in report
    assert [decision["service"].split(".")[0] for decision in cloud.journal.decisions] == [
        "sts", "iamcredentials", "aiplatform",
    ]  # fmt: skip


def test_another_address(ask, cloud):
    code, report = ask(OUTSIDE)
    uid = cloud.google.state.log_entries[-1]["protoPayload"]["metadata"]["vpcServiceControlsUniqueId"]
    assert code == 20, report
    assert uid in report


@pytest.mark.parametrize(("role", "account"), [("demo-app2", ""), ("other", ""), ("demo-app", "999999999999")])
def test_another_role_or_account(ask, role, account):
    code, report = ask(role=role, account=account)
    assert code == 12, report


BROKEN = {
    "provider gone": (12, lambda s: s.providers[PROVIDER].update(state="DELETED")),
    "no impersonation": (13, lambda s: s.iam_policies[f"projects/{PROJECT}/serviceAccounts/{EMAIL}"].clear()),
    "account disabled": (13, lambda s: s.service_accounts[EMAIL].update(disabled=True)),
    "account deleted": (13, lambda s: s.service_accounts.clear()),
    "no role": (21, lambda s: s.iam_policies[f"projects/{PROJECT}"]["bindings"].pop()),
    "sts off": (22, lambda s: s.services[PROJECT].pop("sts.googleapis.com")),
    "iamcredentials off": (22, lambda s: s.services[PROJECT].pop("iamcredentials.googleapis.com")),
    "aiplatform off": (22, lambda s: s.services[PROJECT].pop("aiplatform.googleapis.com")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_told(ask, cloud, name):
    code, change = BROKEN[name]
    change(cloud.google.state)
    got, report = ask()
    assert got == code, report


@pytest.mark.parametrize(
    ("settings", "code"), [({"GCP_LOCATION": "asia-northeast1"}, 23), ({"GCP_PROJECT_ID": "nobodys-project"}, 2)]
)
def test_a_wrong_setting(ask, settings, code):
    got, report = ask(**settings)
    assert got == code, report
