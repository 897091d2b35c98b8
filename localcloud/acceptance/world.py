"""What the provider's acceptance tests expect of Google before they start, and the environment that says so."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from ..cloud import LocalCloud
from ..command import OTHERS
from ..google import seed

RUNNER = f"runner@{seed.PROJECT}.iam.gserviceaccount.com"
"""A service account that some tests grant something to."""
SERVICES = (
    "accesscontextmanager", "cloudbilling", "cloudresourcemanager", "iam", "iamcredentials", "logging", "monitoring",
    "serviceusage", "sts",
)  # fmt: skip
"""APIs that are enabled in the project: every one that the local cloud has, but those that no management call needs."""


def prepare(cloud: LocalCloud) -> None:
    """A project with every API enabled, whose deployer owns its organization too, and a service account."""
    state = cloud.state
    state.services[seed.PROJECT] = {f"{api}.googleapis.com": 0.0 for api in SERVICES}
    organization = state.iam_policies[f"organizations/{seed.ORGANIZATION}"]
    organization["bindings"].append({"role": "roles/owner", "members": [f"user:{seed.DEPLOYER}"]})
    seed.service_account(state, RUNNER)


def environment(cloud: LocalCloud, outside: Mapping[str, str]) -> dict[str, str]:
    """The variables of a test binary: `outside` without what is meant for the real clouds.

    The names are the provider's (google/envvar/envvar_utils.go, provider.go). A refresh after each apply is what its own
    builds set (.teamcity/components/builds/build_parameters.kt): without it, a policy's etag in state is the one before
    the last write. FileNotFoundError without Terraform.
    """
    terraform = shutil.which("terraform", path=outside.get("PATH"))
    if terraform is None:
        raise FileNotFoundError("terraform: no such program on PATH")
    kept = {name: value for name, value in outside.items() if name not in OTHERS.split() and not _google(name)}
    return kept | cloud.environment("192.0.2.100") | {
        "TF_ACC": "1", "TF_ACC_REFRESH_AFTER_APPLY": "1", "TF_ACC_TERRAFORM_PATH": str(Path(terraform).resolve()),
        "CHECKPOINT_DISABLE": "1",
        "GOOGLE_CREDENTIALS": json.dumps(seed.CREDENTIALS),
        "GOOGLE_PROJECT": seed.PROJECT, "GOOGLE_PROJECT_NUMBER": seed.NUMBER, "GOOGLE_ORG": seed.ORGANIZATION,
        "GOOGLE_REGION": "asia-northeast1", "GOOGLE_ZONE": "asia-northeast1-a",
        "GOOGLE_BILLING_ACCOUNT": seed.BILLING.removeprefix("billingAccounts/"), "GOOGLE_SERVICE_ACCOUNT": RUNNER,
        "USER_PROJECT_OVERRIDE": "true", "GOOGLE_BILLING_PROJECT": seed.PROJECT,
        "GOOGLE_ACM_SCOPED_POLICIES_ENABLED": "true",
        "PSC_FORWARDING_RULE": f"projects/{seed.PROJECT}/regions/asia-northeast1/forwardingRules/psc",
    }  # fmt: skip


def _google(name: str) -> bool:
    return name.startswith(("GOOGLE_", "GCLOUD_", "CLOUDSDK_", "TF_"))
