"""Who may call Gemini in Google's terms: a service account that an AWS role impersonates, or the role itself."""

from collections.abc import Sequence

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_google.data_google_service_account import DataGoogleServiceAccount
from cdktf_cdktf_provider_google.project_iam_member import ProjectIamMember
from cdktf_cdktf_provider_google.service_account import ServiceAccount
from cdktf_cdktf_provider_google.service_account_iam_member import ServiceAccountIamMember
from constructs import Construct

from constructs_lib import limits
from constructs_lib.google.impersonation import WORKLOAD_IDENTITY_USER
from constructs_lib.google.one_permission import OnePermissionRole
from constructs_lib.references import checked, is_reference

PREDICT = "aiplatform.endpoints.predict"


class GeminiRole(OnePermissionRole):
    """A custom role with the one permission that calling Gemini takes."""

    TITLE = "Gemini caller"
    DESCRIPTION = "May send requests to Gemini, nothing else"
    PERMISSION = PREDICT


class _Impersonation(Construct):
    """A caller that acts through a service account.

    `identity` is what perimeter rules and grants name. `grant` comes last, after the perimeter. A stopped caller
    keeps its service account and gets no grants.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        project_id: str,
        principal_set: str,
        impersonation_role: str,
    ) -> None:
        super().__init__(scope, id)
        self.principal_set = checked(self, limits.ingress_identity, principal_set)
        self.identity_resources: list[ITerraformDependable] = []
        self._project_id = checked(self, limits.project_id, project_id)
        self._impersonation_role = impersonation_role

    def _act_as(self, account: ServiceAccount | DataGoogleServiceAccount, email: str) -> None:
        """The account that grants name: by literals, or by the account's own attributes where a part of them is a reference."""
        later = is_reference(email)
        self.service_account = account
        self.email = account.email if later else limits.service_account_email(email)
        self._account = (
            account.name if later else f"projects/{limits.project_of_account(email)}/serviceAccounts/{email}"
        )
        self.identity = f"serviceAccount:{self.email}"
        self.identity_resources = [account]

    def grant(self, role: str, *, depends_on: Sequence[ITerraformDependable]) -> None:
        """Let the AWS role impersonate, and the service account call Gemini in the project."""
        after = [*depends_on, *self.identity_resources]
        ProjectIamMember(self, "gemini", project=self._project_id, role=role, member=self.identity, depends_on=after)
        ServiceAccountIamMember(
            self,
            "impersonation",
            service_account_id=self._account,
            role=self._impersonation_role,
            member=self.principal_set,
            depends_on=after,
        )


class ImpersonatedCaller(_Impersonation):
    """A dedicated service account that one AWS role may impersonate.

    Whether the account is disabled is the operator's business, and no apply undoes it: docs/decisions/004-stop-switch.md.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        project_id: str,
        account_id: str,
        principal_set: str,
        display_name: str,
        impersonation_role: str = WORKLOAD_IDENTITY_USER,
        depends_on: Sequence[ITerraformDependable] = (),
    ) -> None:
        super().__init__(
            scope, id, project_id=project_id, principal_set=principal_set, impersonation_role=impersonation_role
        )
        account = ServiceAccount(
            self,
            "service_account",
            project=project_id,
            account_id=account_id,
            display_name=limits.service_account_display_name(display_name),
            description=limits.service_account_description("Calls Gemini for an AWS role, without a key"),
            depends_on=list(depends_on),
            lifecycle=TerraformResourceLifecycle(ignore_changes=["disabled"]),
        )
        self._act_as(account, limits.account_email(limits.service_account_id(account_id), project_id))


class ExistingAccountCaller(_Impersonation):
    """A service account that exists already, of this or another project, that one AWS role may impersonate.

    Only the two grants are made, and only they are destroyed. The account is read, so that an apply fails before a rule
    names an account that does not exist.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        project_id: str,
        email: str,
        principal_set: str,
        impersonation_role: str = WORKLOAD_IDENTITY_USER,
        depends_on: Sequence[ITerraformDependable] = (),
    ) -> None:
        super().__init__(
            scope, id, project_id=project_id, principal_set=principal_set, impersonation_role=impersonation_role
        )
        account_id = checked(self, limits.service_account_email, email)
        account = DataGoogleServiceAccount(self, "service_account", account_id=account_id, depends_on=list(depends_on))
        self._act_as(account, account_id)


class DirectCaller(Construct):
    """An AWS role that itself is granted access: no service account, no impersonation.

    The same shape as ImpersonatedCaller; a stopped one is one without a grant.
    """

    def __init__(self, scope: Construct, id: str, *, project_id: str, principal_set: str) -> None:
        super().__init__(scope, id)
        self.identity = self.principal_set = checked(self, limits.ingress_identity, principal_set)
        self._project_id = checked(self, limits.project_id, project_id)
        self.identity_resources: list[ITerraformDependable] = []

    def grant(self, role: str, *, depends_on: Sequence[ITerraformDependable]) -> None:
        """Let the AWS role call."""
        ProjectIamMember(
            self, "gemini", project=self._project_id, role=role, member=self.identity, depends_on=list(depends_on)
        )


Caller = ImpersonatedCaller | ExistingAccountCaller | DirectCaller
