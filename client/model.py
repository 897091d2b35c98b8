"""The last link: google-genai with our credentials. Importing this costs half a second."""

import time
from collections.abc import Callable
from typing import Any

import httpx2
from google import genai
from google.genai import types

from .chain import Chain
from .config import Settings
from .facts import Facts
from .fault import Fault, Layer
from .google_error import google_fault
from .network import network_fault, timeout_fault
from .redact import clean

ATTEMPTS = 3
PAUSE = 0.5  # seconds after the first attempt, twice that after the second


def connect(chain: Chain, settings: Settings, options: types.HttpOptions) -> genai.Client:
    """A google-genai client for the project and location, to be used with `with`."""
    options.api_version = "v1beta1"  # GOOGLE_GENAI_API_VERSION must not put another path before the model
    options.base_url = f"https://{settings.gemini_host}/"  # an environment variable must not redirect the token,
    options.client_args = {"follow_redirects": False, **(options.client_args or {})}  # nor must an answer
    options.async_client_args = {"follow_redirects": False}
    return genai.Client(
        enterprise=True, project=settings.project, location=settings.location, credentials=chain, http_options=options
    )


def ask(chain: Chain, settings: Settings, facts: Facts, seconds: float, locate: Callable[[], str]) -> str:
    """Gemini's answer to the prompt; up to three attempts in `seconds`. Raises Fault.

    `locate` finds the own egress address, for a perimeter denial before it is known.
    """
    seen: list[tuple[int, bytes]] = []
    deadline = time.monotonic() + seconds

    def look(response: Any) -> None:
        response.read()
        seen.append((response.status_code, response.content))

    options = types.HttpOptions(client_args={"event_hooks": {"response": [look]}})
    try:
        client = connect(chain, settings, options)
    except (
        ImportError,
        OSError,
        ValueError,
        httpx2.InvalidURL,
    ) as error:  # a SOCKS proxy, a proxy that is none, a file that is not there
        if isinstance(error, ImportError) and "socks" not in str(error).lower():
            raise
        raise network_fault(facts.host, error) from None
    with client:
        for attempt in range(1, ATTEMPTS + 1):
            facts.attempts, left = attempt, deadline - time.monotonic()
            if left <= 0:
                break
            fault = _once(client, settings, facts, seen, left)
            if isinstance(fault, str):
                return fault
            if fault.layer is Layer.PERIMETER and not facts.egress:
                facts.egress = locate()
                raise google_fault(Layer.GEMINI, *seen[-1], facts)
            if not fault.transient or attempt == ATTEMPTS or deadline - time.monotonic() <= PAUSE * attempt:
                raise fault
            time.sleep(PAUSE * attempt)
    raise timeout_fault(f"{facts.host} was not answering before the time was used up")


def _once(
    client: genai.Client, settings: Settings, facts: Facts, seen: list[tuple[int, bytes]], seconds: float
) -> str | Fault:
    seen.clear()
    deadline = time.monotonic() + seconds
    limit = types.HttpOptions(timeout=max(int(seconds * 1000), 1))  # milliseconds
    try:
        response = client.models.generate_content(
            model=settings.model, contents=settings.prompt, config=types.GenerateContentConfig(http_options=limit)
        )
        text, why = response.text, _silence(response)
    except Exception as error:  # noqa: BLE001 (hostile bytes break the library in many ways)
        if seen:
            return google_fault(Layer.GEMINI, *seen[-1], facts)
        if not isinstance(error, (httpx2.HTTPError, OSError)):
            return Fault(
                Layer.UNEXPECTED,
                f"google-genai failed with {type(error).__name__}",
                "see that google-genai is the locked version",
            )
        return network_fault(facts.host, error, out_of_time=deadline - time.monotonic() < 0.05)
    if text:
        return clean(text, 0)
    if not response.candidates and not response.prompt_feedback:
        return google_fault(Layer.GEMINI, *seen[-1], facts)
    return Fault(
        Layer.GEMINI,
        f"Gemini answered without text: {why}",
        "ask something else, or another model",
        "credentials and perimeter: they passed",
    )


def _silence(response: types.GenerateContentResponse) -> str:
    feedback, candidates = response.prompt_feedback, response.candidates
    reason = candidates[0].finish_reason if candidates else feedback and feedback.block_reason
    return str(getattr(reason, "value", reason) or "no reason given")
