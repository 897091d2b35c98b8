"""HTTPS to Google's APIs, as the provider speaks it."""

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3

from ..document import ApplyError
from ..loopback import loopback_proxy

Body = dict[str, Any]
NONE: Mapping[str, str] = {}
OPERATION_SECONDS = 300
# The provider repeats what is refused for a while, not what may have been done: a lost answer is an error.
_RETRIES = urllib3.Retry(
    total=8,
    other=0, connect=2, read=0, status=8, status_forcelist=(429, 500, 502, 503), allowed_methods=None,
    backoff_factor=0.05, backoff_max=2, raise_on_status=False,
)  # fmt: skip


class GoogleError(ApplyError):
    """An API's refusal: HTTP `status` (0: no answer), `reason` of the legacy `errors[]`."""

    def __init__(self, message: str, status: int = 0, reason: str = "") -> None:
        super().__init__(message)
        self.status, self.reason = status, reason


class Client:
    """One configured provider: its proxy, its token, the project that pays for the calls."""

    def __init__(self, configuration: Mapping[str, Any], environment: Mapping[str, str]) -> None:
        proxy, ca = loopback_proxy(environment)
        user = urlsplit(proxy)
        self._pool = urllib3.ProxyManager(
            proxy,
            proxy_headers=urllib3.make_headers(proxy_basic_auth=f"{user.username}:{user.password}"),
            ca_certs=ca,
            retries=_RETRIES,
            timeout=60,
        )
        self._headers = {"Authorization": f"Bearer {environment['GOOGLE_OAUTH_ACCESS_TOKEN']}"}
        self._impersonated = configuration.get("impersonate_service_account", "")
        if configuration.get("user_project_override"):
            self._headers["X-Goog-User-Project"] = configuration.get("billing_project") or configuration["project"]

    def __call__(self, method: str, url: str, body: Body | None = None, query: Mapping[str, str] = NONE) -> Body:
        """Ask `https://{url}`; the JSON answer. GoogleError for a refusal, or no answer."""
        if account := self._impersonated:
            self._impersonated = ""
            self._headers["Authorization"] = f"Bearer {self._token_of(account)}"
        place = f"{method} https://{url}"
        data = None if body is None else json.dumps(body).encode()
        headers = {**self._headers, **({} if body is None else {"Content-Type": "application/json"})}
        try:
            answer = self._pool.request(
                method, f"https://{url}?{urlencode({'alt': 'json', **query})}", body=data, headers=headers
            )
        except urllib3.exceptions.HTTPError as error:
            raise GoogleError(f"{place}: no answer, {error}") from error
        if answer.status >= 400:
            raise _refusal(place, answer.status, answer.data)
        content: Body = json.loads(answer.data or b"{}")
        return content

    def _token_of(self, account: str) -> str:
        """A token of the service account that Terraform impersonates."""
        url = f"iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{account}:generateAccessToken"
        return str(self("POST", url, {"scope": ["https://www.googleapis.com/auth/cloud-platform"]})["accessToken"])

    def find(self, url: str) -> Body | None:
        """The object at this URL; None if it does not exist."""
        try:
            return self("GET", url)
        except GoogleError as error:
            if error.status == 404:
                return None
            raise

    def done(self, base: str, operation: Body) -> Body:
        """What an operation results in, however long it takes. ApplyError if it fails."""
        give_up = time.monotonic() + OPERATION_SECONDS
        while not operation.get("done"):
            if time.monotonic() > give_up:
                raise ApplyError(f"{operation['name']}: not done after {OPERATION_SECONDS} s")
            time.sleep(0.1)
            operation = self("GET", base + operation["name"])
        if "error" in operation:
            raise GoogleError(f"{operation['name']}: {operation['error'].get('message')}")
        return dict(operation.get("response", {}))


def _refusal(place: str, status: int, data: bytes) -> GoogleError:
    try:
        error = json.loads(data)["error"]
        reason = str((error.get("errors") or [{}])[0].get("reason", ""))
        return GoogleError(f"{place}: {status} {error.get('status', '')}, {error.get('message')}", status, reason)
    except (ValueError, KeyError, TypeError, AttributeError):
        return GoogleError(f"{place}: {status}, {data[:500]!r}", status)
