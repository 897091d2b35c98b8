"""For programs: credentials that need no key, and a ready google-genai client.

    with gemini() as client:
        print(client.models.generate_content(model="gemini-3.5-flash", contents="hello").text)

Both read the environment that `keyless` reads (GOOGLE_APPLICATION_CREDENTIALS, GCP_PROJECT_ID, GCP_LOCATION).
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from google import genai
from google.genai import types

from . import config, document
from .chain import Chain
from .model import connect
from .supplier import Supplier

ATTEMPTS = 4
PAUSES = 11  # seconds at most between four attempts: 1 + 2 + 4, and jitter


def credentials(*, environ: Mapping[str, str] | None = None, seconds: float = 60) -> Chain:
    """Credentials for any Google library, renewed when they expire; each renewal takes at most `seconds`.

    Raises Fault (a sentence with its fix) if the environment or the credential document is wrong; a renewal raises
    google.auth.exceptions.RefreshError. Neither carries a token or a key.
    """
    return _chain(_settings(environ), environ, seconds)


@contextmanager
def gemini(*, environ: Mapping[str, str] | None = None, seconds: float = 240) -> Iterator[genai.Client]:
    """A google-genai client; 408, 429 and 5xx are tried four times within `seconds` (above 15).

    Each attempt waits a quarter of that, less the pauses, for Google to say something; an answer that keeps coming, as
    streams do, is not cut off. Raises what `credentials` raises, and google.genai.errors.APIError for what Google refuses.
    """
    if seconds <= 15:
        raise ValueError(f"seconds is {seconds}, allowed is more than 15")
    settings = _settings(environ)
    retry = types.HttpRetryOptions(attempts=ATTEMPTS, initial_delay=1, max_delay=4, jitter=1)
    options = types.HttpOptions(timeout=int((seconds - PAUSES) / ATTEMPTS * 1000), retry_options=retry)
    with connect(_chain(settings, environ, seconds / ATTEMPTS), settings, options) as client:
        yield client


def _settings(environ: Mapping[str, str] | None) -> config.Settings:
    settings = config.read(os.environ if environ is None else environ)
    config.check(settings)
    return settings


def _chain(settings: config.Settings, environ: Mapping[str, str] | None, seconds: float) -> Chain:
    found = document.load(settings.document, digest=settings.digest, hosts=settings.hosts)
    supplier = Supplier(found.source, os.environ if environ is None else environ, found.region)
    return Chain(found, supplier, hosts=settings.hosts, seconds=seconds)
