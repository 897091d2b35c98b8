"""Who was denied, who would have been, who did call."""

import pytest

from constructs_lib.google.audit import violations_filter
from tests.synthesis import only, resources, synthesized

ALERT = '[audit]\nalert = true\nnotification_channels = ["projects/my-project/notificationChannels/2", "projects/my-project/notificationChannels/1"]'


def test_the_filters_find_violations_enforced_and_dry_run() -> None:
    outputs = synthesized().google["output"]
    enforced, dry_run = (outputs[f"{mode}_violations_filter"]["value"].splitlines() for mode in ("enforced", "dry_run"))
    common = [
        'log_id("cloudaudit.googleapis.com/policy")',
        'severity="ERROR"',
        'protoPayload.metadata."@type"="type.googleapis.com/google.cloud.audit.VpcServiceControlAuditMetadata"',
    ]
    assert enforced == [*common, 'NOT protoPayload.metadata.dryRun="true"']
    assert dry_run == [*common, 'protoPayload.metadata.dryRun="true"']
    assert violations_filter().splitlines() == common


def test_an_alert_is_a_choice() -> None:
    assert resources(synthesized().google, "google_monitoring_alert_policy") == []


def test_an_alert_matches_the_log_itself_and_carries_who_and_from_where() -> None:
    alert = only(synthesized(ALERT).google, "google_monitoring_alert_policy")
    (condition,) = alert["conditions"]
    matched = condition["condition_matched_log"]
    assert matched["filter"] == violations_filter()
    assert matched["label_extractors"]["unique_id"] == "EXTRACT(protoPayload.metadata.vpcServiceControlsUniqueId)"
    assert matched["label_extractors"]["caller_ip"] == "EXTRACT(protoPayload.requestMetadata.callerIp)"
    assert alert["alert_strategy"]["notification_rate_limit"] == {"period": "300s"}
    assert alert["notification_channels"] == [f"projects/my-project/notificationChannels/{number}" for number in (1, 2)]


def test_the_alerts_text_names_monitorings_variables_and_not_terraforms() -> None:
    text = only(synthesized(ALERT).google, "google_monitoring_alert_policy")["documentation"]["content"]
    assert text.count("$${log.extracted_label.") == text.count("${") == 2


@pytest.mark.parametrize("service", ["aiplatform", "iam", "iamcredentials", "sts"])
def test_data_access_logs_cover_every_link_of_the_chain(service: str) -> None:
    assert resources(synthesized().google, "google_project_iam_audit_config") == []
    configs = resources(synthesized("[audit]\ndata_access_logs = true").google, "google_project_iam_audit_config")
    (config,) = [config for config in configs if config["service"] == f"{service}.googleapis.com"]
    assert [entry["log_type"] for entry in config["audit_log_config"]] == ["ADMIN_READ", "DATA_READ"]
