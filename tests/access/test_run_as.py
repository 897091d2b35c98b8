"""What newly runs as a workload's service account or role, in types that decide no call themselves."""

from typing import Any

import pytest

from access.difference import gains
from access.objects import Object, of_stack
from access.other_changes import differences
from tests.synthesis import environment

EMAIL = "app@my-project.iam.gserviceaccount.com"
ACCOUNT = Object("google_service_account.app", "google_service_account", {"account_id": "app", "project": "my-project"})
GRANT = Object("google_project_iam_member.old", "google_project_iam_member",
               {"project": "my-project", "role": "roles/aiplatform.user", "member": "serviceAccount:old@other.iam.gserviceaccount.com"})  # fmt: skip
ROLE = Object("aws_iam_role.app", "aws_iam_role", {"name": "app-role"})
PROFILE = Object(
    "aws_iam_instance_profile.app",
    "aws_iam_instance_profile",
    {"name": "app-profile", "role": "${aws_iam_role.app.name}"},
)
PROVIDER = Object("google_iam_workload_identity_pool_provider.it", "google_iam_workload_identity_pool_provider",
                  {"workload_identity_pool_id": "pool", "attribute_condition": "assertion.arn.startsWith('arn:aws:sts::123456789012:assumed-role/app-role/')",
                   "aws": [{"account_id": "123456789012"}]})  # fmt: skip
OLD = [ACCOUNT, GRANT, ROLE, PROFILE, PROVIDER]
ARN = "arn:aws:iam::123456789012:role/path/app-role"


def made(kind: str, **values: Any) -> Object:
    return Object(f"{kind}.new", kind, values)


RUNS = [
    (made("google_compute_instance", service_account=[{"email": EMAIL, "scopes": ["cloud-platform"]}]), EMAIL),
    (made("google_compute_instance", service_account=[{"email": "${google_service_account.app.email}"}]), EMAIL),
    (made("google_cloud_run_v2_service", template=[{"service_account": EMAIL.upper()}]), EMAIL),
    (made("google_cloud_run_v2_job", template=[{"template": [{"service_account": "old@other.iam.gserviceaccount.com"}]}]), "old@other"),
    (made("google_cloudbuild_trigger", service_account=f"projects/my-project/serviceAccounts/{EMAIL}"), EMAIL),
    (made("google_cloudfunctions2_function", service_config=[{"service_account_email": EMAIL}]), EMAIL),
    (made("aws_lambda_function", role=ARN), "AWS role app-role"),
    (made("aws_ecs_task_definition", task_role_arn="${aws_iam_role.app.arn}"), "AWS role app-role"),
    (made("aws_launch_template", iam_instance_profile=[{"name": "app-profile"}]), "AWS role app-role"),
    (made("aws_spot_instance_request", iam_instance_profile="${aws_iam_instance_profile.app.name}"), "AWS role app-role"),
]  # fmt: skip


@pytest.mark.parametrize(("new", "who"), RUNS, ids=[f"{new.kind}-{number}" for number, (new, _) in enumerate(RUNS)])
def test_it_is_wider_and_names_the_account_or_role(new: Object, who: str) -> None:
    (found,) = gains(OLD, [*OLD, new])
    assert (found.address, found.missing) == (new.address, ())
    assert f"newly runs as {'' if who.startswith('AWS') else 'service account '}{who}" in found.what
    assert list(differences(OLD, [*OLD, new])) == []
    assert list(gains([*OLD, new], [*OLD, new])) == list(gains([*OLD, new], OLD)) == []


def test_the_account_of_a_project_with_a_domain_has_it_last() -> None:
    values = {"account_id": "app", "project": "example.com:my-project"}
    account = Object(ACCOUNT.address, ACCOUNT.kind, values)
    email = "app@my-project.example.com.iam.gserviceaccount.com"
    (found,) = gains([account], [account, made("google_cloud_run_v2_service", template=[{"service_account": email}])])
    assert f"newly runs as service account {email}" in found.what


@pytest.mark.parametrize("kind", ["google_cloud_run_v2_service", "aws_codebuild_project"])
def test_an_account_or_role_that_is_not_known_cannot_be_decided(kind: str) -> None:
    field = "service_account" if kind.startswith("google") else "service_role"
    (found,) = gains(OLD, [*OLD, made(kind, **{field: "${var.who}"})])
    assert found.missing == ("${var.who}",)


@pytest.mark.parametrize(
    "new",
    [
        made("google_cloud_run_v2_service", template=[{"service_account": "stranger@other.iam.gserviceaccount.com"}]),
        # the cloud gives a default account
        made("google_cloud_run_v2_service", template=[{"service_account": "${google_cloud_run_v2_service.new.template[0].service_account}"}]),
        made("aws_lambda_function", role="arn:aws:iam::123456789012:role/logs"),
        made("aws_ssm_parameter", value=f"a text about {EMAIL}"),
    ],
)  # fmt: skip
def test_other_accounts_and_texts_are_none(new: Object) -> None:
    assert list(gains(OLD, [*OLD, new])) == []


@pytest.mark.parametrize("name", ["example", "several", "on-premises"])
def test_the_kits_own_resources_run_as_workloads_only_where_it_says_so(name: str) -> None:
    found = environment(name)
    sides = [of_stack(found.aws), of_stack(found.google)]
    for objects in (*sides, [*sides[0], *sides[1]]):
        old = [one for one in objects if one.kind.startswith(("google_iam", "google_service_account", "aws_iam"))]
        assert [str(one) for one in gains(old, objects) if "runs as" in one.what] == []


def test_a_plan_of_aws_alone_knows_the_roles_that_it_makes() -> None:
    (found,) = gains([ROLE], [ROLE, made("aws_lambda_function", role="${aws_iam_role.app.arn}")])
    assert "newly runs as AWS role app-role" in found.what


def test_what_runs_as_a_workload_and_changes_is_named() -> None:
    old, new = (made("google_cloud_run_v2_job", image=image, service_account=EMAIL) for image in "ab")
    assert list(differences([*OLD, old], [*OLD, new])) == [
        f"{new.address}: what runs as service account {EMAIL} changes"
    ]
