"""The nine checks, each a method: it returns what it saw, or raises Fault or Skip. Imports are late on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import config, document, egress
from .fault import Fault, Layer, Skip
from .proxy import METADATA, NO_PROXY, proxy_for
from .session import Session

if TYPE_CHECKING:
    from .supplier import Supplier

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
ASIDE = ("clock", "egress")  # no other check depends on them
SKEW = 240  # seconds; AWS refuses signatures that are 5 or 15 minutes off, depending on the service


class Checks(Session):
    """The checks by their names, with _ for -. `gemini_decides`: the check gemini follows, so egress only notes."""

    gemini_decides = True

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
        self.loaded = document.load(settings.document, digest=settings.digest, hosts=settings.hosts)
        self.warnings += self.loaded.warnings
        mode = f"as {self.loaded.service_account}" if self.loaded.service_account else "direct access"
        return f"pool {self.loaded.pool}, provider {self.loaded.provider}, {mode}"

    def clock(self) -> str:
        if self.chain.supplier.uses_metadata:
            try:
                self.chain.supplier.metadata.session_token(self.transport)
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
        return f"{skew:+.1f} s from the metadata service's clock"

    def metadata(self) -> str:
        supplier = self.chain.supplier
        if "AWS_REGION" in self.environ and not self.environ["AWS_REGION"]:
            self.warnings.append(
                "AWS_REGION is set but empty: ignored here, google-auth alone would sign for https://sts..amazonaws.com; unset it"
            )
        self._note_proxy(supplier)
        source = supplier.source
        self.warnings += source.notes  # here: a metadata service that is silent is explained by them
        if source.fault:
            raise Skip("not asked: aws-identity says why")
        if not supplier.uses_metadata:
            raise Skip(
                f"not needed: AWS keys come from the {source.description}, the region is {supplier.get_aws_region(None, None)}"
            )
        region = supplier.get_aws_region(None, self.transport)
        token = supplier.metadata.session_token(self.transport)
        if supplier.zone and supplier.zone[:-1] != region:
            self.warnings.append(
                f"{supplier.zone} is a Local Zone: google-auth alone takes {supplier.zone[:-1]} for its region; set AWS_REGION={region}"
            )
        return f"IMDSv{2 if token else 1}, region {region}"

    def aws_identity(self) -> str:
        from .transport import Transport

        supplier = self.chain.supplier
        source = supplier.source
        supplier.get_aws_security_credentials(None, self.transport)
        self.source = source.kind
        self.arn = supplier.arn(Transport(min(5, self.remaining), self.settings.hosts))  # at most a share of the time
        if source.kind == "environment":
            self.warnings.append(
                "AWS keys in the environment shadow the instance's role: the caller is the owner of these keys; unset AWS_ACCESS_KEY_ID to be the role"
            )
        keys = supplier.keys
        assert keys
        until = f", until {keys.lease.end:%H:%M}Z" if keys.lease else ""
        who = f", {self.arn}" if self.arn else ", by an ARN that AWS STS did not tell"
        return f"{'role ' + keys.role + ' ' if keys.role else ''}from the {source.description}{until}{who}"

    def token_exchange(self) -> str:
        try:
            self.federated = self.chain.exchange(self.transport)
        except Fault as fault:
            raise self.explained(fault, Layer.TOKEN_EXCHANGE) from None
        if self.transport.skew and abs(self.transport.skew) > 60:
            self.warnings.append(
                f"the local clock is {self.transport.skew:+.0f} s from Google's: `sudo chronyc makestep` before it grows"
            )
        return "federated token from sts.googleapis.com"

    def impersonation(self) -> str:
        assert self.loaded
        assert self.federated
        try:
            self.chain.publish(self.chain.impersonate(self.transport, self.federated))
        except Fault as fault:
            raise self.explained(fault, Layer.IMPERSONATION) from None
        if not self.loaded.service_account:
            raise Skip("direct access: no service account in between")
        return f"token of {self.loaded.service_account}"

    def egress(self) -> str:
        settings = self.settings
        if not settings.egress:
            raise Skip("switched off")
        try:
            self.ask_for_address(self.share if self.gemini_decides else self.remaining)
            return egress.compare(self.address, settings.allowed)
        except Fault as fault:
            if not self.gemini_decides:
                raise
            self.warnings.append(f"{fault.cause}: {fault.fix if self.address else egress.OFF}")
            if self.address:
                return fault.cause
            raise Skip(fault.cause) from None

    def gemini(self) -> str:
        from . import model

        self.answer = model.ask(self.chain, self.settings, self.facts(), self.remaining, self.own_address)
        return f"{self.settings.model} at {self.settings.gemini_host} answered"

    def _note_proxy(self, supplier: Supplier) -> None:
        """Secret keys are read over http, from the metadata service or the container's endpoint."""
        from .container import container_url
        from .hosts import container_host

        hosts = {
            "instance": document.metadata_host(self.loaded),
            "container": container_host(container_url(self.environ)[1]),
        }
        host = hosts.get(supplier.source.kind, "")
        if host in METADATA and (proxy := proxy_for(host)):
            self.warnings.append(
                f"HTTP_PROXY covers {host}: the role's secret keys pass the proxy {proxy} in clear text; set {NO_PROXY}"
            )
