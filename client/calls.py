"""How prompts travel: google-genai's own HTTP library, patient, sent again only where that costs nothing.

google-genai's `retry_options` repeat a prompt after a timeout, which Google bills again, and with aiohttp installed its
asynchronous calls follow redirects and end a stream at the timeout. A client of ours in its options turns both off.
"""

import asyncio
import contextlib
import email.utils
import random
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from .answers import AsyncPieces, Pieces, without_secrets
from .forks import begin_after_fork

CONNECT = 10.0
LONGEST_PAUSE = 60.0
# google-genai 3.4 holds an abandoned stream in a reference cycle, and with it a connection until the garbage collector
# comes: httpx2's limit of 100 would let all other prompts wait for that.
_LIMITS = httpx2.Limits(max_connections=400, max_keepalive_connections=20)
_REPEATED = (429, 503)
_PERMANENT = re.compile(r"CERTIFICATE_VERIFY_FAILED|^4\d\d ")  # an untrusted host, a proxy's refusal
# A probe after a minute of silence: NAT gateways forget a connection after 350 s. macOS names the first one otherwise.
_KEEPALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPALIVE": 60, "TCP_KEEPINTVL": 30, "TCP_KEEPCNT": 5}


@dataclass(frozen=True)
class Terms:
    """`seconds` of silence, `max_bytes` of one answer, `attempts` with pauses of `pause`, twice and four times that.

    `look` is given the number of the attempt and each answer that was read.
    """

    seconds: float
    max_bytes: int
    attempts: int
    pause: float
    look: Callable[[int, httpx2.Response], None] = lambda *_: None


class Calls(httpx2.Client):
    """google-genai's synchronous client on our terms."""

    def __init__(self, terms: Terms, context: ssl.SSLContext) -> None:
        self._terms, self._context = terms, context
        begin_after_fork(self)

    def begin(self) -> None:
        """Start without connections. Two processes on one connection would read each other's answers."""
        super().__init__(verify=self._context, limits=_LIMITS)

    def send(self, request: httpx2.Request, *, stream: bool = False, **options: Any) -> httpx2.Response:
        """Send one request. Raises httpx2's exceptions."""
        call = _Call(request, self._terms)
        request.extensions["trace"] = call.watch
        while True:
            try:
                response = super().send(request, stream=True, **options)
            except httpx2.TransportError as error:
                if (pause := call.pause_after(error)) is None:
                    raise
            else:
                if (pause := call.pause_for(response)) is None:
                    break
                response.close()
            time.sleep(pause)
        try:
            response.stream = Pieces(response, self._terms.max_bytes)
            if not stream or response.is_error:
                response.read()
                response = without_secrets(response)
                self._terms.look(call.number, response)
        except BaseException:
            response.close()
            raise
        return response


class AsyncCalls(httpx2.AsyncClient):
    """google-genai's asynchronous client on our terms, with a connection pool for each event loop."""

    def __init__(self, terms: Terms, context: ssl.SSLContext) -> None:
        super().__init__(verify=context)
        self._terms, self._context, self._open = terms, context, True
        self._closing: list[object] = []  # an event loop refers to its tasks weakly
        begin_after_fork(self)

    def begin(self) -> None:
        """Start without a pool."""
        self._lock = threading.Lock()
        self._pools: dict[asyncio.AbstractEventLoop, httpx2.AsyncClient] = {}

    async def send(self, request: httpx2.Request, *, stream: bool = False, **options: Any) -> httpx2.Response:
        """Send one request. Raises httpx2's exceptions."""
        call = _Call(request, self._terms)
        request.extensions["trace"] = call.watch_async
        while True:
            try:
                response = await self._pool().send(request, stream=True, **options)
            except httpx2.TransportError as error:
                if (pause := call.pause_after(error)) is None:
                    raise
            else:
                if (pause := call.pause_for(response)) is None:
                    break
                await response.aclose()
            await asyncio.sleep(pause)
        try:
            response.stream = AsyncPieces(response, self._terms.max_bytes)
            if not stream or response.is_error:
                await response.aread()
                response = without_secrets(response)
        except BaseException:
            await response.aclose()
            raise
        return response

    def close(self) -> None:
        """Close the pools of all event loops, from any thread: those of loops that run close a moment later."""
        with self._lock:
            pools, self._pools, self._open = self._pools, {}, False
        here = None
        with contextlib.suppress(RuntimeError):  # no loop runs
            here = asyncio.get_running_loop()
        for loop, pool in pools.items():
            with contextlib.suppress(RuntimeError):  # the loop ended meanwhile
                if loop is here:
                    self._closing.append(loop.create_task(pool.aclose()))
                elif loop.is_running():
                    asyncio.run_coroutine_threadsafe(pool.aclose(), loop)

    def _pool(self) -> httpx2.AsyncClient:
        loop = asyncio.get_running_loop()
        with self._lock:
            if not self._open:
                raise RuntimeError("Cannot send a request, as the client has been closed.")
            self._pools = {other: pool for other, pool in self._pools.items() if not other.is_closed()}
            if loop not in self._pools:
                self._pools[loop] = httpx2.AsyncClient(verify=self._context, limits=_LIMITS)
            return self._pools[loop]


class _Call:
    """One request through its attempts."""

    def __init__(self, request: httpx2.Request, terms: Terms) -> None:
        self.terms, self.number, self.written = terms, 1, False
        given = request.extensions.get("timeout", {})  # all None, unless a program gave one with the prompt
        patience = {"connect": CONNECT, "read": terms.seconds, "write": terms.seconds, "pool": terms.seconds}
        request.extensions["timeout"] = {name: given.get(name) or value for name, value in patience.items()}
        request.headers["Accept-Encoding"] = "gzip"  # the only one that `answers` unpacks

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """What httpcore2 reports, through a proxy too, where it would drop `socket_options`."""
        if event.endswith(".connect_tcp.complete"):
            _keep_alive(info["return_value"].get_extra_info("socket"))
        elif event.endswith(".send_request_headers.started") and info["request"].method != b"CONNECT":
            self.written = True

    async def watch_async(self, event: str, info: Mapping[str, Any]) -> None:
        """The same for an event loop."""
        self.watch(event, info)

    def pause_after(self, error: httpx2.TransportError) -> float | None:
        """Seconds until the next attempt; None after the last one."""
        if self.written or isinstance(error, httpx2.UnsupportedProtocol) or _PERMANENT.search(str(error)):
            return None
        return self._pause(0)

    def pause_for(self, answer: httpx2.Response) -> float | None:
        """Seconds until the next attempt; None if this answer is the one to give back."""
        return self._pause(_retry_after(answer)) if answer.status_code in _REPEATED else None

    def _pause(self, wanted: float) -> float | None:
        if self.number >= self.terms.attempts or wanted > LONGEST_PAUSE:
            return None
        pause: float = self.terms.pause * 2 ** (self.number - 1) * random.uniform(1, 1.5)
        self.number, self.written = self.number + 1, False
        return max(pause, wanted)


def _retry_after(answer: httpx2.Response) -> float:
    """Seconds that the host asks for: a number or a date (RFC 9110, 10.2.3); 0 if it says neither."""
    value = answer.headers.get("Retry-After", "")
    if re.fullmatch(r"\d+", value, re.ASCII):
        return float(value)
    try:
        return email.utils.parsedate_to_datetime(value).timestamp() - time.time()
    except (TypeError, ValueError, OverflowError):
        return 0


def _keep_alive(connection: Any) -> None:
    with contextlib.suppress(OSError, AttributeError):  # a system without them: the prompt is worth more
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        with contextlib.suppress(OSError, AttributeError):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
