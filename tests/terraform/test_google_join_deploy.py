"""`python -m deploy` of an environment that joins a perimeter, with the real provider: looked at before and after, and guarded."""

import json
from pathlib import Path
from typing import Any

import pytest

from deploy.__main__ import main
from tests.deploy.project import configure
from tests.terraform import support
from tests.terraform.google_cloud import GoogleCloud
from tests.terraform.joined import ENFORCED, NAME, OURS, THEIRS, TRIED, own, stack
from tests.terraform.test_google_deploy import cloud as cloud

pytestmark = [pytest.mark.soak, support.needs("hashicorp/google"), pytest.mark.xdist_group("terraform-google-join")]


def settings(text: str) -> None:
    configure(Path(), "test", {"demo-google": json.loads(text)})


def rules(cloud: GoogleCloud, side: str = "spec") -> list[dict[str, Any]]:
    return [one for one in cloud.state.service_perimeters[NAME][side].get("ingressPolicies", []) if one != THEIRS]


def test_joined_edited_enforced_and_left(cloud: GoogleCloud, capfd: pytest.CaptureFixture[str]) -> None:
    before = own(cloud)
    settings(stack(TRIED))
    assert main(["deploy"]) == 0
    capfd.readouterr()

    (rule,) = rules(cloud)
    rule["ingressFrom"]["identities"].append("user:somebody@example.com")
    assert main(["plan"]) == 3
    said = capfd.readouterr().err
    assert "was edited outside of Terraform" in said
    assert "perimeters dry-run update shared --policy=987654321 --set-ingress-policies=FILE" in said
    assert main(["destroy"]) == 3
    assert "was edited outside of Terraform" in capfd.readouterr().err
    cloud.state.service_perimeters[NAME]["spec"]["ingressPolicies"].remove(rule)
    assert main(["deploy"]) == 0
    assert len(rules(cloud)) == 1

    settings(stack(ENFORCED))
    assert main(["deploy"]) == 0
    assert "enforcement of" in capfd.readouterr().out
    assert main(["destroy"]) == 3
    assert "first apply perimeter.dry_run = true" in capfd.readouterr().err
    assert len(rules(cloud, "status")) == 1

    settings(stack(TRIED))
    assert main(["deploy"]) == 0
    assert f"{OURS} leaves the enforced {NAME}" in capfd.readouterr().out
    assert main(["destroy"]) == 0
    assert cloud.state.service_perimeters[NAME] == before


def test_without_credentials_it_is_described(
    cloud: GoogleCloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The provider has them here, and the look has not: as with remote runs."""
    body = own(cloud)
    settings(stack(TRIED))
    monkeypatch.setattr("deploy.described.Reader", _nothing)
    assert main(["deploy"]) == 3
    assert "is not applied unseen; give it by --perimeter FILE" in capfd.readouterr().err
    file = tmp_path / "shared.json"
    file.write_text(json.dumps({**body, "name": "another"}))
    assert main(["deploy", "--perimeter", str(file)]) == 2
    file.write_text(json.dumps(body))
    assert main(["deploy", "--perimeter", str(file)]) == 0
    assert "whether it holds what was applied is not known" in capfd.readouterr().err
    assert len(rules(cloud)) == 1


def _nothing(*_: Any) -> None:
    from deploy.google_api import NotRead

    raise NotRead("no credentials")
