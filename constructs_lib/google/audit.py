"""Who was denied, who would have been, and who did call."""

from collections.abc import Mapping, Sequence
from typing import Literal

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_google.monitoring_alert_policy import (
    MonitoringAlertPolicy,
    MonitoringAlertPolicyAlertStrategy,
    MonitoringAlertPolicyAlertStrategyNotificationRateLimit,
    MonitoringAlertPolicyConditions,
    MonitoringAlertPolicyConditionsConditionMatchedLog,
    MonitoringAlertPolicyDocumentation,
)
from cdktf_cdktf_provider_google.project_iam_audit_config import (
    ProjectIamAuditConfig,
    ProjectIamAuditConfigAuditLogConfig,
)
from constructs import Construct

METADATA = "type.googleapis.com/google.cloud.audit.VpcServiceControlAuditMetadata"
# The exchange (which IAM logs a part of: "Example logs for Workload Identity Federation"), the impersonation, the call.
CHAIN = ("aiplatform.googleapis.com", "iam.googleapis.com", "iamcredentials.googleapis.com", "sts.googleapis.com")
# Each service's audit logging page: ExchangeToken and GenerateAccessToken are ADMIN_READ, a prediction is DATA_READ.
KINDS = ("ADMIN_READ", "DATA_READ")


def violations_filter(mode: Literal["enforced", "dry-run"] | None = None) -> str:
    """A Logging query for violations of VPC Service Controls; without a mode, of both.

    Entries of enforced violations have no `dryRun` at all, so `dryRun="false"` would never match.
    """
    lines = [
        'log_id("cloudaudit.googleapis.com/policy")',
        'severity="ERROR"',
        f'protoPayload.metadata."@type"="{METADATA}"',
    ]
    if mode:
        lines.append(f'{"NOT " if mode == "enforced" else ""}protoPayload.metadata.dryRun="true"')
    return "\n".join(lines)


class ViolationAlert(Construct):
    """An alert for each violation, at most one notification in five minutes.

    A condition on the log itself, not on a metric: an alert on a metric made in the same apply fails with 404 for up to
    10 minutes (terraform-provider-google #11102). `notification_channels` are `projects/P/notificationChannels/C`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        project_id: str,
        display_name: str,
        notification_channels: Sequence[str] = (),
        labels: Mapping[str, str] | None = None,
        depends_on: Sequence[ITerraformDependable] = (),
    ) -> None:
        super().__init__(scope, id)
        payload = "protoPayload"
        matched = MonitoringAlertPolicyConditionsConditionMatchedLog(
            filter=violations_filter(),
            label_extractors={
                "caller_ip": f"EXTRACT({payload}.requestMetadata.callerIp)",
                "dry_run": f"EXTRACT({payload}.metadata.dryRun)",
                "principal": f"EXTRACT({payload}.authenticationInfo.principalEmail)",
                "service": f"EXTRACT({payload}.serviceName)",
                "unique_id": f"EXTRACT({payload}.metadata.vpcServiceControlsUniqueId)",
            },
        )
        MonitoringAlertPolicy(
            self,
            "policy",
            project=project_id,
            display_name=display_name,
            combiner="OR",
            conditions=[
                MonitoringAlertPolicyConditions(
                    display_name="VPC Service Controls violation", condition_matched_log=matched
                )
            ],
            alert_strategy=MonitoringAlertPolicyAlertStrategy(
                auto_close="1800s",
                notification_rate_limit=MonitoringAlertPolicyAlertStrategyNotificationRateLimit(period="300s"),
            ),
            documentation=MonitoringAlertPolicyDocumentation(
                mime_type="text/markdown",
                # Doubled dollar signs: Monitoring's variables, not Terraform's.
                content="A call from $${log.extracted_label.caller_ip} broke the perimeter: violation $${log.extracted_label.unique_id}.",
            ),
            notification_channels=sorted(notification_channels) or None,
            user_labels=dict(labels) if labels else None,
            depends_on=list(depends_on),
        )


class DataAccessLogs(Construct):
    """Data Access audit logs for every link of the chain: who did call. Logging charges by volume.

    Authoritative for these services in this project.
    """

    def __init__(
        self, scope: Construct, id: str, *, project_id: str, depends_on: Sequence[ITerraformDependable] = ()
    ) -> None:
        super().__init__(scope, id)
        kinds = [ProjectIamAuditConfigAuditLogConfig(log_type=kind) for kind in KINDS]
        for service in CHAIN:
            ProjectIamAuditConfig(
                self,
                service.removesuffix(".googleapis.com"),
                project=project_id,
                service=service,
                audit_log_config=kinds,
                depends_on=list(depends_on),
            )
