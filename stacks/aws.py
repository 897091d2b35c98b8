"""The AWS stack: where calls come from, and who makes them."""

from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderAssumeRole, AwsProviderDefaultTags
from constructs import Construct

from constructs_lib.aws.connection import Connection
from constructs_lib.aws.delivery import Delivery
from constructs_lib.aws.egress import Egress
from constructs_lib.aws.existing import ExistingNetwork
from constructs_lib.aws.network import Network
from constructs_lib.aws.parameters import DeniedParameters
from constructs_lib.aws.release import ClientRelease
from constructs_lib.aws.shared_command import SharedCommand
from constructs_lib.aws.subnet import PrivateSubnet
from constructs_lib.aws.workload import Ec2Workload
from stacks.base import Stack, output
from stacks.client import client_archive
from stacks.credentials import client_environment, credential_document_of
from stacks.settings import Settings
from stacks.settings.derived import OUR_TAG
from stacks.settings.models import Workload

MANY = 20
"""Instances from which on their documents share a text. Below it a reviewer reads each of them whole."""


class AwsStack(Stack):
    """One environment's AWS side. Applied first; knows nothing of the Google stack."""

    def __init__(self, scope: Construct, settings: Settings, environment: str) -> None:
        super().__init__(scope, settings.aws_stack_name, settings, environment)
        self._create_provider()
        self.network = self._create_network()
        self.connection = Connection(**settings.client.model_dump(exclude={"variables"}))
        if settings.instances:
            self.release = ClientRelease(self, "client", name=settings.release_name, client=client_archive())
        self.shared = SharedCommand(self, "command") if len(settings.instances) >= MANY else None
        self.workloads = {workload.name: self._create_workload(workload) for workload in settings.instances}
        if settings.aws.deny_parameters:
            for name, workload in self.workloads.items():
                if workload.role:
                    DeniedParameters(self, f"parameters_{name}", role=str(workload.role.name))
        self._create_outputs()

    def _create_provider(self) -> None:
        aws = self.settings.aws
        self.require("aws", self.settings.versions.aws)
        tags = {OUR_TAG: f"{self.environment}/{self.settings.prefix}", **aws.tags}
        AwsProvider(
            self,
            "aws",
            region=aws.region,
            allowed_account_ids=[aws.account_id],
            default_tags=[AwsProviderDefaultTags(tags=tags)],
            assume_role=[AwsProviderAssumeRole(**aws.assume_role.model_dump())] if aws.assume_role else None,
        )

    def _create_network(self) -> Network | ExistingNetwork:
        aws = self.settings.aws
        if aws.existing_network:
            return ExistingNetwork(
                self,
                "network",
                region=aws.region,
                subnet_ids=aws.existing_network.subnet_ids,
                allocation_ids=aws.existing_network.allocation_ids or (),
                egress_cidrs=aws.existing_network.egress_cidrs or (),
            )
        assert aws.network is not None
        return Network(
            self,
            "network",
            name=self.settings.prefix,
            region=aws.region,
            cidr=aws.network.cidr,
            zones=self.settings.zones,
            nat=aws.network.nat,
            nat_zone=aws.network.nat_zone,
            allocation_ids=aws.network.allocation_ids,
            protect_addresses=aws.network.protect_addresses,
            paused=aws.network.paused,
            flow_logs=aws.network.flow_logs,
            role_path=aws.role_path,
            permissions_boundary=aws.permissions_boundary,
        )

    def _create_workload(self, workload: Workload) -> Ec2Workload:
        settings = self.settings
        delivery = self._create_delivery(workload)
        return Ec2Workload(
            self,
            f"workload_{workload.name}",
            name=settings.instance_name(workload),
            role_name=settings.role_name(workload),
            region=settings.aws.region,
            role_path=settings.aws.role_path,
            permissions_boundary=settings.aws.permissions_boundary,
            subnet=self._subnet(workload),
            instance_type=workload.instance_type,
            ami=workload.ami,
            instance_profile=workload.instance_profile,
            user_data_base64=delivery.user_data_base64,
            egress=self._egress(workload),
            security_group_ids=workload.security_group_ids or (),
            hop_limit=workload.hop_limit,
            root_volume_gib=workload.root_volume_gib,
            kms_key_arn=workload.kms_key_arn,
            depends_on=[delivery.document],
            paused=bool(settings.aws.network and settings.aws.network.paused),
        )

    def _subnet(self, workload: Workload) -> PrivateSubnet:
        subnets, zone = self.network.private_subnets, self.settings.zone_of(workload)
        return subnets.get(workload.subnet_id or zone) or subnets[zone]

    def _egress(self, workload: Workload) -> list[Egress]:
        """What the workload names, or the ports that the client needs, at any address."""
        if workload.egress:
            return [Egress(*rule) for rule in self.settings.egress(workload)]
        return [Egress(port) for port in {443, *self.connection.ports}]

    def _create_delivery(self, workload: Workload) -> Delivery:
        settings = self.settings
        return Delivery(
            self,
            f"delivery_{workload.name}",
            name=settings.document_name(workload),
            region=settings.aws.region,
            release=self.release,
            credential_document=credential_document_of(settings, workload),
            environment=client_environment(settings) | dict(sorted(settings.client.variables.items())),
            allowed_cidrs=self.network.egress_cidrs,
            connection=self.connection,
            shared=self.shared,
        )

    def _create_outputs(self) -> None:
        # The Google stack reads these two. Explicit and typed: an implicit reference would be marked sensitive, and hide
        # the address from the reviewer.
        output(self, "egress_cidrs", self.network.egress_cidrs, "the addresses that workloads call from")
        unique_ids = {name: each.role.unique_id for name, each in self.workloads.items() if each.role}
        output(self, "role_unique_ids", unique_ids, "each role's unique id, by workload")
        instances = {name: workload.instance.id for name, workload in self.workloads.items() if workload.instance}
        output(self, "instance_ids", instances, "for aws ssm start-session --target, make smoke and make update")
