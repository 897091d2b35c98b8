"""Service accounts and custom roles."""

import pytest

from .deployer import PROJECT, Deployer

ACCOUNTS = f"iam/v1/projects/{PROJECT}/serviceAccounts"
ROLES = f"iam/v1/projects/{PROJECT}/roles"
ROLE = {
    "roleId": "demo_role",
    "role": {"title": "t", "stage": "GA", "includedPermissions": ["aiplatform.endpoints.predict"]},
}


def test_an_account_is_found_by_email_and_by_unique_id(deployer: Deployer) -> None:
    email = deployer.account()
    shown = deployer.ok("GET", f"{ACCOUNTS}/{email}")
    assert shown["name"] == f"projects/{PROJECT}/serviceAccounts/{email}"
    assert len(shown["uniqueId"]) == 21
    for reference in (shown["uniqueId"], email.replace("@", "%40")):
        assert deployer.ok("GET", f"{ACCOUNTS}/{reference}") == shown
    assert deployer.ok("GET", f"iam/v1/projects/-/serviceAccounts/{email}") == shown
    assert deployer.ok("GET", ACCOUNTS)["accounts"] == [shown]
    assert deployer.refused("GET", f"{ACCOUNTS}/nobody@x.iam.gserviceaccount.com")[:2] == (404, "notFound")


@pytest.mark.parametrize("id", ["", "short", "a" * 31, "1demo-app", "demo-app-", "Demo-app", "demo_app"])
def test_account_ids_out_of_grammar(deployer: Deployer, id: str) -> None:
    assert deployer.refused("POST", ACCOUNTS, {"accountId": id})[0] == 400


@pytest.mark.parametrize("fields", [{"displayName": "ü" * 51}, {"description": "ü" * 129}])
def test_account_texts_are_measured_in_bytes(deployer: Deployer, fields: dict[str, str]) -> None:
    assert deployer.refused("POST", ACCOUNTS, {"accountId": "demo-app", "serviceAccount": fields})[0] == 400
    email = deployer.account()
    body = {"updateMask": ",".join(fields), "serviceAccount": fields}
    assert deployer.refused("PATCH", f"{ACCOUNTS}/{email}", body)[0] == 400


def test_an_account_that_is_there_is_a_conflict(deployer: Deployer) -> None:
    deployer.account()
    code, reason, message = deployer.refused("POST", ACCOUNTS, {"accountId": "demo-app"})
    assert (code, reason) == (409, "alreadyExists")
    assert message == f"Service account demo-app already exists within project projects/{PROJECT}."


def test_a_patch_takes_the_current_etag(deployer: Deployer) -> None:
    email = deployer.account()
    etag = deployer.ok("GET", f"{ACCOUNTS}/{email}")["etag"]
    body = {"updateMask": "display_name", "serviceAccount": {"displayName": "New", "description": "no", "etag": etag}}
    changed = deployer.ok("PATCH", f"{ACCOUNTS}/{email}", body)
    assert changed["displayName"] == "New"
    assert "description" not in changed
    assert deployer.refused("PATCH", f"{ACCOUNTS}/{email}", body)[:2] == (409, "aborted")


def test_disabling_and_enabling(deployer: Deployer) -> None:
    email = deployer.account()
    deployer.ok("POST", f"{ACCOUNTS}/{email}:disable", {})
    assert deployer.ok("GET", f"{ACCOUNTS}/{email}")["disabled"] is True
    deployer.ok("POST", f"{ACCOUNTS}/{email}:enable", {})
    assert "disabled" not in deployer.ok("GET", f"{ACCOUNTS}/{email}")


def test_a_new_account_of_a_deleted_ones_id_is_another_one(deployer: Deployer) -> None:
    email = deployer.account()
    first = deployer.ok("GET", f"{ACCOUNTS}/{email}")["uniqueId"]
    deployer.ok("DELETE", f"{ACCOUNTS}/{email}")
    assert deployer.refused("GET", f"{ACCOUNTS}/{email}")[0] == 404
    deployer.account()
    assert deployer.ok("GET", f"{ACCOUNTS}/{email}")["uniqueId"] != first
    assert deployer.refused("POST", f"{ACCOUNTS}/{first}:undelete", {})[0] == 400
    deployer.ok("DELETE", f"{ACCOUNTS}/{email}")
    assert deployer.ok("POST", f"{ACCOUNTS}/{first}:undelete", {})["restoredAccount"]["uniqueId"] == first
    assert deployer.refused("POST", f"{ACCOUNTS}/{first}:undelete", {})[0] == 404


def test_a_deleted_role_blocks_its_id_until_it_is_undeleted(deployer: Deployer) -> None:
    created = deployer.ok("POST", ROLES, ROLE)
    assert created["name"] == f"projects/{PROJECT}/roles/demo_role"
    assert deployer.refused("POST", ROLES, ROLE)[:2] == (409, "alreadyExists")
    deployer.ok("DELETE", f"{ROLES}/demo_role")
    assert deployer.ok("GET", f"{ROLES}/demo_role")["deleted"] is True
    assert deployer.ok("GET", ROLES) == {}
    assert len(deployer.ok("GET", f"{ROLES}?showDeleted=true")["roles"]) == 1
    code, reason, message = deployer.refused("POST", ROLES, ROLE)
    assert (code, reason) == (400, "failedPrecondition")
    assert message == "You can't create a role_id (demo_role) which has been marked for deletion."
    assert deployer.refused("PATCH", f"{ROLES}/demo_role", {"title": "x"})[1] == "failedPrecondition"
    assert deployer.refused("DELETE", f"{ROLES}/demo_role")[1] == "failedPrecondition"
    assert "deleted" not in deployer.ok("POST", f"{ROLES}/demo_role:undelete", {})
    assert deployer.refused("POST", f"{ROLES}/demo_role:undelete", {})[1] == "failedPrecondition"


def test_a_role_is_patched_under_its_etag(deployer: Deployer) -> None:
    etag = deployer.ok("POST", ROLES, ROLE)["etag"]
    assert "includedPermissions" not in deployer.ok("GET", ROLES)["roles"][0]
    assert "includedPermissions" in deployer.ok("GET", f"{ROLES}?view=FULL")["roles"][0]
    changed = deployer.ok(
        "PATCH", f"{ROLES}/demo_role?updateMask=title", {"title": "new", "stage": "BETA", "etag": etag}
    )
    assert (changed["title"], changed["stage"]) == ("new", "GA")
    assert deployer.refused("PATCH", f"{ROLES}/demo_role", {"etag": etag})[:2] == (409, "aborted")
    assert deployer.refused("DELETE", f"{ROLES}/demo_role?etag={etag}")[0] == 409
    assert "includedPermissions" not in deployer.ok("PATCH", f"{ROLES}/demo_role", {"title": "bare", "stage": "ALPHA"})


@pytest.mark.parametrize(
    "body",
    [
        {**ROLE, "roleId": "x"},
        {**ROLE, "roleId": "demo-role"},
        {**ROLE, "role": {"includedPermissions": ["predict"]}},
        {**ROLE, "role": {"title": "x" * 101}},
        {**ROLE, "role": {"description": "x" * 301}},
        {**ROLE, "role": {"name": "roles/x"}},
    ],
)
def test_roles_that_are_refused(deployer: Deployer, body: object) -> None:
    assert deployer.refused("POST", ROLES, body)[0] == 400
