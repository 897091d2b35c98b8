"""An EC2 instance that carries one role and may connect to port 443, or to what its rules name."""

from collections.abc import Collection, Sequence

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_ssm_parameter import DataAwsSsmParameter
from cdktf_cdktf_provider_aws.instance import Instance, InstanceMetadataOptions, InstanceRootBlockDevice
from constructs import Construct

from constructs_lib import limits
from constructs_lib.aws.egress import HTTPS, Egress, create_security_group
from constructs_lib.aws.identity import Identity, create_identity, find_identity
from constructs_lib.aws.subnet import PrivateSubnet

# What never replaces or restarts a running instance: a new release of the image, new user data, and an Elastic IP that
# somebody attached by hand (terraform-provider-aws#37318).
KEPT = ["ami", "user_data", "user_data_base64", "associate_public_ip_address"]


# Another key would replace the instance. The plan of a deploy reports it (deploy/disks.py).
KEPT_KEY = "root_block_device[0].kms_key_id"


class Ec2Workload(Construct):
    """A role trusted by EC2 only, or an existing one, and an instance that carries it.

    - `role_name`, `role_path`, `permissions_boundary`: the role. It holds AmazonSSMManagedInstanceCore, nothing else:
      what it may do at Google is said at Google.
    - `instance_profile`: the name of an existing profile. No role is built then; `role_name` is the profile's role, which
      the plan checks. Systems Manager needs AmazonSSMManagedInstanceCore, or as much, on it.
    - `subnet`: where the instance lies; it waits for the subnet's route to the internet.
    - `ami`: without one, the newest Amazon Linux 2023 for the type's architecture *at first*: neither a new release of
      the image nor new user data ever replaces or restarts a running instance.
    - `user_data_base64`: Base64 (of gzip, if you like) of at most 16,384 bytes.
    - `egress`: where the instance may connect to. `security_group_ids`: existing groups in place of one with `egress`.
    - `hop_limit`: of the metadata service's answers. 1 keeps the role's credentials from containers and from whatever
      forwards packets; containers with their own network need 2.
    - `paused`: no instance; role and security group stay, and with them the role's unique id.
    - `root_volume_gib`: 8 or more; encrypted gp3. It grows in place; AWS shrinks no volume.
    - `kms_key_arn`: of the volume, in place of the account's default. It counts when the instance is built.
    - `depends_on`: what the instance finds at its first boot.

    Attributes: `role` (None with `instance_profile`), `security_group` (None with `security_group_ids`), `instance`
    (None when paused). Raises LimitError.
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
        instance_profile: str | None = None,
        user_data_base64: str | None = None,
        egress: Collection[Egress] = (HTTPS,),
        security_group_ids: Sequence[str] = (),
        hop_limit: int = 1,
        paused: bool = False,
        root_volume_gib: int = 8,
        kms_key_arn: str | None = None,
        depends_on: Sequence[ITerraformDependable] = (),
    ) -> None:
        super().__init__(scope, id)
        self._name = limits.security_group_name(name)
        self._instance_type = limits.instance_type(instance_type)
        self._ami = ami and limits.ami_id.unless_reference(ami)
        self._user_data = user_data_base64 and limits.user_data(user_data_base64)
        self._hop_limit = limits.hop_limit(hop_limit)
        self._root_volume_gib = limits.root_volume_gib(root_volume_gib)
        self._kms_key_arn = kms_key_arn and limits.kms_key_arn.unless_reference(kms_key_arn)

        identity = (
            find_identity(self, instance_profile, role_name)
            if instance_profile
            else create_identity(self, self._name, region, role_name, role_path, permissions_boundary)
        )
        self.role = identity.role
        groups, rules = self._find_or_create_groups(subnet, egress, security_group_ids)
        before = [*subnet.internet_route, *rules, *identity.before, *depends_on]
        self.instance = None if paused else self._create_instance(subnet, identity, groups, before)

    def _find_or_create_groups(
        self, subnet: PrivateSubnet, egress: Collection[Egress], existing: Sequence[str]
    ) -> tuple[list[str], Sequence[ITerraformDependable]]:
        if existing:
            self.security_group = None
            return sorted({limits.security_group_id.unless_reference(one) for one in existing}), ()
        self.security_group, rules = create_security_group(self, self._name, subnet.vpc_id, egress)
        return [str(self.security_group.id)], rules

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
        identity: Identity,
        security_group_ids: list[str],
        before: Sequence[ITerraformDependable],
    ) -> Instance:
        return Instance(
            self,
            "instance",
            ami=self._ami or self._image(),
            instance_type=self._instance_type,
            subnet_id=subnet.subnet_id,
            vpc_security_group_ids=security_group_ids,
            associate_public_ip_address=False,
            iam_instance_profile=identity.profile,
            metadata_options=InstanceMetadataOptions(
                http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=self._hop_limit
            ),
            root_block_device=InstanceRootBlockDevice(
                volume_type="gp3",
                volume_size=self._root_volume_gib,
                encrypted=True,
                kms_key_id=self._kms_key_arn,
                tags={"Name": self._name},
            ),
            user_data_base64=self._user_data,
            tags={"Name": self._name},
            depends_on=list(before),
            lifecycle=TerraformResourceLifecycle(ignore_changes=[*KEPT, *([KEPT_KEY] if self._kms_key_arn else [])]),
        )
