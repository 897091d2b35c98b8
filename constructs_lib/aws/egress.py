"""Where an instance may connect to: the rules of its security group."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from constructs import Construct

from constructs_lib import limits
from constructs_lib.aws.subnet import ANYWHERE


@dataclass(frozen=True, order=True)
class Egress:
    """One port at one IPv4 range: by default TCP, anywhere. Raises LimitError.

    Security groups do not filter the metadata service, Amazon's DNS server and its time service (Amazon EC2 User Guide,
    Security groups). A DNS server of your own needs UDP and TCP 53, a proxy its port.
    """

    port: int
    protocol: Literal["tcp", "udp"] = "tcp"
    cidr: str = ANYWHERE

    def __post_init__(self) -> None:
        limits.egress_port(self.port)
        limits.ipv4_cidr(self.cidr)


HTTPS = Egress(443)


def create_security_group(
    scope: Construct, name: str, vpc_id: str, egress: Collection[Egress]
) -> tuple[SecurityGroup, list[VpcSecurityGroupEgressRule]]:
    """A security group that lets nothing in, and one rule for each `egress`."""
    group = SecurityGroup(
        scope,
        "security-group",
        name=name,
        description="Nothing in, HTTPS out",  # a change would replace the group
        vpc_id=vpc_id,
        tags={"Name": name},
    )
    rules = limits.egress_rules(sorted(set(egress)))
    return group, [_create_rule(scope, name, str(group.id), rule) for rule in rules]


def _create_rule(scope: Construct, name: str, group_id: str, rule: Egress) -> VpcSecurityGroupEgressRule:
    where = "" if rule.cidr == ANYWHERE else f"-{rule.cidr.replace('/', '-')}"
    https = rule == HTTPS
    return VpcSecurityGroupEgressRule(
        scope,
        "https" if https else f"{rule.protocol}-{rule.port}{where}",
        security_group_id=group_id,
        description="HTTPS" if https else f"{rule.protocol.upper()} {rule.port}",
        ip_protocol=rule.protocol,
        from_port=rule.port,
        to_port=rule.port,
        cidr_ipv4=rule.cidr,
        tags={"Name": name},
    )
