"""Reads of Google's APIs by the credentials that the google provider of a stack would use, in its order."""

import json
import os
import ssl
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.stacks import Stack

_SCOPES = ["https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/userinfo.email"]
KEYS = ("GOOGLE_CREDENTIALS", "GOOGLE_CLOUD_KEYFILE_JSON", "GCLOUD_KEYFILE_JSON")
FILE = "GOOGLE_APPLICATION_CREDENTIALS"
_SECONDS = 60
_BUSY = (429, 502, 503, 504)


class NotRead(Exception):
    """Why nothing was read: no credentials, no permission, or no answer."""


class Reader:
    """Google's REST APIs for one stack: token, impersonation and quota project as its provider has them."""

    def __init__(self, stack: Stack, environment: Mapping[str, str] = os.environ) -> None:
        """Raises NotRead if this machine has no credentials."""
        # Imported here: it takes a tenth of a second, and most runs join nothing.
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import AuthorizedSession, Request
        from requests import RequestException, Session
        from requests.adapters import HTTPAdapter
        from urllib3.util import Retry

        # google-auth takes for granted that a file of credentials has every field: AttributeError, KeyError, TypeError.
        self._errors = (GoogleAuthError, RequestException, ValueError, OSError, AttributeError, KeyError, TypeError)
        found = stack.document.get("provider", {}).get("google", [{}])
        provider = found[0] if isinstance(found, list) else found
        # As Terraform, and not as requests, which reads REQUESTS_CA_BUNDLE alone, and never the system's authorities.
        named = environment.get("SSL_CERTFILE") or environment.get("REQUESTS_CA_BUNDLE")
        authorities = named or ssl.get_default_verify_paths().cafile or True
        session = Session()
        session.verify = authorities
        try:
            credentials = _credentials(provider, environment, Request(session))
        except self._errors as error:
            raise NotRead(_said(error)) from None
        # A token from the environment cannot be refreshed: the answer 401 says more than the attempt.
        refreshed = () if environment.get("GOOGLE_OAUTH_ACCESS_TOKEN") else (401,)
        self._session = AuthorizedSession(  # type: ignore[no-untyped-call]
            credentials, refresh_status_codes=refreshed, auth_request=Request(session)
        )
        self._session.verify = authorities
        busy = Retry(
            total=3,
            connect=0,
            read=0,
            status_forcelist=_BUSY,
            backoff_factor=1,
            raise_on_status=False,
            respect_retry_after_header=False,
        )
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=busy))
        quota = provider.get("billing_project") or environment.get("GOOGLE_BILLING_PROJECT")
        self._headers = {"x-goog-user-project": quota} if quota else {}

    def get(self, url: str, **parameters: str) -> dict[str, Any]:
        """The JSON at a URL; empty if there is nothing. Raises NotRead for any other answer than 200 and 404."""
        try:
            answer = self._session.get(url, params=parameters, headers=self._headers, timeout=_SECONDS)
        except self._errors as error:
            raise NotRead(_said(error)) from None
        try:
            body = answer.json()
        except ValueError:
            body = None
        if answer.status_code == 200 and isinstance(body, dict):
            return body
        refused = body.get("error") if isinstance(body, dict) else None
        if answer.status_code == 404 and isinstance(refused, dict):
            return {}
        message = refused.get("message") if isinstance(refused, dict) else refused
        raise NotRead(f"{url}: {answer.status_code}: {message or 'the answer is no JSON object'}")


def _said(error: Exception) -> str:
    """What an error says in one line; google-auth puts an answer's JSON next to its own sentence."""
    try:
        return f"{error.args[0]}: {json.loads(error.args[1])['error']['message']}"
    except (IndexError, KeyError, TypeError, ValueError):
        return " ".join(str(error).split())


def _credentials(provider: Mapping[str, Any], environment: Mapping[str, str], request: Any) -> Any:
    from google.auth import default, impersonated_credentials, load_credentials_from_dict
    from google.oauth2.credentials import Credentials

    variable = next((name for name in KEYS if environment.get(name)), "")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on quota projects: the provider's own is sent
        if token := environment.get("GOOGLE_OAUTH_ACCESS_TOKEN"):
            credentials: Any = Credentials(token)  # type: ignore[no-untyped-call]
        elif variable:
            body = content(variable, environment[variable])
            credentials, _ = load_credentials_from_dict(body, scopes=_SCOPES, request=request)  # type: ignore[no-untyped-call]
        else:
            if (named := environment.get(FILE)) and not os.path.exists(named):  # noqa: PTH110 - that of Path raises where a name is too long
                raise ValueError(f"{FILE}: no such file; allowed: the path of a file with credentials")
            credentials, _ = default(scopes=_SCOPES, request=request)
    if hasattr(credentials, "with_quota_project"):  # google-auth would send its own in place of the provider's
        credentials = credentials.with_quota_project(None)
    account = provider.get("impersonate_service_account") or environment.get("GOOGLE_IMPERSONATE_SERVICE_ACCOUNT")
    if not account:
        return credentials
    return impersonated_credentials.Credentials(  # type: ignore[no-untyped-call]
        credentials, target_principal=account, target_scopes=_SCOPES
    )


def content(variable: str, value: str) -> Any:
    """The JSON of a variable that has it, or a path. Raises ValueError, with neither in it: a key in another form would be printed."""
    try:
        return json.loads(value if value.lstrip().startswith("{") else Path(value).expanduser().read_text())
    except (OSError, ValueError, RuntimeError) as error:
        why = error.strerror if isinstance(error, OSError) else "no JSON"
        raise ValueError(
            f"{variable}: {why}; allowed: the JSON of credentials, or the path of a file with it"
        ) from None
