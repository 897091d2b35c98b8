"""The calls of an organization's callers, as requests to the local cloud's handlers."""

import json
import time
from typing import Any

from localcloud.cloud import LocalCloud
from localcloud.google.tokens import CLOUD_PLATFORM
from localcloud.proxy import Request, Response

from . import everyone
from .calls import generate_access_token, generate_content, said
from .everyone import ANONYMOUS, FEDERATED, IMPERSONATED, PEOPLE, SESSION, Caller
from .intent import FEDERATION, IAM, Expected
from .members import MEMBERS
from .principals import Signatures

PROVIDER = (
    "//iam.googleapis.com/projects/{number}/locations/global/workloadIdentityPools/{name}-aws/providers/{name}-aws"
)


class Observed:
    """What comes of calls. Tokens are kept until `look_again`."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.signatures = {
            name: Signatures(PROVIDER.format(name=name, number=one.number)) for name, one in MEMBERS.items()
        }
        self._tokens: dict[tuple[Any, ...], str | Expected] = {}

    def look_again(self) -> None:
        """The configuration is another one: nobody brings a token from before."""
        self._tokens.clear()

    def __call__(self, caller: Caller) -> Expected:
        """What comes of a caller's call, and what the policy log then has."""
        token = "" if caller.operation == everyone.EXCHANGE else self._token(caller)
        if isinstance(token, Expected):
            return token
        entries = self.cloud.state.log_entries
        entries.clear()
        match caller.operation:
            case everyone.EXCHANGE:
                outcome = _said(self._exchange(caller, caller.address))
            case everyone.IMPERSONATE:
                outcome = _said(self.cloud.answer(generate_access_token(caller.target).request(token, caller.address)))
            case _:
                method = generate_content(MEMBERS[caller.project].project)
                outcome = _said(self.cloud.answer(method.request(token, caller.address)))
        metadata = [one["protoPayload"]["metadata"] for one in entries if one["logName"].endswith("%2Fpolicy")]
        return Expected(outcome, "+".join("dry run" if one.get("dryRun") else "enforced" for one in metadata))

    def _token(self, caller: Caller) -> str | Expected:
        if caller.kind == ANONYMOUS:
            return ""
        if caller.kind in PEOPLE:
            token = f"ya29.{caller.kind}"
            body = {
                "identity": PEOPLE[caller.kind].to_json(),
                "expires": time.time() + 3600,
                "scopes": [CLOUD_PLATFORM],
            }
            self.cloud.state.tokens[token] = body
            return token
        wanted = (caller.principal, caller.pool, caller.home)
        if wanted not in self._tokens:
            self._tokens[wanted] = _token(self._exchange(caller, caller.home), "access_token")
        federated = self._tokens[wanted]
        if caller.kind == FEDERATED or isinstance(federated, Expected):
            return federated
        if (*wanted, caller.target) not in self._tokens:
            answer = self.cloud.answer(generate_access_token(caller.target).request(federated, caller.home))
            self._tokens[(*wanted, caller.target)] = _token(answer, "accessToken")
        return self._tokens[(*wanted, caller.target)]

    def _exchange(self, caller: Caller, address: str) -> Response:
        genuine = caller.kind in (FEDERATED, IMPERSONATED)
        form = self.signatures[caller.pool].token_request(caller.principal, SESSION, genuine)
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return self.cloud.answer(Request("https", "sts.googleapis.com", "POST", "/v1/token", headers, form, address))


def _token(answer: Response, name: str) -> str | Expected:
    return str(json.loads(answer.body)[name]) if answer.status == 200 else Expected(_said(answer))


def _said(answer: Response) -> str:
    """As `said`; of a pool or an account that does not exist nobody gets a token."""
    if answer.status == 400 and b'"invalid_target"' in answer.body:
        return FEDERATION
    return IAM if answer.status == 404 and b"Gaia id not found" in answer.body else said(answer)
