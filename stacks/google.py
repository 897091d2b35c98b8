"""The Google stack: who may call what, from where."""

import json
from typing import Any

from cdktf import Fn, Postcondition, TerraformElement, TerraformResourceLifecycle, Token
from cdktf_cdktf_provider_google.access_context_manager_service_perimeter import AccessContextManagerServicePerimeter
from cdktf_cdktf_provider_google.data_google_project import DataGoogleProject
from cdktf_cdktf_provider_google.provider import GoogleProvider
from constructs import Construct

from constructs_lib.google.access import AccessPolicy
from constructs_lib.google.audit import DataAccessLogs, ViolationAlert, violations_filter
from constructs_lib.google.caller import Caller, DirectCaller, ExistingAccountCaller, GeminiRole, ImpersonatedCaller
from constructs_lib.google.condition import AdmittedRole
from constructs_lib.google.deletion import deletion_policy
from constructs_lib.google.federation import WorkloadIdentityFederation
from constructs_lib.google.impersonation import WORKLOAD_IDENTITY_USER, ImpersonationRole
from constructs_lib.google.joined import JoinedPerimeter
from constructs_lib.google.perimeter import Perimeter
from constructs_lib.google.services import EnabledServices
from constructs_lib.google.tampering import perimeter_changes_filter, tampering_filters
from stacks.aws import AwsStack
from stacks.backends import read_state
from stacks.base import Stack, output
from stacks.credentials import client_environment, credential_documents
from stacks.perimeter_access import PerimeterAccess
from stacks.required_services import required_services
from stacks.settings import Settings
from stacks.settings.models import Workload

HAND_OVER = "hand_over"
"""The output that tells what reads the stack, its plan or its state that the callers are in a perimeter which is not in it."""


class GoogleStack(Stack):
    """One environment's Google side. It reads the AWS stack's outputs, if there is one, and is applied after it."""

    def __init__(self, scope: Construct, settings: Settings, environment: str, aws: AwsStack | None) -> None:
        super().__init__(scope, settings.google_stack_name, settings, environment)
        self.aws: Any = self._read(aws) if aws else None
        self._create_provider()
        self.services = EnabledServices(
            self, "apis", project_id=settings.google.project_id, services=required_services(settings)
        )
        self.pool_services = self._enable_in_pool_project()
        self.federation = self._create_federation() if settings.workload else None
        self.impersonation = self._create_impersonation_role()
        self.callers = {workload.name: self._create_caller(workload) for workload in settings.workloads}
        perimeter = settings.perimeter
        self._grant(self._create_perimeter() if perimeter and not perimeter.hand_over else [])
        self._create_audit()
        self._create_outputs()

    def _read(self, aws: AwsStack) -> Any:
        # Remote state alone declares no order: `cdktf deploy '*'` would run both stacks at once.
        self.add_dependency(aws)
        if not self.settings.reads_aws:
            return None
        return read_state(self, "aws", self.settings.backend, self.environment, self.settings.aws_stack_name)

    def _create_provider(self) -> None:
        google = self.settings.google
        self.require("google", self.settings.versions.google)
        # Access Context Manager refuses user credentials without a quota project (terraform-provider-google #6738).
        GoogleProvider(
            self,
            "google",
            project=google.project_id,
            billing_project=google.quota_project or google.project_id,
            user_project_override=True,
            impersonate_service_account=google.impersonate_service_account,
            default_labels=google.labels or None,
        )
        self._check_number("project", google.project_id, google.project_number, "google.project_number")
        if google.pool_project_id and google.pool_project_number:
            where = "google.pool_project_number"
            self._check_number("pool_project", google.pool_project_id, google.pool_project_number, where)

    def _check_number(self, id: str, project_id: str, number: str, setting: str) -> None:
        # No depends_on: a data source that waits for a resource is read during the apply, and guards nothing in the plan.
        same_number = Postcondition(
            condition=f'${{self.number == "{number}"}}',
            error_message=f"{setting}: got {number}, which is not the number of project {project_id}",
        )
        DataGoogleProject(
            self,
            id,
            project_id=project_id,
            lifecycle=TerraformResourceLifecycle(postcondition=[same_number]),
        )

    def _enable_in_pool_project(self) -> list[Any]:
        if not self.settings.google.pool_project_id:
            return []
        services = ["iam.googleapis.com", "sts.googleapis.com"]
        return EnabledServices(self, "pool_apis", project_id=self.settings.pool_project_id, services=services).enabled

    def _create_federation(self) -> WorkloadIdentityFederation:
        settings = self.settings
        return WorkloadIdentityFederation(
            self,
            "federation",
            project_id=settings.pool_project_id,
            project_number=settings.google.pool_project_number or settings.google.project_number,
            pool_id=settings.pool_id,
            provider_id=settings.provider_id,
            partition=settings.partition,
            account_id=settings.aws.account_id,
            roles=[
                AdmittedRole(settings.role_name(each), self._unique_id(each), settings.session_length(each))
                for each in settings.callers
            ],
            subject=settings.google.subject,
            depends_on=[*self.services.enabled, *self.pool_services],
        )

    def _unique_id(self, workload: Workload) -> str | None:
        """The role's unique id; one that no role has (":" begins no userid) while the AWS stack is empty."""
        if not workload.pin_unique_id:
            return workload.role_unique_id
        return Token.as_string(Fn.try_([Fn.lookup_nested(self.aws.get("role_unique_ids"), [workload.name]), ""]))

    def _create_impersonation_role(self) -> ImpersonationRole | None:
        settings = self.settings
        if settings.google.impersonation_role != "custom":
            return None
        return ImpersonationRole(
            self,
            "impersonation_role",
            project_id=settings.google.project_id,
            role_id=settings.impersonation_role_id,
            depends_on=self.services.enabled,
        )

    def _create_caller(self, workload: Workload) -> Caller:
        settings = self.settings
        assert self.federation is not None
        principal_set = self.federation.principal_set(settings.role_name(workload))
        impersonation_role = self.impersonation.name if self.impersonation else WORKLOAD_IDENTITY_USER
        if workload.auth == "direct":
            return DirectCaller(
                self, f"caller_{workload.name}", project_id=settings.google.project_id, principal_set=principal_set
            )
        if workload.service_account_email:
            return ExistingAccountCaller(
                self,
                f"caller_{workload.name}",
                project_id=settings.google.project_id,
                email=workload.service_account_email,
                principal_set=principal_set,
                impersonation_role=impersonation_role,
                depends_on=self.services.enabled,
            )
        return ImpersonatedCaller(
            self,
            f"caller_{workload.name}",
            project_id=settings.google.project_id,
            account_id=settings.service_account_id(workload),
            principal_set=principal_set,
            display_name=f"Gemini from AWS role {settings.role_name(workload)}",
            impersonation_role=impersonation_role,
            depends_on=self.services.enabled,
        )

    def _create_perimeter(self) -> list[Any]:
        """The perimeter, or what is added to one that others own: what the grants wait for."""
        settings = self.settings
        assert settings.perimeter is not None
        policy = AccessPolicy(
            self,
            "access_policy",
            title=f"{settings.prefix} Gemini",
            project_number=settings.google.project_number,
            organization_id=settings.google.organization_id,
            existing=settings.access_policy,
            deletion_policy=self._deletion_policy(),
            depends_on=self.services.enabled,
        )
        access = PerimeterAccess(
            self,
            "admission",
            settings=settings,
            policy=policy,
            egress_cidrs=egress_cidrs(settings, self.aws),
            callers=self.callers,
        )
        # A rule must not name a service account that does not exist yet, or no longer (it deadlocks destroy).
        identities = [resource for caller in self.callers.values() for resource in caller.identity_resources]
        if settings.perimeter.join:
            member = settings.perimeter.member == "add"
            attached = self._attach(self, "perimeter", settings.perimeter.join, access, member, identities)
            if settings.perimeter.moved_to:
                self._forget_perimeter()
            return attached
        shared, exact = settings.perimeter.shared, settings.perimeter.others == "remove"
        own = Perimeter(
            self,
            "perimeter",
            policy=policy,
            short_name=settings.perimeter_name,
            description="Gemini is called by the declared callers, from the declared addresses",
            enforced=access.enforced and (access.enforced.titled(settings.prefix) if exact else access.enforced),
            dry_run=access.dry_run and (access.dry_run.titled(settings.prefix) if exact else access.dry_run),
            shared=shared and not exact,
            deletion_policy=self._deletion_policy(),
            depends_on=identities,
        )
        if not shared:
            return [own.perimeter]
        # cdktf leaves "Default" out of addresses, so they are those of a joiner: an owner can become one.
        attached = self._attach(own, "Default", own.name, access, settings.is_inside, [*identities, own.perimeter])
        return [own.perimeter, *attached]

    def _forget_perimeter(self) -> None:
        """Let Terraform forget the perimeter that this stack made, under its address, without deleting it."""
        joined = self.node.find_child("perimeter")
        assert isinstance(joined, Construct)
        name = TerraformElement(joined, "perimeter").friendly_unique_id
        address = f"{AccessContextManagerServicePerimeter.TF_RESOURCE_TYPE}.{name}"
        self.add_override("removed", {"from": address, "lifecycle": {"destroy": False}})

    def _attach(
        self, scope: Construct, id: str, name: str, access: PerimeterAccess, member: bool, depends_on: list[Any]
    ) -> list[Any]:
        """What the perimeter of this name gets as resources: the project, and a rule for each kind of caller."""
        joined = JoinedPerimeter(
            scope,
            id,
            name=name,
            prefix=self.settings.prefix,
            enforced=access.enforced,
            dry_run=access.dry_run,
            member=member,
            depends_on=[*self.services.enabled, *depends_on],
        )
        return joined.resources

    def _deletion_policy(self) -> str | None:
        perimeter = self.settings.perimeter
        enforced = perimeter is not None and not perimeter.dry_run
        return deletion_policy(self.settings.versions.google, enforced=enforced)

    def _grant(self, perimeter: list[Any]) -> None:
        """Grants come last and go first: no caller is admitted before the perimeter exists."""
        roles = {role: self._role(role) for role in sorted({each.role for each in self.settings.workloads})}
        impersonation = [self.impersonation.role] if self.impersonation else []
        for workload in self.settings.callers:
            assert self.federation is not None
            name, resources = roles[workload.role]
            self.callers[workload.name].grant(
                name, depends_on=[self.federation.provider, *resources, *impersonation, *perimeter]
            )

    def _role(self, role: str) -> tuple[str, list[Any]]:
        """A role's name, and what has to exist before it can be granted."""
        if role != "custom":
            return role, []
        custom = GeminiRole(
            self,
            "gemini_role",
            project_id=self.settings.google.project_id,
            role_id=self.settings.custom_role_id,
            depends_on=self.services.enabled,
        )
        return custom.name, [custom.role]

    def _create_audit(self) -> None:
        settings = self.settings
        if settings.audit.alert:
            ViolationAlert(
                self,
                "violation_alert",
                project_id=settings.google.project_id,
                display_name=f"{settings.prefix}: VPC Service Controls violation",
                notification_channels=settings.audit.notification_channels,
                labels=settings.google.labels,
                depends_on=self.services.enabled,
            )
        if settings.audit.data_access_logs:
            DataAccessLogs(
                self, "data_access_logs", project_id=settings.google.project_id, depends_on=self.services.enabled
            )

    def _create_outputs(self) -> None:
        if self.settings.workload:
            self._create_caller_outputs()
        if self.settings.audit.tampering_queries:
            output(
                self,
                "tampering_filters",
                tampering_filters(),
                "Logging queries for changes of the boundary, by what they find",
            )
            perimeter = perimeter_changes_filter(self.settings.google.organization_id)
            output(
                self, "perimeter_changes_filter", perimeter, "Logging query; the organization alone logs what it finds"
            )
        if self.settings.perimeter and self.settings.perimeter.hand_over:
            output(self, HAND_OVER, self.settings.perimeter.hand_over, "The perimeter whose owner admits the callers")
        if self.settings.perimeter:
            output(self, "enforced_violations_filter", violations_filter("enforced"), "Logging query for denied calls")
            output(
                self,
                "dry_run_violations_filter",
                violations_filter("dry-run"),
                "Logging query for calls that would be denied",
            )

    def _create_caller_outputs(self) -> None:
        callers = {workload.name: self.callers[workload.name].identity for workload in self.settings.callers}
        output(self, "callers", callers, "who may call Gemini, by workload")
        documents = {
            name: json.dumps(document, indent=2) for name, document in credential_documents(self.settings).items()
        }
        output(self, "credential_documents", documents, "GOOGLE_APPLICATION_CREDENTIALS of each workload; no secret")
        output(self, "client_environment", client_environment(self.settings), "what else the client reads")


def egress_cidrs(settings: Settings, aws: Any) -> list[str]:
    """The addresses that workloads come from; `aws` is the AWS stack's state. try(): else `destroy` fails once it is empty."""
    if settings.egress_cidrs is not None:
        return settings.egress_cidrs
    return Token.as_list(Fn.try_([aws.get("egress_cidrs"), []]))
