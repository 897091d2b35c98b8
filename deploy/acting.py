"""The service accounts that the environment's variables and credential files make Terraform act as: the settings do not name them."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from deploy.google_api import FILE, KEYS

_IMPERSONATED = "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT"
_DEFAULT = "application_default_credentials.json"


def acting(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the accounts by their address in lower case, and where each one is named.

    Read are the variables of the google provider and gcloud's default credentials. The account of a virtual machine, and the one that
    a token belongs to, are not known here.
    """
    found = {environment[_IMPERSONATED].lower(): _IMPERSONATED} if environment.get(_IMPERSONATED) else {}
    for where, content in _files(environment):
        for account in _named(content):
            found.setdefault(account.lower(), where)
    return found


def _files(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in KEYS:
        if value := environment.get(name, ""):
            yield name, value if value.lstrip().startswith("{") else _content(Path(value))
    if named := environment.get(FILE, ""):
        yield FILE, _content(Path(named))
    config = environment.get("CLOUDSDK_CONFIG") or os.path.expanduser("~/.config/gcloud")  # noqa: PTH111 - Path raises without a home
    yield "application default credentials", _content(Path(config, _DEFAULT))


def _content(path: Path) -> str:
    try:
        return path.expanduser().read_text(encoding="utf-8")
    except (OSError, RuntimeError, ValueError):
        return ""  # Terraform reports a file that cannot be read


def _named(content: str) -> Iterator[str]:
    try:
        body = json.loads(content)
    except ValueError:
        return
    if isinstance(body, dict):
        url = str(body.get("service_account_impersonation_url") or "")
        impersonated = re.search(r"/serviceAccounts/([^/:]+@[^/:]+):", url)
        yield from filter(None, (body.get("client_email"), impersonated and impersonated[1]))
