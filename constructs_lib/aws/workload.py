"""An EC2 instance that may leave to port 443 (and further ports, where asked for) and assume one role, and nothing else."""

import json
from collections.abc import Collection, Sequence

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_ssm_parameter import DataAwsSsmParameter
from cdktf_cdktf_provider_aws.iam_instance_profile import IamInstanceProfile
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from cdktf_cdktf_provider_aws.instance import Instance, InstanceMetadataOptions, InstanceRootBlockDevice
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from constructs import Construct

from constructs_lib import limits
from constructs_lib.aws.subnet import PrivateSubnet

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}],
}

# What never replaces or restarts a running instance: a new release of the image, new user data, and an Elastic IP that
# somebody attached by hand (terraform-provider-aws#37318).
KEPT = ["ami", "user_data", "user_data_base64", "associate_public_ip_address"]


class Ec2Workload(Construct):
    """A role trusted by EC2 only, and an instance that carries it.

    - `role_name`, `role_path`, `permissions_boundary`: the role. It holds AmazonSSMManagedInstanceCore, nothing else:
      what it may do at Google is said at Google.
    - `subnet`: where the instance lies; it waits for the subnet's way out.
    - `ami`: without one, the newest Amazon Linux 2023 for the type's architecture *at first*: neither a new release of
      the image nor new user data ever replaces or restarts a running instance.
    - `user_data_base64`: Base64 (of gzip, if you like) of at most 16,384 bytes.
    - `egress_ports`: the TCP ports that the instance may connect to, at any address.
    - `paused`: no instance; role and security group stay, and with them the role's unique id.
    - `root_volume_gib`: 8 or more; encrypted gp3.
    - `depends_on`: what the instance finds at its first boot.

    Attributes: `role`, `security_group`, `instance` (None when paused). Raises LimitError.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        role_name: str,
        region: str,
        subnet: PrivateSubnet,
        instance_type: str = "t4g.small",
        ami: str | None = None,
        role_path: str = "/",
        permissions_boundary: str | None = None,
        user_data_base64: str | None = None,
        egress_ports: Collection[int] = (443,),
        paused: bool = False,
        root_volume_gib: int = 8,
        depends_on: Sequence[ITerraformDependable] = (),
    ) -> None:
        super().__init__(scope, id)
        self._name = limits.security_group_name(name)
        self._instance_type = limits.instance_type(instance_type)
        self._ami = ami and limits.ami_id.unless_reference(ami)
        self._user_data = user_data_base64 and limits.user_data(user_data_base64)
        self._root_volume_gib = limits.root_volume_gib(root_volume_gib)

        self.role = self._create_role(role_name, role_path, permissions_boundary)
        role = str(self.role.name)
        policy = self._attach_session_manager(role, limits.partition(region))
        profile = IamInstanceProfile(self, "profile", name=role, path=role_path, role=role)
        self.security_group = self._create_security_group(subnet.vpc_id)
        security_group_id = str(self.security_group.id)
        egress = [self._create_egress_rule(security_group_id, port) for port in sorted(set(egress_ports))]
        before = [*subnet.way_out, *egress, policy, *depends_on]
        self.instance = None if paused else self._create_instance(subnet, profile, security_group_id, before)

    def _create_role(self, name: str, path: str, boundary: str | None) -> IamRole:
        return IamRole(
            self,
            "role",
            name=limits.aws_role_name(name),
            path=limits.aws_role_path(path),
            description=f"Calls Gemini from {self._name}, without a key",
            assume_role_policy=json.dumps(TRUST),
            permissions_boundary=boundary and limits.permissions_boundary.unless_reference(boundary),
        )

    def _attach_session_manager(self, role: str, partition: str) -> IamRolePolicyAttachment:
        return IamRolePolicyAttachment(
            self,
            "session-manager",
            role=role,
            policy_arn=f"arn:{partition}:iam::aws:policy/AmazonSSMManagedInstanceCore",
        )

    def _create_security_group(self, vpc_id: str) -> SecurityGroup:
        return SecurityGroup(
            self,
            "security-group",
            name=self._name,
            description="Nothing in, HTTPS out",
            vpc_id=vpc_id,
            tags={"Name": self._name},
        )

    def _create_egress_rule(self, security_group_id: str, port: int) -> VpcSecurityGroupEgressRule:
        limits.egress_port(port)
        # 443 is enough without a proxy: security groups do not filter the metadata service, Amazon's DNS and its time service.
        return VpcSecurityGroupEgressRule(
            self,
            "https" if port == 443 else f"tcp-{port}",
            security_group_id=security_group_id,
            description="HTTPS" if port == 443 else f"TCP {port}",
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            cidr_ipv4="0.0.0.0/0",
            tags={"Name": self._name},
        )

    def _image(self) -> str:
        architecture = limits.architecture(self._instance_type)
        parameter = DataAwsSsmParameter(
            self,
            "image",
            name=f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}",
        )
        # Not `value`: that is sensitive, and the plan would not show the image.
        return str(parameter.insecure_value)

    def _create_instance(
        self,
        subnet: PrivateSubnet,
        profile: IamInstanceProfile,
        security_group_id: str,
        before: Sequence[ITerraformDependable],
    ) -> Instance:
        return Instance(
            self,
            "instance",
            ami=self._ami or self._image(),
            instance_type=self._instance_type,
            subnet_id=subnet.subnet_id,
            vpc_security_group_ids=[security_group_id],
            associate_public_ip_address=False,
            iam_instance_profile=profile.name,
            # A hop limit of 1 keeps the role's credentials from containers and from whatever forwards packets.
            metadata_options=InstanceMetadataOptions(
                http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
            ),
            root_block_device=InstanceRootBlockDevice(
                volume_type="gp3", volume_size=self._root_volume_gib, encrypted=True, tags={"Name": self._name}
            ),
            user_data_base64=self._user_data,
            tags={"Name": self._name},
            depends_on=list(before),
            lifecycle=TerraformResourceLifecycle(ignore_changes=KEPT),
        )
