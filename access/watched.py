"""What matters and is no access, by type: images, what runs, ways out, alerts, logs, versions, guards of the plan."""

import re
from dataclasses import dataclass

from access.changes import LEVEL, PERIMETER
from access.objects import DATA, OUTPUT, PROVIDERS, SETTINGS


@dataclass(frozen=True)
class Watched:
    """Types, what people call them, and the fields that are compared: all but labels where none is named."""

    kinds: re.Pattern[str]
    what: str
    fields: tuple[str, ...] = ()


def _watched(what: str, kinds: str, *fields: str) -> Watched:
    return Watched(re.compile(kinds), what, fields)


TYPES = (
    _watched("an instance", "aws_instance"),
    _watched("what runs on instances", "aws_ssm_(document|parameter|association)"),
    _watched(
        "a way out",
        r"aws_(vpc_security_group_egress_rule|(default_)?security_group(_rule)?|(default_)?route(_table(_association)?)?"
        r"|main_route_table_association|nat_gateway|(egress_only_)?internet_gateway|vpc_endpoint\w*|(default_)?network_acl\w*"
        r"|vpc_peering_connection\w*|ec2_transit_gateway\w*)|google_compute_(\w*firewall\w*|\w*route\w*|\w*peering\w*)",
    ),
    _watched("an alert", r"google_monitoring_(alert_policy|notification_channel)|aws_cloudwatch_\w*alarm\w*|aws_sns_\w+"),
    _watched("a log exclusion", r"google_logging_\w+_exclusion"),
    _watched("a log", r"google_logging_\w+|google_\w+_iam_audit_config|aws_cloudtrail\w*|aws_flow_log|aws_cloudwatch_log_\w+"),
    _watched("an API", "google_project_service"),
    _watched("an address", "aws_eip"),
    _watched("an access level", LEVEL, "parent", "name"),
    _watched("a perimeter", PERIMETER, "parent", "name", "spec", "use_explicit_dry_run_spec"),
    _watched("backend and versions", SETTINGS),
    _watched("a provider's settings", PROVIDERS),
    _watched("a look-up", rf"{DATA}\.\w+", "lifecycle"),
    _watched("an output", OUTPUT),
)  # fmt: skip
LONG = {"content", "value", "insecure_value", "user_data", "user_data_base64", "spec"}
"""Fields of which it is only said that they change."""


def watched(kind: str) -> Watched | None:
    """How a type is compared; None for one that is only named."""
    return next((one for one in TYPES if one.kinds.fullmatch(kind)), None)
