"""The nine checks, each a method: it returns what it saw, or raises Fault or Skip. Imports are late on purpose."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from . import config, document
from .fault import Fault, Layer, Skip
from .proxy import NO_PROXY, proxy_for

if TYPE_CHECKING:
    from .chain import Chain
    from .facts import Facts
    from .supplier import Supplier
    from .transport import Transport

NEEDS = {
    "config": (),
    "document": (),
    "clock": ("config", "document"),
    "metadata": ("config", "document"),
    "aws-identity": ("metadata",),
    "token-exchange": ("aws-identity",),
    "impersonation": ("token-exchange",),
    "egress": ("config",),
    "gemini": ("config", "impersonation"),
}
ASIDE = ("clock", "egress")  # findings of their own, on which no other check depends
SKEW = 240  # seconds; AWS refuses signatures that are 5 or 15 minutes off, depending on the service


class Checks:
    """One attempt at the chain, in at most `seconds`."""

    def __init__(self, settings: config.Settings, environ: Mapping[str, str], seconds: float) -> None:
        self.settings, self.environ, self.seconds = settings, environ, seconds
        self.started = time.monotonic()
        self.warnings: list[str] = []
        self.answer = self.address = self.source = self.arn = ""
        self._document: document.Document | None = None
        self._chain: Chain | None = None
        self._transport: Transport | None = None

    def config(self) -> str:
        config.check(self.settings)
        return f"project {self.settings.project}, model {self.settings.model} at {self.settings.location}"

    def document(self) -> str:
        settings = self.settings
        if not settings.document:
            raise Fault(
                Layer.CONFIGURATION,
                "no credential document is named",
                "set GOOGLE_APPLICATION_CREDENTIALS",
                "nothing was sent yet",
            )
        self._document = document.load(settings.document, digest=settings.digest, hosts=settings.hosts)
        self.warnings += self._document.warnings
        mode = f"as {self._document.service_account}" if self._document.service_account else "direct access"
        return f"pool {self._document.pool}, provider {self._document.provider}, {mode}"

    def clock(self) -> str:
        if self.chain.supplier.uses_metadata:
            try:
                self.chain.supplier.session_token(self.transport)
            except Fault:
                raise Skip("the metadata service gave no time to compare with") from None
        skew = self.transport.skew
        if skew is None:
            raise Skip("no server was asked yet whose time could be compared")
        if abs(skew) > SKEW:
            raise Fault(
                Layer.CLOCK,
                f"the local clock is {abs(skew):.0f} s {'ahead' if skew > 0 else 'behind'}: AWS rejects signatures with such a date",
                "sudo chronyc makestep (time server: 169.254.169.123)",
                "credentials and permissions",
            )
        return f"{skew:+.1f} s beside the metadata service"

    def metadata(self) -> str:
        supplier = self.chain.supplier
        if "AWS_REGION" in self.environ and not self.environ["AWS_REGION"]:
            self.warnings.append(
                "AWS_REGION is set but empty: ignored here, google-auth alone would sign for https://sts..amazonaws.com; unset it"
            )
        self._note_proxy(supplier)
        if not supplier.uses_metadata:
            raise Skip(
                f"not needed: AWS keys come from the {supplier.kind}, the region is {supplier.get_aws_region(None, None)}"
            )
        token = supplier.session_token(self.transport)
        region = supplier.get_aws_region(None, self.transport)
        if supplier.zone and supplier.zone[:-1] != region:
            self.warnings.append(
                f"{supplier.zone} is a Local Zone: google-auth alone takes {supplier.zone[:-1]} for its region; set AWS_REGION={region}"
            )
        return f"IMDSv{2 if token else 1}, region {region}"

    def aws_identity(self) -> str:
        supplier = self.chain.supplier
        supplier.get_aws_security_credentials(None, self.transport)
        self.source = supplier.kind
        if supplier.kind == "environment":
            self.warnings.append(
                "AWS keys in the environment shadow the instance's role: the caller is whoever they belong to; unset AWS_ACCESS_KEY_ID to be the role"
            )
        until = f", until {supplier.expiry:%H:%M}Z" if supplier.expiry else ""
        return f"{'role ' + supplier.role + ' ' if supplier.role else ''}from the {supplier.kind}{until}"

    def token_exchange(self) -> str:
        try:
            self.chain.exchange(self.transport)
        except Fault as fault:
            raise self._with_names(fault, Layer.TOKEN_EXCHANGE) from None
        if self.transport.skew and abs(self.transport.skew) > 60:
            self.warnings.append(
                f"the local clock is {self.transport.skew:+.0f} s beside Google's: `sudo chronyc makestep` before it grows"
            )
        return "federated token from sts.googleapis.com"

    def impersonation(self) -> str:
        assert self._document
        if not self._document.service_account:
            raise Skip("direct access: no service account in between")
        try:
            self.chain.impersonate(self.transport)
        except Fault as fault:
            raise self._with_names(fault, Layer.IMPERSONATION) from None
        return f"token of {self._document.service_account}"

    def egress(self) -> str:
        settings = self.settings
        if not settings.egress:
            raise Skip("switched off")
        try:
            answer = self.transport("https://checkip.amazonaws.com/")
            found = ipaddress.ip_address(answer.data.decode("ascii").strip())
        except Fault as fault:
            raise Fault(
                fault.layer, fault.cause, f"{fault.fix}; --no-egress leaves this check out", fault.not_cause
            ) from None
        except ValueError:
            raise Fault(
                Layer.EGRESS,
                f"checkip.amazonaws.com answered {answer.status} without an address",
                "look for a proxy in between, or --no-egress",
            ) from None
        self.address = str(found)
        allowed = ", ".join(map(str, settings.allowed))
        if not allowed:
            return f"{found} (KEYLESS_ALLOWED_CIDRS is not set: nothing to compare with)"
        if not any(found in network for network in settings.allowed):
            six = "over IPv6, past the NAT gateway: " if found.version == 6 else ""
            raise Fault(
                Layer.EGRESS,
                f"own egress address {found} is not among the allowed {allowed}",
                f"{six}leave through the NAT gateway, or add {found} to the access level",
                "credentials",
            )
        return f"{found}, allowed are {allowed}"

    def gemini(self) -> str:
        from . import model

        self.chain.arn = self.arn
        left = self.seconds - (time.monotonic() - self.started)
        self.answer = model.ask(self.chain, self.settings, self.facts(), left, self._own_address)
        return f"{self.settings.model} at {self.settings.gemini_host} answered"

    def facts(self) -> Facts:
        """The names that a fault is explained with."""
        facts, settings = self.chain.facts(self.transport.skew), self.settings
        facts.project, facts.location, facts.model, facts.host = (
            settings.project,
            settings.location,
            settings.model,
            settings.gemini_host,
        )
        facts.egress, facts.allowed = self.address, settings.allowed
        return facts

    @property
    def transport(self) -> Transport:
        """One connection pool and one budget for all checks."""
        if not self._transport:
            from .transport import Transport

            self._transport = Transport(self.seconds - (time.monotonic() - self.started), self.settings.hosts)
        return self._transport

    @property
    def chain(self) -> Chain:
        """The chain of the document that passed."""
        if not self._chain:
            from .chain import Chain
            from .supplier import Supplier

            assert self._document
            self._chain = Chain(
                self._document,
                Supplier(self._document.source, self.environ, self._document.region),
                hosts=self.settings.hosts,
            )
        return self._chain

    def _note_proxy(self, supplier: Supplier) -> None:
        """Secret keys are read over http, from the metadata service or the container's endpoint."""
        host = document.metadata_host(self._document) if supplier.kind == "instance" else "169.254.170.2"
        if supplier.kind in ("instance", "container") and (proxy := proxy_for(host)):
            self.warnings.append(
                f"HTTP_PROXY covers {host}: the role's secret keys pass the proxy {proxy} in clear text; set {NO_PROXY}"
            )

    def _with_names(self, fault: Fault, layer: Layer) -> Fault:
        """The same refusal, with the caller's ARN as AWS knows it: one more call, only after a failure."""
        answer = self.transport.last
        if not answer or answer.status not in (400, 401, 403):
            return fault
        from .google_error import google_fault
        from .supplier import whoami

        self.arn = whoami(self.chain.supplier, self.transport)
        facts = self.facts()
        if fault.layer is Layer.PERIMETER and not facts.egress:
            facts.egress = self._own_address()
        facts.arn = self.arn
        if found := re.fullmatch(r"arn:aws[\w-]*:sts::\d+:assumed-role/([^/]+)/.+", self.arn):
            facts.role = found[1]
        return google_fault(layer, answer.status, answer.data, facts)

    def _own_address(self) -> str:
        """The egress address, for a denial before the egress check's turn; "" if it is switched off."""
        with contextlib.suppress(Fault, Skip):
            self.egress()
        return self.address
