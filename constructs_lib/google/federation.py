"""Who in AWS can get a Google token: a workload identity pool with an AWS provider."""

from collections.abc import Sequence

from cdktf import Fn, ITerraformDependable, Precondition, TerraformResourceLifecycle
from cdktf_cdktf_provider_google.iam_workload_identity_pool import IamWorkloadIdentityPool
from cdktf_cdktf_provider_google.iam_workload_identity_pool_provider import (
    IamWorkloadIdentityPoolProvider,
    IamWorkloadIdentityPoolProviderAws,
)
from constructs import Construct

from constructs_lib import limits
from constructs_lib.google.condition import AdmittedRole, attribute_condition, attribute_mapping
from constructs_lib.references import checked, is_reference


class WorkloadIdentityFederation(Construct):
    """A workload identity pool and its one AWS provider.

    A deleted pool blocks its id for 30 days, and so does a deleted provider (terraform-provider-google #14191):
    choose ids to stay. The project can be a separate one, which Google advises ("Best practices for using Workload Identity
    Federation"). Grants name `principal_set(role)`, never the whole pool. Whether one is disabled is the operator's
    business (docs/decisions/004-stop-switch.md). Raises LimitError.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        project_id: str,
        project_number: str,
        pool_id: str,
        provider_id: str,
        partition: str,
        account_id: str,
        roles: Sequence[AdmittedRole],
        subject: str = "arn",
        depends_on: Sequence[ITerraformDependable] = (),
    ) -> None:
        super().__init__(scope, id)
        self.project_id = checked(self, limits.project_id, project_id)
        self.pool_id = limits.pool_id(pool_id)
        self.provider_id = limits.provider_id(provider_id)
        self.pool_name = limits.pool_name(checked(self, limits.project_number, project_number), pool_id)
        self.provider_name = f"{self.pool_name}/providers/{provider_id}"
        checked(self, limits.aws_account_id, account_id)
        measured = "1" * 12 if is_reference(account_id) else account_id
        for role in roles if subject == "arn" else ():
            limits.federated_subject(
                partition=partition, account_id=measured, role_name=role.name, session_length=role.session_length
            )
        self.pool = self._create_pool(depends_on)
        self.provider = self._create_provider(
            account_id,
            attribute_condition(partition, account_id, roles),
            attribute_mapping(subject),
        )

    def principal_set(self, role_name: str) -> str:
        """The IAM member for everybody who has assumed this AWS role: a literal, so that a reviewer reads it in the first plan."""
        return (
            f"principalSet://iam.googleapis.com/{self.pool_name}/attribute.aws_role/{limits.aws_role_name(role_name)}"
        )

    def _create_pool(self, depends_on: Sequence[ITerraformDependable]) -> IamWorkloadIdentityPool:
        return IamWorkloadIdentityPool(
            self,
            "pool",
            project=self.project_id,
            workload_identity_pool_id=self.pool_id,
            display_name=limits.pool_display_name(self.pool_id),
            description=limits.pool_description("AWS workloads that call Gemini without a key"),
            depends_on=list(depends_on),
            lifecycle=TerraformResourceLifecycle(ignore_changes=["disabled"]),
        )

    def _create_provider(
        self, account_id: str, condition: str, mapping: dict[str, str]
    ) -> IamWorkloadIdentityPoolProvider:
        return IamWorkloadIdentityPoolProvider(
            self,
            "provider",
            project=self.project_id,
            workload_identity_pool_id=self.pool_id,
            workload_identity_pool_provider_id=self.provider_id,
            display_name=limits.pool_display_name(self.provider_id),
            description=limits.pool_description(f"AWS account {account_id}, the declared roles only"),
            attribute_condition=limits.attribute_condition(condition),
            attribute_mapping=limits.attribute_mapping(mapping),
            aws=IamWorkloadIdentityPoolProviderAws(account_id=account_id),
            depends_on=[self.pool],
            lifecycle=TerraformResourceLifecycle(
                ignore_changes=["disabled"], precondition=_digits(account_id) if is_reference(account_id) else None
            ),
        )


def _digits(account_id: str) -> list[Precondition]:
    """Holds what becomes part of the condition's text to its form."""
    return [
        Precondition(
            condition=Fn.can(Fn.regex("^[0-9]{12}$", account_id)),
            error_message=f"account_id has to be {limits.aws_account_id.allowed}",
        )
    ]
