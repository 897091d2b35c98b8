"""Log-based metrics and alert policies."""

from typing import Any

import pytest

from localcloud.google import seed as before

from .deployer import PROJECT, Deployer

METRICS = f"logging/v2/projects/{PROJECT}/metrics"
ALERTS = f"monitoring/v3/projects/{PROJECT}/alertPolicies"
LOG = {"filter": 'severity="ERROR"', "labelExtractors": {"ip": "EXTRACT(protoPayload.requestMetadata.callerIp)"}}
ALERT: dict[str, Any] = {
    "displayName": "violations",
    "combiner": "OR",
    "conditions": [{"displayName": "violation", "conditionMatchedLog": LOG}],
    "alertStrategy": {"notificationRateLimit": {"period": "300s"}},
}


def on_metric(kind: str) -> dict[str, Any]:
    threshold = {
        "filter": f'metric.type="logging.googleapis.com/user/{kind}"',
        "comparison": "COMPARISON_GT",
        "duration": "0s",
    }
    return {**ALERT, "conditions": [{"displayName": "many", "conditionThreshold": threshold}]}


def test_a_metric_lives(deployer: Deployer) -> None:
    made = deployer.ok("POST", METRICS, {"name": "violations", "filter": 'severity="ERROR"'})
    assert made["metricDescriptor"]["type"] == "logging.googleapis.com/user/violations"
    assert deployer.refused("POST", METRICS, {"name": "violations", "filter": "x"})[:2] == (409, "alreadyExists")
    deployer.ok("PUT", f"{METRICS}/violations", {"name": "violations", "filter": "severity=INFO", "description": "d"})
    assert deployer.ok("GET", f"{METRICS}/violations")["filter"] == "severity=INFO"
    assert len(deployer.ok("GET", METRICS)["metrics"]) == 1
    deployer.ok("DELETE", f"{METRICS}/violations")
    assert deployer.refused("GET", f"{METRICS}/violations")[:2] == (404, "notFound")


@pytest.mark.parametrize(
    "body",
    [{"name": "v"}, {"name": "", "filter": "x"}, {"name": "v", "filter": 'x="'}, {"name": "x" * 101, "filter": "x"}],
)
def test_metrics_that_are_refused(deployer: Deployer, body: object) -> None:
    assert deployer.refused("POST", METRICS, body)[0] == 400


def test_an_alert_lives(deployer: Deployer) -> None:
    made = deployer.ok("POST", ALERTS, ALERT)
    assert made["enabled"] is True
    assert made["conditions"][0]["name"].startswith(made["name"] + "/conditions/")
    assert made["creationRecord"]["mutatedBy"] == before.DEPLOYER
    url = f"monitoring/v3/{made['name']}"
    deployer.ok("PATCH", f"{url}?updateMask=enabled", {"enabled": False, "displayName": "ignored"})
    shown = deployer.ok("GET", url)
    assert (shown["enabled"], shown["displayName"]) == (False, "violations")
    assert shown["conditions"] == made["conditions"]
    assert deployer.refused("PATCH", f"{url}?updateMask=conditions", {})[0] == 400
    assert deployer.ok("GET", ALERTS)["alertPolicies"] == [shown]
    deployer.ok("DELETE", url)
    assert deployer.refused("GET", url)[:2] == (404, "notFound")


@pytest.mark.parametrize(
    "fields",
    [
        {"displayName": ""},
        {"combiner": "COMBINE_UNSPECIFIED"},
        {"conditions": []},
        {"conditions": ALERT["conditions"] * 2},
        {"conditions": [{"displayName": "x"}]},
        {"conditions": [{"conditionMatchedLog": LOG}]},
        {"conditions": [{"displayName": "x", "conditionMatchedLog": {"filter": 'x="'}}]},
        {"conditions": [{"displayName": "x", "conditionMatchedLog": {**LOG, "labelExtractors": {"a": "b"}}}]},
        {"alertStrategy": {"autoClose": "1800s"}},
        {"userLabels": {"Team": "ml"}},
        {"userLabels": {"team": "ML"}},
    ],
)
def test_alerts_that_are_refused(deployer: Deployer, fields: dict[str, Any]) -> None:
    assert deployer.refused("POST", ALERTS, {**ALERT, **fields})[:2] == (400, "badRequest")


def test_a_notification_channel_has_to_be_there(deployer: Deployer) -> None:
    channel = f"projects/{PROJECT}/notificationChannels/123"
    body = {**ALERT, "notificationChannels": [channel]}
    assert deployer.refused("POST", ALERTS, body)[:2] == (404, "notFound")
    before.notification_channel(deployer.state, "123")
    deployer.ok("POST", ALERTS, body)
    made = deployer.ok("POST", f"monitoring/v3/projects/{PROJECT}/notificationChannels", {"type": "email"})
    assert deployer.ok("GET", f"monitoring/v3/{made['name']}") == made


def test_a_new_metric_cannot_be_alerted_on_for_ten_minutes(deployer: Deployer) -> None:
    body = on_metric("violations")
    assert "Cannot find metric(s)" in deployer.refused("POST", ALERTS, body)[2]
    deployer.ok("POST", METRICS, {"name": "violations", "filter": "severity=ERROR"})
    deployer.clock += 599
    code, reason, message = deployer.refused("POST", ALERTS, body)
    assert (code, reason) == (404, "notFound")
    assert "up to 10 minutes" in message
    deployer.clock += 1
    deployer.ok("POST", ALERTS, body)
