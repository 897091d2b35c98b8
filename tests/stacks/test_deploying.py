"""Who runs Terraform, with whose quota, and where its state is."""

from typing import Any

import pytest

from stacks.settings.load import FOLDER, parse
from stacks.settings.problems import SettingsError
from stacks.settings.warnings import warnings_of
from tests.synthesis import environment, only, synthesized, tables

TERRAFORM = "terraform@my-project.iam.gserviceaccount.com"
ROLE = {"role_arn": "arn:aws:iam::123456789012:role/state", "external_id": "keyless"}
S3 = """
[backend]
type = "s3"
bucket = "my-state"
region = "us-east-1"
prefix = "platform/keyless"
kms_key = "arn:aws:kms:us-east-1:123456789012:key/abc"
dynamodb_table = "my-locks"
assume_role = { role_arn = "arn:aws:iam::123456789012:role/state", external_id = "keyless" }
"""
GCS = f"""
[backend]
type = "gcs"
bucket = "my-state"
prefix = "platform"
kms_key = "projects/p/locations/l/keyRings/r/cryptoKeys/k"
impersonate_service_account = "{TERRAFORM}"
"""
LADDER = """
[perimeter]
restricted_services = ["aiplatform.googleapis.com", "iamcredentials.googleapis.com", "sts.googleapis.com"]
[perimeter.deployer]
identities = ["serviceAccount:terraform@my-project.iam.gserviceaccount.com"]
cidrs = ["198.51.100.7/32"]
"""
ELSEWHERE = '[google]\npool_project_id = "identity-pools"\npool_project_number = "456789012345"'
OTHERS = '[[workload]]\nname = "app"\nservice_account_email = "caller@other-project.iam.gserviceaccount.com"'


def provider(stack: dict[str, Any], name: str) -> dict[str, Any]:
    (block,) = stack["provider"][name]
    return block


def warned(*more: str) -> str:
    return "\n".join(warnings_of(parse(tables(*more), "test.toml")))


def test_terraform_assumes_a_role_and_impersonates_an_account() -> None:
    second = environment("second-account")
    role = {"role_arn": "arn:aws:iam::210987654321:role/deployment/terraform", "external_id": "keyless"}
    assert provider(second.aws, "aws")["assume_role"] == [role]
    google = provider(second.google, "google")
    assert (google["impersonate_service_account"], google["billing_project"]) == (TERRAFORM, "quota-project")
    assert google["project"] == "my-project"


def test_without_these_settings_the_providers_are_as_before() -> None:
    both = synthesized()
    assert "assume_role" not in provider(both.aws, "aws")
    assert provider(both.google, "google") == {
        "billing_project": "my-project", "project": "my-project", "user_project_override": True,
    }  # fmt: skip


def test_a_state_in_s3_has_a_prefix_a_key_two_locks_and_a_role() -> None:
    google = synthesized(S3).google
    assert google["terraform"]["backend"]["s3"] == {
        "assume_role": ROLE, "bucket": "my-state", "dynamodb_table": "my-locks", "encrypt": True,
        "key": "platform/keyless/test/demo-google.tfstate", "kms_key_id": "arn:aws:kms:us-east-1:123456789012:key/abc",
        "region": "us-east-1", "use_lockfile": True,
    }  # fmt: skip
    assert google["data"]["terraform_remote_state"]["aws"]["config"] == {
        "assume_role": ROLE, "bucket": "my-state", "key": "platform/keyless/test/demo-aws.tfstate", "region": "us-east-1",
    }  # fmt: skip


def test_a_state_in_gcs_has_a_prefix_a_key_and_an_account() -> None:
    google = synthesized(GCS).google
    assert google["terraform"]["backend"]["gcs"] == {
        "bucket": "my-state", "impersonate_service_account": TERRAFORM, "prefix": "platform/test/demo-google",
        "kms_encryption_key": "projects/p/locations/l/keyRings/r/cryptoKeys/k",
    }  # fmt: skip
    assert google["data"]["terraform_remote_state"]["aws"]["config"] == {
        "bucket": "my-state", "impersonate_service_account": TERRAFORM, "prefix": "platform/test/demo-aws",
    }  # fmt: skip


def test_an_hcp_workspace_can_be_in_a_project_and_has_to_share_its_state() -> None:
    cloud = '[backend]\ntype = "cloud"\norganization = "o"\nproject = "our project"'
    assert synthesized(cloud).google["terraform"]["cloud"]["workspaces"] == {
        "name": "test_demo-google",
        "project": "our project",
    }
    assert "has to share its state" in warned(cloud)
    assert "share" not in warned()


def test_who_impersonates_the_deployers_account_is_admitted_to_iamcredentials_alone() -> None:
    named = f'{LADDER}impersonators = ["user:operator@example.com"]'
    rules = only(synthesized(named).google, "google_access_context_manager_service_perimeter")["spec"][
        "ingress_policies"
    ]
    (rule,) = [one for one in rules if "user:operator@example.com" in one["ingress_from"].get("identities", [])]
    assert [one["service_name"] for one in rule["ingress_to"]["operations"]] == ["iamcredentials.googleapis.com"]
    assert [one["access_level"][-14:] for one in rule["ingress_from"]["sources"]] == ["/demo_deployer"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((LADDER,), "name who does in impersonators"),
        (
            (LADDER, ELSEWHERE),
            "sts.googleapis.com does not cover the workloads' exchange, which concerns identity-pools",
        ),
        ((LADDER, OTHERS), "iamcredentials.googleapis.com does not cover caller@other-project.iam.gserviceaccount.com"),
    ],
)
def test_what_a_rule_does_not_reach_is_a_warning(more: tuple[str, ...], said: str) -> None:
    assert said in warned(*more)
    assert said not in warned()


def test_an_account_of_a_project_with_a_domain_is_in_the_project() -> None:
    project = '[google]\nproject_id = "example.com:my-project"'
    inside = OTHERS.replace("other-project", "my-project.example.com")
    assert "does not cover caller@" not in warned(project, LADDER, inside)
    assert "does not cover caller@" in warned(project, LADDER, OTHERS)


def test_who_impersonates_an_account_of_another_project_passes_no_perimeter_here() -> None:
    more = f'[google]\nimpersonate_service_account = "{TERRAFORM}"\n{LADDER}'
    with pytest.raises(SettingsError, match="name who impersonates"):
        parse(tables(more), "test.toml")
    parse(tables(more.replace(TERRAFORM, "terraform@other-project.iam.gserviceaccount.com")), "test.toml")


def test_the_shipped_proposal_admits_a_deployer_that_impersonates() -> None:
    assert "impersonators" not in "\n".join(
        warnings_of(parse(tables(base=(FOLDER / "proposal.toml").read_text()), "p"))
    )
