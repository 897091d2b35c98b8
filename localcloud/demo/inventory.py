"""An inventory of both clouds: compared before and after, it shows what was made and what remains."""

import json
from typing import Any

from ..apply.aws.client import Clients
from ..cloud import LocalCloud
from ..google.state import State

REGION = "ap-northeast-1"
_EC2 = (
    ("describe_vpcs", "Vpcs", "VpcId"),
    ("describe_subnets", "Subnets", "SubnetId"),
    ("describe_route_tables", "RouteTables", "RouteTableId"),
    ("describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    ("describe_security_groups", "SecurityGroups", "GroupId"),
    ("describe_nat_gateways", "NatGateways", "NatGatewayId"),
    ("describe_addresses", "Addresses", "PublicIp"),
    ("describe_volumes", "Volumes", "VolumeId"),
    ("describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId"),
    ("describe_flow_logs", "FlowLogs", "FlowLogId"),
)
_OTHERS: tuple[tuple[str, str, str, str, dict[str, Any]], ...] = (
    ("iam", "list_roles", "Roles", "RoleName", {}),
    ("iam", "list_instance_profiles", "InstanceProfiles", "InstanceProfileName", {}),
    ("iam", "list_policies", "Policies", "PolicyName", {"Scope": "Local"}),
    ("ssm", "list_documents", "DocumentIdentifiers", "Name", {"Filters": [{"Key": "Owner", "Values": ["Self"]}]}),
    ("logs", "describe_log_groups", "logGroups", "logGroupName", {}),
)
_GOOGLE = (
    "pools", "providers", "service_accounts", "roles", "access_policies", "access_levels", "service_perimeters",
    "metrics", "alert_policies",
)  # fmt: skip
GONE = ("terminated", "deleted")


def aws(cloud: LocalCloud, account: str = "") -> set[str]:
    """Return the objects of the kit's resource types in one account (default: the deployer's) and region, by id."""
    ask = Clients({"region": REGION}, {**cloud.deployer_environment(), **cloud.aws.deployer(account)})
    found = {f"{item[key]}" for call, many, key in _EC2 for item in ask("ec2", call)[many] if _there(item)}
    for reservation in ask("ec2", "describe_instances")["Reservations"]:
        found |= {one["InstanceId"] for one in reservation["Instances"] if one["State"]["Name"] not in GONE}
    for service, call, many, key, parameters in _OTHERS:
        found |= {f"{service} {item[key]}" for item in ask(service, call, **parameters)[many]}
    return found


def google(state: State) -> set[str]:
    """Everything in Google by its name, each member of each role in each IAM policy; what is deleted says so."""
    found = {
        f"{name}{' (deleted)' if body.get('state') == 'DELETED' or body.get('deleted') else ''}"
        for kind in _GOOGLE
        for name, body in getattr(state, kind).items()
    }
    for resource, policy in state.iam_policies.items():
        for binding in policy.get("bindings", []):
            found |= {f"{resource}: {binding['role']} for {member}" for member in binding["members"]}
        if policy.get("auditConfigs"):
            found.add(f"{resource}: {json.dumps(policy['auditConfigs'])}")
    return found


def _there(item: dict[str, Any]) -> bool:
    return item.get("State") not in GONE
