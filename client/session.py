"""What the checks of one attempt share: settings, findings, one connection pool, one chain. Imports are late on purpose."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from . import config, document, egress
from .fault import Fault, Layer

if TYPE_CHECKING:
    from .chain import Chain
    from .facts import Facts
    from .published import Token
    from .transport import Transport


class Session:
    """One attempt at the chain, in at most `seconds`."""

    def __init__(self, settings: config.Settings, environ: Mapping[str, str], seconds: float) -> None:
        self.settings, self.environ, self.seconds = settings, environ, seconds
        self.started = time.monotonic()
        self.warnings: list[str] = []
        self.answer = self.address = self.source = self.arn = ""
        self.asked_for_address = False
        self.loaded: document.Document | None = None
        self.federated: Token | None = None
        self._chain: Chain | None = None
        self._transport: Transport | None = None

    @property
    def remaining(self) -> float:
        """Seconds of the attempt that remain."""
        return self.seconds - (time.monotonic() - self.started)

    def facts(self) -> Facts:
        """The names that a fault is explained with."""
        facts, settings = self.chain.facts(self.transport.skew), self.settings
        facts.project, facts.location, facts.model = settings.project, settings.location, settings.model
        facts.host, facts.egress, facts.allowed = settings.gemini_host, self.address, settings.allowed
        return facts

    @property
    def transport(self) -> Transport:
        """One connection pool and one budget for all checks."""
        if not self._transport:
            from .transport import Transport

            self._transport = Transport(self.remaining, self.settings.hosts)
        return self._transport

    @property
    def chain(self) -> Chain:
        """The chain of the document that passed."""
        if not self._chain:
            from .chain import Chain
            from .supplier import Supplier

            assert self.loaded
            self._chain = Chain(
                self.loaded,
                Supplier(self.loaded.source, self.environ, self.loaded.region),
                hosts=self.settings.hosts,
            )
        return self._chain

    def explained(self, fault: Fault, layer: Layer) -> Fault:
        """The same refusal, with the caller's ARN as AWS knows it and the own address."""
        answer = self.transport.last
        if not answer or answer.status not in (400, 401, 403):
            return fault
        from .google_error import google_fault

        facts = self.facts()
        if fault.layer is Layer.PERIMETER and not facts.egress:
            facts.egress = self.own_address()
        facts.arn = self.arn
        if found := re.fullmatch(r"arn:aws[\w-]*:sts::\d+:assumed-role/([^/]+)/.+", self.arn):
            facts.role = found[1]
        return google_fault(layer, answer.status, answer.data, facts)

    def own_address(self) -> str:
        """The egress address, for a denial before the egress check's turn; "" if it is switched off or not known."""
        with contextlib.suppress(Fault):
            if self.settings.egress and not self.asked_for_address:
                self.ask_for_address(self.share)
        return self.address

    def ask_for_address(self, seconds: float) -> None:
        """Find the egress address, once an attempt. Raises Fault."""
        self.asked_for_address = True
        self.address = egress.own_address(seconds)

    @property
    def share(self) -> float:
        """Seconds for what decides nothing: a tenth of what remains, and 5 at most."""
        return max(min(5, self.remaining / 10), 0)
