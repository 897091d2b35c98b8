"""One call of a Google API, and how a handler refuses it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from localcloud.proxy import Request, Response

from .state import State

INSIDE = "project-"
"""With a project's number after it, this is the egress of a machine at Google in that project."""


@dataclass(frozen=True)
class ApiCall:
    """A request that Google's discovery document of its API admits.

    `method` is the discovery id (`iam.projects.locations.workloadIdentityPools.create`), `parameters` are its path and
    query parameters by their discovery names, `service` is `iam.googleapis.com` and so on, `project` the id of the
    project that the call concerns (or ""), `identity` the caller (None for the token endpoint), `google` the
    Google object that got the call: its `verify` (what AWS says of a signed request) and `decided` (the journal's hook).
    """

    state: State
    request: Request
    service: str
    method: str
    parameters: dict[str, Any]
    body: dict[str, Any]
    project: str = ""
    identity: Any = None
    google: Any = None

    @property
    def source_project(self) -> str:
        """The number of the project at Google that the call comes from; "" for a call from the internet."""
        origin = self.request.egress
        return origin.removeprefix(INSIDE) if origin.startswith(INSIDE) else ""

    @property
    def address(self) -> str:
        """The public address that the call comes from; "" for a machine at Google."""
        return "" if self.source_project else self.request.egress


Handler = Callable[[ApiCall], "dict[str, Any] | Response"]
"""Answers a call with a REST body, or with a whole response; raises ApiError."""


def handlers(prefix: str, **by_verb: Handler) -> dict[str, Handler]:
    """Handlers by discovery id, `PREFIX.VERB`."""
    return {f"{prefix}.{verb}": handler for verb, handler in by_verb.items()}


@dataclass
class ApiError(Exception):
    """Google's refusal: `status` is the canonical code (`PERMISSION_DENIED`); `details` are google.rpc details.

    `reason` is the legacy `errors[].reason` that the Terraform provider and old clients decide by.
    """

    code: int
    status: str
    message: str
    details: list[dict[str, Any]] = field(default_factory=list)
    reason: str = ""

    def response(self) -> Response:
        """As Google's APIs write it."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.reason:
            error["errors"] = [{"message": self.message, "domain": "global", "reason": self.reason}]
        error["status"] = self.status
        return Response(
            self.code, json.dumps({"error": error | ({"details": self.details} if self.details else {})}).encode()
        )
