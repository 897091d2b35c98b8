"""The service accounts that the environment's variables and credential files make Terraform act as: the settings do not name them."""

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from deploy.google_api import FILE, KEYS, content

# Of the google provider, and of the backend gcs (Terraform language, Backend type gcs).
_IMPERSONATED = ("GOOGLE_IMPERSONATE_SERVICE_ACCOUNT", "GOOGLE_BACKEND_IMPERSONATE_SERVICE_ACCOUNT")
_BACKEND = "GOOGLE_BACKEND_CREDENTIALS"
_DEFAULT = "application_default_credentials.json"


def acting(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the accounts by their address in lower case, and where each one is named.

    It reads the variables of the google provider and of the backend gcs, and gcloud's default credentials. An account whose key
    impersonates another one counts too. The account of a virtual machine, and the owner of a token, are not known here.
    """
    found = {environment[name].lower(): name for name in reversed(_IMPERSONATED) if environment.get(name)}
    for where, value in _sources(environment):
        with contextlib.suppress(ValueError):  # Terraform reports what cannot be read
            for account in _named(content(where, value)):
                found.setdefault(account.lower(), where)
    return found


def _sources(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The JSON of credentials, or the path of a file with it, and where each one is named."""
    yield from ((name, environment[name]) for name in (*KEYS, FILE, _BACKEND) if environment.get(name))
    config = environment.get("CLOUDSDK_CONFIG") or os.path.expanduser("~/.config/gcloud")  # noqa: PTH111 - Path raises without a home
    yield "application default credentials", str(Path(config, _DEFAULT))


def _named(body: Any) -> Iterator[str]:
    if isinstance(body, dict):
        url = str(body.get("service_account_impersonation_url") or "")
        impersonated = re.search(r"/serviceAccounts/([^/:]+@[^/:]+):", url)
        yield from filter(None, (body.get("client_email"), impersonated and impersonated[1]))
        yield from _named(body.get("source_credentials"))
