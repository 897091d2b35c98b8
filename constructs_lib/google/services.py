"""API enablement."""

from collections.abc import Iterable

from cdktf_cdktf_provider_google.project_service import ProjectService
from constructs import Construct

from constructs_lib import limits


class EnabledServices(Construct):
    """Enables APIs in a project, and leaves them enabled when it is destroyed.

    `cloudresourcemanager` and `serviceusage` have to be enabled by hand before the first plan: the provider itself
    reads through them (terraform-provider-google #11435). Right after an API is enabled a call may still be answered
    SERVICE_DISABLED; a later apply converges.

    `enabled` are the resources that whatever uses one of the APIs depends on.
    """

    def __init__(self, scope: Construct, id: str, *, project_id: str, services: Iterable[str]) -> None:
        super().__init__(scope, id)
        self.enabled = [self._create_service(project_id, limits.service_name(name)) for name in sorted(set(services))]

    def _create_service(self, project_id: str, name: str) -> ProjectService:
        # The provider's default for disable_on_destroy is true in 6.50: it would switch off what others use.
        return ProjectService(
            self, name.removesuffix(".googleapis.com"), project=project_id, service=name, disable_on_destroy=False
        )
