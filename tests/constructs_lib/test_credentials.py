"""The credential document is what gcloud writes: compared with the real gcloud where there is one."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from constructs_lib.credentials import credential_document
from constructs_lib.limits import LimitError

PROVIDER = "projects/345678901234/locations/global/workloadIdentityPools/aws-ec2-pool/providers/aws-ec2-provider"
EMAIL = "vertex-ai-caller@my-project.iam.gserviceaccount.com"


@pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is missing: install the Google Cloud CLI")
@pytest.mark.parametrize(
    ("flags", "arguments"),
    [
        ([f"--service-account={EMAIL}"], {"service_account_email": EMAIL}),
        (
            [f"--service-account={EMAIL}", "--service-account-token-lifetime-seconds=1800"],
            {"service_account_email": EMAIL, "token_lifetime_seconds": 1800},
        ),
        ([], {}),
    ],
    ids=["impersonation", "token lifetime", "direct"],
)
def test_the_document_is_the_one_that_gcloud_writes(flags: list[str], arguments: dict, tmp_path: Path) -> None:
    path = tmp_path / "document.json"
    command = ["gcloud", "iam", "workload-identity-pools", "create-cred-config", PROVIDER, *flags]
    subprocess.run([*command, "--aws", "--enable-imdsv2", f"--output-file={path}"], check=True, capture_output=True)
    assert json.dumps(credential_document(provider_name=PROVIDER, **arguments), indent=2) == path.read_text()


@pytest.mark.parametrize("seconds", [599, 43201])
def test_a_token_lifetime_beyond_the_limits_is_refused(seconds: int) -> None:
    with pytest.raises(LimitError, match="token_lifetime_seconds"):
        credential_document(provider_name=PROVIDER, service_account_email=EMAIL, token_lifetime_seconds=seconds)


def test_the_document_holds_no_secret_and_names_only_the_real_hosts() -> None:
    text = json.dumps(credential_document(provider_name=PROVIDER, service_account_email=EMAIL))
    assert set(re.findall(r"https?://([^/?]+)", text)) == {
        "169.254.169.254",
        "iamcredentials.googleapis.com",
        "sts.googleapis.com",
        "sts.{region}.amazonaws.com",
    }
