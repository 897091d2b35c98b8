"""A container's own credentials: ECS, EKS Pod Identity, Lambda SnapStart, at the addresses where AWS serves them."""

import json
import re
from collections.abc import Mapping
from typing import Any

from . import files
from .fault import Fault
from .hosts import container_host
from .imds import identity_fault
from .proxy import CONTAINER
from .redact import clean, remember
from .source import AUTHORIZATION, FULL, RELATIVE

_POD = "give the service account a role: aws eks create-pod-identity-association, and the pod identity agent add-on"
_GIVE = dict(zip(CONTAINER, ("give the task a task role", _POD, _POD), strict=True))


def container_url(environ: Mapping[str, str]) -> tuple[str, str]:
    """The variable that says where the credentials are, and their url; ECS's own comes first."""
    if relative := environ.get(RELATIVE):
        return RELATIVE, f"http://{CONTAINER[0]}{relative}"
    return FULL, environ.get(FULL, "")


def container_keys(environ: Mapping[str, str], request: Any) -> bytes:
    """The credentials as JSON; the token is read again each time. Raises Fault."""
    name, url = container_url(environ)
    host = container_host(url)
    if not host or (name == RELATIVE and not url.startswith(f"http://{CONTAINER[0]}/")):
        others = "" if name == RELATIVE else f"; {', '.join(CONTAINER[1:])}, localhost, 127.0.0.0/8 and ::1, over http"
        raise identity_fault(
            f"{name} leads elsewhere than to this host's own credentials: {clean(url, 200)!r}",
            f"allowed is http://{CONTAINER[0]}/..., as ECS sets it{others}",
        )
    token, give = _token(environ), _GIVE.get(host, f"see what serves {name}")
    try:
        answer = request(url, "GET", None, {"Authorization": token} if token else {})
    except Fault as fault:
        if host == CONTAINER[0]:
            raise
        raise identity_fault(f"{host}, which {name} names, gives no credentials: {fault.cause}", give) from None
    if answer.status != 200:
        raise identity_fault(f"the container's credentials endpoint answered {answer.status}{_said(answer.data)}", give)
    data: bytes = answer.data
    return data


def _said(data: bytes) -> str:
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        return ""
    message = body.get("message") or body.get("Message") if isinstance(body, dict) else None
    return f" ({clean(str(message), 200)})" if message else ""


def _token(environ: Mapping[str, str]) -> str:
    path = environ.get(f"{AUTHORIZATION}_FILE")
    name = f"{AUTHORIZATION}_FILE {path}" if path else AUTHORIZATION
    try:
        token = files.read(path, 20_000)[0].decode("ascii").strip() if path else environ.get(AUTHORIZATION, "")
    except (OSError, ValueError) as error:
        raise identity_fault(f"{name} cannot be read: {files.reason(error)}", "correct the path") from None
    remember(token)
    if not re.fullmatch(r"[\x20-\x7e]*", token) or (path and not token):  # it goes into a header
        raise identity_fault(f"{name} is no authorization token", "leave it as AWS sets it")
    return token
