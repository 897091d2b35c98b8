"""Gemini: generateContent and streamGenerateContent of Google's own models.

Error bodies: rpurinton/gemini-php #4 and litellm #8597 (IAM), truefoundry/models #946 (no such model),
training-data-analyst #1811 (no such project).
"""

import datetime
import json
import re
import secrets
from collections.abc import Iterator
from typing import Any

from localcloud.proxy import Response

from . import audit, denied, rpc, tokens
from .api_call import ApiCall, ApiError, Handler
from .errors import info, invalid, not_found
from .state import Body

MODELS = {
    "gemini-3.5-flash": {"global", "us", "eu"},
    "gemini-3.5-pro": {"global"},
}
"""Where each model is served. gemini-2.5-flash was retired on 2026-10-20."""
_SERVICE = "aiplatform.googleapis.com"
_PERMISSION = "aiplatform.endpoints.predict"
_VERSIONS = "https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions"


def location_of(host: str) -> str:
    """The location that a host serves, or "" for no host of this service.

    `aiplatform.googleapis.com` is `global`, `REGION-aiplatform.googleapis.com` a region, `aiplatform.us.rep...` a
    multi-region.
    """
    if host == _SERVICE:
        return "global"
    found = re.fullmatch(
        r"([a-z0-9-]+)-aiplatform\.googleapis\.com|aiplatform\.([a-z0-9-]+)\.rep\.googleapis\.com", host
    )
    return (found[1] or found[2]) if found else ""


def generate_content(call: ApiCall) -> Body:
    """The whole answer."""
    model, text = _admitted(call)
    return _chunk(model, text, text, last=True) | _identity()


def stream_generate_content(call: ApiCall) -> Response:
    """The answer in parts: server-sent events with `alt=sse`, else one JSON array."""
    model, text = _admitted(call)
    identity = _identity()
    parts = [json.dumps(part | identity) for part in _parts(model, text)]
    if call.parameters.get("alt") == "sse":
        body = "".join(f"data: {part}\r\n\r\n" for part in parts)
        return Response(200, body.encode(), {"Content-Type": "text/event-stream"})
    return Response(200, ("[" + ",\r\n".join(parts) + "]").encode())


def _admitted(call: ApiCall) -> tuple[str, str]:
    """The model and its answer, once everything about the call is in order."""
    name = str(call.parameters["model"])
    _, project, _, location, _, publisher, _, model = name.split("/")
    tokens.require_scope(call, rpc.method(call))
    if call.state.project(project) is None:
        raise _no_project(project)
    resource = f"projects/{call.project}/locations/{location}/publishers/{publisher}/models/{model}"
    if not denied.granted(call, _PERMISSION, f"projects/{call.project}"):
        error = denied.denial(_PERMISSION, domain=_SERVICE, resource=resource, full_name=f"//{_SERVICE}/{resource}")
        audit.data_access(call, "DATA_READ", identity=call.identity, denied=error.message)
        raise error
    if publisher != "google" or location not in MODELS.get(model, ()):
        raise not_found(
            f"Publisher Model `{name}` was not found or your project does not have access to it. "
            f"Please ensure you are using a valid model version. For more information, see: {_VERSIONS}",
        )
    if location_of(call.request.host) != location:
        raise invalid(f"The location {location} is not served by {call.request.host}.")
    _check_contents(call.body.get("contents"))
    audit.data_access(call, "DATA_READ", identity=call.identity)
    return model, f"Hello from {model} at {location}: without a key, and from a known address."


def _check_contents(contents: Any) -> None:
    if not contents:
        raise invalid("at least one contents field is required")
    for content in contents:
        if content.get("role", "user") not in ("user", "model"):
            raise invalid("Please use a valid role: user, model.")
        if not content.get("parts"):
            raise invalid("must include at least one parts field")


def _parts(model: str, text: str) -> Iterator[Body]:
    half = len(text) // 2
    yield _chunk(model, text, text[:half], last=False)
    yield _chunk(model, text, text[half:], last=True)


def _chunk(model: str, whole: str, text: str, *, last: bool) -> Body:
    candidate: Body = {"content": {"role": "model", "parts": [{"text": text}]}}
    usage: Body = {"trafficType": "ON_DEMAND"}
    if last:
        candidate["finishReason"] = "STOP"
        answered = len(whole.split())
        usage |= {"promptTokenCount": 4, "candidatesTokenCount": answered, "totalTokenCount": 4 + answered}
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": model}


def _identity() -> Body:
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return {"createTime": now, "responseId": secrets.token_urlsafe(16)}


def _no_project(reference: str) -> ApiError:
    detail = info("CONSUMER_INVALID", consumer=f"projects/{reference}", service=_SERVICE)
    return ApiError(403, "PERMISSION_DENIED", f"Permission denied on resource project {reference}.", [detail])


HANDLERS: dict[str, Handler] = {
    rpc.MODEL + "generateContent": generate_content,
    rpc.MODEL + "streamGenerateContent": stream_generate_content,
}
