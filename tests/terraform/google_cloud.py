"""The local cloud's Google for the real provider: real host names, through the proxy."""

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from localcloud.google import seed
from localcloud.google.pipeline import Google
from localcloud.google.state import State
from localcloud.proxy import Proxy, Request, Response

from .google_identities import prepare_identities

DEPLOYER = "192.0.2.100"
EXISTING = "987654321"
"""The number of the access policy that environments expect to find."""


class GoogleCloud:
    """`writes` is what was asked of Google to change, as (HTTP method, path); `environment` leads Terraform there."""

    def __init__(self, folder: Path, number: str) -> None:
        self.state = State()
        seed.project(self.state, number=number)
        self.google = Google(self.state)
        self.writes: list[tuple[str, str]] = []
        self.proxy = Proxy(self._answer, folder)
        self.environment = {**self.proxy.environment(DEPLOYER), "GOOGLE_OAUTH_ACCESS_TOKEN": seed.TOKEN}

    def _answer(self, request: Request) -> Response:
        if not request.host.endswith(".googleapis.com"):  # Terraform asks HashiCorp for news of itself
            return Response(403)
        if request.method != "GET" and not request.path.partition("?")[0].endswith(":getIamPolicy"):
            self.writes.append((request.method, request.path))
        return self.google(request)

    @property
    def enabled(self) -> set[str]:
        """Services enabled beside those of a fresh project."""
        return set(self.state.services[seed.PROJECT]) - set(seed.BEFORE)

    @property
    def access(self) -> dict[str, Any]:
        """Every access policy, level and perimeter by name."""
        return {**self.state.access_policies, **self.state.access_levels, **self.state.service_perimeters}

    def call(self, method: str, host: str, path: str, body: object = None) -> dict[str, Any]:
        """What the deployer does by hand."""
        headers = {"authorization": f"Bearer {seed.TOKEN}", "x-goog-user-project": seed.PROJECT}
        content = b"" if body is None else json.dumps(body).encode()
        answer = self.google(Request("https", f"{host}.googleapis.com", method, path, headers, content, DEPLOYER))
        assert answer.status == 200, answer.body
        return dict(json.loads(answer.body))

    def enable(self, *apis: str) -> None:
        """Enable APIs, by their short names."""
        for api in apis:
            self.call("POST", "serviceusage", f"/v1/projects/{seed.PROJECT}/services/{api}.googleapis.com:enable", {})

    def prepare(self, stack: str) -> None:
        """Make what a stack expects to find."""
        prepare(self.state, stack)


def prepare(state: State, stack: str) -> None:
    """Make what a stack expects to find: an access policy, service accounts, notification channels."""
    prepare_identities(state, json.loads(stack))
    for number in sorted(set(re.findall(r"accessPolicies/(\d+)", stack))):
        seed.access_policy(state, number)
    resources = json.loads(stack).get("resource", {})
    attached = [one for kind in resources if "_service_perimeter_" in kind for one in resources[kind].values()]
    own = {one["name"] for one in resources.get("google_access_context_manager_service_perimeter", {}).values()}
    for name in sorted({one.get("perimeter_name") or one["perimeter"] for one in attached} - own):
        seed.service_perimeter(state, name)
    for channel in sorted(set(re.findall(rf"projects/{seed.PROJECT}/notificationChannels/(\d+)", stack))):
        seed.notification_channel(state, channel)
    accounts = json.loads(stack).get("resource", {}).get("google_service_account", {}).values()
    made = {account["account_id"] for account in accounts}
    for id in sorted(set(re.findall(rf"serviceAccount:([a-z0-9-]+)@{seed.PROJECT}\.iam", stack)) - made):
        if f"{id}@{seed.PROJECT}.iam.gserviceaccount.com" not in state.service_accounts:
            seed.service_account(state, f"{id}@{seed.PROJECT}.iam.gserviceaccount.com")


@contextmanager
def google_cloud(number: str = seed.NUMBER) -> Iterator[GoogleCloud]:
    """A running Google with a fresh project, `my-project`, of this number.

    No request that Google's discovery documents do not admit goes unnoticed.
    """
    with tempfile.TemporaryDirectory() as folder:
        cloud = GoogleCloud(Path(folder), number)
        try:
            yield cloud
        finally:
            cloud.proxy.close()
    assert not cloud.google.mistakes, cloud.google.mistakes
