"""Custom roles with one permission."""

from collections.abc import Sequence

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_google.project_iam_custom_role import ProjectIamCustomRole
from constructs import Construct

from constructs_lib import limits


class OnePermissionRole(Construct):
    """A custom role of a project with the one permission that a subclass names.

    A deleted custom role blocks its id for weeks: choose an id to stay. `name` is what a grant names, a literal.
    """

    TITLE: str
    DESCRIPTION: str
    PERMISSION: str

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
            title=limits.custom_role_title(self.TITLE),
            description=limits.custom_role_description(self.DESCRIPTION),
            permissions=[self.PERMISSION],
            stage="GA",
            depends_on=list(depends_on),
        )
