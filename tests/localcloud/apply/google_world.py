"""A local cloud with what a Google stack expects to be there, and what was written to its Google."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from localcloud.apply import state_name
from localcloud.apply.state import State
from localcloud.cloud import LocalCloud, local_cloud
from localcloud.proxy import Request, Response
from tests.terraform import support
from tests.terraform.google_cloud import prepare

Write = tuple[str, str, str, str]
"""Method, URL without the version's noise, update mask, body as sorted JSON."""
OUTPUTS = {"egress_cidrs": ["203.0.113.7/32"], "role_unique_ids": {"batch": "AROAEXAMPLEEXAMPLE123"}}
READ = re.compile(r":(getIamPolicy|generateContent|generateAccessToken)$")


class Recorder:
    """Google, and all writes to it that it took, in order."""

    def __init__(self, google: Any) -> None:
        self.google, self.writes = google, list[Write]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.google, name)

    def __call__(self, request: Request) -> Response:
        answer: Response = self.google(request)
        url = urlsplit(request.path)
        if request.method != "GET" and not READ.search(url.path) and answer.status < 400:
            query = {k: v for k, v in parse_qsl(url.query) if k not in ("alt", "prettyPrint")}
            mask, place = query.pop("updateMask", ""), f"{request.host}{unquote(url.path)} {query or ''}"
            body = json.dumps(essence(json.loads(request.body or b"{}")), sort_keys=True)
            place = re.sub(r"(alertPolicies)/\d+", r"\1/NUMBER", place.strip())
            self.writes.append((request.method, place, mask, body))
        return answer

    def taken(self) -> list[Write]:
        """The writes since the last time, sorted; which of a set comes first, and who adds what to a policy in which
        request, is chance: policies are compared as they are at the end."""
        writes, self.writes = self.writes, []
        return sorted({w if ":setIamPolicy" not in w[1] else (w[0], w[1], _mask(w[3]), "") for w in writes})

    def policies(self) -> Any:
        """Every IAM policy, as it is now."""
        return essence({name: body for name, body in self.google.state.iam_policies.items() if _said(body)})


def _mask(body: str) -> str:
    return str(json.loads(body).get("updateMask"))


def _said(policy: Any) -> bool:
    return bool(policy.get("bindings") or policy.get("auditConfigs"))


def essence(value: Any, name: str = "") -> Any:
    """A body without etags and what is empty; a list is a set, unless the provider has it for a list."""
    if isinstance(value, list):
        items = [essence(item) for item in value]
        return items if name in ("ipSubnetworks", "ingressPolicies", "conditions") else sorted(items, key=json.dumps)
    if isinstance(value, dict):
        bodies = {key: essence(item, key) for key, item in sorted(value.items()) if key not in ("etag", "version")}
        return {key: item for key, item in bodies.items() if item not in ([], {}, "", False, None)}
    return value


@contextmanager
def google_cloud(document: dict[str, Any]) -> Iterator[tuple[LocalCloud, Recorder]]:
    """A fresh project, and what the stack names without making it: accounts, a channel, an access policy."""
    with local_cloud() as cloud:
        recorder = Recorder(cloud.google)
        cloud.google = recorder
        prepare(recorder.google.state, json.dumps(document))
        yield cloud, recorder
        assert recorder.google.mistakes == []


def other_stack(document: dict[str, Any], folder: Path) -> None:
    """The AWS stack's outputs, where both Terraform and the simulated apply find them."""
    for remote in document.get("data", {}).get("terraform_remote_state", {}).values():
        State(folder / state_name(remote["backend"], remote["config"]), outputs=OUTPUTS).save()


def for_terraform(document: dict[str, Any], folder: Path) -> str:
    """The stack as JSON whose remote state is a local file of Terraform's own form."""
    path = folder / "other.tfstate"
    types = {"egress_cidrs": ["list", "string"], "role_unique_ids": ["map", "string"]}
    outputs = {name: {"value": value, "type": types[name]} for name, value in OUTPUTS.items()}
    path.write_text(json.dumps({"version": 4, "terraform_version": "1.11.4", "outputs": outputs, "resources": []}))
    return support.beside(json.dumps(document), path)
