"""Impersonation: who may, of whom, for how long."""

import datetime
import time

import pytest

from localcloud.google import tokens

from .world import DEPLOYER, EMAIL, PROJECT, ROLE_SET, SERVICES

ACCOUNT_POLICY = f"projects/{PROJECT}/serviceAccounts/{EMAIL}"
DENIED = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."


def test_the_role_gets_a_token_of_the_account(world):
    status, answer = world.impersonate(world.federated())
    assert status == 200
    expiry = datetime.datetime.strptime(answer["expireTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.UTC)
    assert abs(expiry.timestamp() - time.time() - 3600) < 5
    assert answer["accessToken"].startswith("ya29.c.")


@pytest.mark.parametrize("lifetime", ["600s", "3600s", "1.5s"])
def test_a_lifetime(world, lifetime):
    token = world.impersonated(lifetime=lifetime)
    assert abs(world.state.tokens[token]["expires"] - time.time() - float(lifetime[:-1])) < 5


@pytest.mark.parametrize("lifetime", ["3601s", "43200s", "0s", "-1s"])
def test_a_lifetime_that_is_not_allowed(world, lifetime):
    status, answer = world.impersonate(world.federated(), lifetime=lifetime)
    assert (status, answer["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert ("can not have lifetimes of more than 1 hour" in answer["error"]["message"]) == (len(lifetime) > 3)


def test_the_library_asks_for_a_lifetime(libraries):
    token = libraries.token(lifetime=700)
    assert abs(libraries.world.state.tokens[token]["expires"] - time.time() - 700) < 10


@pytest.mark.parametrize(
    "members",
    [
        [],
        [ROLE_SET + "2"],
        [ROLE_SET.replace("demo-aws/", "demo-aws2/")],
        ["allAuthenticatedUsers"],
        [f"serviceAccount:{EMAIL}"],
    ],
)
def test_whoever_is_not_granted_it(world, members):
    world.state.iam_policies[ACCOUNT_POLICY]["bindings"][0]["members"] = members
    status, answer = world.impersonate(world.federated())
    assert status == 403
    assert answer["error"]["message"] == DENIED
    assert answer["error"]["details"] == [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "IAM_PERMISSION_DENIED",
            "domain": "iam.googleapis.com",
            "metadata": {"permission": "iam.serviceAccounts.getAccessToken"},
        }
    ]


def test_the_role_must_have_the_permission(world):
    world.state.iam_policies[ACCOUNT_POLICY]["bindings"][0]["role"] = "roles/iam.serviceAccountUser"
    assert world.impersonate(world.federated())[0] == 403


def test_a_grant_on_the_project_counts_for_its_accounts(world):
    binding = world.state.iam_policies[ACCOUNT_POLICY]["bindings"].pop()
    world.state.iam_policies[f"projects/{PROJECT}"]["bindings"].append(binding)
    assert world.impersonate(world.federated())[0] == 200


def test_an_owner_may_not_impersonate(world):
    assert world.impersonate(DEPLOYER)[0] == 403


def test_a_disabled_account_gives_no_token_and_old_ones_are_good_again_once_it_is_enabled(world):
    old = world.impersonated()
    world.state.service_accounts[EMAIL]["disabled"] = True
    assert world.impersonate(world.federated())[0] == 403
    assert tokens.held(world.state, old) is None
    del world.state.service_accounts[EMAIL]["disabled"]
    assert tokens.held(world.state, old)


def test_a_deleted_account(world):
    del world.state.service_accounts[EMAIL]
    status, answer = world.impersonate(world.federated())
    assert (status, answer["error"]["message"]) == (404, f"Not found; Gaia id not found for email {EMAIL}")


def test_an_account_by_its_unique_id(world):
    name = "projects/-/serviceAccounts/104000000000000000001"
    assert world.impersonate(world.federated(), name)[0] == 200


@pytest.mark.parametrize("body", [{"scope": []}, {"scope": ["cloud platform"]}])
def test_scopes_are_required(world, body):
    assert world.impersonate(world.federated(), **body)[0] == 400


def test_the_project_is_a_dash(world):
    assert world.impersonate(world.federated(), f"projects/{PROJECT}/serviceAccounts/{EMAIL}")[0] == 400


def test_a_chain_of_delegation_is_not_modelled(world):
    assert world.impersonate(world.federated(), delegates=[f"projects/-/serviceAccounts/{EMAIL}"])[0] == 501


def test_the_token_must_have_a_scope(world):
    mail = "https://www.googleapis.com/auth/userinfo.email"
    status, answer = world.impersonate(world.federated(scope=mail))
    assert (status, answer["error"]["details"][0]["reason"]) == (403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT")
    assert world.impersonate(world.federated(scope="https://www.googleapis.com/auth/iam"))[0] == 200


@pytest.mark.parametrize("token", ["", "ya29.unknown"])
def test_no_token(world, token):
    assert world.impersonate(token)[0] == 401


def test_a_disabled_api(world):
    assert "iamcredentials" in SERVICES
    del world.state.services[PROJECT]["iamcredentials.googleapis.com"]
    status, answer = world.impersonate(world.federated())
    assert (status, answer["error"]["details"][0]["reason"]) == (403, "SERVICE_DISABLED")
