"""Google's token exchange, impersonation and Gemini, with the checks and error bodies of the real ones."""

from __future__ import annotations

import datetime
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote

from localcloud.proxy import Request, Response

from .aws import rejection

if TYPE_CHECKING:
    from .cloud import Cloud

UID = "Ygi5ZdSKPmL7Nht0Kl7gbAlrjIGHA1QkJHVAn6bYzVbH8V31-OpPhw"


@dataclass
class Tokens:
    """Real-looking access tokens."""

    federated: str = "ya29.d.c0AYnqXl" + "FederatedTokenOfTheExchange-_09" * 6
    impersonated: str = "ya29.c.c0ASRK0Ga" + "ImpersonatedTokenOfTheAccount_-7" * 6

    @property
    def all(self) -> list[str]:
        """Both."""
        return [self.federated, self.impersonated]


def error(code: int, status: str, message: str, *details: dict[str, object]) -> Response:
    """An error in the form of Google's APIs."""
    body: dict[str, object] = {"code": code, "message": message, "status": status}
    return Response(code, json.dumps({"error": body | ({"details": list(details)} if details else {})}).encode())


def oauth_error(code: str, description: str) -> Response:
    """An error in the form of the token endpoint."""
    return Response(400, json.dumps({"error": code, "error_description": description}).encode())


def info(reason: str, **metadata: str) -> dict[str, object]:
    """An ErrorInfo detail."""
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": metadata,
    }


def perimeter_denial(service: str, consumer: str, uid: str = UID) -> Response:
    """What VPC Service Controls answers."""
    violation = {
        "@type": "type.googleapis.com/google.rpc.PreconditionFailure",
        "violations": [{"type": "VPC_SERVICE_CONTROLS", "description": uid}],
    }
    message = f"Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: {uid}"
    return error(
        403,
        "PERMISSION_DENIED",
        message,
        violation,
        info("SECURITY_POLICY_VIOLATED", service=service, uid=uid, consumer=consumer),
    )


def exchange(cloud: Cloud, request: Request) -> Response:
    """POST /v1/token: form-encoded, with a signed GetCallerIdentity as subject token."""
    form = {k: v[0] for k, v in parse_qs(request.body.decode()).items()}
    audience = form.get("audience", "")
    if request.path != "/v1/token" or form.get("grant_type") != "urn:ietf:params:oauth:grant-type:token-exchange":
        return oauth_error("invalid_request", "Invalid grant type.")
    if f"projects/{cloud.number}/" not in audience:
        return oauth_error("invalid_target", 'The target service indicated by the "audience" parameters is invalid.')
    signed = json.loads(unquote(form["subject_token"]))
    headers = {h["key"]: h["value"] for h in signed["headers"]}
    if headers.get("x-goog-cloud-target-resource") != audience:
        return oauth_error("invalid_grant", "The target resource does not match the audience.")
    if refused := rejection(cloud, signed["method"], signed["url"], headers):
        return oauth_error(
            "invalid_grant",
            f"Received invalid AWS response of type UNAUTHENTICATED with error: {refused}",
        )
    if not cloud.condition(cloud.arn):
        return oauth_error("unauthorized_client", "The given credential is rejected by the attribute condition.")
    if denied := _outside(cloud, "sts.googleapis.com", request):
        return denied
    return _json(
        {
            "access_token": cloud.tokens.federated,
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
            "token_type": "Bearer",
            "expires_in": 3599,
        }
    )


def generate_access_token(cloud: Cloud, request: Request) -> Response:
    """POST :generateAccessToken, with the federated token."""
    if request.headers.get("authorization") != f"Bearer {cloud.tokens.federated}":
        return error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
    if request.path != f"/v1/projects/-/serviceAccounts/{cloud.service_account}:generateAccessToken":
        return error(404, "NOT_FOUND", "Not found; Gaia id not found for email")
    if denied := _outside(cloud, "iamcredentials.googleapis.com", request):
        return denied
    lifetime = int(json.loads(request.body).get("lifetime", "3600s").rstrip("s"))
    expiry = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=lifetime)
    return _json({"accessToken": cloud.tokens.impersonated, "expireTime": expiry.strftime("%Y-%m-%dT%H:%M:%SZ")})


def generate_content(cloud: Cloud, request: Request) -> Response:
    """POST :generateContent and :streamGenerateContent?alt=sse, with the last token of the chain."""
    wanted = cloud.tokens.federated if cloud.direct else cloud.tokens.impersonated
    if request.headers.get("authorization") != f"Bearer {wanted}":
        return error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
    if denied := _outside(cloud, "aiplatform.googleapis.com", request):
        return denied
    if not re.fullmatch(
        r"/v1(beta1)?/projects/[^/]+/locations/[^/]+/publishers/google/models/[^/]+:(stream)?[gG]enerateContent(\?.*)?",
        request.path,
    ):
        return error(404, "NOT_FOUND", f"no such path: {request.path}")
    json.loads(request.body)["contents"]
    if ":stream" in request.path:
        events = [f"data: {json.dumps(_answer(part))}\r\n\r\n" for part in (cloud.answer[:8], cloud.answer[8:])]
        return Response(200, "".join(events).encode(), {"Content-Type": "text/event-stream"})
    return _json(_answer(cloud.answer))


def _answer(text: str) -> dict[str, object]:
    return {
        "candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": "STOP"}],
        "usageMetadata": {"totalTokenCount": 7},
    }


def _outside(cloud: Cloud, service: str, request: Request) -> Response | None:
    if cloud.allowed is None or service not in cloud.restricted or request.egress in cloud.allowed:
        return None
    return perimeter_denial(service, f"projects/{cloud.number}")


def _json(data: object) -> Response:
    return Response(200, json.dumps(data).encode())
