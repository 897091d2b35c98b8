"""Before a method is reached: the token, the enabled API, whose quota it is, IAM; and what is only consistent in the end."""

import json

import pytest

from localcloud.google import seed as before
from localcloud.google.state import State
from policy.identity import user

from .deployer import POOLS, PROJECT, Deployer

GET_PROJECT = f"cloudresourcemanager/v1/projects/{PROJECT}"
ACCOUNTS = f"iam/v1/projects/{PROJECT}/serviceAccounts"


def stranger(deployer: Deployer) -> None:
    """Go on as a user without any role."""
    held = {"identity": user("stranger@example.com").to_json(), "expires": deployer.clock + 3600, "scopes": []}
    deployer.state.tokens["ya29.stranger"] = {**held, "behind": ""}
    deployer.token = "ya29.stranger"


@pytest.mark.parametrize(("token", "text"), [("", "is missing required"), ("ya29.nobody", "had invalid")])
def test_without_a_good_token_it_is_401(fresh: Deployer, token: str, text: str) -> None:
    fresh.token = token
    code, reason, message = fresh.refused("GET", GET_PROJECT)
    assert (code, reason) == (401, "authError")
    assert text in message


def test_a_fresh_project_has_only_resource_manager_and_service_usage(fresh: Deployer) -> None:
    assert fresh.ok("GET", GET_PROJECT)["projectNumber"] == before.NUMBER
    services = fresh.ok("GET", f"serviceusage/v1/projects/{PROJECT}/services?filter=state:ENABLED")["services"]
    assert [service["config"]["name"] for service in services] == list(before.BEFORE)
    for url in (f"iam{POOLS}", "accesscontextmanager/v1/accessPolicies?parent=organizations/1",
                f"logging/v2/projects/{PROJECT}/metrics", f"monitoring/v3/projects/{PROJECT}/alertPolicies",
                f"cloudbilling/v1/projects/{PROJECT}/billingInfo"):  # fmt: skip
        code, reason, message = fresh.refused("GET", url)
        assert (code, reason) == (403, "accessNotConfigured")
        assert "has not been used in project 345678901234 before or it is disabled" in message


def test_a_disabled_api_says_so_in_its_details(fresh: Deployer) -> None:
    _, answer = fresh("GET", f"iam{POOLS}")
    detail = answer["error"]["details"][0]
    assert (detail["reason"], detail["metadata"]["service"]) == ("SERVICE_DISABLED", "iam.googleapis.com")


def test_a_service_just_enabled_is_disabled_for_a_while() -> None:
    slow = Deployer({"enabling": 30})
    slow.enable("iam")
    assert slow.refused("GET", f"iam{POOLS}")[1] == "accessNotConfigured"
    slow.clock += 30
    assert slow.ok("GET", f"iam{POOLS}") == {}


def test_a_user_needs_a_quota_project_for_access_context_manager(deployer: Deployer) -> None:
    url = "accesscontextmanager/v1/accessPolicies?parent=organizations/123456789012"
    assert deployer.ok("GET", url) == {}
    deployer.headers = {}
    code, _, message = deployer.refused("GET", url)
    assert code == 403
    assert "requires a quota project, which is not set by default" in message
    assert deployer.ok("GET", f"iam{POOLS}") == {}


def test_the_quota_project_has_to_be_one_that_the_caller_may_use(deployer: Deployer) -> None:
    stranger(deployer)
    code, reason, message = deployer.refused("GET", GET_PROJECT)
    assert (code, reason) == (403, "forbidden")
    assert "does not have required permission to use project my-project" in message


@pytest.mark.parametrize(
    ("method", "url", "body", "permission"),
    [
        ("GET", GET_PROJECT, None, "resourcemanager.projects.get"),
        ("POST", f"iam{POOLS}?workloadIdentityPoolId=demo-aws", {}, "iam.workloadIdentityPools.create"),
        ("POST", ACCOUNTS, {"accountId": "demo-app"}, "iam.serviceAccounts.create"),
        ("POST", f"{GET_PROJECT}:setIamPolicy", {"policy": {}}, "resourcemanager.projects.setIamPolicy"),
        ("POST", f"serviceusage/v1/projects/{PROJECT}/services/iam.googleapis.com:enable", {}, "serviceusage.services.enable"),
    ],
)  # fmt: skip
def test_who_has_no_role_is_denied(deployer: Deployer, method: str, url: str, body: object, permission: str) -> None:
    stranger(deployer)
    deployer.headers = {}
    code, reason, message = deployer.refused(method, url, body)
    assert (code, reason) == (403, "forbidden")
    assert permission in message


def test_access_policies_take_a_role_in_the_organization(deployer: Deployer) -> None:
    deployer.state.iam_policies["organizations/123456789012"]["bindings"] = []
    body = {"parent": "organizations/123456789012", "title": "t"}
    code, _, message = deployer.refused("POST", "accesscontextmanager/v1/accessPolicies", body)
    assert code == 403
    assert "accesscontextmanager.policies.create" in message


def test_what_is_in_no_policy_is_not_found(deployer: Deployer) -> None:
    for name in ("accessPolicies/1", "accessPolicies/1/accessLevels/x", "accessPolicies/1/servicePerimeters/x"):
        assert deployer.refused("GET", f"accesscontextmanager/v1/{name}")[:2] == (404, "notFound")


def test_reads_may_lag_behind_writes() -> None:
    lagging = Deployer({"lag": 10})
    lagging.enable("iam")
    lagging.clock += 10
    email = lagging.account()
    assert lagging.refused("GET", f"{ACCOUNTS}/{email}")[:2] == (404, "notFound")
    assert lagging.refused("POST", ACCOUNTS, {"accountId": "demo-app"})[:2] == (409, "alreadyExists")
    lagging.clock += 9.9
    assert lagging.refused("GET", f"{ACCOUNTS}/{email}")[0] == 404
    lagging.clock += 0.1
    assert lagging.ok("GET", f"{ACCOUNTS}/{email}")["email"] == email
    lagging.ok("DELETE", f"{ACCOUNTS}/{email}")
    assert lagging.ok("GET", f"{ACCOUNTS}/{email}")["email"] == email
    assert lagging.google.mistakes == []


def test_so_may_those_of_iam_policies_and_who_writes_one_reads_again() -> None:
    lagging = Deployer({"lag": 10})
    url = f"cloudresourcemanager/v1/projects/{PROJECT}"
    policy = lagging.ok("POST", f"{url}:getIamPolicy", {})
    policy["bindings"].append({"role": "roles/viewer", "members": ["user:a@example.com"]})
    written = lagging.ok("POST", f"{url}:setIamPolicy", {"policy": policy})
    stale = lagging.ok("POST", f"{url}:getIamPolicy", {})
    assert stale["etag"] != written["etag"]
    assert lagging.refused("POST", f"{url}:setIamPolicy", {"policy": stale})[:2] == (409, "aborted")
    lagging.clock += 10
    assert lagging.ok("POST", f"{url}:getIamPolicy", {}) == written


def test_operations_are_pending_until_polled() -> None:
    patient = Deployer({"polls": 2})
    patient.enable("iam")
    _, begun = patient("POST", f"iam{POOLS}?workloadIdentityPoolId=demo-aws", {})
    assert "done" not in begun
    assert "done" not in patient("GET", f"iam/v1/{begun['name']}")[1]
    done = patient("GET", f"iam/v1/{begun['name']}")[1]
    assert (done["done"], done["response"]["state"]) == (True, "ACTIVE")
    assert patient.refused("GET", f"iam/v1/{begun['name']}x")[0] == 404


def test_partial_answers_have_the_fields_that_were_asked_for(fresh: Deployer) -> None:
    answer = fresh.ok(
        "GET", f"serviceusage/v1/projects/{PROJECT}/services?fields=services/name,nextPageToken&pageSize=1"
    )
    assert answer == {
        "services": [{"name": "projects/345678901234/services/cloudresourcemanager.googleapis.com"}],
        "nextPageToken": "1",
    }


def test_userinfo_tells_whose_token_it_is(fresh: Deployer) -> None:
    assert fresh.ok("GET", "openidconnect/v1/userinfo")["email"] == before.DEPLOYER


def test_the_state_is_json_and_comes_back(deployer: Deployer) -> None:
    deployer.account()
    deployer.pool()
    assert State(**json.loads(json.dumps(deployer.state.json()))) == deployer.state
