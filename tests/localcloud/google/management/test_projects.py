"""Projects, and who pays for them."""

import pytest

from localcloud.google import seed as before

from .deployer import NUMBER, ORGANIZATION, PROJECT, Deployer

PROJECTS = "cloudresourcemanager/v1/projects"
PARENT = {"type": "organization", "id": before.ORGANIZATION}
BODY = {"projectId": "other-project", "name": "Other", "parent": PARENT}
BILLING = "cloudbilling/v1/projects/other-project/billingInfo"


@pytest.fixture
def creator(deployer: Deployer) -> Deployer:
    """The deployer as owner of the organization, with Cloud Billing enabled."""
    deployer.state.iam_policies[ORGANIZATION]["bindings"].append(
        {"role": "roles/owner", "members": [f"user:{before.DEPLOYER}"]}
    )
    deployer.enable("cloudbilling")
    return deployer


def test_who_makes_a_project_owns_it(creator: Deployer) -> None:
    made = creator.ok("POST", PROJECTS, BODY)
    assert made["projectNumber"] not in ("", NUMBER)
    assert (made["name"], made["lifecycleState"], made["parent"]) == ("Other", "ACTIVE", PARENT)
    assert creator.ok("GET", f"{PROJECTS}/other-project") | {"@type": made["@type"]} == made
    policy = creator.ok("POST", f"{PROJECTS}/other-project:getIamPolicy", {})
    assert policy["bindings"] == [{"role": "roles/owner", "members": [f"user:{before.DEPLOYER}"]}]
    creator.headers = {}
    assert creator.ok("GET", f"{PROJECTS}/other-project")["projectId"] == "other-project"
    assert creator.refused("POST", PROJECTS, BODY)[0] == 409
    assert creator.refused("POST", PROJECTS, BODY | {"projectId": "X"})[0] == 400
    assert (
        creator.refused("POST", PROJECTS, BODY | {"projectId": "third-one", "parent": {**PARENT, "id": "9"}})[0] == 403
    )


def test_a_project_needs_a_permission_on_its_organization(deployer: Deployer) -> None:
    code, _, message = deployer.refused("POST", PROJECTS, BODY)
    assert (code, "resourcemanager.projects.create" in message) == (403, True)


def test_the_list_has_what_the_filter_and_the_callers_grants_let_through(creator: Deployer) -> None:
    creator.ok("POST", PROJECTS, BODY)
    everything = creator.ok("GET", PROJECTS)["projects"]
    assert [project["projectId"] for project in everything] == [PROJECT, "other-project"]
    for terms, count in (("id:other-*", 1), ("id:other-* parent.id:9", 0), (f"parent.id:{PARENT['id']}", 2)):
        found = creator.ok("GET", f"{PROJECTS}?filter={terms.replace(' ', '+')}").get("projects", [])
        assert len(found) == count
    assert creator.refused("GET", f"{PROJECTS}?filter=labels.x:y")[0] == 400
    creator.state.iam_policies["projects/other-project"]["bindings"] = []
    assert [project["projectId"] for project in creator.ok("GET", PROJECTS)["projects"]] == [PROJECT]


def test_a_deleted_project_is_there_and_says_so(creator: Deployer) -> None:
    creator.ok("POST", PROJECTS, BODY)
    assert creator.ok("PUT", f"{PROJECTS}/other-project", {"name": "New", "labels": {"a": "b"}})["labels"] == {"a": "b"}
    creator.ok("DELETE", f"{PROJECTS}/other-project")
    assert creator.ok("GET", f"{PROJECTS}/other-project")["lifecycleState"] == "DELETE_REQUESTED"
    assert creator.refused("DELETE", f"{PROJECTS}/other-project")[:2] == (400, "failedPrecondition")
    assert creator.refused("POST", PROJECTS, BODY)[0] == 409
    creator.ok("POST", f"{PROJECTS}/other-project:undelete", {})
    assert creator.ok("GET", f"{PROJECTS}/other-project") | {"name": "New", "lifecycleState": "ACTIVE"}


def test_nobody_pays_for_a_new_project_until_somebody_is_named(creator: Deployer) -> None:
    assert creator.ok("GET", f"cloudbilling/v1/projects/{PROJECT}/billingInfo")["billingEnabled"]
    creator.ok("POST", PROJECTS, BODY)
    assert "billingAccountName" not in creator.ok("GET", BILLING)
    account = {"billingAccountName": before.BILLING}
    assert creator.ok("PUT", BILLING, account)["billingEnabled"]
    assert creator.ok("GET", BILLING)["billingAccountName"] == before.BILLING
    assert creator.refused("PUT", BILLING, {"billingAccountName": "billingAccounts/1"})[0] == 400
    assert "billingAccountName" not in creator.ok("PUT", BILLING, {})
    asked = {"permissions": ["billing.resourceAssociations.create"]}
    assert creator.ok("POST", f"cloudbilling/v1/{before.BILLING}:testIamPermissions", asked) == asked
    assert creator.refused("POST", "cloudbilling/v1/billingAccounts/1:testIamPermissions", asked)[0] == 404
