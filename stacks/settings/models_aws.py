"""The tables of the AWS side: the network, and what a workload says of its instance."""

from typing import Annotated, Literal

from pydantic import Field

from stacks.settings.table import Table
from stacks.settings.types import (
    AllocationId,
    AmiId,
    AwsAccountId,
    AwsRegion,
    AwsRolePath,
    DeployingRoleArn,
    EgressCidrs,
    EgressPort,
    ExternalId,
    HopLimit,
    InstanceProfileName,
    InstanceType,
    Ipv4Cidr,
    KmsKeyArn,
    PermissionsBoundary,
    RootVolumeGib,
    SecurityGroupIds,
    SubnetId,
    SubnetIds,
    Tags,
    VpcCidr,
    Zone,
)


class Network(Table):
    """A VPC of our own."""

    cidr: VpcCidr
    zones: Annotated[list[Zone], Field(min_length=1)]
    nat: Literal["single", "per-zone"] = "single"
    nat_zone: Zone | None = None
    allocation_ids: dict[Zone, AllocationId] = {}
    protect_addresses: bool = False
    paused: bool = False
    flow_logs: bool = False


class ExistingNetwork(Table):
    """Someone else's VPC: the subnets for the instances, and the addresses that they leave from.

    Exactly one of allocation_ids, of NAT gateways in this account, and egress_cidrs.
    """

    subnet_ids: Annotated[dict[Zone, SubnetIds], Field(min_length=1)]
    allocation_ids: Annotated[list[AllocationId], Field(min_length=1)] | None = None
    egress_cidrs: EgressCidrs | None = None

    @property
    def subnets(self) -> dict[str, list[str]]:
        """The subnets' ids by zone."""
        return {zone: [ids] if isinstance(ids, str) else list(ids) for zone, ids in self.subnet_ids.items()}


class AssumedRole(Table):
    """A role that the deployer assumes first. The external id is no secret (IAM User Guide, "The confused deputy problem")."""

    role_arn: DeployingRoleArn
    external_id: ExternalId | None = None


class Aws(Table):
    """The AWS side. Exactly one of network, existing_network and egress_cidrs."""

    region: AwsRegion
    account_id: AwsAccountId
    network: Network | None = None
    existing_network: ExistingNetwork | None = None
    egress_cidrs: EgressCidrs | None = None
    assume_role: AssumedRole | None = None
    role_path: AwsRolePath = "/"
    permissions_boundary: PermissionsBoundary | None = None
    deny_parameters: bool = False
    tags: Tags = {}


NO_AWS = Aws.model_construct(region="us-east-1", account_id="", egress_cidrs=[])
"""Of an environment whose perimeter others join, and that has no workload. Nothing is made of its region."""


class EgressRule(Table):
    """Ports that an instance may connect to at some addresses."""

    ports: Annotated[list[EgressPort], Field(min_length=1)]
    protocol: Literal["tcp", "udp"] = "tcp"
    cidrs: Annotated[list[Ipv4Cidr], Field(min_length=1)] = ["0.0.0.0/0"]


class Instance(Table):
    """What a workload says of its EC2 instance."""

    zone: Zone | None = None
    subnet_id: SubnetId | None = None
    instance_type: InstanceType = "t4g.small"
    ami: AmiId | None = None
    instance_profile: InstanceProfileName | None = None
    security_group_ids: SecurityGroupIds | None = None
    egress: Annotated[list[EgressRule], Field(min_length=1)] | None = None
    hop_limit: HopLimit = 1
    root_volume_gib: RootVolumeGib = 8
    kms_key_arn: KmsKeyArn | None = None
