"""The chain as google-auth's own classes: AWS signature -> Google token -> service account."""

import contextlib
import datetime
from collections.abc import Iterator, Sequence
from typing import Any

import google.auth.credentials
import google.auth.transport.requests  # google-genai imports it at its first renewal: an update may have deleted it
from google.auth import aws, exceptions, impersonated_credentials
from google.oauth2.credentials import Credentials as Bearer

from . import document_rules
from .document import Document
from .facts import Facts
from .fault import Fault, Layer
from .google_error import google_fault
from .published import LONGEST, Lease, Token
from .redact import remember
from .renewal import Published
from .supplier import Supplier, refuse_pickle
from .transport import Transport

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)


class Chain(google.auth.credentials.Scoped, google.auth.credentials.CredentialsWithQuotaProject):
    """Credentials for Google libraries that renew themselves, at most `seconds` long and with three attempts a call.

    Whatever transport a library passes to `refresh` is not used: ours holds the allow-list of hosts. Token and expiry
    are read from one value, which the end of a whole chain replaces. A copy has that value and its own renewals.
    """

    def __init__(
        self, document: Document, supplier: Supplier, *, hosts: frozenset[str] = frozenset(), seconds: float = 60
    ) -> None:
        self._published = Published()
        super().__init__()  # type: ignore[no-untyped-call]
        self.document, self.supplier, self.hosts, self.seconds = document, supplier, hosts, seconds
        self._quota_project_id = document.info.get("quota_project_id")
        self._universe_domain = document.info.get("universe_domain", "googleapis.com")
        self._scopes: Sequence[str] = SCOPES

    @property
    def token(self) -> str | None:
        """The token of the last chain that ended well. To assign None is to forget it; another value is refused."""
        found = self._published.look()
        return found.value if found else None

    @token.setter
    def token(self, value: None) -> None:
        if value is not None:
            raise AttributeError("token cannot be assigned, only None can: a token comes from refresh()")
        self._published.put(None)

    @property
    def expiry(self) -> datetime.datetime | None:
        """When the token expires: UTC without a zone, as google-auth wants it. To assign the past is to renew."""
        found = self._published.look()
        return found.lease.end if found else None

    @expiry.setter
    def expiry(self, value: datetime.datetime | None) -> None:
        found = self._published.look()
        if found and value:
            self._published.put(found.until(value))

    def refresh(self, request: object) -> None:  # noqa: ARG002 (google-auth's signature)
        """Renew the token, or wait for the renewal that another thread began.

        Raises google-auth's RefreshError with a sentence, never with a body or a token; the credentials are expired
        then, and the next call tries again.
        """
        fault = self._published.renew(self._renew, self._transport, self.seconds)
        if fault:  # raised here, so that no body hides in __context__; from the fault for `explain`
            raise exceptions.RefreshError(str(fault), retryable=fault.transient) from fault  # type: ignore[no-untyped-call]

    def _transport(self) -> Transport:
        return Transport(self.seconds * 0.95, self.hosts, attempts=3)

    def _renew(self, transport: Transport) -> Token:
        try:
            return self.impersonate(transport, self.exchange(transport))
        except Fault as fault:
            self.supplier.forget()  # keys that were revoked, or outlived a clock that was set back
            refused = fault.layer in (Layer.TOKEN_EXCHANGE, Layer.IMPERSONATION) and not fault.transient
            if refused and (moved := self.document.moved()):  # a process keeps the identity that it started with
                fix = f"{moved}: restart the program; else {fault.fix}"
                raise Fault(fault.layer, fault.cause, fix, fault.not_cause, identifier=fault.identifier) from None
            raise

    def exchange(self, transport: Transport) -> Token:
        """The AWS signature's federated token. Publishes nothing. Raises Fault."""
        info = self.document.info
        federated = aws.Credentials(  # type: ignore[no-untyped-call]
            audience=info["audience"],
            subject_token_type=info["subject_token_type"],
            token_url=info["token_url"],
            aws_security_credentials_supplier=self.supplier,
            scopes=SCOPES if self.document.service_account else self._scopes,
            universe_domain=self._universe_domain,
        )
        with _explained(self, transport, Layer.TOKEN_EXCHANGE):
            federated.refresh(transport)  # type: ignore[no-untyped-call]
            return _finished(federated)

    def impersonate(self, transport: Transport, federated: Token) -> Token:
        """The service account's token for a federated one; in direct mode that one itself. Raises Fault."""
        info = self.document.info
        if not self.document.service_account:
            return federated
        lifetime = info.get("service_account_impersonation", {}).get("token_lifetime_seconds", 3600)
        account = impersonated_credentials.Credentials(  # type: ignore[no-untyped-call]
            source_credentials=Bearer(federated.value),  # type: ignore[no-untyped-call]
            target_principal=self.document.service_account,
            target_scopes=self._scopes,
            lifetime=lifetime,
            iam_endpoint_override=info["service_account_impersonation_url"],
        )
        with _explained(self, transport, Layer.IMPERSONATION):
            account.refresh(transport)  # type: ignore[no-untyped-call]
            token = _finished(account, lifetime)
        if token.value == federated.value:
            raise Fault(
                Layer.IMPERSONATION,
                f"{transport.last_host} answered with the federated token itself, not with one of {self.document.service_account}",
                "look for a proxy that rewrites answers, then try again",
                "permissions and perimeter: the answer was 200",
            )
        return token

    def publish(self, token: Token) -> None:
        """Make the token of a finished chain the one that is sent."""
        self._published.put(token)

    def facts(self, skew: float | None = None) -> Facts:
        """The names that a fault is explained with."""
        d = self.document
        return Facts(d.number, d.pool, d.provider, d.service_account, self.supplier.role, skew=skew)

    @property
    def requires_scopes(self) -> bool:
        """False: the scope is cloud-platform, unless `with_scopes` asks for others."""
        return False

    def with_scopes(self, scopes: Sequence[str] | None, default_scopes: Sequence[str] | None = None) -> "Chain":
        """A copy whose tokens have these scopes; it has no token yet."""
        copied = self.__copy__()
        copied._scopes = tuple(scopes or default_scopes or SCOPES)
        copied._published = Published()
        return copied

    def with_quota_project(self, quota_project_id: str | None) -> "Chain":
        """A copy that names a project for quota and billing, in the header x-goog-user-project. Raises ValueError."""
        if quota_project_id is not None and not document_rules.PROJECT.fullmatch(quota_project_id):
            raise ValueError(f"quota_project_id is {quota_project_id!r}, allowed is a project id, or None")
        copied = self.__copy__()
        copied._quota_project_id = quota_project_id
        return copied

    def __copy__(self) -> "Chain":
        copied = Chain(self.document, self.supplier, hosts=self.hosts, seconds=self.seconds)
        copied._quota_project_id, copied._scopes = self._quota_project_id, self._scopes
        copied._use_non_blocking_refresh = self._use_non_blocking_refresh
        copied._published = Published(self._published.look())
        return copied

    def __deepcopy__(self, memo: object) -> "Chain":
        return self.__copy__()

    __reduce_ex__ = refuse_pickle


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


def _finished(credentials: Any, longest: float = LONGEST) -> Token:
    """What google-auth holds after an exchange, for at most `longest` seconds. Raises ValueError and TypeError."""
    remember(credentials.token)
    return Token(credentials.token, Lease.to(credentials.expiry, longest))
