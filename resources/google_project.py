"""What a project has: enabled APIs, logs of data access, alerts."""

from resources.description import Resource, Rest
from resources.google_identities import PROJECT

TYPES = {
    "google_project_iam_audit_config": Resource(
        {**PROJECT, "service": "!=", "audit_log_config[].log_type": "!="},
        creation="POST https://cloudresourcemanager.googleapis.com/v1/projects/{project}:setIamPolicy",
        import_id="{project} {service}",
    ),
    "google_project_service": Resource(
        {"project": "&", "service": r"![a-z]+\.googleapis\.com", "disable_on_destroy": "!false"},
        creation="POST https://serviceusage.googleapis.com/v1/projects/{project}/services/{service}:enable",
        import_id="{project}/{service}",
    ),
    "google_monitoring_alert_policy": Resource(
        {
            **PROJECT,
            "display_name": "*",
            "notification_channels[]": "=",
            "conditions[].condition_matched_log.filter": "!#",
            "conditions[].condition_matched_log.label_extractors.*": r"EXTRACT\(protoPayload\.[\w.]+\)",
            "conditions[].display_name": "*",
            "alert_strategy.*": "=",
            "combiner": "OR",
            "documentation.*": "*",
            "user_labels.*": "*",
        },
        creation="POST https://monitoring.googleapis.com/v3/projects/{project}/alertPolicies",
        by_hand="gcloud monitoring policies list --project={project} --filter='displayName=\"{display_name}\"' --format='value(name)'",
        api=Rest(
            (
                "display_name",
                "combiner",
                "enabled",
                "conditions",
                "notification_channels",
                "alert_strategy",
                "user_labels",
                "severity",
                "documentation",
            ),
            places=("project",),
            defaults={"enabled": True, "documentation.mime_type": "text/markdown"},
            waits=False,
        ),
    ),
}
