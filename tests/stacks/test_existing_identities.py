"""A service account, a role and a project for the pool that exist already."""

import json
from typing import Any

import pytest

from review.summary import summary
from tests.synthesis import environment, only, resources, synthesized

EMAIL = "gemini-caller@accounts-project.iam.gserviceaccount.com"
POOL = "projects/456789012345/locations/global/workloadIdentityPools/known-aws"


def google() -> dict[str, Any]:
    return environment("existing-identities").google


def test_an_existing_account_gets_two_grants_and_is_never_a_resource() -> None:
    stack = google()
    assert resources(stack, "google_service_account") == []
    (account,) = stack["data"]["google_service_account"].values()
    assert account["account_id"] == EMAIL
    member = only(stack, "google_service_account_iam_member")
    assert member["service_account_id"] == f"projects/accounts-project/serviceAccounts/{EMAIL}"
    assert member["member"] == f"principalSet://iam.googleapis.com/{POOL}/attribute.aws_role/app"
    (grant,) = (one for one in resources(stack, "google_project_iam_member") if one["member"].startswith("service"))
    assert (grant["project"], grant["member"]) == ("my-project", f"serviceAccount:{EMAIL}")


def test_the_account_is_read_once_its_api_is_enabled_and_before_a_rule_names_it() -> None:
    """In a new project the IAM API is off: a data source without depends_on would fail the first plan."""
    stack = google()
    ((name, account),) = stack["data"]["google_service_account"].items()
    assert any("apis_iam_" in one for one in account["depends_on"])
    perimeter = only(stack, "google_access_context_manager_service_perimeter")
    assert f"data.google_service_account.{name}" in perimeter["depends_on"]


def test_an_existing_role_is_granted_and_no_role_is_made() -> None:
    stack = google()
    assert resources(stack, "google_project_iam_custom_role") == []
    roles = {one["role"] for one in resources(stack, "google_project_iam_member")}
    assert roles == {"organizations/123456789012/roles/geminiCaller", "projects/my-project/roles/team_gemini"}


def test_pool_and_provider_are_made_in_the_other_project_and_everything_else_in_geminis() -> None:
    stack = google()
    for kind in ("google_iam_workload_identity_pool", "google_iam_workload_identity_pool_provider"):
        assert only(stack, kind)["project"] == "identity-pools"
    there = {one["service"] for one in resources(stack, "google_project_service") if one["project"] == "identity-pools"}
    assert there == {"iam.googleapis.com", "sts.googleapis.com"}
    assert {one["project"] for one in resources(stack, "google_project_iam_member")} == {"my-project"}
    for document in json.loads(json.dumps(stack["output"]["credential_documents"]["value"])).values():
        assert json.loads(document)["audience"] == f"//iam.googleapis.com/{POOL}/providers/known-aws"


def test_the_number_of_the_pools_project_is_checked_in_the_plan() -> None:
    conditions = [
        one["lifecycle"]["postcondition"][0]["condition"] for one in google()["data"]["google_project"].values()
    ]
    assert sorted(conditions) == ['${self.number == "345678901234"}', '${self.number == "456789012345"}']


@pytest.mark.parametrize(
    "said",
    [
        f"service account {EMAIL}: two grants are made",
        "role organizations/123456789012/roles/geminiCaller: it needs aiplatform.endpoints.predict",
        "role projects/my-project/roles/team_gemini: ",
        "project identity-pools: pool and provider are made there",
    ],
)
def test_the_review_says_what_is_not_managed(said: str) -> None:
    text = summary("test", {"google": google()})
    assert said in text
    assert "UNEXPECTED" not in text


def test_the_review_of_what_is_managed_has_no_such_section() -> None:
    assert "not managed here" not in summary("test", {"google": synthesized().google})


def test_a_notification_channel_is_said_to_be_somebody_elses() -> None:
    assert "notification channel projects/my-project/notificationChannels/123: whether" in summary(
        "test", {"google": environment("several").google}
    )


def test_a_pool_in_a_project_that_no_pool_is_in_is_unexpected() -> None:
    stack = json.loads(json.dumps(google()))
    next(iter(stack["resource"]["google_iam_workload_identity_pool_provider"].values()))["project"] = "elsewhere"
    assert "project is elsewhere" in summary("test", {"google": stack}).partition("UNEXPECTED")[2]
