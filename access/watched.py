"""What matters and is no access, by type: images, what runs, egress, alerts, logs, versions, guards of the plan."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from access.changes import LEVEL, PERIMETER, POLICY
from access.gain import few
from access.objects import DATA, OUTPUT, PROVIDERS, SETTINGS


@dataclass(frozen=True)
class Watched:
    """Types, what people call them, and the fields that are compared: all but labels where no field is named.

    `deleted` says what a deletion means. `meanings` are patterns of paths of arguments, and what a change of one means:
    `{path}`, `{was}` and `{now}` in it are replaced.
    """

    kinds: re.Pattern[str]
    what: str
    fields: tuple[str, ...] = ()
    deleted: str = ""
    meanings: tuple[tuple[str, str], ...] = ()

    def changed(self, path: str, was: str, now: str) -> str:
        """What it means that the argument at a path, such as `lifecycle.prevent_destroy`, changes; empty if only that."""
        found = (text for pattern, text in self.meanings if re.fullmatch(pattern, path))
        return next(found, "").format(path=path, was=was, now=now)


def _watched(what: str, kinds: str, *fields: str, deleted: str = "", **meanings: str) -> Watched:
    return Watched(re.compile(kinds), what, fields, deleted, tuple(meanings.items()))


_KEPT = {
    r"deletion_policy|lifecycle\.prevent_destroy": "what keeps it from being deleted changes: {path} {was} -> {now}"
}
_INSIDE = {**_KEPT, "parent": "it belongs to another access policy: {was} -> {now}"}
TYPES = (
    _watched("backend and versions", SETTINGS, **{
        r"(backend|cloud)\b.*": "the state moves from {was} to {now}: Terraform creates everything again unless it is moved",
        r"required_providers\.\w+\.\w+": "another provider may be installed: {path} {was} -> {now}",
    }),
    _watched("a perimeter", PERIMETER, "parent", "name", "spec", "use_explicit_dry_run_spec", **_INSIDE),
    _watched("a dry run", f"{PERIMETER}_dry_run_resource"),
    _watched("an access level", LEVEL, "parent", "name", **_INSIDE),
    _watched("an access policy", POLICY, "parent", "scopes", **_KEPT),
    _watched("an alert", "google_monitoring_alert_policy", deleted="violations raise no alert any more",
             **{"notification_channels.*": "the alert on violations is sent to {now}, before to {was}"}),
    _watched("an alert", r"google_monitoring_notification_channel|aws_cloudwatch_\w*alarm\w*|aws_sns_\w+"),
    _watched("a log exclusion", r"google_logging_\w+_exclusion"),
    _watched("a log", r"google_\w+_iam_audit_config", deleted="its calls are no longer logged"),
    _watched("a log", "aws_flow_log", deleted="the network's flows are no longer logged"),
    _watched("a log", r"google_logging_\w+|aws_cloudtrail\w*|aws_cloudwatch_log_\w+"),
    _watched("a provider's settings", PROVIDERS, **{".*": "Terraform signs in elsewhere or as another: {path} {was} -> {now}"}),
    _watched("a look-up", rf"{DATA}\.\w+", "lifecycle"),
    _watched("an output", OUTPUT, value="the addresses that callers call from change: {was} -> {now}"),
    _watched("egress", r"aws_vpc_security_group_egress_rule",
             **{".*": "where instances may connect to: {path} {was} -> {now}"}),
    _watched(
        "egress",
        r"aws_((default_)?security_group(_rule)?|(default_)?route(_table(_association)?)?|main_route_table_association"
        r"|nat_gateway|(egress_only_)?internet_gateway|vpc_endpoint\w*|(default_)?network_acl\w*"
        r"|vpc_peering_connection\w*|ec2_transit_gateway\w*)|google_compute_(\w*firewall\w*|\w*route\w*|\w*peering\w*)",
    ),
    _watched("an instance", "aws_instance", ami="the instance gets another image: {was} -> {now}"),
    _watched("what runs on instances", "aws_ssm_(document|parameter|association)"),
    _watched("an API", "google_project_service"),
    _watched("an address", "aws_eip"),
)  # fmt: skip
"""The most important first."""
LONG = {"content", "value", "insecure_value", "user_data", "user_data_base64", "spec"}
"""Fields of which it is only said that they change."""


def watched(kind: str) -> Watched | None:
    """How a type is compared; None for one that is only named."""
    return next((one for one in TYPES if one.kinds.fullmatch(kind)), None)


def weight(how: Watched) -> int:
    """Its place in the table: less is more important."""
    return TYPES.index(how)


def named(values: Sequence[str]) -> str:
    """Values of one argument in a sentence."""
    return few(values) or "nothing"
