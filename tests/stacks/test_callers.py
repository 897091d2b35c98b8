"""One key, `auth`, flips grants, APIs, perimeter rules and the credential document together."""

import json
from typing import Any

import pytest

from tests.synthesis import Synthesized, only, resources, synthesized

POOL = "projects/345678901234/locations/global/workloadIdentityPools/demo-aws"
PRINCIPAL_SET = f"principalSet://iam.googleapis.com/{POOL}/attribute.aws_role/demo-app"
EMAIL = "demo-app@my-project.iam.gserviceaccount.com"
DIRECT = '[[workload]]\nname = "app"\nauth = "direct"'
DISABLED = '[[workload]]\nname = "app"\ndisabled = true'


def grants(stack: dict[str, Any]) -> set[tuple[str, str]]:
    members = resources(stack, "google_project_iam_member") + resources(stack, "google_service_account_iam_member")
    return {(member["role"], member["member"]) for member in members}


def rules(stack: dict[str, Any]) -> list[dict[str, Any]]:
    return only(stack, "google_access_context_manager_service_perimeter")["spec"].get("ingress_policies", [])


def document(result: Synthesized, name: str = "app") -> dict[str, Any]:
    return json.loads(result.google["output"]["credential_documents"]["value"][name])


def apis(stack: dict[str, Any]) -> set[str]:
    return {
        service["service"].removesuffix(".googleapis.com") for service in resources(stack, "google_project_service")
    }


def test_impersonation_grants_the_service_account_the_call_and_the_role_the_impersonation() -> None:
    stack = synthesized().google
    assert grants(stack) == {
        ("projects/my-project/roles/demo_gemini_caller", f"serviceAccount:{EMAIL}"),
        ("roles/iam.workloadIdentityUser", PRINCIPAL_SET),
    }
    assert rules(stack)[0]["ingress_from"]["identities"] == [f"serviceAccount:{EMAIL}"]
    assert document(synthesized())["service_account_impersonation_url"].endswith(f"/{EMAIL}:generateAccessToken")
    assert "iamcredentials" in apis(stack)


def test_direct_access_grants_the_role_itself_and_knows_no_service_account() -> None:
    stack = synthesized(DIRECT).google
    assert grants(stack) == {("projects/my-project/roles/demo_gemini_caller", PRINCIPAL_SET)}
    assert rules(stack)[0]["ingress_from"]["identities"] == [PRINCIPAL_SET]
    assert "service_account_impersonation_url" not in document(synthesized(DIRECT))
    assert resources(stack, "google_service_account") == []
    assert "iamcredentials" not in apis(stack)


def test_the_custom_role_may_predict_and_nothing_else() -> None:
    assert only(synthesized().google, "google_project_iam_custom_role")["permissions"] == [
        "aiplatform.endpoints.predict"
    ]


def test_the_broad_role_is_a_choice_and_takes_the_custom_one_away() -> None:
    stack = synthesized('[[workload]]\nname = "app"\nrole = "roles/aiplatform.user"').google
    assert ("roles/aiplatform.user", f"serviceAccount:{EMAIL}") in grants(stack)
    assert resources(stack, "google_project_iam_custom_role") == []


def test_the_stop_switch_takes_away_grants_rule_and_token_exchange() -> None:
    stack = synthesized(DISABLED).google
    assert grants(stack) == set()
    assert rules(stack) == []
    condition = only(stack, "google_iam_workload_identity_pool_provider")["attribute_condition"]
    assert condition == "assertion.account == '123456789012' && (false)"
    assert resources(stack, "google_project_iam_custom_role"), "a deleted custom role blocks its id for weeks"


def test_an_account_is_kept_as_it_is_and_no_apply_enables_or_disables_it() -> None:
    """Provider 6.50 does not send `disabled` when it creates an account: the second apply would."""
    running, stopped = (only(synthesized(text).google, "google_service_account") for text in ("", DISABLED))
    assert running == stopped
    assert "disabled" not in stopped
    assert stopped["lifecycle"] == {"ignore_changes": ["disabled"]}


def test_no_apply_enables_a_pool_or_provider_that_was_disabled_in_an_emergency() -> None:
    for kind in ("google_iam_workload_identity_pool", "google_iam_workload_identity_pool_provider"):
        assert only(synthesized().google, kind)["lifecycle"] == {"ignore_changes": ["disabled"]}


def test_the_stop_switch_holds_with_any_identity_too() -> None:
    assert rules(synthesized("[perimeter]\nany_identity = true").google)
    assert rules(synthesized(DISABLED, "[perimeter]\nany_identity = true").google) == []


def test_stopping_one_of_two_changes_nothing_for_the_other() -> None:
    two = '[[workload]]\nname = "app"\ndisabled = {}\n[[workload]]\nname = "batch"'
    before, after = (synthesized(two.format(value)).google for value in ("false", "true"))
    kept = list(after["resource"]["google_project_iam_member"])
    assert len(kept) == 1
    assert (
        after["resource"]["google_project_iam_member"][kept[0]]
        == before["resource"]["google_project_iam_member"][kept[0]]
    )
    assert rules(after)[0]["ingress_from"]["identities"] == [
        "serviceAccount:demo-batch@my-project.iam.gserviceaccount.com"
    ]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", {"iamcredentials", "accesscontextmanager"}),
        (DIRECT, {"accesscontextmanager"}),
        ("[audit]\nalert = true", {"iamcredentials", "accesscontextmanager", "logging", "monitoring"}),
    ],
)
def test_exactly_the_apis_that_the_mode_needs_are_enabled(more: str, expected: set[str]) -> None:
    always = {"cloudresourcemanager", "serviceusage", "iam", "sts", "aiplatform"}
    assert apis(synthesized(more).google) == always | expected


def test_an_api_is_never_disabled() -> None:
    assert {service["disable_on_destroy"] for service in resources(synthesized().google, "google_project_service")} == {
        False
    }


def test_a_token_lifetime_goes_into_the_document_of_those_who_impersonate() -> None:
    assert document(synthesized("[google]\ntoken_lifetime_seconds = 1800"))["service_account_impersonation"] == {
        "token_lifetime_seconds": 1800
    }


def test_the_document_lies_beside_the_json_too() -> None:
    result = synthesized()
    path = result.folder / "stacks" / "demo-google" / "credentials" / "app.json"
    assert json.loads(path.read_text()) == document(result)
