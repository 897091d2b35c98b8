"""Data sources that find what only the cloud can number: by this deployment's tag and the Name that a resource would have."""

import re
from collections.abc import Iterable
from typing import Any

from access.attached import RULES
from access.changes import ADDRESS, POLICY
from deploy.ids import Ids

TAG = "keyless-perimeter"
ALL_ADDRESSES = "every_address"
PLURAL = {
    ADDRESS: ("aws_eips", "allocation_ids"),
    "aws_instance": ("aws_instances", "ids"),
    "aws_nat_gateway": ("aws_nat_gateways", "ids"),
    "aws_route_table": ("aws_route_tables", "ids"),
    "aws_security_group": ("aws_security_groups", "ids"),
    "aws_subnet": ("aws_subnets", "ids"),
    "aws_vpc": ("aws_vpcs", "ids"),
    "aws_vpc_security_group_egress_rule": ("aws_vpc_security_group_rules", "ids"),
}
TAGGED = {"aws_flow_log": "fl-", "aws_internet_gateway": "igw-"}
"""Types without such a data source, and how their ids begin: they are looked for in all that has the same tags."""
_MORE: dict[str, dict[str, Any]] = {
    "aws_instance": {"instance_state_names": ["pending", "running", "stopping", "stopped"]},
    "aws_nat_gateway": {"filter": [{"name": "state", "values": ["pending", "available"]}]},
}
"""What was terminated or deleted keeps its tags for an hour."""
_RULE = "gcloud access-context-manager perimeters describe {perimeter}  # rules have no import: delete {title!r} there"
BY_HAND = {
    **dict.fromkeys(RULES, _RULE),
    "google_monitoring_alert_policy": (
        "gcloud monitoring policies list --project={project} --filter='displayName=\"{display_name}\"' --format='value(name)'"
    ),
}
"""Types whose id no data source finds."""


def deployment(ids: Ids) -> str:
    """The value of the tag that everything of this deployment on AWS has; empty without AWS."""
    (provider,) = ids.stack.document.get("provider", {}).get("aws", [{}])
    tags = [block.get("tags", {}) for block in provider.get("default_tags", [])]
    return str(next((one[TAG] for one in tags if TAG in one), ""))


def document(ids: Ids, without: Iterable[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """`data` and `output` of a configuration of look-ups, and the resource address that each look-up is for."""
    data: dict[str, dict[str, Any]] = {}
    outputs: dict[str, Any] = {}
    about: dict[str, str] = {}
    tag = deployment(ids)
    for number, (address, body) in enumerate(sorted(ids.resources.items())):
        found = _source(address.partition(".")[0], body, tag)
        if found and address not in without:
            kind, attribute, arguments = found
            data.setdefault(kind, {})[f"n{number}"] = arguments
            outputs[f"n{number}"] = {"value": f"${{data.{kind}.n{number}.{attribute}}}"}
            about[f"n{number}"] = address
    if tag:
        data.setdefault("aws_eips", {})[ALL_ADDRESSES] = {"filter": _filters(tag)}
        outputs[ALL_ADDRESSES] = {"value": f"${{data.aws_eips.{ALL_ADDRESSES}.allocation_ids}}"}
        about[ALL_ADDRESSES] = ALL_ADDRESSES
    return {"data": data, "output": outputs} if data else {}, about


def found(kind: str, value: Any) -> list[str]:
    """The ids in the value of the output of a look-up for a type."""
    if not isinstance(value, list):
        return [str(value)] if value else []
    ids = [one if isinstance(one, str) else one["resource_arn"].rpartition("/")[2] for one in value]
    return sorted(id for id in ids if id.startswith(TAGGED.get(kind, "")))


def is_absence(summary: str) -> bool:
    """Whether a look-up's error says that there is nothing."""
    return bool(re.search(r"no matching|not find|not found|0 access polic", summary, re.IGNORECASE))


def _source(kind: str, body: dict[str, Any], tag: str) -> tuple[str, str, dict[str, Any]] | None:
    if kind == POLICY:
        return POLICY, "name", {name: body[name] for name in ("parent", "scopes") if name in body}
    name = body.get("tags", {}).get("Name", "")
    if not (tag and name):
        return None
    if kind in TAGGED:
        tags = [{"key": TAG, "values": [tag]}, {"key": "Name", "values": [name]}]
        return "aws_resourcegroupstaggingapi_resources", "resource_tag_mapping_list", {"tag_filter": tags}
    if kind not in PLURAL:
        return None
    more = dict(_MORE.get(kind, {}))
    filters = _filters(tag) + [{"name": "tag:Name", "values": [name]}] + more.pop("filter", [])
    source, attribute = PLURAL[kind]
    return source, attribute, {"filter": filters, **more}


def _filters(tag: str) -> list[dict[str, Any]]:
    return [{"name": f"tag:{TAG}", "values": [tag]}]
