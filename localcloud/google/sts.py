"""Security Token Service: a signed GetCallerIdentity for a token of the workload that signed it (RFC 8693).

Forms: sts v1's ExchangeTokenRequest, and google-auth. Refusals: google-github-actions/auth #202 (invalid_target) and #211
(audience); RFC 6749 where Google's own text is not public.
"""

import json
import re
from urllib.parse import parse_qs

from localcloud.proxy import Request, Response
from policy.identity import Identity, pool_name
from policy.trust import UNUSABLE, Rejected, federate

from . import audit, rpc, subject_token, tokens
from .api_call import ApiCall, Handler
from .schema import camel
from .state import Body, State

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
AWS_TOKEN = "urn:ietf:params:aws:token-type:aws4_request"
LIFETIME = 3600
"""Seconds that an exchanged token is good for."""
_AUDIENCE = re.compile(rf"//iam\.googleapis\.com/({pool_name('([0-9]+)', '[^/]+')})/providers/[^/]+")
_REQUIRED = ("grant_type", "audience", "scope", "requested_token_type", "subject_token", "subject_token_type")


class OAuthError(Exception):
    """A refusal as the token endpoint writes it."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error, self.description = error, description


def form(request: Request) -> Body:
    """The parameters of a token request, by the names that the discovery document uses (a form has RFC 8693's).

    A body that is neither JSON nor a form has no field; one that is null is not there ("ProtoJSON Format").
    """
    try:
        if "json" in request.headers.get("content-type", ""):
            given = dict(json.loads(request.body))
        else:
            given = {key: values[0] for key, values in parse_qs(request.body.decode()).items()}
    except (ValueError, TypeError):
        return {}
    return {camel(key): str(value) for key, value in given.items() if value is not None}


def project_of(state: State, audience: str) -> str:
    """The id of the project whose pool the audience names, "" for an audience without a pool."""
    found = _AUDIENCE.fullmatch(audience)
    return str((state.project(found[2]) or {}).get("projectId", "")) if found else ""


def exchange(call: ApiCall) -> Response:
    """POST /v1/token. The project's API and its perimeter have already let the call pass."""
    try:
        return _json(_exchanged(call, {name: call.body.get(camel(name), "") for name in _REQUIRED}))
    except OAuthError as error:
        return _json({"error": error.error, "error_description": error.description}, 400)


def introspect(call: ApiCall) -> Response:
    """POST /v1/introspect: whose a token is (RFC 7662); one that is not good is only `active: false`."""
    token = call.body.get("token", "")
    body = tokens.held(call.state, token)
    if not body:
        return _json({"active": False})
    name = Identity.from_json(body["identity"]).name
    expires = int(body["expires"])
    answer = {
        "active": True, "scope": " ".join(body.get("scopes", [])), "token_type": "Bearer", "exp": expires,
        "iat": expires - LIFETIME, "iss": "https://sts.googleapis.com/", "sub": name.rpartition("/subject/")[2],
        "username": name,
    }  # fmt: skip
    return _json(answer)


def _exchanged(call: ApiCall, given: dict[str, str]) -> Body:
    for name in _REQUIRED:
        if not given[name]:
            raise OAuthError("invalid_request", f'Missing required parameter: "{name}".')
    for name, allowed in (("grant_type", GRANT), ("requested_token_type", ACCESS_TOKEN)):
        if given[name] != allowed:
            code = "unsupported_grant_type" if name == "grant_type" else "invalid_request"
            raise OAuthError(code, f'Invalid value for "{name}".')
    audience = given["audience"]
    found = _AUDIENCE.fullmatch(audience)
    if not found:
        raise OAuthError(
            "invalid_request",
            'Invalid value for "audience". This value should be the full resource name of the Identity Provider. See '
            "https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token for the list of possible formats.",
        )
    provider_name = audience.removeprefix("//iam.googleapis.com/")
    pool, provider = call.state.pools.get(found[1], {}), call.state.providers.get(provider_name, {})
    for body in (pool, provider):
        if body.get("state") != "ACTIVE" or body.get("disabled"):
            raise OAuthError("invalid_target", UNUSABLE)
    if given["subject_token_type"] != AWS_TOKEN:
        raise OAuthError("invalid_request", 'Invalid value for "subject_token_type": the provider takes AWS requests.')
    try:
        assertion = subject_token.verified(given["subject_token"], audience, call.google.verify)
        identity = federate(provider, pool | {"name": found[1]}, assertion)
    except subject_token.Invalid as invalid:
        raise OAuthError("invalid_grant", str(invalid)) from None
    except Rejected as rejected:
        raise OAuthError(rejected.error, rejected.reason) from None
    scopes = given["scope"].split()
    token = tokens.issue(call.state, identity, lifetime=LIFETIME, scopes=scopes)
    _log(call, given, identity, assertion["arn"], provider_name)
    return {
        "access_token": token,
        "issued_token_type": ACCESS_TOKEN,
        "token_type": "Bearer",
        "expires_in": LIFETIME - 1,
    }


def _log(call: ApiCall, given: dict[str, str], identity: Identity, arn: str, provider: str) -> None:
    """As in "Example logs for Workload Identity Federation": who it was at AWS, and what Google makes of it."""
    audit.data_access(
        call,
        "ADMIN_READ",
        identity=None,
        authenticationInfo={"principalSubject": arn},
        resourceName=provider,
        metadata={"mapped_principal": identity.name},
        request={
            "@type": "type.googleapis.com/google.identity.sts.v1.ExchangeTokenRequest",
            "audience": given["audience"],
            "grantType": given["grant_type"],
            "requestedTokenType": given["requested_token_type"],
            "subjectTokenType": given["subject_token_type"],
        },
    )


def _json(body: Body, status: int = 200) -> Response:
    return Response(status, json.dumps(body).encode())


HANDLERS: dict[str, Handler] = {rpc.EXCHANGE: exchange, "sts.introspect": introspect}
