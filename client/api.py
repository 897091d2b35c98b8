"""For programs: credentials that need no key, and a ready google-genai client.

    try:
        with gemini() as client:
            print(client.models.generate_content(model="gemini-3.5-flash", contents="hello").text)
    except Exception as error:
        reason = explain(error)
        print("cause:", reason.cause)
        print("fix:", reason.fix)
        print("not the cause:", reason.not_cause)

Both read the environment that `keyless` reads (GOOGLE_APPLICATION_CREDENTIALS, GCP_PROJECT_ID, GCP_LOCATION).
"""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from google import genai

from . import config, document
from .calls import Terms
from .chain import Chain
from .model import connect
from .supplier import Supplier

DAY = 86_400  # seconds
ATTEMPTS = 4
PAUSE = 1.0  # seconds before the second attempt, then 2 and 4, each up to a half longer


def credentials(*, environ: Mapping[str, str] | None = None, seconds: float = 60) -> Chain:
    """Credentials for any Google library, renewed when they expire; each renewal takes at most `seconds`.

    Raises Fault (a sentence with its fix) if the environment or the credential document is wrong; a renewal raises
    google.auth.exceptions.RefreshError. Neither carries a token or a key.
    """
    _within("seconds", seconds, DAY)
    return _chain(_settings(environ), environ, seconds)


@contextmanager
def gemini(
    *, environ: Mapping[str, str] | None = None, seconds: float = 1800, max_bytes: int = 134_217_728
) -> Iterator[genai.Client]:
    """A google-genai client for threads and event loops, closed at the end of `with`.

    - `seconds`: how long Google may be silent, before an answer begins or between two parts of it. Connections send
      TCP keepalive probes, so a NAT gateway does not forget them. Google's own deadline, X-Server-Timeout, is an hour or
      `seconds`, whichever is longer; a timeout in a prompt's own `http_options` does not change it.
    - `max_bytes`: of one answer, or of a whole stream, after unpacking (128 MiB). More raises httpx2.DecodingError.

    429, 503 and what failed before the prompt was written are tried four times, within 11 seconds or as Retry-After says
    (up to a minute each). A timeout or a lost connection after that is never repeated: Google may bill the prompt twice.

    Raises what `credentials` raises, google.genai.errors.APIError for what Google refuses, and httpx2.HTTPError where no
    answer came back.
    """
    _within("seconds", seconds, DAY)
    _within("max_bytes", max_bytes, sys.maxsize)
    settings = _settings(environ)
    with connect(_chain(settings, environ, 60), settings, Terms(seconds, max_bytes, ATTEMPTS, PAUSE)) as client:
        yield client


def _within(name: str, value: float, most: int) -> None:
    if not 0 < value <= most:
        raise ValueError(f"{name} is {value}, allowed is more than 0, and at most {most}")


def _settings(environ: Mapping[str, str] | None) -> config.Settings:
    settings = config.read(os.environ if environ is None else environ)
    config.check(settings)
    return settings


def _chain(settings: config.Settings, environ: Mapping[str, str] | None, seconds: float) -> Chain:
    found = document.load(settings.document, digest=settings.digest, hosts=settings.hosts)
    supplier = Supplier(found.source, os.environ if environ is None else environ, found.region)
    return Chain(found, supplier, hosts=settings.hosts, seconds=seconds)
