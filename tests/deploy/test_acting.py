"""A workload may not act as the account that runs Terraform, also where only the environment names that account."""

import json
from pathlib import Path
from typing import Any

import pytest

from deploy.acting import acting
from deploy.exit_codes import ExitCode
from deploy.judgement import judge
from tests.deploy.planned import change, plan

ACCOUNT = "terraform@my-project.iam.gserviceaccount.com"
KEY = json.dumps({"type": "service_account", "client_email": ACCOUNT})
URL = f"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{ACCOUNT}:generateAccessToken"
IMPERSONATED = json.dumps({"type": "impersonated_service_account", "service_account_impersonation_url": URL})
GRANT = {
    "service_account_id": f"projects/my-project/serviceAccounts/{ACCOUNT}",
    "role": "roles/iam.workloadIdentityUser",
    "member": "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/attribute.aws_role/app",
}


@pytest.mark.parametrize("content", [KEY, IMPERSONATED])
def test_each_place_that_names_an_account(tmp_path: Path, content: str) -> None:
    file = tmp_path / "application_default_credentials.json"
    nowhere = {"CLOUDSDK_CONFIG": str(tmp_path / "nowhere")}
    assert acting(nowhere) == {}
    assert acting({**nowhere, "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT": ACCOUNT.upper()}) == {
        ACCOUNT: "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT"
    }
    backend = "GOOGLE_BACKEND_IMPERSONATE_SERVICE_ACCOUNT"
    assert acting({**nowhere, backend: ACCOUNT}) == {ACCOUNT: backend}
    assert acting({**nowhere, "GOOGLE_BACKEND_CREDENTIALS": content}) == {ACCOUNT: "GOOGLE_BACKEND_CREDENTIALS"}
    assert acting({**nowhere, "GOOGLE_CREDENTIALS": content}) == {ACCOUNT: "GOOGLE_CREDENTIALS"}
    file.write_text(content)
    assert acting({**nowhere, "GOOGLE_CREDENTIALS": str(file)}) == {ACCOUNT: "GOOGLE_CREDENTIALS"}
    assert acting({**nowhere, "GOOGLE_APPLICATION_CREDENTIALS": str(file)}) == {
        ACCOUNT: "GOOGLE_APPLICATION_CREDENTIALS"
    }
    assert acting({"CLOUDSDK_CONFIG": str(tmp_path)}) == {ACCOUNT: "application default credentials"}


def test_a_key_that_impersonates_is_an_account_of_its_own(tmp_path: Path) -> None:
    key = {"client_email": "key@my-project.iam.gserviceaccount.com"}
    both = json.dumps({**json.loads(IMPERSONATED), "source_credentials": key})
    assert acting({"CLOUDSDK_CONFIG": str(tmp_path), "GOOGLE_CREDENTIALS": both}) == dict.fromkeys(
        (ACCOUNT, key["client_email"]), "GOOGLE_CREDENTIALS"
    )


@pytest.mark.parametrize("content", ["", "[]", "{", '{"type": "authorized_user"}', '{"client_email": null}'])
def test_what_names_no_account(tmp_path: Path, content: str) -> None:
    (tmp_path / "application_default_credentials.json").write_text(content)
    assert acting({"CLOUDSDK_CONFIG": str(tmp_path), "GOOGLE_CREDENTIALS": content, "HOME": str(tmp_path)}) == {}


def judged(**acts: str) -> Any:
    granted: Any = change("google_service_account_iam_member", None, GRANT)
    return judge("prod", "demo-google", {"applyable": True, **plan(granted)}, acting=acts)


def test_a_grant_on_that_account_is_refused() -> None:
    found = judged(**{ACCOUNT: "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT"})
    assert found.code == ExitCode.REFUSED
    assert f"it lets a workload act as {ACCOUNT}, which runs Terraform (GOOGLE_IMPERSONATE_SERVICE_ACCOUNT)" in str(
        found.refusals
    )
    assert judged(**{"other@my-project.iam.gserviceaccount.com": "x"}).refusals == ()
