"""Answers in pieces: unpacked here, because httpx2 unpacks without a limit, and counted."""

import json
import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2

from .redact import clean, leaks

MAX_ERROR = 1_048_576  # each is searched for secrets
_STEP = 65_536


class _Counter:
    """Unpacks and counts what one answer holds. Raises httpx2.DecodingError."""

    def __init__(self, response: httpx2.Response, limit: int) -> None:
        self.inner: Any = response.stream
        limit = min(limit, MAX_ERROR) if response.is_error else limit
        self.host, self.status = response.request.url.host, response.status_code
        self.limit, self.room = limit, limit
        coding = response.headers.pop("Content-Encoding", "identity").strip().lower()
        if coding not in ("gzip", "identity", ""):
            raise httpx2.DecodingError(
                f"{self.host} sent Content-Encoding {coding[:40]!r}, allowed is gzip: look for a proxy that repacks answers"
            )
        self.unpacker = _gzip() if coding == "gzip" else None

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The content of a piece, in steps."""
        while True:
            content, piece = self._step(piece)
            self.room -= len(content)
            if self.room < 0:
                raise httpx2.DecodingError(
                    f"{self.host} answered {self.status} with more than {self.limit} bytes: ask for less, or give gemini() more max_bytes"
                )
            if content:
                yield content
            if not piece and len(content) < _STEP:
                return

    def end(self) -> None:
        """Check that nothing is missing."""
        if self.unpacker and not self.unpacker.eof and self.room < self.limit:
            raise httpx2.DecodingError(f"{self.host} sent a gzip answer without its end: ask again")

    def _step(self, piece: bytes) -> tuple[bytes, bytes]:
        if not self.unpacker:
            return piece, b""
        if piece and self.unpacker.eof:  # another member (RFC 1952, 2.2)
            self.unpacker = _gzip()
        try:
            content = self.unpacker.decompress(piece, _STEP)
        except zlib.error:
            raise httpx2.DecodingError(f"{self.host} sent an answer that is no gzip, as its header says") from None
        return content, self.unpacker.unconsumed_tail or self.unpacker.unused_data


def _gzip() -> Any:
    return zlib.decompressobj(zlib.MAX_WBITS | 16)


class Pieces(_Counter, httpx2.SyncByteStream):
    """In the place of a response's stream: at most `limit` bytes after unpacking."""

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.inner:
            yield from self.feed(piece)
        self.end()

    def close(self) -> None:
        """Give the connection back."""
        self.inner.close()


class AsyncPieces(_Counter, httpx2.AsyncByteStream):
    """The same for an event loop."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self.inner:
            for content in self.feed(piece):
                yield content
        self.end()

    async def aclose(self) -> None:
        """Give the connection back."""
        await self.inner.aclose()


def without_secrets(response: httpx2.Response) -> httpx2.Response:
    """The same answer; each field of an error that holds a secret of this process is replaced."""
    if not response.is_error or not leaks(response.text):
        return response
    try:
        body = json.dumps(_cleaned(json.loads(response.content)))
    except (ValueError, RecursionError):
        body = clean(response.text, 0)
    headers = {"Content-Type": response.headers.get("Content-Type", "")}
    return httpx2.Response(response.status_code, headers=headers, text=body, request=response.request)


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {clean(str(name), 0): _cleaned(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    return clean(value, 0) if isinstance(value, str) else value
