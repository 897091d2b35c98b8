"""HTTP for google-auth: only known hosts, no redirects, bounded in time and size, nothing logged.

google-auth's own transport follows redirects, waits 120 s a call, hands Authorization headers to debug logging, and lets
requests put a password of ~/.netrc in the place of the token.
"""

import email.utils
import time
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import urllib3.exceptions

from .fault import Fault, Layer
from .hosts import permitted
from .network import network_fault
from .proxy import METADATA
from .redact import remember_signature

MAX_BYTES = 1_048_576
_AUTHORITIES = Path(requests.utils.DEFAULT_CA_BUNDLE_PATH).read_text(encoding="ascii", errors="ignore")
PAUSE = 0.5  # seconds after the first attempt, twice that after the second
TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})


class _Adapter(requests.adapters.HTTPAdapter):
    """Verifies with the authorities that were read at the start: an update may delete the folder that they lie in."""

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """In the place of requests', which reads the file for each connection; a variable's file stays a file."""
        if verify is not True:
            super().cert_verify(conn, url, verify, cert)
        elif url.lower().startswith("https"):
            conn.cert_reqs, conn.conn_kw["ca_cert_data"] = "CERT_REQUIRED", _AUTHORITIES


@dataclass
class Answer:
    """An HTTP answer, as google-auth wants it."""

    status: int
    headers: Mapping[str, str]
    data: bytes
    skew: float | None = None
    """Seconds that the local clock is ahead of the answering host; None if it sent no date."""


@dataclass
class Transport:
    """google-auth's `Request`: a callable for one caller, `seconds` for all its calls together.

    Raises Fault, never google-auth's or requests' exceptions, which quote urls, headers and bodies.
    """

    seconds: float
    hosts: Set[str] = frozenset()
    attempts: int = 1
    session: requests.Session = field(default_factory=requests.Session)
    last: Answer | None = None
    last_host: str = ""
    skew: float | None = None

    def __post_init__(self) -> None:
        self.deadline = time.monotonic() + self.seconds
        self.session.mount("https://", _Adapter())
        self.session.headers["Accept-Encoding"] = "identity"  # small answers; no decompression bombs
        self.session.auth = lambda prepared: prepared  # without one, requests looks for a password in ~/.netrc

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: Any,
    ) -> Answer:
        host = permitted(url, self.hosts)
        remember_signature(body, headers)
        for attempt in range(1, self.attempts + 1):
            self.last, self.last_host = None, host
            pause = PAUSE * 2 ** (attempt - 1)
            try:
                self.last = self._once(url, method, body, headers, timeout, host)
            except Fault as fault:
                if attempt == self.attempts or not fault.transient or self._remaining() <= pause:
                    raise
            else:
                if self.last.status not in TRANSIENT or attempt == self.attempts or self._remaining() <= pause:
                    break
            time.sleep(pause)
        assert self.last
        return self.last

    def _once(
        self, url: str, method: str, body: bytes | None, headers: Any, timeout: float | None, host: str
    ) -> Answer:
        if self._remaining() <= 0:
            raise Fault(Layer.TIMEOUT, f"the time was used up before {host} was called", "give more with --timeout")
        local = url.startswith("http:")
        limit = min(self._remaining(), timeout or (3 if local else 10))
        patience = min(self._remaining(), timeout or (3 if local else self._remaining()))
        # A proxy would call its own loopback: another host would choose the identity.
        direct: Any = {"http": None, "all": None} if local and host not in METADATA else {}
        try:
            with self.session.request(
                method,
                url,
                data=body,
                headers=headers,
                timeout=(limit, patience),
                allow_redirects=False,
                stream=True,
                proxies=direct,
            ) as response:
                data = bytearray()
                while chunk := response.raw.read1(16_384):  # what is there; `iter_content` waits until it is full
                    data += chunk
                    if len(data) > MAX_BYTES:
                        raise Fault(
                            Layer.NETWORK, f"{host} sent more than {MAX_BYTES} bytes", "look for a proxy in between"
                        )
                    if self._remaining() <= 0:
                        raise Fault(
                            Layer.TIMEOUT,
                            f"{host} was still sending when the time was used up",
                            "give more with --timeout",
                        )
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError, OSError) as error:
            fault = network_fault(host, error, out_of_time=self._remaining() <= 0.05)
        else:
            return Answer(response.status_code, response.headers, bytes(data), self._measure(response.headers))
        raise fault

    def _remaining(self) -> float:
        return self.deadline - time.monotonic()

    def _measure(self, headers: Mapping[str, str]) -> float | None:
        try:
            sent = email.utils.parsedate_to_datetime(headers["Date"]).timestamp()
        except (KeyError, TypeError, ValueError, OverflowError):
            return None
        self.skew = time.time() - sent
        return self.skew
