"""One renewal at a time, however many threads and tasks wait for it, and none that waits for ever."""

import contextvars
import copy
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from .fault import Fault, Layer
from .forks import begin_after_fork
from .network import timeout_fault
from .published import Token, utcnow
from .transport import Transport

_looked: contextvars.ContextVar[tuple[object, int]] = contextvars.ContextVar("looked")


class Published:
    """The token that everybody reads, and the renewal at work. Nothing is published but the end of a whole renewal."""

    def __init__(self, token: Token | None = None) -> None:
        self._token = token
        begin_after_fork(self)

    def begin(self) -> None:
        """Start without a renewal. A forked process has neither the renewal's thread nor the lock's owner."""
        self._lock = threading.Lock()
        self._renewal: _Renewal | None = None

    def look(self) -> Token | None:
        """The token. Without a lock, so that no event loop waits; this thread or task is remembered to have seen it."""
        token = self._token
        _looked.set((self, token.number if token else 0))
        return token

    def put(self, token: Token | None) -> None:
        """Replace the token."""
        self._token = token

    def renew(
        self, work: Callable[[Transport], Token], transport: Callable[[], Transport], seconds: float
    ) -> Fault | None:
        """Run `work`, or wait for the renewal that is under way. The fault, None if there is a new token.

        Nothing is done if another caller renewed since this one looked: what it saw is replaced already. A renewal that
        fails leaves the token expired, and the next call begins another one.
        """
        with self._lock:
            owner, number = _looked.get((None, 0))
            token = self._token
            if owner is self and token and token.number != number and token.lease.end > utcnow():
                return None
            if not self._renewal:
                self._renewal = _Renewal(self, work, transport(), seconds)
            renewal = self._renewal
        fault = renewal.fault()
        self.look()
        return fault

    def end(self, renewal: "_Renewal", outcome: Token | Fault) -> None:
        """Publish what a renewal ended with; of one that was given up, nothing."""
        with self._lock:
            if self._renewal is renewal:
                self._renewal = None
                if isinstance(outcome, Token):
                    self._token = outcome
                elif self._token:
                    self._token = self._token.until(utcnow())


class _Renewal:
    """One renewal, in a separate thread: a name server that hangs cannot be interrupted."""

    def __init__(self, published: Published, work: Callable[[Transport], Token], transport: Transport, seconds: float):
        self._published, self._work, self._transport, self._seconds = published, work, transport, seconds
        self._deadline = time.monotonic() + seconds
        self._outcome: Future[Fault | None] = Future()
        threading.Thread(target=self._run, name="checks", daemon=True).start()

    def fault(self) -> Fault | None:
        """Wait for the end."""
        try:
            return self._outcome.result(max(self._deadline - time.monotonic(), 0))
        except TimeoutError:
            late = f"{self._transport.last_host} had not answered when the {self._seconds:g} s were used up"
            self._published.end(self, fault := timeout_fault(late))
            return fault

    def _run(self) -> None:
        outcome: Token | Fault
        try:
            with self._transport.session:
                outcome = self._work(self._transport)
        except Fault as fault:
            outcome = copy.copy(fault)  # without frames and __context__: they hold answers
        except Exception as error:  # noqa: BLE001 (the threads that wait need an outcome)
            outcome = Fault(Layer.UNEXPECTED, f"the renewal failed with {type(error).__name__}", "report it")
        self._published.end(self, outcome)
        self._outcome.set_result(outcome if isinstance(outcome, Fault) else None)
