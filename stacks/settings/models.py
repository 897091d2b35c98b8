"""The tables of an environment's TOML file. `environments/example.toml` documents every key.

Every grammar and limit is a rule of `constructs_lib.limits`; what concerns more than one field is in `checks`.
Types are strict: `dry_run = "yes"` is an error, not a guess. The tables of the AWS side are in `models_aws`.
"""

from typing import Annotated, Literal

from pydantic import Field

from stacks.settings.models_aws import NO_AWS, AssumedRole, Instance
from stacks.settings.models_aws import Aws as Aws
from stacks.settings.table import Table
from stacks.settings.types import (
    AccessibleServices,
    AccessLevelName,
    AccessPolicyNumber,
    AllowCidrs,
    AwsRegion,
    AwsRoleName,
    CertificateAuthority,
    DynamodbTable,
    EgressCidrs,
    EgressMethods,
    EnvironmentName,
    GeminiLocation,
    GeminiModel,
    GrantedRole,
    HcpOrganization,
    HcpProject,
    HttpsProxy,
    Identities,
    IndexUrl,
    IngressMethod,
    LabelKey,
    LabelValue,
    Name,
    NoProxy,
    NotEmpty,
    NotificationChannel,
    OrganizationId,
    PerimeterName,
    Permission,
    ProjectId,
    ProjectNumber,
    ProjectNumbers,
    RestrictedServices,
    ServiceAccountEmail,
    ServicePerimeter,
    SessionLength,
    SharedFile,
    StatePrefix,
    TokenLifetimeSeconds,
    UniqueRoleId,
    Variables,
    VersionConstraint,
)


class Google(Table):
    """The Google project. With a perimeter of our own exactly one of organization_id (a scoped policy of our own) and access_policy."""

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
    impersonation_role: Literal["roles/iam.workloadIdentityUser", "custom"] = "roles/iam.workloadIdentityUser"
    subject: Literal["arn", "userid"] = "arn"
    token_lifetime_seconds: TokenLifetimeSeconds | None = None
    labels: dict[LabelKey, LabelValue] = {}


class Workload(Instance):
    """One AWS role that may call Gemini; without `role_name`, or with `instance_profile`, also its EC2 instance."""

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

    @property
    def has_role(self) -> bool:
        """Whether its role is built here."""
        return self.role_name is None

    @property
    def has_instance(self) -> bool:
        """Whether its instance is built here: with the role, or with the instance profile of an existing one."""
        return self.has_role or self.instance_profile is not None


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
    """People and machines outside AWS: a separate access level and rule, for every method unless some are named."""

    name: Name
    cidrs: AllowCidrs
    identities: Identities
    methods: list[IngressMethod] = []
    permissions: list[Permission] = []


class Proposed(Table):
    """A changed configuration, tested as a dry run next to the enforced one; what is left out stays as enforced."""

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


class PerimeterEgress(Table):
    """An egress rule: calls of some workloads to services in projects outside of the perimeter. Nothing has a default."""

    name: Name
    projects: ProjectNumbers
    services: RestrictedServices
    methods: EgressMethods
    workloads: Annotated[list[Name], Field(min_length=1)]


class Perimeter(Table):
    """The service perimeter: one of our own, which with `shared` others join, or one that others own.

    With `join` it gets a member and rules from here. With `hand_over` its owner adds them, and they are printed for it.
    """

    name: PerimeterName | None = None
    level_name: AccessLevelName | None = None
    shared: bool = False
    others: Literal["keep", "remove"] = "keep"
    join: ServicePerimeter | None = None
    hand_over: ServicePerimeter | None = None
    member: Literal["add", "exists"] = "add"
    moved_to: EnvironmentName | None = None
    dry_run: bool = True
    restricted_services: RestrictedServices = ["aiplatform.googleapis.com"]
    accessible_services: AccessibleServices | None = None
    any_identity: bool = False
    egress: list[PerimeterEgress] = []
    proposed: Proposed | None = None
    deployer: Deployer | None = None


class Audit(Table):
    """What is logged, and who is told."""

    alert: bool = False
    notification_channels: list[NotificationChannel] = []
    data_access_logs: bool = False
    tampering_queries: bool = False


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


class Ignored(Table):
    """A finding of `lint` that is meant. Without `address` it is meant at every one; the guard's refusals know no exception."""

    rule: NotEmpty
    address: NotEmpty | None = None
    reason: NotEmpty


class Lint(Table):
    """What `lint` does not report."""

    ignore: list[Ignored] = []


class Tables(Table):
    """The whole file."""

    extends: SharedFile | None = None
    prefix: Name
    protected_by: EnvironmentName | None = None
    unlisted: list[NotEmpty] = []
    aws: Aws = NO_AWS
    google: Google
    workload: list[Workload] = []
    gemini: Gemini = Gemini()
    client: Client = Client()
    on_premises: list[OnPremises] = []
    perimeter: Perimeter | None = None
    audit: Audit = Audit()
    backend: Backend = Backend()
    versions: Versions = Versions()
    lint: Lint = Lint()
