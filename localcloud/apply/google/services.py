"""APIs of a project, enabled together as the provider's batcher does."""

from dataclasses import dataclass

from ..document import ApplyError, Arguments
from ..kind import Batched, Change, Fields, Found
from .client import Client

SERVICE_USAGE = "serviceusage.googleapis.com/v1/"
BATCH = 20
"""Services in one request: Service Usage's limit."""


@dataclass(frozen=True)
class ProjectService(Batched):
    """Its id is PROJECT/SERVICE. Its end disables nothing: only `disable_on_destroy = false` is modelled."""

    client: Client
    forces: frozenset[str] = frozenset(("project", "service"))

    def wanted(self, arguments: Arguments) -> Fields:
        if arguments.get("disable_on_destroy") is not False:
            raise ApplyError("disable_on_destroy: only false is modelled")
        return {name: arguments[name] for name in ("project", "service")}

    def read(self, id: str) -> Found | None:
        project, service = id.split("/")
        fields = {"project": project, "service": service}
        return Found({**fields, "id": id}, fields) if service in self._enabled(project) else None

    def create_all(self, several: list[Arguments]) -> list[str]:
        for project in sorted({self.wanted(arguments)["project"] for arguments in several}):
            enabled = self._enabled(project)
            services = sorted({a["service"] for a in several if a["project"] == project} - enabled)
            for first in range(0, len(services), BATCH):
                self._enable(project, services[first : first + BATCH])
        return [f"{arguments['project']}/{arguments['service']}" for arguments in several]

    def update(self, change: Change) -> None:
        raise AssertionError(f"{change.id}: nothing of a service changes in place")

    def delete_all(self, ids: list[str]) -> None:
        """Leave them enabled."""

    def _enable(self, project: str, services: list[str]) -> None:
        url = f"{SERVICE_USAGE}projects/{project}/services"
        if len(services) == 1:
            operation = self.client("POST", f"{url}/{services[0]}:enable", {})
        else:
            operation = self.client("POST", f"{url}:batchEnable", {"serviceIds": services})
        self.client.done(SERVICE_USAGE, operation)

    def _enabled(self, project: str) -> set[str]:
        found, token = set(), ""
        while True:
            query = {"filter": "state:ENABLED", "fields": "services/name,nextPageToken", "pageSize": "200"}
            page = {"pageToken": token} if token else {}
            answer = self.client("GET", f"{SERVICE_USAGE}projects/{project}/services", query={**query, **page})
            found |= {one["name"].rpartition("/")[2] for one in answer.get("services", [])}
            if not (token := answer.get("nextPageToken", "")):
                return found
