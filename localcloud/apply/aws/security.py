"""Security groups and their rules."""

from typing import Any

from ..document import ApplyError, Arguments
from ..kind import Change, Fields, Found
from .client import Clients
from .ec2 import Object

RULE = ("security_group_id", "ip_protocol", "from_port", "to_port", "cidr_ipv4", "description")


class SecurityGroup(Object):
    """As the provider makes it: EC2's rule that lets everything out is revoked at once. Rules are resources."""

    def wanted(self, arguments: Arguments) -> Fields:
        if {"ingress", "egress"} & arguments.keys():
            raise ApplyError("ingress and egress within a group are not modelled")
        return super().wanted(arguments)

    def read(self, id: str) -> Found | None:
        found = super().read(id)
        if found is None:
            return None
        attributes = {**found.attributes, "name": found.attributes["group_name"]}
        return Found(attributes, {name: attributes[name] for name in ("tags", *self.api.created)})

    def create(self, arguments: Arguments) -> str:
        answer = self.clients(
            "ec2", "create_security_group", GroupName=arguments["name"], Description=arguments["description"],
            VpcId=arguments["vpc_id"], TagSpecifications=self.specification(arguments),
        )  # fmt: skip
        revoke_all(self.clients, id := str(answer["GroupId"]))
        return id


class DefaultSecurityGroup(SecurityGroup):
    """A VPC's own group: taken over and emptied, never created or deleted."""

    def create(self, arguments: Arguments) -> str:
        filters = [{"Name": "vpc-id", "Values": [arguments["vpc_id"]]}, {"Name": "group-name", "Values": ["default"]}]
        (group,) = self.clients("ec2", "describe_security_groups", Filters=filters)["SecurityGroups"]
        id = str(group["GroupId"])
        self.retag(id, group, self.clients.tags(arguments))
        revoke_all(self.clients, id)
        return id

    def delete(self, id: str) -> None:
        """Leave it: it ends with its VPC."""


class EgressRule(Object):
    """One rule of a group, by its own id."""

    def wanted(self, arguments: Arguments) -> Fields:
        return {**{name: arguments.get(name) for name in RULE}, "tags": self.clients.tags(arguments)}

    def read(self, id: str) -> Found | None:
        found = super().read(id)
        if found is None:
            return None
        attributes = {**found.attributes, "security_group_id": found.attributes["group_id"]}
        return Found(attributes, {name: attributes.get(name) for name in (*RULE, "tags")})

    def create(self, arguments: Arguments) -> str:
        answer = self.clients(
            "ec2", "authorize_security_group_egress", GroupId=arguments["security_group_id"],
            IpPermissions=[_permission(arguments)], TagSpecifications=self.specification(arguments),
        )  # fmt: skip
        return str(answer["SecurityGroupRules"][0]["SecurityGroupRuleId"])

    def update(self, change: Change) -> None:
        super().update(change)
        if change.fields - {"tags"}:
            request = {"IpProtocol": change.arguments["ip_protocol"], "CidrIpv4": change.arguments["cidr_ipv4"]}
            request |= {"FromPort": change.arguments["from_port"], "ToPort": change.arguments["to_port"]}
            rules = [
                {
                    "SecurityGroupRuleId": change.id,
                    "SecurityGroupRule": {**request, "Description": change.arguments["description"]},
                }
            ]
            group = change.arguments["security_group_id"]
            self.clients("ec2", "modify_security_group_rules", GroupId=group, SecurityGroupRules=rules)

    def delete(self, id: str) -> None:
        group = (self.item(id) or {})["GroupId"]
        self.clients("ec2", "revoke_security_group_egress", GroupId=group, SecurityGroupRuleIds=[id])


def revoke_all(clients: Clients, group: str) -> None:
    """Leave a group without rules."""
    (item,) = clients("ec2", "describe_security_groups", GroupIds=[group])["SecurityGroups"]
    for permissions, call in ((item["IpPermissions"], "ingress"), (item["IpPermissionsEgress"], "egress")):
        if permissions:
            clients("ec2", f"revoke_security_group_{call}", GroupId=group, IpPermissions=permissions)


def _permission(arguments: Arguments) -> dict[str, Any]:
    block = {"CidrIp": arguments["cidr_ipv4"], "Description": arguments["description"]}
    ports = {"FromPort": arguments["from_port"], "ToPort": arguments["to_port"]}
    return {"IpProtocol": arguments["ip_protocol"], **ports, "IpRanges": [block]}
