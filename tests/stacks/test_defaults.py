"""What new files say beyond the code's defaults, and what an existing file keeps."""

import json
import tomllib

from stacks.settings.load import FOLDER, parse
from tests.stacks.test_settings import WORKLOAD, problems
from tests.synthesis import environment, only, resources, synthesized

DENY = "[aws]\ndeny_parameters = true"
SMALL = '[google]\nimpersonation_role = "custom"'


def test_a_file_without_the_settings_keeps_what_it_had() -> None:
    given = synthesized()
    assert resources(given.aws, "aws_iam_role_policy") == []
    assert only(given.google, "google_service_account_iam_member")["role"] == "roles/iam.workloadIdentityUser"
    assert [one["permissions"] for one in resources(given.google, "google_project_iam_custom_role")] == [
        ["aiplatform.endpoints.predict"]
    ]


def test_the_role_that_is_built_may_read_no_parameter() -> None:
    policy = only(synthesized(DENY).aws, "aws_iam_role_policy")
    (statement,) = json.loads(policy["policy"])["Statement"]
    assert statement == {"Effect": "Deny", "Action": ["ssm:GetParameter", "ssm:GetParameters"], "Resource": "*"}
    (role,) = synthesized(DENY).aws["resource"]["aws_iam_role"]
    assert policy["role"] == f"${{aws_iam_role.{role}.name}}"
    theirs = f'{WORKLOAD}role_name = "x"\nmax_session_length = 9'
    assert "no instance's role is built" in problems(DENY, theirs)["aws.deny_parameters"]


def test_the_small_role_gets_access_tokens_and_no_id_tokens() -> None:
    stack = synthesized(SMALL).google
    roles = {one["role_id"]: one["permissions"] for one in resources(stack, "google_project_iam_custom_role")}
    assert roles["demo_impersonator"] == ["iam.serviceAccounts.getAccessToken"]
    grant = only(stack, "google_service_account_iam_member")
    assert grant["role"] == "projects/my-project/roles/demo_impersonator"
    (address,) = (
        name for name in stack["resource"]["google_project_iam_custom_role"] if name.startswith("impersonation")
    )
    assert f"google_project_iam_custom_role.{address}" in grant["depends_on"], "no grant before its role exists"
    assert "no workload impersonates" in problems(SMALL, f'{WORKLOAD}auth = "direct"')["google.impersonation_role"]
    same = problems(SMALL + '\ncustom_role_id = "demo_impersonator"')
    assert "the id of the impersonation role" in same["google.custom_role_id"]


def test_the_example_has_every_default_that_costs_nothing() -> None:
    given = parse(tomllib.loads((FOLDER / "example.toml").read_text()), "example")
    assert given.aws.deny_parameters
    assert given.google.impersonation_role == "custom"
    assert all(workload.pin_unique_id for workload in given.workload)
    assert given.audit.tampering_queries
    assert given.perimeter
    assert set(given.perimeter.restricted_services) == {
        f"{name}.googleapis.com" for name in ("aiplatform", "bigquery", "discoveryengine", "storage")
    }
    assert (
        "assertion.userid"
        in only(environment("example").google, "google_iam_workload_identity_pool_provider")["attribute_condition"]
    )
