"""For programs: an exception that they caught, explained as the command explains it, without a call."""

import contextlib
import copy
import json
import os
import re
from typing import Any

from . import config, document
from .facts import Facts
from .fault import Fault, Layer
from .google_error import google_fault
from .network import network_fault, walk

_APIS = {"sts.googleapis.com": Layer.TOKEN_EXCHANGE, "iamcredentials.googleapis.com": Layer.IMPERSONATION}
_GEMINI = re.compile(r"([a-z0-9-]+-)?aiplatform(\.[a-z]+\.rep)?\.googleapis\.com")
_HOST = re.compile(r"[a-z0-9.-]{1,253}")
_NETWORK = {"requests", "urllib3", "httpx", "httpx2", "httpcore", "httpcore2", "ssl", "socket"}


def explain(error: BaseException) -> Fault:
    """What a caught exception means: a Fault with `cause`, `fix` and `not_cause`; str() of it is a sentence.

    Takes what google-genai, google-auth, httpx2, httpx, requests, urllib3 and this package raise, also wrapped in other
    exceptions or in a group. Names come from the environment and its credential document, as far as they are there;
    others are in capitals. Never raises, sends nothing, and carries no token or key.
    """
    try:
        return _explain(error)
    except Exception:  # noqa: BLE001 (an exception can have any attributes)
        return _unknown(error)


def _explain(error: BaseException) -> Fault:
    errors = list(walk(error))
    facts = _facts()
    for item in errors:  # what was raised last comes first
        for fault in (item, item.__cause__):  # RefreshError of client.credentials() has one as its cause
            if isinstance(fault, Fault):
                return copy.copy(fault)
        if (answer := _answer(item)) is not None:
            layer, host, status, body = answer
            facts.host = host or facts.host
            return google_fault(layer, status, body, facts)
    for item in errors:
        if type(item).__name__ == "DefaultCredentialsError":
            return Fault(
                Layer.CONFIGURATION,
                "google-auth finds no credentials that it can use",
                "take the credentials of gemini() or credentials(), or set GOOGLE_APPLICATION_CREDENTIALS to "
                "the path of the credential document",
                "nothing was sent yet",
            )
    for item in errors:
        if _of_network(item):
            host = _host(errors)
            fault = network_fault(host or facts.host, item)
            unsure = "" if host else " (if it was there: the exception names no host)"
            return Fault(fault.layer, fault.cause + unsure, fault.fix, fault.not_cause, transient=fault.transient)
    return _unknown(error)


def _of_network(error: BaseException) -> bool:
    if isinstance(error, OSError) and type(error).__module__ == "builtins":
        absent = isinstance(error, FileNotFoundError) and error.filename is None  # so ssl tells of a certificate file
        late = isinstance(error, TimeoutError) and bool(error.args)  # asyncio and futures raise it without any
        return absent or late or isinstance(error, ConnectionError) or "certificate" in str(error).lower()
    answered = getattr(error, "response", None) is not None  # by a host that is none of the chain's
    return (_module(error) in _NETWORK and not answered) or type(error).__name__ == "TransportError"


def _unknown(error: BaseException) -> Fault:
    name = type(error).__name__
    return Fault(
        Layer.UNEXPECTED,
        f"{name} is no answer of the chain to Gemini, and no failure of the network",
        "look at the exception's own text; `keyless` walks the whole chain",
    )


def _answer(error: BaseException) -> tuple[Layer, str, int, bytes] | None:
    """The API, its host, the status and the body of an error answer that an exception carries."""
    names = {kind.__name__ for kind in type(error).__mro__}
    if _module(error) == "google" and "APIError" in names:
        details: Any = getattr(error, "details", None)
        if isinstance(details, dict) and "error" not in details and isinstance(details.get("message"), str):
            details = details if "code" in details else details["message"]  # no JSON: google-genai keeps the text
        body = details if isinstance(details, str) else json.dumps(_wrapped(details))
        host = _request_host(getattr(error, "response", None))
        return Layer.GEMINI, host, _status(getattr(error, "code", 0)), body.encode()
    if _module(error) == "google" and names & {"OAuthError", "RefreshError"}:
        bodies = [
            part for part in error.args if isinstance(part, str | bytes) and part.lstrip()[:1] in ("{", "[", b"{", b"[")
        ]
        if not bodies:
            return None
        layer = Layer.TOKEN_EXCHANGE if "OAuthError" in names else Layer.IMPERSONATION
        return layer, "", 0, bodies[0].encode() if isinstance(bodies[0], str) else bodies[0]
    response = getattr(error, "response", None)
    host = _request_host(response)
    api = Layer.GEMINI if _GEMINI.fullmatch(host) else _APIS.get(host)
    if api and _module(error) in _NETWORK and isinstance(getattr(response, "content", None), bytes):
        return api, host, _status(getattr(response, "status_code", 0)), response.content  # type: ignore[union-attr]
    return None


def _wrapped(details: Any) -> Any:
    """google-genai keeps some errors of streams without the `error` around them."""
    return {"error": details} if isinstance(details, dict) and "error" not in details else details


def _facts() -> Facts:
    settings = config.read(os.environ)
    if any(" is not set" not in wrong for wrong in settings.errors):  # a wrong value must not enter a command
        settings = config.Settings("", "")
    number, pool, provider, account = "NUMBER", "POOL", "PROVIDER", "ACCOUNT@PROJECT.iam.gserviceaccount.com"
    with contextlib.suppress(Fault):
        found = document.load(settings.document, hosts=settings.hosts)
        number, pool, provider, account = found.number, found.pool, found.provider, found.service_account
    return Facts(
        number,
        pool,
        provider,
        account,
        project=settings.project or "PROJECT",
        location=settings.location,
        model=settings.model,
        host=settings.gemini_host,
        allowed=settings.allowed,
    )


def _host(errors: list[BaseException]) -> str:
    """The host that was called; urllib3 has it in its connection or pool, the others in their request."""
    for error in errors:
        way = getattr(error, "conn", None) or getattr(error, "pool", None)
        found = _request_host(error) or str(getattr(way, "host", ""))
        if _HOST.fullmatch(found):
            return found
    return ""


def _request_host(item: Any) -> str:
    try:
        url = item.request.url
    except Exception:  # noqa: BLE001 (httpx raises RuntimeError where no request was kept)
        return ""
    found = re.match(r"https?://([a-z0-9.-]{1,253})(:\d+)?(/|$)", str(url))
    return found[1] if found else ""


def _status(code: Any) -> int:
    return code if type(code) is int and 100 <= code < 600 else 0


def _module(error: BaseException) -> str:
    return type(error).__module__.partition(".")[0]
