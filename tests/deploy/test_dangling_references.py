"""An account or a role that the settings call existing is not deleted by the plan that says so."""

from deploy.guard import refusals
from tests.deploy.planned import Body, change, plan

EMAIL = "demo-app@my-project.iam.gserviceaccount.com"
ROLE = "projects/my-project/roles/demo_gemini_caller"
ACCOUNT: Body = {"email": EMAIL, "project": "my-project", "account_id": "demo-app"}
CUSTOM: Body = {"project": "my-project", "role_id": "demo_gemini_caller"}
GRANT: Body = {"project": "my-project", "member": f"serviceAccount:{EMAIL}", "role": ROLE}


def refused(*items: Body) -> list[str]:
    return [one.why for one in refusals(plan(*items))]


def test_an_account_that_a_grant_still_names_is_not_deleted() -> None:
    (why,) = refused(change("google_service_account", ACCOUNT, None), change("google_project_iam_member", GRANT, GRANT))
    assert why.startswith(f"serviceAccount:{EMAIL} is still named")


def test_an_account_that_a_rule_still_names_is_not_deleted() -> None:
    rule = {"ingress_from": [{"identities": [f"serviceAccount:{EMAIL}"]}]}
    perimeter = {"name": "p", "spec": [{"ingress_policies": [rule]}]}
    items = (
        change("google_service_account", ACCOUNT, None),
        change("google_access_context_manager_service_perimeter", perimeter, perimeter),
    )
    assert len(refused(*items)) == 1


def test_a_role_that_a_grant_still_names_is_not_deleted() -> None:
    (why,) = refused(
        change("google_project_iam_custom_role", CUSTOM, None), change("google_project_iam_member", None, GRANT)
    )
    assert why.startswith(f"{ROLE} is still named")


def test_what_goes_with_its_grants_may_go() -> None:
    assert not refused(
        change("google_service_account", ACCOUNT, None),
        change("google_project_iam_custom_role", CUSTOM, None),
        change("google_project_iam_member", GRANT, None),
    )


def test_a_longer_name_is_another_account() -> None:
    other = {**GRANT, "member": f"serviceAccount:x{EMAIL}", "role": f"{ROLE}2"}
    assert not refused(
        change("google_service_account", {**ACCOUNT, "email": f"{EMAIL[:-1]}"}, None),
        change("google_service_account", ACCOUNT, None),
        change("google_project_iam_custom_role", CUSTOM, None),
        change("google_project_iam_member", other, other),
    )


def test_an_account_is_not_deleted_next_to_a_deposed_rule_that_names_it() -> None:
    """Terraform orders the two deletes in no way, and a perimeter that names a deleted account takes no write any more."""
    kind = "google_access_context_manager_service_perimeter_dry_run_ingress_policy"
    rule = {"title": "a", "perimeter": "p", "ingress_from": [{"identities": [f"serviceAccount:{EMAIL}"]}]}
    account, former = change("google_service_account", ACCOUNT, None), {**change(kind, rule, None), "deposed": "1"}
    (why,) = refused(account, former)
    assert f"the rule 'a' in the dry run of p, which names serviceAccount:{EMAIL}" in why
    assert not refused(former)
    assert not refused(account, change(kind, rule, None))
    assert not refused(change("google_service_account", {**ACCOUNT, "email": EMAIL[1:]}, None), former)
