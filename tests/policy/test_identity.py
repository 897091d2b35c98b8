"""Which member strings mean a caller."""

import json

import pytest

from policy import identity
from policy.identity import Identity

POOL = "projects/42/locations/global/workloadIdentityPools/aws"
SUBJECT = "arn:aws:sts::123456789012:assumed-role/app/i-1"
WORKLOAD = identity.federated(POOL, SUBJECT, {"aws_role": "app", "account": "123456789012", "empty": ""}, ["g1"])
PERSON = identity.user("Ann@Example.com", ["Ml@example.com"])
ACCOUNT = identity.service_account("app@p.iam.gserviceaccount.com")


@pytest.mark.parametrize(
    ("caller", "member", "expected"),
    [
        (PERSON, "user:ann@example.com", True),
        (PERSON, "user:ANN@example.com", True),
        (PERSON, "group:ML@example.com", True),
        (PERSON, "domain:example.com", True),
        (PERSON, "allUsers", True),
        (PERSON, "allAuthenticatedUsers", True),
        (PERSON, "serviceAccount:ann@example.com", False),
        (PERSON, "user:ann@example.com.evil.test", False),
        (PERSON, "group:other@example.com", False),
        (PERSON, "deleted:user:ann@example.com?uid=1", False),
        (ACCOUNT, "serviceAccount:app@p.iam.gserviceaccount.com", True),
        (ACCOUNT, "user:app@p.iam.gserviceaccount.com", False),
        (ACCOUNT, "serviceAccount:app2@p.iam.gserviceaccount.com", False),
        (WORKLOAD, f"principal://iam.googleapis.com/{POOL}/subject/{SUBJECT}", True),
        (WORKLOAD, f"principalSet://iam.googleapis.com/{POOL}/attribute.aws_role/app", True),
        (WORKLOAD, f"principalSet://iam.googleapis.com/{POOL}/attribute.aws_role/APP", False),
        (WORKLOAD, f"principalSet://iam.googleapis.com/{POOL}/attribute.aws_role/ap", False),
        (WORKLOAD, f"principalSet://iam.googleapis.com/{POOL}/attribute.empty/", False),
        (WORKLOAD, f"principalSet://iam.googleapis.com/{POOL}/group/g1", True),
        (WORKLOAD, f"principalSet://iam.googleapis.com/{POOL}/*", True),
        (WORKLOAD, f"principalSet://iam.googleapis.com/{POOL}2/*", False),
        (WORKLOAD, "allAuthenticatedUsers", False),
        (WORKLOAD, "allUsers", True),
    ],
)
def test_members(caller: Identity, member: str, expected: bool) -> None:
    assert caller.matches(member) is expected


@pytest.mark.parametrize("caller", [PERSON, ACCOUNT, WORKLOAD], ids=lambda caller: caller.kind)
def test_an_identity_survives_json(caller: Identity) -> None:
    assert Identity.from_json(json.loads(json.dumps(caller.to_json()))) == caller


def test_only_a_workload_has_a_pool() -> None:
    assert [caller.pool for caller in (PERSON, ACCOUNT, WORKLOAD)] == ["", "", POOL]
    assert WORKLOAD.email == f"principal://iam.googleapis.com/{POOL}/subject/{SUBJECT}"
