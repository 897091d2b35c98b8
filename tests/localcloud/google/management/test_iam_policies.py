"""Read-modify-write of IAM policies."""

from typing import Any

import pytest

from localcloud.google import seed
from policy.identity import user

from .deployer import NUMBER, PROJECT, Deployer

OF_PROJECT = f"cloudresourcemanager/v1/projects/{PROJECT}"
PRINCIPALS = f"principalSet://iam.googleapis.com/projects/{NUMBER}/locations/global/workloadIdentityPools/demo-aws"
USER = {"role": "roles/aiplatform.user", "members": ["user:a@example.com"]}
MEMBERS = {"members": USER["members"]}
CONDITION = {"title": "t", "expression": "true"}


def read(deployer: Deployer, url: str = OF_PROJECT, version: int = 3) -> dict[str, Any]:
    if url == OF_PROJECT:
        return deployer.ok("POST", f"{url}:getIamPolicy", {"options": {"requestedPolicyVersion": version}})
    return deployer.ok("POST", f"{url}:getIamPolicy?options.requestedPolicyVersion={version}")


def write(deployer: Deployer, *bindings: dict[str, Any], url: str = OF_PROJECT, **policy: Any) -> dict[str, Any]:
    """Add bindings to what is there; the fields of `policy` replace what was read."""
    held = read(deployer, url)
    new = {**held, "version": 3, "bindings": [*held.get("bindings", []), *bindings], **policy}
    return deployer.ok("POST", f"{url}:setIamPolicy", {"policy": new})


def refused(deployer: Deployer, binding: dict[str, Any], url: str = OF_PROJECT) -> str:
    policy = {"version": 3, "bindings": [binding]}
    code, reason, message = deployer.refused("POST", f"{url}:setIamPolicy", {"policy": policy})
    assert (code, reason) == (400, "badRequest")
    return message


def test_a_policy_is_merged_and_has_a_new_etag(deployer: Deployer) -> None:
    before = read(deployer)
    after = write(deployer, USER, {"role": USER["role"], "members": ["group:b@example.com", "user:a@example.com"]})
    assert after["etag"] != before["etag"]
    assert after == read(deployer)
    assert after["version"] == 1
    (binding,) = [one for one in after["bindings"] if one["role"] == USER["role"]]
    assert binding["members"] == ["group:b@example.com", "user:a@example.com"]


def test_who_writes_with_an_old_etag_has_to_read_again(deployer: Deployer) -> None:
    before = read(deployer)
    write(deployer, USER)
    code, reason, message = deployer.refused("POST", f"{OF_PROJECT}:setIamPolicy", {"policy": before})
    assert (code, reason) == (409, "aborted")
    assert "There were concurrent policy changes. Please retry the whole read-modify-write" in message
    without = {key: value for key, value in before.items() if key != "etag"}
    deployer.ok("POST", f"{OF_PROJECT}:setIamPolicy", {"policy": without})


def test_only_masked_parts_are_written(deployer: Deployer) -> None:
    audit = [{"service": "sts.googleapis.com", "auditLogConfigs": [{"logType": "ADMIN_READ"}]}]
    write(deployer, auditConfigs=audit)
    assert "auditConfigs" not in read(deployer)
    policy = {**read(deployer), "auditConfigs": audit}
    deployer.ok("POST", f"{OF_PROJECT}:setIamPolicy", {"policy": policy, "updateMask": "bindings,etag,auditConfigs"})
    assert read(deployer)["auditConfigs"] == audit
    write(deployer, USER)
    assert read(deployer)["auditConfigs"] == audit
    cleared = {key: value for key, value in read(deployer).items() if key != "auditConfigs"}
    deployer.ok("POST", f"{OF_PROJECT}:setIamPolicy", {"policy": cleared, "updateMask": "auditConfigs"})
    assert "auditConfigs" not in read(deployer)


@pytest.mark.parametrize(
    "config",
    [
        {"service": "sts", "auditLogConfigs": [{"logType": "ADMIN_READ"}]},
        {"service": "sts.googleapis.com"},
        {"service": "sts.googleapis.com", "auditLogConfigs": [{}]},
    ],
)
def test_audit_configs_that_are_refused(deployer: Deployer, config: dict[str, Any]) -> None:
    body = {"policy": {**read(deployer), "auditConfigs": [config]}, "updateMask": "auditConfigs"}
    assert deployer.refused("POST", f"{OF_PROJECT}:setIamPolicy", body)[0] == 400


def test_conditions_need_version_3(deployer: Deployer) -> None:
    conditional = {**USER, "condition": CONDITION}
    body = {"policy": {"version": 1, "bindings": [conditional]}}
    assert deployer.refused("POST", f"{OF_PROJECT}:setIamPolicy", body)[0] == 400
    assert write(deployer, conditional)["version"] == 3
    assert conditional in read(deployer)["bindings"]
    old = read(deployer, version=1)
    assert old["version"] == 1
    assert any(binding["role"].startswith("roles/aiplatform.user_withcond_") for binding in old["bindings"])
    assert "version" in deployer.refused("POST", f"{OF_PROJECT}:setIamPolicy", {"policy": old})[2]
    assert "condition" in refused(deployer, {**USER, "condition": {"title": "t"}})
    body = {"options": {"requestedPolicyVersion": 2}}
    assert deployer.refused("POST", f"{OF_PROJECT}:getIamPolicy", body)[0] == 400


def test_members_have_to_exist(deployer: Deployer) -> None:
    missing = f"serviceAccount:nobody@{PROJECT}.iam.gserviceaccount.com"
    assert "does not exist" in refused(deployer, {**USER, "members": [missing]})
    write(deployer, {**USER, "members": [f"serviceAccount:{deployer.account()}"]})
    write(deployer, {**USER, "members": ["serviceAccount:service-1@gcp-sa-aiplatform.iam.gserviceaccount.com"]})
    assert "Identity Pool does not exist" in refused(deployer, {**USER, "members": [f"{PRINCIPALS}/*"]})
    deployer.pool()
    write(deployer, {**USER, "members": [f"{PRINCIPALS}/attribute.aws_role/app"]})
    by_id = f"{PRINCIPALS}/*".replace(NUMBER, PROJECT)
    assert "Invalid" in refused(deployer, {**USER, "members": [by_id]})


@pytest.mark.parametrize(
    "member", ["a@example.com", "user:", "robot:a@example.com", "allUsers", "deleted:user:a@b.c?uid=1"]
)
def test_members_out_of_grammar(deployer: Deployer, member: str) -> None:
    assert "Invalid" in refused(deployer, {**USER, "members": [member]})


@pytest.mark.parametrize(
    "role", ["", "owner", "roles/nothing", "roles/custom.x", f"projects/{PROJECT}/roles/demo_role"]
)
def test_roles_have_to_exist(deployer: Deployer, role: str) -> None:
    refused(deployer, {**USER, "role": role})


def test_a_deleted_role_cannot_be_granted_and_its_grants_stay(deployer: Deployer) -> None:
    role = f"projects/{PROJECT}/roles/demo_role"
    deployer.ok("POST", f"iam/v1/projects/{PROJECT}/roles", {"roleId": "demo_role", "role": {"title": "t"}})
    write(deployer, {**USER, "role": role})
    deployer.ok("DELETE", f"iam/v1/{role}")
    assert role in [binding["role"] for binding in read(deployer)["bindings"]]
    assert "does not exist in the resource's hierarchy" in refused(deployer, {**USER, "role": role})


def test_a_role_of_the_projects_organization_can_be_granted_and_no_other_ones(deployer: Deployer) -> None:
    own, other = f"organizations/{seed.ORGANIZATION}/roles/caller", "organizations/999999999999/roles/caller"
    for role in (own, other, "projects/other-project/roles/caller"):
        deployer.state.roles[role] = {"name": role, "includedPermissions": []}
    write(deployer, {**USER, "role": own})
    for role in (other, "projects/other-project/roles/caller"):
        assert "does not exist in the resource's hierarchy" in refused(deployer, {**USER, "role": role})


def test_a_service_accounts_own_policy(deployer: Deployer) -> None:
    url = f"iam/v1/projects/{PROJECT}/serviceAccounts/{deployer.account()}"
    deployer.pool()
    assert read(deployer, url) == {"etag": "ACAB"}
    binding = {"role": "roles/iam.workloadIdentityUser", "members": [f"{PRINCIPALS}/attribute.aws_role/app"]}
    assert write(deployer, binding, url=url)["bindings"] == [binding]
    assert "bindings" not in write(deployer, url=url, bindings=[{**binding, "members": []}])
    assert "bindings" not in read(deployer, url)
    body = {"policy": {"bindings": [binding], "etag": "ACAB"}}
    assert deployer.refused("POST", f"{url}:setIamPolicy", body)[:2] == (409, "aborted")
    assert deployer.refused("POST", f"{url}x:getIamPolicy")[:2] == (404, "notFound")


def test_a_deleted_account_is_named_as_deleted_and_comes_back_as_itself(deployer: Deployer) -> None:
    email = deployer.account()
    unique = deployer.state.service_accounts[email]["uniqueId"]
    write(deployer, {**USER, "members": [f"serviceAccount:{email}"]})
    deployer.ok("DELETE", f"iam/v1/projects/{PROJECT}/serviceAccounts/{email}")
    gone = f"deleted:serviceAccount:{email}?uid={unique}"
    assert gone in [member for binding in read(deployer)["bindings"] for member in binding["members"]]
    write(deployer, {**USER, "members": ["user:b@example.com"]})
    deployer.ok("POST", f"iam/v1/projects/{PROJECT}/serviceAccounts/{unique}:undelete", {})
    assert f"serviceAccount:{email}" in [m for binding in read(deployer)["bindings"] for m in binding["members"]]


def test_which_permissions_the_caller_has(deployer: Deployer) -> None:
    names = ["resourcemanager.projects.get", "iam.serviceAccounts.getAccessToken"]
    answer = deployer.ok("POST", f"{OF_PROJECT}:testIamPermissions", {"permissions": names})
    assert answer == {"permissions": names[:1]}


@pytest.mark.parametrize("project", [PROJECT, "-", NUMBER])
@pytest.mark.parametrize("by", ["email", "uniqueId"])
def test_a_grant_on_an_account_counts_however_the_account_is_named(deployer: Deployer, project: str, by: str) -> None:
    account = deployer.state.service_accounts[deployer.account()]
    write(
        deployer,
        {"role": "roles/iam.serviceAccountUser", "members": ["user:a@example.com"]},
        url=f"iam/v1/{account['name']}",
    )
    seed.deployer(deployer.state)
    deployer.state.tokens["ya29.a"] = deployer.state.tokens[seed.TOKEN] | {"identity": user("a@example.com").to_json()}
    deployer.token, deployer.headers = "ya29.a", {}
    url, asked = (
        f"iam/v1/projects/{project}/serviceAccounts/{account[by]}",
        {"permissions": ["iam.serviceAccounts.get"]},
    )
    assert deployer.ok("GET", url) == account
    assert deployer.ok("POST", f"{url}:testIamPermissions", asked) == asked


def test_a_pools_own_policy(deployer: Deployer) -> None:
    url, binding = f"iam/v1/{deployer.pool()}", {"role": "roles/iam.workloadIdentityPoolViewer", **MEMBERS}
    assert deployer.ok("POST", f"{url}:getIamPolicy")["etag"] == "ACAB"
    assert deployer.ok("POST", f"{url}:setIamPolicy", {"policy": {"bindings": [binding]}})["bindings"] == [binding]
    assert deployer.ok("POST", f"{url}:getIamPolicy")["bindings"] == [binding]
    assert deployer.refused("POST", f"{url}-none:getIamPolicy")[0] == 404
