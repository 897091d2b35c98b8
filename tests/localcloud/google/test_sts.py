"""The token endpoint: what it takes, and how it refuses everything else."""

import dataclasses
import json
import time

import pytest

from localcloud.google import sts

from .world import ACCOUNT, AUDIENCE, NUMBER, OUTSIDE, POOL, PROJECT, PROVIDER, VERIFICATION, deployed, subject

TARGET = (
    'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or '
    "provider is disabled or deleted or because it doesn't exist."
)
CONDITION = "The given credential is rejected by the attribute condition."


def test_a_signed_request_becomes_a_token(world):
    status, answer = world.exchange()
    assert status == 200
    assert answer.pop("access_token").startswith("ya29.d.")
    assert answer == {"issued_token_type": sts.ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 3599}


def test_each_token_is_another_one_and_expires(world, monkeypatch):
    first, second = world.federated(), world.federated()
    assert first != second
    assert abs(world.state.tokens[first]["expires"] - time.time() - 3600) < 5
    monkeypatch.setattr("time.time", lambda: world.state.tokens[first]["expires"] + 1)
    assert world.impersonate(first)[0] == 401


def test_the_audience_may_come_with_https(world):
    assert world.exchange(signed=subject(world.key, audience="https:" + AUDIENCE))[0] == 200


def test_a_body_may_be_json(world):
    form = {
        "grantType": sts.GRANT, "audience": AUDIENCE, "scope": "s", "requestedTokenType": sts.ACCESS_TOKEN,
        "subjectToken": json.dumps(subject(world.key)), "subjectTokenType": sts.AWS_TOKEN,
    }  # fmt: skip
    assert world.send("sts", "/v1/token", form, token="")[0] == 200


@pytest.mark.parametrize("name", ["scope", "subjectToken"])
def test_a_null_in_json_is_a_parameter_that_is_not_there(world, name):
    form = {
        "grantType": sts.GRANT, "audience": AUDIENCE, "scope": "s", "requestedTokenType": sts.ACCESS_TOKEN,
        "subjectToken": json.dumps(subject(world.key)), "subjectTokenType": sts.AWS_TOKEN,
    }  # fmt: skip
    status, answer = world.send("sts", "/v1/token", form | {name: None}, token="")
    assert (status, answer["error"]) == (400, "invalid_request")
    assert "Missing required parameter" in answer["error_description"]
    assert world.send("sts", "/v1/token", form | {"options": None}, token="")[0] == 200


@pytest.mark.parametrize("name", sts._REQUIRED)
def test_nothing_may_be_missing(world, name):
    assert world.exchange(**{name: None}) == (
        400,
        {"error": "invalid_request", "error_description": f'Missing required parameter: "{name}".'},
    )


@pytest.mark.parametrize("body", [b"\xff", b"[1]", b"{"])
def test_garbage_is_a_request_without_parameters(world, body):
    for form in (True, False):
        assert world.send("sts", "/v1/token", body, token="", form=form)[1]["error"] == "invalid_request"


PARAMETERS = {
    "grant": ({"grant_type": "authorization_code"}, "unsupported_grant_type", "grant_type"),
    "wanted": ({"requested_token_type": sts.AWS_TOKEN}, "invalid_request", "requested_token_type"),
    "token type": ({"subject_token_type": "urn:ietf:params:oauth:token-type:jwt"}, "invalid_request", "subject_token_type"),
    "project id": ({"audience": AUDIENCE.replace(NUMBER, PROJECT)}, "invalid_request", "full resource name"),
    "audience": ({"audience": AUDIENCE + "/"}, "invalid_request", "full resource name"),
    "other project": ({"audience": AUDIENCE.replace(NUMBER, "1")}, "invalid_target", TARGET),
    "other pool": ({"audience": AUDIENCE.replace("demo-aws/", "other/")}, "invalid_target", TARGET),
    "other provider": ({"audience": AUDIENCE + "2"}, "invalid_target", TARGET),
    "no JSON": ({"subject_token": "{"}, "invalid_grant", "Invalid format of AWS credentials"),
    "a list": ({"subject_token": "[1]"}, "invalid_grant", "Invalid format of AWS credentials"),
    "no headers": (
        {"subject_token": '{"url": [], "method": [], "headers": [1]}'}, "invalid_grant", "Invalid format",
    ),
    "no host": (
        {"subject_token": '{"url": [], "method": [], "headers": []}'}, "invalid_grant", "authorization is missing",
    ),
    "no request": ({"subject_token": "{}"}, "invalid_grant", "Invalid format of AWS credentials"),
}  # fmt: skip


@pytest.mark.parametrize("name", PARAMETERS)
def test_each_parameter_is_checked(world, name):
    changes, error, words = PARAMETERS[name]
    status, answer = world.exchange(**changes)
    assert (status, answer["error"]) == (400, error)
    assert words in answer["error_description"]


SIGNED = {
    "not for this provider": ({"audience": AUDIENCE + "2"}, "not the audience"),
    "for nobody": ({"audience": None}, "x-goog-cloud-target-resource is missing"),
    "unsigned": ({"Authorization": None}, "authorization is missing"),
    "undated": ({"x-amz-date": None}, "x-amz-date is missing"),
    "no host": ({"host": None}, "host is missing"),
    "GET": ({"method": "GET"}, "no POST of GetCallerIdentity"),
    "another host": ({"url": VERIFICATION.replace("amazonaws.com", "evil.example")}, "no POST of GetCallerIdentity"),
    "another service": ({"url": VERIFICATION.replace("//sts", "//iam")}, "no POST of GetCallerIdentity"),
    "another action": ({"url": VERIFICATION.replace("GetCallerIdentity", "GetSessionToken")}, "no POST of"),
    "more": ({"url": VERIFICATION + "&X=1"}, "no POST of GetCallerIdentity"),
    "another date": ({"x-amz-date": "20200101T000000Z"}, "SignatureDoesNotMatch"),
}


@pytest.mark.parametrize("name", SIGNED)
def test_the_signed_request_is_checked(world, name):
    changes, words = SIGNED[name]
    status, answer = world.exchange(signed=subject(world.key, **changes))
    assert (status, answer["error"]) == (400, "invalid_grant")
    assert words in answer["error_description"]


def test_a_signed_request_is_good_more_than_once_while_aws_takes_it(world, monkeypatch):
    """It is no ticket for one ride, at AWS or at Google: whoever holds it can use it, until it is five minutes old."""
    signed, clock = subject(world.key), time.time()
    assert [world.exchange(signed=signed)[0] for _ in range(2)] == [200, 200]
    monkeypatch.setattr("time.time", lambda: clock + 290)
    assert world.exchange(signed=signed)[0] == 200
    monkeypatch.setattr("time.time", lambda: clock + 302)
    assert "Signature expired" in world.exchange(signed=signed)[1]["error_description"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"secret": "another"}, "SignatureDoesNotMatch"),
        ({"token": "another"}, "InvalidClientTokenId"),
        ({"id": "ASIAUNKNOWN"}, "InvalidClientTokenId"),
    ],
)
def test_what_aws_refuses_google_passes_on(world, change, code):
    answer = world.exchange(dataclasses.replace(world.key, **change))[1]
    assert answer["error"] == "invalid_grant"
    assert answer["error_description"].startswith(
        f"Received invalid AWS response of type UNAUTHENTICATED with error: {code}: "
    )


def test_expired_keys(world):
    world.keys[world.key.id] = dataclasses.replace(world.key, expires=1.0)
    assert "ExpiredToken: The security token included" in world.exchange()[1]["error_description"]


@pytest.mark.parametrize("role", ["other", "demo-app2", "demo-ap", "Demo-App"])
def test_another_role(world, role):
    assert world.exchange(world.caller(role)) == (
        400,
        {"error": "unauthorized_client", "error_description": CONDITION},
    )


def test_another_account(world):
    assert world.exchange(world.caller("demo-app", "999999999999"))[1]["error"] == "invalid_grant"
    del world.state.providers[PROVIDER]["attributeCondition"]  # the provider's own account still decides
    assert world.exchange(world.caller("demo-app", "999999999999"))[1]["error"] == "invalid_grant"
    assert world.exchange(world.caller("other", ACCOUNT))[0] == 200


def test_a_subject_of_more_than_127_bytes(world):
    key = world.caller("demo-app", session="s" * 120)
    assert "exceeds the 127 bytes limit" in world.exchange(key)[1]["error_description"]


@pytest.mark.parametrize("change", [{"disabled": True}, {"state": "DELETED"}])
@pytest.mark.parametrize("what", ["pool", "provider"])
def test_a_disabled_or_deleted_pool_or_provider(world, what, change):
    old = world.federated()
    body = world.state.pools[POOL] if what == "pool" else world.state.providers[PROVIDER]
    body |= change
    forged = dataclasses.replace(world.key, secret="another")  # Google does not look at the request then
    for key in (world.key, forged):
        assert world.exchange(key) == (400, {"error": "invalid_target", "error_description": TARGET})
    # A pool's existing tokens are refused from now on; a provider's go on until they expire.
    assert world.impersonate(old)[0] == (401 if what == "pool" else 200)


@pytest.mark.parametrize("header", [{}, {"x-goog-user-project": "elsewhere"}])
def test_a_disabled_api(world, header):
    del world.state.services[PROJECT]["sts.googleapis.com"]
    google = world.google
    world.google = lambda request: google(dataclasses.replace(request, headers=request.headers | header))
    status, answer = world.exchange()
    world.google = google
    assert status == 403
    assert answer["error"]["details"][0]["reason"] == "SERVICE_DISABLED"


def test_the_audience_names_the_project():
    assert sts.project_of(deployed(), AUDIENCE) == PROJECT
    assert sts.project_of(deployed(), AUDIENCE.replace(NUMBER, "1")) == ""
    assert sts.project_of(deployed(), "nonsense") == ""


def test_introspection(world):
    token = world.federated()
    for asked in (b"token=" + token.encode(), b"token=unknown"):
        status, answer = world.send("sts", "/v1/introspect", asked, token="", form=True, egress=OUTSIDE)
        assert status == 200
        if b"unknown" in asked:
            assert answer == {"active": False}
        else:
            assert answer["active"] is True
            assert answer["username"] == f"principal://iam.googleapis.com/{POOL}/subject/{world.key.arn}"
            assert answer["sub"] == world.key.arn
