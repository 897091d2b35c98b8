"""The aws provider's API calls for the types of the kit, by botocore."""

from collections.abc import Callable, Mapping
from typing import Any

from resources import RESOURCES
from resources.description import Ec2

from ..document import ApplyError
from ..kind import Kind, Provider
from .client import Clients
from .data import readers
from .documents import Document
from .ec2 import Object
from .iam import Role
from .instance import Instance
from .logs import FlowLog, LogGroup
from .network import InternetGateway, NatGateway, Vpc
from .policies import Attachment, RolePolicy
from .profiles import Profile
from .routes import Association, Route
from .security import DefaultSecurityGroup, EgressRule, SecurityGroup

_CLASSES: dict[str, type[Object]] = {
    "aws_default_security_group": DefaultSecurityGroup,
    "aws_flow_log": FlowLog,
    "aws_instance": Instance,
    "aws_internet_gateway": InternetGateway,
    "aws_nat_gateway": NatGateway,
    "aws_security_group": SecurityGroup,
    "aws_vpc": Vpc,
    "aws_vpc_security_group_egress_rule": EgressRule,
}
"""Types of EC2's that need more than their description."""
_OTHERS: dict[str, Callable[[Clients], Kind]] = {
    "aws_cloudwatch_log_group": LogGroup,
    "aws_iam_instance_profile": Profile,
    "aws_iam_role": Role,
    "aws_iam_role_policy": RolePolicy,
    "aws_iam_role_policy_attachment": Attachment,
    "aws_route": Route,
    "aws_route_table_association": Association,
    "aws_ssm_document": Document,
}


def aws(configuration: Mapping[str, Any], environment: Mapping[str, str]) -> Provider:
    """The provider, configured as in the stack. ApplyError if the account is not an allowed one."""
    clients = Clients(configuration, environment)
    allowed = configuration.get("allowed_account_ids")
    if allowed and clients.account not in allowed:
        raise ApplyError(f"provider.aws: got account {clients.account}; allowed: {', '.join(allowed)}")
    ec2 = {
        kind: _CLASSES.get(kind, Object)(clients, kind) for kind, one in RESOURCES.items() if isinstance(one.api, Ec2)
    }
    return Provider(ec2 | {kind: make(clients) for kind, make in _OTHERS.items()}, readers(clients))
