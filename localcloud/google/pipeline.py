"""Google: what happens to a request before and after the method that answers it.

In this order: the route, the caller's token, the request held against the discovery document, the API enabled in the
consumer's project, VPC Service Controls, IAM, the method, its answer held against the document.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from localcloud.proxy import Request, Response
from policy.identity import Identity

from . import consumer, discovery, parameters, perimeter_check, permissions, seed, sts, tokens
from .api_call import ApiCall, ApiError
from .discovery import Method
from .errors import bad_request, parsed_body, unauthenticated, with_reason
from .handlers import HANDLERS
from .history import History
from .schema import FieldViolation
from .state import State

Verify = Callable[..., dict[str, str]]
_READS = ("getIamPolicy", "testIamPermissions")
"""What reads by POST."""
_ANONYMOUS = ("sts.token", "sts.introspect", "oauth2.token")
_FORMS = ("sts.googleapis.com", "oauth2.googleapis.com")
"""Whose bodies are forms."""


def _no_aws(*_: Any) -> dict[str, str]:
    raise LookupError("this Google has no AWS to ask")


class Google:
    """Answers requests to *.googleapis.com; one at a time, since each may change the state.

    `mistakes` has a line for each request that no discovery document admits, and for each answer of ours that none
    does: tests want it empty. `lag`: seconds for which reads answer what was true before a write. `enabling`: seconds
    for which a service just enabled is still SERVICE_DISABLED. `polls`: how often a long-running operation answers that
    it is not done; 0 is done at once. `verify(method, url, headers)` is what AWS says of a signed request, `decided`
    hears each decision of a perimeter. An empty state becomes a fresh project.
    """

    def __init__(
        self,
        state: State,
        *,
        verify: Verify = _no_aws,
        decided: Callable[[ApiCall, Any], None] = lambda *_: None,
        lag: float = 0,
        enabling: float = 0,
        polls: int = 1,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.state, self.verify, self.decided = state, verify, decided
        self.enabling, self.polls, self.now = enabling, polls, now
        self.mistakes: list[str] = []
        seed.deployer(state)
        if not state.projects:
            seed.project(state)
        self._history, self._lock = History(state, lag), threading.RLock()

    def __call__(self, request: Request) -> Response:
        with self._lock:
            try:
                return self._answer(request)
            except ApiError as error:
                plain = discovery.api_of(request.host) + ".googleapis.com" in consumer.PLAIN
                return (replace(error, reason="") if plain else with_reason(error)).response()

    def _answer(self, request: Request) -> Response:
        url = urlsplit(request.path)
        found = discovery.route(request.host, request.method, url.path)
        if found is None and not discovery.methods(discovery.api_of(request.host)):
            # A 404 would say that the resource is not there, and Terraform would take it out of its state.
            raise ApiError(501, "UNIMPLEMENTED", f"{request.host} is not modelled.")
        if found is None:
            self.mistakes.append(f"{request.method} {request.host}{url.path}: no such method")
            raise ApiError(404, "NOT_FOUND", f"The requested URL {url.path} was not found on this server.")
        method, named = found
        identity = None if method.id in _ANONYMOUS else self._authenticated(request)
        values, body = self._admitted(method, url.query, request, named)
        project = consumer.project(self.state, method, values, body)
        call = ApiCall(self.state, request, method.service, method.id, values, body, project, identity, self)
        consumer.require_enabled(call, method, self.enabling, self.now())
        perimeter_check.admit(call)
        permissions.check(call)
        return self._handled(call, method)

    def _authenticated(self, request: Request) -> Identity:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        held = tokens.held(self.state, token) if scheme == "Bearer" else None
        if held is None:
            raise unauthenticated(bool(token))
        return Identity.from_json(held["identity"])

    def _admitted(
        self, method: Method, query: str, request: Request, named: dict[str, str]
    ) -> tuple[dict[str, Any], Any]:
        """The parameters of path and query, and the body in Google's canonical form; or 400."""
        body = method.unbound(_body(method, request), named)
        values, violations = parameters.parsed(method, query)
        if method.document:
            violations += method.request_violations(body)
            body = method.named(body)
            violations += parameters.mask_violations(method, values, body)
        if violations:
            self._mistake(method, "request", violations)
            raise bad_request(violations)
        return values | named, body if method.service in consumer.PLAIN else method.canonical(body)

    def _handled(self, call: ApiCall, method: Method) -> Response:
        handler = HANDLERS.get(method.id)
        if handler is None:
            self.mistakes.append(f"{method.id}: not modelled")
            raise ApiError(501, "UNIMPLEMENTED", f"{method.id} is not modelled.")
        if call.request.method != "GET" and not call.method.endswith(_READS):
            answer = handler(call)
            self._history.keep(self.state, self.now())
        else:
            answer = handler(_with_state(call, self._history.seen(self.state, self.now())))
        if isinstance(answer, dict):
            wanted = call.parameters.get("fields")
            answer = Response(200, json.dumps(parameters.partial(answer, wanted) if wanted else answer).encode())
        for part in _bodies(answer):
            if violations := method.response_violations(part):
                self._mistake(method, "answer", violations)
                raise ApiError(500, "INTERNAL", "; ".join(violation.text for violation in violations))
        return answer

    def _mistake(self, method: Method, where: str, violations: list[FieldViolation]) -> None:
        self.mistakes += [f"{method.id}: {where}: {violation.text}" for violation in violations]


def _body(method: Method, request: Request) -> Any:
    """The parameters of a form, for the token endpoints; the JSON body for all others."""
    return sts.form(request) if method.service in _FORMS else parsed_body(request.body)


def _with_state(call: ApiCall, state: State) -> ApiCall:
    """The same call on an older state; a shallow copy is enough, and cheap."""
    return call if state is call.state else ApiCall(**{**vars(call), "state": state})


def _bodies(answer: Response) -> Iterator[Any]:
    """The JSON bodies of a good answer: one, several in an array, or server-sent events."""
    if answer.status != 200 or answer.raw is not None:
        return
    if "event-stream" in answer.headers.get("Content-Type", ""):
        for line in answer.body.decode().splitlines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))
        return
    body = json.loads(answer.body)
    yield from body if isinstance(body, list) else [body]
