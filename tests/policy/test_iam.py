"""Which binding grants a permission."""

from typing import Any

import pytest

from policy import iam, identity

PREDICT = "aiplatform.endpoints.predict"
IMPERSONATE = "iam.serviceAccounts.getAccessToken"
CUSTOM = "projects/p/roles/gemini"
ANN = identity.user("ann@example.com", ["ml@example.com"])


def policy(role: str, *members: str, **more: Any) -> dict[str, Any]:
    return {"bindings": [{"role": role, "members": list(members)} | more]}


@pytest.mark.parametrize(
    ("body", "permission", "expected"),
    [
        (policy(CUSTOM, "user:ann@example.com"), PREDICT, True),
        (policy(CUSTOM, "user:bob@example.com", "group:ml@example.com"), PREDICT, True),
        (policy(CUSTOM, "user:ann@example.com"), "aiplatform.endpoints.delete", False),
        (policy("projects/p/roles/gone", "user:ann@example.com"), PREDICT, False),
        (policy("roles/unheard.of", "user:ann@example.com"), PREDICT, False),
        (policy("roles/aiplatform.user", "user:ann@example.com"), PREDICT, True),
        (policy("roles/aiplatform.user", "allUsers"), PREDICT, True),
        (policy("roles/aiplatform.user", "deleted:user:ann@example.com?uid=1"), PREDICT, False),
        (policy("roles/aiplatform.user", "user:ann@example.com", condition={"expression": "true"}), PREDICT, False),
        (policy("roles/owner", "user:ann@example.com"), PREDICT, True),
        (policy("roles/owner", "user:ann@example.com"), "accesscontextmanager.policies.create", True),
        (policy("roles/owner", "user:ann@example.com"), IMPERSONATE, False),
        (policy("roles/iam.workloadIdentityUser", "user:ann@example.com"), IMPERSONATE, True),
        (policy("roles/iam.workloadIdentityUser", "user:ann@example.com"), "iam.serviceAccounts.signBlob", False),
        (policy("roles/iam.serviceAccountTokenCreator", "user:ann@example.com"), IMPERSONATE, True),
        (policy("roles/iam.serviceAccountUser", "user:ann@example.com"), IMPERSONATE, False),
        (policy("roles/serviceusage.serviceUsageConsumer", "user:ann@example.com"), "serviceusage.services.use", True),
        ({}, PREDICT, False),
    ],
)
def test_grants(body: dict[str, Any], permission: str, expected: bool) -> None:
    assert (iam.allows([body], {CUSTOM: [PREDICT]}, ANN, permission) is not None) is expected


def test_the_grant_names_the_binding() -> None:
    policies = [policy("roles/aiplatform.user", "user:bob@example.com"), policy(CUSTOM, "group:ml@example.com")]
    assert iam.allows(policies, {CUSTOM: [PREDICT]}, ANN, PREDICT) == iam.Grant("group:ml@example.com", CUSTOM)


def test_who_shows_no_credential_is_one_of_all_users_only() -> None:
    assert iam.allows([policy("roles/aiplatform.user", "allUsers")], {}, None, PREDICT)
    assert not iam.allows([policy("roles/aiplatform.user", "allAuthenticatedUsers")], {}, None, PREDICT)
