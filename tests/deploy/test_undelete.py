"""`make undelete`: commands to copy, with the addresses and ids of what was synthesized."""

import json
import shlex
from pathlib import Path

import pytest

from deploy.stacks import Stack
from deploy.undelete import commands
from tests.synthesis import environment, synthesized


def lines(document: dict[str, object]) -> list[str]:
    stack = Stack("demo-google", Path("cdktf.out/stacks/demo-google"), (), document)
    return [line for line in commands("test", [stack]) if not line.startswith("#")]


def test_both_undeletes_come_before_both_imports() -> None:
    google = synthesized().google
    (pool,) = google["resource"]["google_iam_workload_identity_pool"]
    (provider,) = google["resource"]["google_iam_workload_identity_pool_provider"]
    (role,) = google["resource"]["google_project_iam_custom_role"]
    name = "projects/my-project/locations/global/workloadIdentityPools/demo-aws"
    terraform = "./keyperim -e test terraform demo-google -- import"
    assert lines(google) == [
        "gcloud iam workload-identity-pools undelete demo-aws --location=global --project=my-project",
        "gcloud iam workload-identity-pools providers undelete demo-aws"
        " --workload-identity-pool=demo-aws --location=global --project=my-project",
        f"{terraform} google_iam_workload_identity_pool.{pool} {name}",
        f"{terraform} google_iam_workload_identity_pool_provider.{provider} {name}/providers/demo-aws",
        "gcloud iam roles undelete demo_gemini_caller --project=my-project",
        f"{terraform} google_project_iam_custom_role.{role} projects/my-project/roles/demo_gemini_caller",
    ]


@pytest.mark.parametrize("name", ["article", "direct"])
def test_every_environment_has_its_own(name: str) -> None:
    google = environment(name).google
    (pool,) = google["resource"]["google_iam_workload_identity_pool"].values()
    words = [shlex.split(line) for line in lines(google)]
    assert words[0][:4] == ["gcloud", "iam", "workload-identity-pools", "undelete"]
    assert words[0][4] == pool["workload_identity_pool_id"]
    assert "345678901234" not in json.dumps(words)  # A project number in an import id forces replacement.


def test_a_stack_without_a_pool_has_nothing_to_undelete() -> None:
    assert lines(synthesized().aws) == []
