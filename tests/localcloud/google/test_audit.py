"""Data Access logs: who used what, if the project asks for it."""

import pytest

from .test_gemini import ask
from .world import AUDIENCE, EMAIL, POOL, PROJECT, PROVIDER

LOG = 'log_id("cloudaudit.googleapis.com/data_access")'


def audited(world, services, kinds=("ADMIN_READ", "DATA_READ"), exempted=()):
    """As the kit's DataAccessLogs configures it."""
    logs = [{"logType": kind, "exemptedMembers": list(exempted)} for kind in kinds]
    world.state.iam_policies[f"projects/{PROJECT}"]["auditConfigs"] = [
        {"service": service, "auditLogConfigs": logs} for service in services
    ]


CHAIN = [f"{name}.googleapis.com" for name in ("sts", "iamcredentials", "aiplatform")]


def test_nothing_is_logged_unasked(world):
    assert ask(world)[0] == 200
    assert world.state.log_entries == []


@pytest.mark.parametrize("services", [CHAIN, ["allServices"]])
def test_the_chain_is_told_link_by_link(world, services):
    audited(world, services)
    assert ask(world)[0] == 200
    exchange, impersonation, call = [entry["protoPayload"] for entry in world.entries(LOG)]
    principal = f"principal://iam.googleapis.com/{POOL}/subject/{world.key.arn}"
    assert exchange["methodName"] == "google.identity.sts.v1.SecurityTokenService.ExchangeToken"
    assert exchange["authenticationInfo"] == {"principalSubject": world.key.arn}
    assert exchange["metadata"]["mapped_principal"] == principal
    assert exchange["resourceName"] == PROVIDER
    assert exchange["request"]["audience"] == AUDIENCE
    assert impersonation["methodName"] == "GenerateAccessToken"
    assert impersonation["authenticationInfo"] == {"principalSubject": principal}
    assert impersonation["resourceName"] == "projects/-/serviceAccounts/104000000000000000001"
    assert call["methodName"] == "google.cloud.aiplatform.v1.PredictionService.GenerateContent"
    assert call["authenticationInfo"] == {
        "principalEmail": EMAIL,
        "serviceAccountDelegationInfo": [{"principalSubject": principal}],
    }


def test_no_entry_holds_a_token_or_key(world):
    audited(world, ["allServices"])
    ask(world)
    text = str(world.state.log_entries)
    assert not any(token in text for token in world.state.tokens)
    assert world.key.token not in text
    assert "Signature" not in text


def test_each_kind_for_itself(world):
    audited(world, CHAIN, ["ADMIN_READ"])
    ask(world)
    assert len(world.entries(LOG)) == 2
    audited(world, CHAIN, ["DATA_READ"])
    ask(world)
    assert len(world.entries(LOG)) == 3
    audited(world, CHAIN, ["DATA_WRITE"])
    ask(world)
    assert len(world.entries(LOG)) == 3


def test_each_service_for_itself(world):
    audited(world, ["storage.googleapis.com"])
    ask(world)
    assert world.entries(LOG) == []
    audited(world, ["iam.googleapis.com"])  # counts for impersonation
    ask(world)
    assert [entry["protoPayload"]["serviceName"] for entry in world.entries(LOG)] == ["iamcredentials.googleapis.com"]


def test_exempted_members(world):
    audited(world, ["allServices"], exempted=[f"serviceAccount:{EMAIL}"])
    ask(world)
    assert [entry["protoPayload"]["serviceName"] for entry in world.entries(LOG)] == CHAIN[:2]


def test_refusals_by_iam_are_logged_too(world):
    audited(world, ["allServices"])
    token = world.impersonated()
    world.state.iam_policies[f"projects/{PROJECT}"]["bindings"][1]["members"] = []
    world.state.iam_policies[f"projects/{PROJECT}/serviceAccounts/{EMAIL}"]["bindings"] = []
    ask(world, token=token)
    world.impersonate(world.federated())
    refused = [entry["protoPayload"] for entry in world.entries(LOG + " severity=ERROR protoPayload.status.code=7")]
    assert [entry["serviceName"] for entry in refused] == ["aiplatform.googleapis.com", "iamcredentials.googleapis.com"]
