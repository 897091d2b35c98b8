"""The chain as google-auth's own classes: AWS signature -> Google token -> service account."""

import contextlib
import copy
import queue
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import google.auth.credentials
from google.auth import aws, exceptions, impersonated_credentials
from google.oauth2.credentials import Credentials as Bearer

from .document import Document
from .facts import Facts
from .fault import Fault, Layer
from .google_error import google_fault
from .network import timeout_fault
from .redact import remember
from .supplier import Supplier
from .transport import Transport

SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]


class Chain(google.auth.credentials.Credentials):
    """Credentials for Google libraries that renew themselves, at most `seconds` long and with three attempts a call.

    Whatever transport a library passes to `refresh` is not used: ours holds the allow-list of hosts.
    """

    def __init__(
        self, document: Document, supplier: Supplier, *, hosts: frozenset[str] = frozenset(), seconds: float = 60
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.document, self.supplier, self.hosts, self.seconds = document, supplier, hosts, seconds
        info = document.info
        self._quota_project_id = info.get("quota_project_id")
        self._universe_domain = info.get("universe_domain", "googleapis.com")
        self.federated = aws.Credentials(  # type: ignore[no-untyped-call]
            audience=info["audience"],
            subject_token_type=info["subject_token_type"],
            token_url=info["token_url"],
            aws_security_credentials_supplier=supplier,
            scopes=SCOPES,
            universe_domain=self._universe_domain,
        )

    def refresh(self, request: object) -> None:  # noqa: ARG002 (google-auth's signature)
        """Renew the token. Raises google-auth's RefreshError with a sentence, never with a body or a token.

        In a thread of its own: a name server that hangs, or an answer byte by byte, can only be left.
        """
        transport = Transport(self.seconds * 0.95, self.hosts, attempts=3)
        outcome: queue.SimpleQueue[Fault | None] = queue.SimpleQueue()
        threading.Thread(target=self._renew, args=(transport, outcome.put), name="checks", daemon=True).start()
        try:
            fault = outcome.get(timeout=self.seconds)
        except queue.Empty:
            fault = timeout_fault(f"{transport.last_host} had not answered when the {self.seconds:g} s were used up")
        if fault:  # raised here, and from a copy (for `explain`), so that no body hides in __context__ or in frames
            raise exceptions.RefreshError(str(fault), retryable=fault.transient) from copy.copy(fault)  # type: ignore[no-untyped-call]

    def _renew(self, transport: Transport, put: Callable[[Fault | None], None]) -> None:
        fault = None
        try:
            self.exchange(transport)
            self.impersonate(transport)
        except Fault as caught:
            fault = caught
        finally:
            transport.session.close()
        put(fault)

    def exchange(self, transport: Transport) -> None:
        """Trade the AWS signature for a federated token. Raises Fault."""
        with _explained(self, transport, Layer.TOKEN_EXCHANGE):
            self.federated.refresh(transport)  # type: ignore[no-untyped-call]
            _check_token(self.federated.token)
        self.token, self.expiry = self.federated.token, self.federated.expiry

    def impersonate(self, transport: Transport) -> None:
        """Trade the federated token for the service account's. Does nothing in direct mode. Raises Fault."""
        info = self.document.info
        if not self.document.service_account:
            return
        account = impersonated_credentials.Credentials(  # type: ignore[no-untyped-call]
            # Not `federated`: google-auth would copy it, and exchange again.
            source_credentials=Bearer(self.federated.token),  # type: ignore[no-untyped-call]
            target_principal=self.document.service_account,
            target_scopes=SCOPES,
            lifetime=info.get("service_account_impersonation", {}).get("token_lifetime_seconds", 3600),
            iam_endpoint_override=info["service_account_impersonation_url"],
        )
        with _explained(self, transport, Layer.IMPERSONATION):
            account.refresh(transport)  # type: ignore[no-untyped-call]
            _check_token(account.token)
        self.token, self.expiry = account.token, account.expiry

    def facts(self, skew: float | None = None) -> Facts:
        """The names that a fault is explained with."""
        d = self.document
        return Facts(d.number, d.pool, d.provider, d.service_account, self.supplier.role, skew=skew)

    @property
    def quota_project_id(self) -> Any:
        """The document's quota project, or None."""
        return self._quota_project_id


@contextlib.contextmanager
def _explained(chain: Chain, transport: Transport, layer: Layer) -> Iterator[None]:
    """Let no exception of google-auth out: they carry bodies, which carry tokens."""
    fault = None
    try:
        yield
    except Fault:
        raise
    except Exception:  # noqa: BLE001 (a hostile answer breaks google-auth in many ways: KeyError, TypeError, OverflowError...)
        answer = transport.last
        fault = google_fault(
            layer, answer.status if answer else 0, answer.data if answer else b"", chain.facts(transport.skew)
        )
    if fault:
        raise fault


def _check_token(token: object) -> None:
    """A token goes into a header: a hostile answer must not add lines to it."""
    if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]{1,16384}", token):
        raise ValueError("no token")
    remember(token)
