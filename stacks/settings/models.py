"""The tables of an environment's TOML file. `environments/example.toml` documents every key.

Every grammar and limit is a rule of `constructs_lib.limits`; what concerns more than one field is in `checks`.
Types are strict: `dry_run = "yes"` is an error, not a guess.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from stacks.settings.types import (
    AccessPolicyNumber,
    AllocationId,
    AllowCidrs,
    AmiId,
    AwsAccountId,
    AwsRegion,
    AwsRoleName,
    AwsRolePath,
    CertificateAuthority,
    DeployingRoleArn,
    DynamodbTable,
    EgressCidrs,
    ExternalId,
    GeminiLocation,
    GeminiModel,
    GrantedRole,
    HcpOrganization,
    HcpProject,
    HttpsProxy,
    Identities,
    IndexUrl,
    InstanceType,
    LabelKey,
    LabelValue,
    Name,
    NoProxy,
    NotEmpty,
    NotificationChannel,
    OrganizationId,
    PermissionsBoundary,
    ProjectId,
    ProjectNumber,
    RestrictedServices,
    ServiceAccountEmail,
    SessionLength,
    StatePrefix,
    SubnetId,
    Tags,
    TokenLifetimeSeconds,
    UniqueRoleId,
    Variables,
    VersionConstraint,
    VpcCidr,
    Zone,
)


class Table(BaseModel):
    """A TOML table: strict types, no unknown keys, immutable."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


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
    """Someone else's VPC: the subnets for the instances, and the NAT gateways' addresses."""

    subnet_ids: Annotated[dict[Zone, SubnetId], Field(min_length=1)]
    allocation_ids: Annotated[list[AllocationId], Field(min_length=1)]


class AssumedRole(Table):
    """A role that whoever runs Terraform assumes first. The external id is no secret (IAM User Guide, "The confused deputy problem")."""

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
    tags: Tags = {}


class Google(Table):
    """The Google project. Exactly one of organization_id (a scoped policy of our own) and access_policy."""

    project_id: ProjectId
    project_number: ProjectNumber
    organization_id: OrganizationId | None = None
    access_policy: AccessPolicyNumber | None = None
    impersonate_service_account: ServiceAccountEmail | None = None
    quota_project: ProjectId | None = None
    pool_project_id: ProjectId | None = None
    pool_project_number: ProjectNumber | None = None
    pool_id: NotEmpty | None = None
    provider_id: NotEmpty | None = None
    custom_role_id: NotEmpty | None = None
    subject: Literal["arn", "userid"] = "arn"
    token_lifetime_seconds: TokenLifetimeSeconds | None = None
    labels: dict[LabelKey, LabelValue] = {}


class Workload(Table):
    """One AWS role that may call Gemini; without `role_name` also its EC2 instance."""

    name: Name
    auth: Literal["impersonation", "direct"] = "impersonation"
    disabled: bool = False
    role: GrantedRole = "custom"
    role_name: AwsRoleName | None = None
    pin_unique_id: bool = False
    role_unique_id: UniqueRoleId | None = None
    max_session_length: SessionLength | None = None
    service_account_id: NotEmpty | None = None
    service_account_email: ServiceAccountEmail | None = None
    zone: Zone | None = None
    instance_type: InstanceType = "t4g.small"
    ami: AmiId | None = None


class Gemini(Table):
    """What the client calls."""

    model: GeminiModel = "gemini-3.5-flash"
    location: GeminiLocation = "global"


class Client(Table):
    """How instances get the client, and how they and it reach both clouds: the same for all workloads."""

    index_url: IndexUrl | None = None
    https_proxy: HttpsProxy | None = None
    no_proxy: NoProxy = []
    certificate_authority: CertificateAuthority | None = None
    variables: Variables = {}


class OnPremises(Table):
    """People and machines outside AWS: an access level and a rule of their own."""

    name: Name
    cidrs: AllowCidrs
    identities: Identities


class Proposed(Table):
    """A changed configuration, tested as dry run beside the enforced one; what is left out stays as enforced."""

    restricted_services: RestrictedServices | None = None
    egress_cidrs: EgressCidrs | None = None
    any_identity: bool | None = None

    def changes(self, perimeter: "Perimeter") -> list[str]:
        """The keys that are given, and differ from what is enforced; addresses always do."""
        same = {
            "restricted_services": sorted(self.restricted_services or ()) == sorted(perimeter.restricted_services),
            "any_identity": self.any_identity == perimeter.any_identity,
        }
        return sorted(name for name in self.model_fields_set if not same.get(name))


class Deployer(Table):
    """Who runs Terraform, and from where; `impersonators` are who calls as one of the identities' service accounts."""

    identities: Identities
    impersonators: Identities | None = None
    cidrs: AllowCidrs


class Perimeter(Table):
    """The service perimeter."""

    dry_run: bool = True
    restricted_services: RestrictedServices = ["aiplatform.googleapis.com"]
    any_identity: bool = False
    proposed: Proposed | None = None
    deployer: Deployer | None = None


class Audit(Table):
    """What is logged, and who is told."""

    alert: bool = False
    notification_channels: list[NotificationChannel] = []
    data_access_logs: bool = False


class Backend(Table):
    """Where state is kept."""

    type: Literal["local", "s3", "gcs", "cloud"] = "local"
    bucket: NotEmpty | None = None
    region: AwsRegion | None = None
    organization: HcpOrganization | None = None
    project: HcpProject | None = None
    prefix: StatePrefix | None = None
    kms_key: NotEmpty | None = None
    use_lockfile: bool | None = None
    dynamodb_table: DynamodbTable | None = None
    assume_role: AssumedRole | None = None
    impersonate_service_account: ServiceAccountEmail | None = None


class Versions(Table):
    """Provider version constraints; google's default is the lowest 7 that was run (docs/decisions/032-provider-versions.md)."""

    aws: VersionConstraint = "~> 6.25"
    google: VersionConstraint = "~> 7.45"


class Tables(Table):
    """The whole file."""

    prefix: Name
    protected_by: Name | None = None
    aws: Aws
    google: Google
    workload: Annotated[list[Workload], Field(min_length=1)]
    gemini: Gemini = Gemini()
    client: Client = Client()
    on_premises: list[OnPremises] = []
    perimeter: Perimeter | None = None
    audit: Audit = Audit()
    backend: Backend = Backend()
    versions: Versions = Versions()
