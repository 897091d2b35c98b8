"""Requests and answers that Google's discovery documents do not admit."""

import pytest

from localcloud.google import handlers, soft_deleted
from localcloud.google.discovery import method, methods, route
from localcloud.google.schema import Checker
from localcloud.proxy import Request

from .deployer import POOLS, PROJECT, Deployer, level

ACCOUNTS = f"iam/v1/projects/{PROJECT}/serviceAccounts"


@pytest.mark.parametrize(
    ("http", "url", "body", "text"),
    [
        ("POST", ACCOUNTS, {"account-id": "demo-app"}, 'Unknown name "account-id": Cannot find field'),
        ("POST", ACCOUNTS, {"accountId": "demo-app", "account_id": "x"}, 'Unknown name "account_id": accountId is set'),
        (
            "POST",
            ACCOUNTS,
            {"accountId": "demo-app", "serviceAccount": {"x": 1}},
            "Unknown name \"x\" at 'serviceAccount'",
        ),
        ("POST", ACCOUNTS, {"accountId": 7}, "Invalid value at 'accountId'"),
        ("POST", ACCOUNTS, {"accountId": "demo-app", "serviceAccount": {"email": "a@b"}}, "email is output only"),
        ("POST", f"iam{POOLS}?workloadIdentityPoolId=demo-aws", {"state": "ACTIVE"}, "state is output only"),
        ("POST", f"iam{POOLS}?workloadIdentityPoolId=demo-aws", {"disabled": "yes"}, "Invalid value at 'disabled'"),
        ("POST", f"iam{POOLS}?poolId=demo-aws", {}, 'Unknown name "poolId"'),
        ("POST", f"iam{POOLS}?workloadIdentityPoolId=demo-aws&alt=yaml", {}, "Invalid value at 'alt'"),
        ("PATCH", f"iam{POOLS}/demo-aws?updateMask=nonsense", {}, "there is no field 'nonsense'"),
        ("PATCH", f"iam{POOLS}/demo-aws?updateMask=expire_time", {}, "'expireTime' is output only"),
        ("PATCH", f"{ACCOUNTS}/a@b", {"updateMask": "email", "serviceAccount": {}}, "'email' is output only"),
        ("POST", f"iam/v1/projects/{PROJECT}/roles", {"roleId": "r_1", "role": {"stage": "NOW"}}, "role.stage"),
        ("POST", "accesscontextmanager/v1/accessPolicies", {"name": "accessPolicies/1"}, "name is output only"),
        ("DELETE", f"iam{POOLS}/demo-aws", {"name": "x"}, "takes no body"),
        ("GET", f"serviceusage/v1/projects/{PROJECT}/services?pageSize=many", None, "Invalid value at 'pageSize'"),
        (
            "POST",
            "accesscontextmanager/v1/accessPolicies/1/accessLevels",
            level("accessPolicies/1") | {"parent": "accessPolicies/1"},
            'Unknown name "parent"',
        ),
        (
            "POST",
            "accesscontextmanager/v1/accessPolicies/1/accessLevels",
            {"basic": {"combiningFunction": "XOR", "conditions": [{"ipSubnetworks": "203.0.113.7/32"}]}},
            "Invalid value at 'basic.combiningFunction'",
        ),
        (
            "POST",
            f"cloudresourcemanager/v1/projects/{PROJECT}:setIamPolicy",
            {"policy": {"bindings": [None]}},
            "Invalid value at 'policy.bindings[0]'",
        ),
    ],
)
def test_what_no_document_admits_is_refused_and_remembered(
    deployer: Deployer, http: str, url: str, body: object, text: str
) -> None:
    code, reason, message = deployer.refused(http, url, body)
    assert (code, reason) == (400, "badRequest")
    assert text in message
    assert any(text in mistake for mistake in deployer.google.mistakes)
    deployer.google.mistakes.clear()


def test_a_field_may_have_the_protos_name_and_a_maps_key_stays(deployer: Deployer) -> None:
    body = {"account_id": "demo-app", "service_account": {"display_name": "Demo", "description": "a_b"}}
    made = deployer.ok("POST", ACCOUNTS, body)
    assert (made["displayName"], made["description"]) == ("Demo", "a_b")
    changed = {"service_account": {"display_name": "Other"}, "update_mask": "display_name"}
    assert deployer.ok("PATCH", f"{ACCOUNTS}/{made['email']}", changed)["displayName"] == "Other"
    pool = f"iam{POOLS}?workloadIdentityPoolId=demo-aws"
    deployer.ok("POST", pool, {})
    keys = {"google.subject": "assertion.arn", "attribute.aws_role": "assertion.arn"}
    provider = {"aws": {"account_id": "123456789012"}, "attribute_mapping": keys}
    url = f"iam{POOLS}/demo-aws/providers?workloadIdentityPoolProviderId=demo-aws"
    assert deployer.ok("POST", url, provider)["attributeMapping"] == keys


def test_an_api_that_is_not_modelled_is_501_and_not_a_missing_resource(deployer: Deployer) -> None:
    code, _, message = deployer.refused("GET", f"compute/v1/projects/{PROJECT}/global/networks/default")
    assert (code, message) == (501, "compute.googleapis.com is not modelled.")


def test_a_path_of_no_method_is_a_mistake(deployer: Deployer) -> None:
    assert deployer.refused("GET", "iam/v1/nothing")[0] == 404
    assert deployer.refused("POST", f"iam/v1/projects/{PROJECT}/serviceAccounts/x/keys", {})[0] == 501
    assert len(deployer.google.mistakes) == 2
    deployer.google.mistakes.clear()


@pytest.mark.parametrize("body", [b"{", b"null", b"[]"])
def test_a_body_that_is_no_json_object_is_400(deployer: Deployer, body: bytes) -> None:
    headers = {"authorization": f"Bearer {deployer.token}"}
    path = f"/v1/projects/{PROJECT}/serviceAccounts"
    answer = deployer.google(Request("https", "iam.googleapis.com", "POST", path, headers, body, "192.0.2.1"))
    assert answer.status == 400
    deployer.google.mistakes.clear()


def test_a_field_that_is_null_is_one_that_is_not_there(deployer: Deployer) -> None:
    pool = deployer.ok("POST", f"iam{POOLS}?workloadIdentityPoolId=demo-aws", {"displayName": None, "disabled": None})
    assert "displayName" not in pool


@pytest.mark.parametrize("token", ["x", "%C2%B2", "-1"])
def test_a_page_token_is_one_of_an_earlier_answer(deployer: Deployer, token: str) -> None:
    assert deployer.refused("GET", f"iam{POOLS}?pageToken={token}")[0] == 400


def test_a_wrong_answer_is_500_and_remembered(deployer: Deployer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(handlers.HANDLERS, "iam.projects.roles.get", lambda _: {"naem": "x"})
    assert deployer.refused("GET", f"iam/v1/projects/{PROJECT}/roles/x")[0] == 500
    assert ['"naem"' in mistake for mistake in deployer.google.mistakes] == [True]
    deployer.google.mistakes.clear()


def test_so_is_what_an_operation_carries(deployer: Deployer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soft_deleted, "timestamp", lambda *_: 7)
    name = deployer.pool()
    assert deployer.refused("DELETE", f"iam/v1/{name}")[0] == 500
    assert "Invalid value at 'expireTime'" in deployer.google.mistakes[0]
    deployer.google.mistakes.clear()


def test_every_handler_has_a_method() -> None:
    apis = {id.partition(".")[0] for id in handlers.HANDLERS}
    assert set(handlers.HANDLERS) <= {one.id for api in apis for one in methods(api)}


def test_defaults_are_left_out_of_bodies_as_google_does() -> None:
    create = method("accesscontextmanager.accessPolicies.servicePerimeters.create")
    given = {
        "title": "t", "perimeterType": "PERIMETER_TYPE_REGULAR", "useExplicitDryRunSpec": False, "description": "",
        "status": {"resources": [], "ingressPolicies": [{"ingressFrom": {"identityType": "IDENTITY_TYPE_UNSPECIFIED"}}]},
    }  # fmt: skip
    assert create.canonical(given) == {"title": "t", "status": {"ingressPolicies": [{"ingressFrom": {}}]}}
    alert = method("monitoring.projects.alertPolicies.create")
    assert alert.canonical({"enabled": False, "userLabels": {}, "displayName": None}) == {"enabled": False}


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "string", "format": "int64"}, ["7", 7], ["x", True, 1.5]),
        ({"type": "integer", "format": "int32"}, [7, -1], ["7", 2**31, True]),
        ({"type": "string", "format": "google-duration"}, ["3600s", "0.5s"], ["3600", "1h"]),
        ({"type": "string", "format": "google-datetime"}, ["2026-11-22T00:00:00Z"], ["2026-11-22"]),
        ({"type": "string", "format": "byte"}, ["AA==", ""], ["a b"]),
        ({"type": "string", "enum": ["A", "B"]}, ["A"], ["C", ""]),
        ({"type": "boolean"}, [True], ["true", 1]),
        ({"type": "number"}, [1, 1.5], ["1", True]),
        ({"type": "array", "items": {"type": "string"}}, [[], ["x"]], ["x", [1], [None]]),
        ({"type": "object", "additionalProperties": {"type": "string"}}, [{"a": "b"}], [{"a": 1}, []]),
        ({"type": "any"}, [1, {"a": 1}], []),
    ],
)
def test_each_type_and_format(schema: dict[str, object], good: list[object], bad: list[object]) -> None:
    check = Checker({}, incoming=True)
    assert [value for value in good if list(check.violations(schema, value))] == []
    assert [value for value in bad if not list(check.violations(schema, value))] == []


def test_hosts_of_regions_and_no_others_are_those_of_an_api() -> None:
    path = "/v1/projects/p/locations/l/publishers/google/models/m:generateContent"
    for host in ("aiplatform", "us-central1-aiplatform", "aiplatform.us.rep"):
        found = route(f"{host}.googleapis.com", "POST", path)
        assert found
        assert found[0].id.endswith("generateContent")
    assert route("us-central1-iam.googleapis.com", "GET", "/v1/projects/p/roles/r") is None
    assert route("evil.example.com", "GET", "/v1/projects/p/roles/r") is None
