"""Types of the settings: a string or number under a rule of `limits`."""

from typing import Annotated

from pydantic import AfterValidator, Field

from constructs_lib import limits

AccessPolicyNumber = Annotated[str, AfterValidator(limits.access_policy_number)]
AllocationId = Annotated[str, AfterValidator(limits.allocation_id)]
AllowCidr = Annotated[str, AfterValidator(limits.allow_cidr)]
AmiId = Annotated[str, AfterValidator(limits.ami_id)]
AwsAccountId = Annotated[str, AfterValidator(limits.aws_account_id)]
AwsRegion = Annotated[str, AfterValidator(limits.aws_region)]
AwsRoleName = Annotated[str, AfterValidator(limits.aws_role_name)]
AwsRolePath = Annotated[str, AfterValidator(limits.aws_role_path)]
EgressCidr = Annotated[str, AfterValidator(limits.egress_cidr)]
GeminiLocation = Annotated[str, AfterValidator(limits.gemini_location)]
GeminiModel = Annotated[str, AfterValidator(limits.gemini_model)]
HcpOrganization = Annotated[str, AfterValidator(limits.hcp_organization)]
IngressIdentity = Annotated[str, AfterValidator(limits.ingress_identity)]
InstanceType = Annotated[str, AfterValidator(limits.instance_type)]
LabelKey = Annotated[str, AfterValidator(limits.label_key)]
LabelValue = Annotated[str, AfterValidator(limits.label_value)]
Name = Annotated[str, AfterValidator(limits.kit_name)]
NotificationChannel = Annotated[str, AfterValidator(limits.notification_channel)]
OrganizationId = Annotated[str, AfterValidator(limits.organization_id)]
PermissionsBoundary = Annotated[str, AfterValidator(limits.permissions_boundary)]
ProjectId = Annotated[str, AfterValidator(limits.project_id)]
ProjectNumber = Annotated[str, AfterValidator(limits.project_number)]
RestrictedService = Annotated[str, AfterValidator(limits.restricted_service)]
SubnetId = Annotated[str, AfterValidator(limits.subnet_id)]
TagKey = Annotated[str, AfterValidator(limits.tag_key)]
TagValue = Annotated[str, AfterValidator(limits.tag_value)]
UniqueRoleId = Annotated[str, AfterValidator(limits.unique_role_id)]
VersionConstraint = Annotated[str, AfterValidator(limits.version_constraint)]
VpcCidr = Annotated[str, AfterValidator(limits.vpc_cidr)]
Zone = Annotated[str, AfterValidator(limits.zone_name)]
TokenLifetimeSeconds = Annotated[int, AfterValidator(limits.token_lifetime_seconds)]
SessionLength = Annotated[int, AfterValidator(limits.session_length)]

NotEmpty = Annotated[str, Field(min_length=1)]
AllowCidrs = Annotated[list[AllowCidr], AfterValidator(limits.allow_list)]
EgressCidrs = Annotated[list[EgressCidr], AfterValidator(limits.allow_list)]
Identities = Annotated[list[IngressIdentity], Field(min_length=1)]
RestrictedServices = Annotated[list[RestrictedService], Field(min_length=1)]
# One of the places goes to the kit's own tag.
Tags = Annotated[dict[TagKey, TagValue], Field(max_length=limits.MAX_TAGS - 1)]
