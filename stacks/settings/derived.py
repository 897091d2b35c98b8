"""What follows from the tables: names, and who is built and admitted. A derived name is checked in `checks`."""

from typing import Literal

from constructs_lib import limits
from stacks.settings.models import Tables, Workload

OUR_TAG = "keyless-perimeter"


class Settings(Tables):
    """The tables of a file and what follows from them."""

    @property
    def aws_stack_name(self) -> str:
        return f"{self.prefix}-aws"

    @property
    def google_stack_name(self) -> str:
        return f"{self.prefix}-google"

    @property
    def has_aws(self) -> bool:
        """Whether there is an AWS side: the owner of a perimeter that others join may lack it."""
        return "aws" in self.model_fields_set

    @property
    def is_inside(self) -> bool:
        """Whether the perimeter holds the project of Gemini: that of an owner without callers may be outside."""
        shared = self.perimeter is not None and self.perimeter.shared
        return not shared or bool(self.workload or self.on_premises)

    @property
    def has_aws_stack(self) -> bool:
        """Without a network there is nothing to build in AWS: the addresses are given."""
        return self.aws.egress_cidrs is None

    @property
    def partition(self) -> str:
        return limits.partition(self.aws.region)

    @property
    def pool_id(self) -> str:
        return self.google.pool_id or f"{self.prefix}-aws"

    @property
    def pool_project_id(self) -> str:
        """The project of the pool: one that holds nothing else, or that of Gemini."""
        return self.google.pool_project_id or self.google.project_id

    @property
    def pool_name(self) -> str:
        number = self.google.pool_project_number or self.google.project_number
        return limits.pool_name(number, self.pool_id)

    @property
    def provider_id(self) -> str:
        return self.google.provider_id or f"{self.prefix}-aws"

    @property
    def custom_role_id(self) -> str:
        return self.google.custom_role_id or f"{self.slug}_gemini_caller"

    @property
    def impersonation_role_id(self) -> str:
        return f"{self.slug}_impersonator"

    @property
    def slug(self) -> str:
        """The prefix where Google allows letters, digits and underscores only."""
        return self.prefix.replace("-", "_")

    @property
    def access_policy(self) -> str | None:
        """The number of an access policy that is already there: the one named, or that of the perimeter of others."""
        return self.others_perimeter.split("/")[1] if self.others_perimeter else self.google.access_policy

    @property
    def others_perimeter(self) -> str | None:
        """The name of a perimeter that others own: joined, or changed by its owner."""
        return (self.perimeter.join or self.perimeter.hand_over) if self.perimeter else None

    @property
    def zones(self) -> list[str]:
        """The zones that an instance can be in, sorted: the order in the file means nothing."""
        if self.aws.network:
            return sorted(self.aws.network.zones)
        return sorted(self.aws.existing_network.subnet_ids) if self.aws.existing_network else []

    def zone_of(self, workload: Workload) -> str:
        """The zone that a workload's instance lies in."""
        subnets = self.aws.existing_network.subnets if self.aws.existing_network else {}
        named = [zone for zone, ids in subnets.items() if workload.subnet_id in ids]
        return (workload.zone or [*named, *self.zones, ""][0]) if self.zones else ""

    def egress(self, workload: Workload) -> list[tuple[int, Literal["tcp", "udp"], str]]:
        """The port, protocol and range of each rule that a workload names, sorted."""
        rules = workload.egress or []
        return sorted({(port, rule.protocol, cidr) for rule in rules for port in rule.ports for cidr in rule.cidrs})

    @property
    def nat_zones(self) -> list[str]:
        """The zones with a NAT gateway in a network of our own."""
        if not self.aws.network:
            return []
        if self.aws.network.nat == "per-zone":
            return self.zones
        return [self.aws.network.nat_zone or self.zones[0]]

    @property
    def egress_cidrs(self) -> list[str] | None:
        """The addresses that workloads call from, where the file names them; None where the AWS stack finds them."""
        existing = self.aws.existing_network
        return existing.egress_cidrs if existing else self.aws.egress_cidrs

    @property
    def reads_aws(self) -> bool:
        """Whether the Google stack needs what only the AWS stack's state has."""
        return self.has_aws_stack and (self.egress_cidrs is None or any(each.pin_unique_id for each in self.workload))

    @property
    def instances(self) -> list[Workload]:
        """The workloads whose instance is built here, by name."""
        return [workload for workload in self.workloads if workload.has_instance]

    @property
    def callers(self) -> list[Workload]:
        """The workloads that may call now, by name."""
        return [workload for workload in self.workloads if not workload.disabled]

    @property
    def workloads(self) -> list[Workload]:
        """All workloads, by name: the order in the file means nothing."""
        return sorted(self.workload, key=lambda workload: workload.name)

    @property
    def impersonating(self) -> list[Workload]:
        return [workload for workload in self.workloads if workload.auth == "impersonation"]

    @property
    def release_name(self) -> str:
        """The SSM documents that hold the client's files, without their numbers. No workload's document ends in one."""
        return f"{self.prefix}-client-release"

    def document_name(self, workload: Workload) -> str:
        """The SSM document that brings the client to the workload's instance."""
        return f"{self.instance_name(workload)}-client"

    def instance_name(self, workload: Workload) -> str:
        """The instance's name, and its security group's; also that of a role that is built here."""
        return f"{self.prefix}-{workload.name}"

    def role_name(self, workload: Workload) -> str:
        """The AWS role's bare name."""
        return workload.role_name or f"{self.prefix}-{workload.name}"

    def session_length(self, workload: Workload) -> int:
        """The most characters that the name of the role's sessions can have."""
        if workload.has_role:
            return limits.EC2_SESSION_LENGTH
        return workload.max_session_length or limits.MAX_SESSION_LENGTH

    def service_account_id(self, workload: Workload) -> str:
        return workload.service_account_id or f"{self.prefix}-{workload.name}"

    def service_account_email(self, workload: Workload) -> str:
        made = limits.account_email(self.service_account_id(workload), self.google.project_id)
        return workload.service_account_email or made

    def caller_identity(self, workload: Workload) -> str:
        """The workload as rules and grants name it."""
        if workload.auth == "impersonation":
            return f"serviceAccount:{self.service_account_email(workload)}"
        return f"principalSet://iam.googleapis.com/{self.pool_name}/attribute.aws_role/{self.role_name(workload)}"

    @property
    def restricted_anywhere(self) -> set[str]:
        """The services that are restricted now or by the proposal."""
        if not self.perimeter:
            return set()
        proposed = self.perimeter.proposed and self.perimeter.proposed.restricted_services
        return {*self.perimeter.restricted_services, *(proposed or [])}

    @property
    def deploying_accounts(self) -> dict[str, str]:
        """The service accounts that run Terraform or impersonate one that does, as far as the settings name them, and where."""
        deployer = self.perimeter and self.perimeter.deployer
        named = {
            "perimeter.deployer.impersonators": (deployer.impersonators if deployer else None) or [],
            "perimeter.deployer.identities": deployer.identities if deployer else [],
        }
        return {
            **{
                one.removeprefix("serviceAccount:").lower(): setting
                for setting, identities in named.items()
                for one in identities
                if one.startswith("serviceAccount:")
            },
            **{email: setting for setting, email in self.impersonated_by_terraform.items()},
        }

    @property
    def impersonated_by_terraform(self) -> dict[str, str]:
        """The service accounts that Terraform acts as, by the setting that says so."""
        said = {
            "backend.impersonate_service_account": self.backend.impersonate_service_account,
            "google.impersonate_service_account": self.google.impersonate_service_account,
        }
        return {setting: email for setting, email in said.items() if email}

    @property
    def perimeter_name(self) -> str:
        """The short name of a perimeter of our own."""
        return (self.perimeter and self.perimeter.name) or self._policy_name("perimeter")

    def level_name(self, purpose: str) -> str:
        """The short name of an access level; that of the workloads can be given."""
        given = self.perimeter.level_name if self.perimeter and purpose == "workloads" else None
        return given or self._policy_name(purpose)

    @property
    def level_purposes(self) -> list[str]:
        """What an environment with a perimeter can have access levels for."""
        return [
            *(["workloads", "workloads_proposed"] if self.workload else []),
            *(["deployer"] if self.is_inside else []),
            *(f"on_premises_{one.name}" for one in self.on_premises),
        ]

    def _policy_name(self, purpose: str) -> str:
        return f"{self.slug}_{purpose.replace('-', '_')}"
