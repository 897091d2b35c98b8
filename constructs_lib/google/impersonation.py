"""The smallest role that lets an AWS role act as a service account."""

from collections.abc import Sequence

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_google.project_iam_custom_role import ProjectIamCustomRole
from constructs import Construct

from constructs_lib import limits

WORKLOAD_IDENTITY_USER = "roles/iam.workloadIdentityUser"
GET_ACCESS_TOKEN = "iam.serviceAccounts.getAccessToken"


class ImpersonationRole(Construct):
    """A custom role with the one permission of generateAccessToken (IAM Service Account Credentials API, generateAccessToken).

    `roles/iam.workloadIdentityUser` adds getOpenIdToken, and ID tokens open other services, such as Cloud Run. The role can be
    granted on service accounts of its own project only. A deleted custom role blocks its id for weeks. `name` is a literal.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        project_id: str,
        role_id: str,
        depends_on: Sequence[ITerraformDependable] = (),
    ) -> None:
        super().__init__(scope, id)
        self.name = f"projects/{project_id}/roles/{role_id}"
        self.role = ProjectIamCustomRole(
            self,
            "role",
            project=project_id,
            role_id=limits.custom_role_id(role_id),
            title=limits.custom_role_title("Gemini impersonator"),
            description=limits.custom_role_description("May get access tokens of a service account, nothing else"),
            permissions=[GET_ACCESS_TOKEN],
            stage="GA",
            depends_on=list(depends_on),
        )
