"""The last link: google-genai with our credentials. Importing this costs half a second."""

import contextlib
import math
import time
from collections.abc import Callable, Iterator

import httpx2
from google import genai
from google.genai import types

from .calls import AsyncCalls, Calls, Terms
from .chain import Chain
from .config import Settings
from .facts import Facts
from .fault import Fault, Layer
from .google_error import google_fault
from .network import network_fault
from .redact import clean
from .silence import silent_fault

ATTEMPTS = 3
PAUSE = 0.5  # seconds before the second attempt, twice that before the third
MAX_BYTES = 16_777_216
SERVER_SECONDS = 3600  # without X-Server-Timeout Google is reported to stop after 300


@contextlib.contextmanager
def connect(chain: Chain, settings: Settings, terms: Terms) -> Iterator[genai.Client]:
    """A google-genai client for the project and location, on our terms."""
    context = httpx2.create_ssl_context()
    with Calls(terms, context) as calls:
        later = AsyncCalls(terms, context)
        options = types.HttpOptions(
            api_version="v1beta1",  # GOOGLE_GENAI_API_VERSION must not put another path before the model
            base_url=f"https://{settings.gemini_host}/",  # an environment variable must not redirect the token
            headers={"X-Server-Timeout": str(math.ceil(max(terms.seconds, SERVER_SECONDS)))},
            httpx_client=calls,
            httpx_async_client=later,
        )
        try:
            with genai.Client(
                enterprise=True,
                project=settings.project,
                location=settings.location,
                credentials=chain,
                http_options=options,
            ) as client:
                _renew_unlocked(client, chain)
                yield client
        finally:
            later.close()


def _renew_unlocked(client: genai.Client, chain: Chain) -> None:
    """Renew before google-genai 3.4 takes the lock (`_access_token`) that its event loop waits for too."""
    api = client._api_client
    if locked := getattr(api, "_access_token", None):

        def access_token() -> object:
            if not chain.valid:
                chain.refresh(None)
            return locked()

        api._access_token = access_token  # type: ignore[method-assign,assignment]


def ask(chain: Chain, settings: Settings, facts: Facts, seconds: float, locate: Callable[[], str]) -> str:
    """Gemini's answer to the prompt; up to three attempts in `seconds`. Raises Fault.

    `locate` finds the own egress address, for a perimeter denial before it is known.
    """
    seen: list[tuple[int, bytes]] = []

    def look(number: int, answer: httpx2.Response) -> None:
        facts.attempts = number
        seen.append((answer.status_code, answer.content))

    terms, deadline = Terms(seconds, MAX_BYTES, ATTEMPTS, PAUSE, look), time.monotonic() + seconds
    with contextlib.ExitStack() as stack:
        try:
            client = stack.enter_context(connect(chain, settings, terms))
        except (ImportError, OSError, ValueError, httpx2.InvalidURL) as error:  # an unusable proxy, a missing file
            if isinstance(error, ImportError) and "socks" not in str(error).lower():
                raise
            raise network_fault(facts.host, error) from None
        answer = _once(client, settings, facts, seen, deadline)
    if isinstance(answer, str):
        return answer
    if answer.layer is Layer.PERIMETER and not facts.egress:
        facts.egress = locate()
        answer = google_fault(Layer.GEMINI, *seen[-1], facts)
    raise answer


def _once(
    client: genai.Client, settings: Settings, facts: Facts, seen: list[tuple[int, bytes]], deadline: float
) -> str | Fault:
    try:
        response = client.models.generate_content(model=settings.model, contents=settings.prompt)
        text = response.text
    except Exception as error:  # noqa: BLE001 (hostile bytes break the library in many ways)
        if seen:
            return google_fault(Layer.GEMINI, *seen[-1], facts)
        if isinstance(error, httpx2.DecodingError):
            return Fault(Layer.GEMINI, str(error), "look for a proxy in between", "credentials and permissions")
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
    return silent_fault(response)
