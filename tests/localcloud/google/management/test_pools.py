"""Workload identity pools and their providers."""

from typing import Any

import pytest

from .deployer import NUMBER, POOLS, Deployer

POOL = f"projects/{NUMBER}/locations/global/workloadIdentityPools/demo-aws"
PROVIDERS = f"iam{POOLS}/demo-aws/providers"
AWS: dict[str, Any] = {
    "aws": {"accountId": "123456789012"},
    "attributeMapping": {"google.subject": "assertion.arn"},
    "attributeCondition": "assertion.account == '123456789012'",
}


def provider(deployer: Deployer, **fields: Any) -> dict[str, Any]:
    return deployer.ok("POST", f"{PROVIDERS}?workloadIdentityPoolProviderId=demo-aws", {**AWS, **fields})


def test_google_answers_with_the_projects_number(deployer: Deployer) -> None:
    assert deployer.pool() == POOL
    assert deployer.ok("GET", f"iam{POOLS}/demo-aws") == {"name": POOL, "displayName": "demo-aws", "state": "ACTIVE"}
    assert deployer.ok("GET", f"iam/v1/{POOL}")["name"] == POOL


def test_a_pool_has_the_attestation_rules_that_were_set(deployer: Deployer) -> None:
    """A custom verb of a GET, which `GET {+name}` would match too."""
    assert deployer.refused("GET", f"iam{POOLS}/demo-aws:listAttestationRules")[0] == 404
    deployer.pool()
    assert deployer.ok("GET", f"iam{POOLS}/demo-aws:listAttestationRules") == {}
    rules = [{"googleCloudResource": f"//run.googleapis.com/projects/{NUMBER}/type/Service/{n}"} for n in range(51)]
    url = f"iam{POOLS}/demo-aws:setAttestationRules"
    deployer.ok("POST", url, {"attestationRules": rules[:50]})
    assert deployer.ok("GET", f"iam{POOLS}/demo-aws:listAttestationRules") == {"attestationRules": rules[:50]}
    assert "at most 50" in deployer.refused("POST", url, {"attestationRules": rules})[2]
    deployer.ok("POST", url, {})
    assert deployer.ok("GET", f"iam{POOLS}/demo-aws:listAttestationRules") == {}


@pytest.mark.parametrize("id", ["", "abc", "a" * 33, "Demo", "demo_aws", "gcp-demo"])
def test_ids_out_of_grammar(deployer: Deployer, id: str) -> None:
    assert deployer.refused("POST", f"iam{POOLS}?workloadIdentityPoolId={id}", {})[0] == 400
    deployer.pool()
    assert deployer.refused("POST", f"{PROVIDERS}?workloadIdentityPoolProviderId={id}", AWS)[0] == 400


@pytest.mark.parametrize("fields", [{"displayName": "x" * 33}, {"description": "x" * 257}])
def test_texts_that_are_too_long(deployer: Deployer, fields: dict[str, str]) -> None:
    assert deployer.refused("POST", f"iam{POOLS}?workloadIdentityPoolId=demo-aws", fields)[0] == 400


def test_a_deleted_pool_blocks_its_id_until_it_is_undeleted(deployer: Deployer) -> None:
    deployer.pool()
    deployer.ok("DELETE", f"iam{POOLS}/demo-aws")
    shown = deployer.ok("GET", f"iam{POOLS}/demo-aws")
    assert (shown["state"], shown["expireTime"]) == ("DELETED", "2027-02-14T08:00:00.000000Z")
    assert deployer.ok("GET", f"iam{POOLS}") == {}
    assert deployer.ok("GET", f"iam{POOLS}?showDeleted=true")["workloadIdentityPools"] == [shown]
    created = deployer.refused("POST", f"iam{POOLS}?workloadIdentityPoolId=demo-aws", {})
    assert created == (409, "alreadyExists", "Requested entity already exists")
    for method, url in (("DELETE", ""), ("PATCH", "?updateMask=description")):
        assert deployer.refused(method, f"iam{POOLS}/demo-aws{url}", {} if url else None)[:2] == (
            400,
            "failedPrecondition",
        )
    assert deployer.refused("POST", f"{PROVIDERS}?workloadIdentityPoolProviderId=demo-aws", AWS)[0] == 400
    assert deployer.ok("POST", f"iam{POOLS}/demo-aws:undelete", {})["state"] == "ACTIVE"
    assert "expireTime" not in deployer.ok("GET", f"iam{POOLS}/demo-aws")
    assert deployer.refused("POST", f"iam{POOLS}/demo-aws:undelete", {})[1] == "failedPrecondition"


def test_so_does_a_deleted_provider(deployer: Deployer) -> None:
    deployer.pool()
    provider(deployer)
    deployer.ok("DELETE", f"{PROVIDERS}/demo-aws")
    assert deployer.ok("GET", f"{PROVIDERS}/demo-aws")["state"] == "DELETED"
    assert deployer.refused("POST", f"{PROVIDERS}?workloadIdentityPoolProviderId=demo-aws", AWS)[0] == 409
    assert deployer.ok("GET", PROVIDERS) == {}
    deployer.ok("POST", f"{PROVIDERS}/demo-aws:undelete", {})
    assert len(deployer.ok("GET", PROVIDERS)["workloadIdentityPoolProviders"]) == 1


def test_a_masked_field_that_is_absent_is_cleared_and_an_unmasked_one_ignored(deployer: Deployer) -> None:
    deployer.pool()
    deployer.ok(
        "PATCH", f"iam{POOLS}/demo-aws?updateMask=description,disabled", {"disabled": True, "displayName": "no"}
    )
    shown = deployer.ok("GET", f"iam{POOLS}/demo-aws")
    assert (shown["displayName"], shown["disabled"]) == ("demo-aws", True)
    deployer.ok("PATCH", f"iam{POOLS}/demo-aws?updateMask=disabled,display_name", {})
    assert deployer.ok("GET", f"iam{POOLS}/demo-aws") == {"name": POOL, "state": "ACTIVE"}
    assert deployer.refused("PATCH", f"iam{POOLS}/demo-aws", {"disabled": True})[0] == 400
    assert deployer.refused("PATCH", f"iam{POOLS}/demo-aws?updateMask=name", {})[0] == 400


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"aws": None}, "exactly one of aws"),
        ({"oidc": {"issuerUri": "https://example.com"}}, "exactly one of aws"),
        ({"aws": {"accountId": "12345678901"}}, "12 digits"),
        ({"aws": {}}, "12 digits"),
        ({"attributeMapping": {"attribute.role": "assertion.arn"}}, "google.subject must be mapped"),
        ({"attributeMapping": {"google.subject": "assertion.arn", "attribute.Role": "assertion.arn"}}, "attribute key"),
        ({"attributeMapping": {"google.subject": "assertion.arn.("}}, "Error parsing attribute_mapping"),
        ({"attributeMapping": {"google.subject": "'" + "x" * 2048 + "'"}}, "allowed: 1 to 2048"),
        (
            {"attributeMapping": {"google.subject": "'s'", **{f"attribute.a{i}": "'x'" for i in range(51)}}},
            "more than 50",
        ),
        ({"attributeCondition": "assertion.account == "}, "Error parsing attribute_condition"),
        ({"attributeCondition": "'" + "x" * 4096 + "' == 'x'"}, "allowed: 1 to 4096"),
    ],
)
def test_providers_that_are_refused(deployer: Deployer, fields: dict[str, Any], text: str) -> None:
    deployer.pool()
    body = {key: value for key, value in {**AWS, **fields}.items() if value is not None}
    code, _, message = deployer.refused("POST", f"{PROVIDERS}?workloadIdentityPoolProviderId=demo-aws", body)
    assert code == 400
    assert text in message


def test_a_provider_needs_its_pool_and_keeps_its_kind(deployer: Deployer) -> None:
    assert deployer.refused("POST", f"{PROVIDERS}?workloadIdentityPoolProviderId=demo-aws", AWS)[0] == 404
    deployer.pool()
    provider(deployer)
    body = {"oidc": {"issuerUri": "https://example.com"}, "attributeMapping": AWS["attributeMapping"]}
    code, _, message = deployer.refused("PATCH", f"{PROVIDERS}/demo-aws?updateMask=aws,oidc", body)
    assert code == 400
    assert "cannot be changed" in message
    changed = deployer.ok("PATCH", f"{PROVIDERS}/demo-aws?updateMask=aws.accountId", {"aws": {"accountId": "2" * 12}})
    assert changed["aws"] == {"accountId": "2" * 12}


def test_pools_are_global(deployer: Deployer) -> None:
    url = f"iam{POOLS}?workloadIdentityPoolId=demo-aws".replace("global", "asia-northeast1")
    assert deployer.refused("POST", url, {})[0] == 404
