"""Prompts and their answers in programs: asked once, waited for, bounded. Synchronous, asynchronous and in parts."""

import asyncio
import contextlib
import gzip
import inspect
import os
import re
import socket
import threading
import time
import tracemalloc
import zlib

import httpx2
import pytest
from google.genai import errors, types

import client
from localcloud.proxy import Response
from tests.cloud.google import error

HOST = "aiplatform.googleapis.com"
HOWS = ["sync", "stream", "async", "async stream"]
BUSY = error(503, "UNAVAILABLE", "x")
BOMB = zlib.compress(bytes(1_000_000), 9)


@pytest.fixture(params=HOWS)
def ask(request, monkeypatch):
    """Ask one prompt in one of four ways; as if aiohttp were installed."""
    monkeypatch.setattr("google.genai._api_client.has_aiohttp", True)
    monkeypatch.setattr("client.api.PAUSE", 0.01)

    def ask(gemini):
        prompt = {"model": "gemini-3.5-flash", "contents": "hello"}
        if request.param == "sync":
            return gemini.models.generate_content(**prompt).text
        if request.param == "stream":
            return "".join(part.text for part in gemini.models.generate_content_stream(**prompt))
        return asyncio.run(later(gemini, prompt))

    async def later(gemini, prompt):
        if request.param == "async":
            return (await gemini.aio.models.generate_content(**prompt)).text
        return "".join([part.text async for part in await gemini.aio.models.generate_content_stream(**prompt)])

    ask.how = request.param
    return ask


def prompts(world):
    return [service for service, *_ in world.cloud.log].count("gemini")


def once(*answers):
    """Each answer once, then the real one."""
    rest = list(answers)
    return lambda _: rest.pop(0) if rest else None


def packed(content, coding="gzip"):
    return Response(200, content, {"Content-Encoding": coding})


def read(connection):
    """One request, to its end."""
    data = b""
    while not (found := re.search(rb"(?is)content-length: (\d+).*?\r\n\r\n(.*)", data)) or len(found[2]) < int(
        found[1]
    ):
        data += connection.recv(65536)


@contextlib.contextmanager
def tls(world, guard, serve):
    """The Gemini host without a proxy: `serve` is given each connection and its number."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept():
            number = 0
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                number += 1
                with (
                    contextlib.suppress(OSError),
                    world.proxy.context(HOST).wrap_socket(connection, server_side=True) as c,
                ):
                    read(c)
                    serve(c, number)

        thread = threading.Thread(target=accept)
        thread.start()
        world.env(NO_PROXY=HOST, no_proxy=HOST)
        guard.redirects[HOST] = server.getsockname()[1]
        yield
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


def test_answers(world, ask):
    given = []
    world.cloud.faults["gemini"] = lambda request: given.append(request.headers)
    with client.gemini() as gemini:
        assert ask(gemini) == world.cloud.answer
    assert inspect.signature(client.gemini).parameters["seconds"].default >= 600
    assert given[0]["x-server-timeout"] == "3600"
    assert given[0]["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    "headers", [{}, {"Retry-After": "0"}, {"Retry-After": "soon"}, {"Retry-After": "Mon, 01 Jan 2001 00:00:00 GMT"}]
)
def test_busy_is_asked_again(world, ask, headers):
    world.cloud.faults["gemini"] = once(Response(503, BUSY.body, headers), error(429, "RESOURCE_EXHAUSTED", "x"), BUSY)
    with client.gemini() as gemini:
        assert ask(gemini) == world.cloud.answer
    assert prompts(world) == 4


def test_busy_for_ever(world, ask):
    world.cloud.faults["gemini"] = BUSY
    with client.gemini() as gemini, pytest.raises(errors.ServerError) as caught:
        ask(gemini)
    assert (caught.value.code, prompts(world)) == (503, 4)


def test_waits_as_long_as_it_is_told(world, ask):
    world.cloud.faults["gemini"] = once(Response(503, BUSY.body, {"Retry-After": "1"}))
    started = time.monotonic()
    with client.gemini() as gemini:
        assert ask(gemini) == world.cloud.answer
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize("seconds", ["3600", "1000000000", "9" * 400])
def test_told_to_wait_for_an_hour(world, ask, seconds):
    world.cloud.faults["gemini"] = Response(503, BUSY.body, {"Retry-After": seconds})
    with client.gemini() as gemini, pytest.raises(errors.ServerError):
        ask(gemini)
    assert prompts(world) == 1


@pytest.mark.parametrize("status", [307, 400, 408, 500, 502, 504])
def test_other_answers_are_given_back(world, ask, status):
    world.cloud.faults["gemini"] = Response(status, b"{}", {"Location": "https://evil.example/"})
    with client.gemini() as gemini, pytest.raises(errors.APIError) as caught:
        ask(gemini)
    assert (caught.value.code, prompts(world)) == (status, 1)
    assert "evil.example" not in world.cloud.hosts


@pytest.mark.parametrize(
    "answer",
    [
        Response(hang=60), Response(raw=b""), Response(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ndata: "),
        Response(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ndata:"),
    ],
)  # fmt: skip
def test_a_prompt_that_was_written_is_not_asked_again(world, ask, answer):
    world.cloud.faults["gemini"] = answer
    with client.gemini(seconds=0.5) as gemini, pytest.raises((httpx2.ReadTimeout, httpx2.RemoteProtocolError)):
        ask(gemini)
    assert prompts(world) == 1


def test_a_stream_that_stops_after_its_first_part(world, guard, ask):
    asked, done = [], threading.Event()

    def serve(connection, number):
        asked.append(number)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + b'data: {"candidates": []}\r\n\r\n')
        done.wait(60)

    with tls(world, guard, serve):
        with client.gemini(seconds=0.5) as gemini, pytest.raises(httpx2.ReadTimeout):
            ask(gemini)
        done.set()
    assert asked == [1]


def test_a_connection_that_cannot_be_made_is_tried_again(world, guard, ask):
    world.env(NO_PROXY=HOST, no_proxy=HOST)
    connect, failures = (
        guard.guarded_connect,
        [ConnectionRefusedError(), OSError(101, "Network is unreachable"), TimeoutError()],
    )

    def refuse(connection, address):
        if address[0] == HOST and failures:
            raise failures.pop()
        return connect(connection, address)

    guard.redirects[HOST] = world.proxy.port
    world.patch.setattr(guard, "guarded_connect", refuse)

    def serve(connection, _):
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}")

    with tls(world, guard, serve), client.gemini() as gemini, pytest.raises(errors.ClientError):
        ask(gemini)
    assert failures == []


def test_a_name_that_does_not_resolve(world, guard, ask):
    world.env(NO_PROXY=HOST, no_proxy=HOST)
    guard.redirects[HOST] = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    with client.gemini() as gemini, pytest.raises(httpx2.ConnectError):
        ask(gemini)


@pytest.mark.parametrize(("status", "tunnels"), [(407, 1), (503, 4)])
def test_a_proxy_that_refuses(world, ask, status, tunnels):
    asked = []
    refuse = lambda _, host: asked.append(host) or ((status, "no") if host == HOST else None)  # noqa: E731
    world.patch.setattr(world.proxy, "refuse", refuse)
    with client.gemini() as gemini, pytest.raises(httpx2.ProxyError, match=str(status)):
        ask(gemini)
    assert (asked.count(HOST), prompts(world)) == (tunnels, 0)


@pytest.mark.parametrize("through", ["proxy", "NO_PROXY"])
def test_connections_are_kept_alive(world, guard, ask, through):
    """NAT gateways forget a connection that is silent for 350 s."""
    connect, numbers, found = guard.guarded_connect, [], []

    def watch(connection, address):
        numbers.append(connection.fileno())
        return connect(connection, address)

    def look(*_):
        with socket.socket(fileno=os.dup(numbers[-1])) as copy:
            found.append(copy.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
            found.extend(copy.getsockopt(socket.IPPROTO_TCP, n) for n in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL))

    def serve(connection, _):
        look()
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}")

    world.patch.setattr(guard, "guarded_connect", watch)
    world.cloud.faults["gemini"] = lambda _: look() or error(400, "x", "x")
    way = tls(world, guard, serve) if through == "NO_PROXY" else contextlib.nullcontext()
    with way, client.gemini() as gemini, pytest.raises(errors.ClientError):
        ask(gemini)
    assert prompts(world) == (through == "proxy")
    on, *seconds = found
    assert on == 1
    assert sum(seconds) < 350


def test_gzip_is_unpacked(world, ask):
    body = b'data: {"candidates": [{"content": {"parts": [{"text": "packed"}]}}]}\n\n'
    world.cloud.faults["gemini"] = packed(gzip.compress(body if "stream" in ask.how else body[6:]))
    with client.gemini(max_bytes=len(body)) as gemini:
        assert ask(gemini) == "packed"


def test_gzip_in_several_members(world, ask):
    """RFC 1952, 2.2: a gzip file is a series of members. httpx2 alone ends at the first one."""
    body = b'data: {"candidates": [{"content": {"parts": [{"text": "packed"}]}}]}\n\n'
    body = body if "stream" in ask.how else body[6:]
    world.cloud.faults["gemini"] = packed(gzip.compress(body[:20]) + gzip.compress(b"") * 99 + gzip.compress(body[20:]))
    with client.gemini() as gemini:
        assert ask(gemini) == "packed"
    world.cloud.faults["gemini"] = packed(gzip.compress(bytes(1_000_000)) * 40)
    with client.gemini(max_bytes=500_000) as gemini, pytest.raises(httpx2.DecodingError, match="more than 500000"):
        ask(gemini)


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("rounds", [1, 40])
def test_a_small_answer_that_unpacks_to_a_large_one(world, ask, rounds, status):
    """40 MB of zeros in 40 KB: httpx2 alone holds all of them, and google-genai a copy as text."""
    bomb = gzip.compress(bytes(rounds * 1_000_000))
    world.cloud.faults["gemini"] = Response(status, bomb, {"Content-Encoding": "gzip"})
    with client.gemini(max_bytes=500_000) as gemini:
        tracemalloc.start()
        with pytest.raises(httpx2.DecodingError, match=f"answered {status} with more than 500000 bytes"):
            ask(gemini)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 16_000_000
    assert prompts(world) == 1


@pytest.mark.parametrize("coding", ["deflate", "br", "zstd", "gzip, gzip", "x" * 99])
def test_encodings_that_were_not_asked_for(world, ask, coding):
    world.cloud.faults["gemini"] = packed(BOMB, coding)
    with client.gemini() as gemini, pytest.raises(httpx2.DecodingError, match="allowed is gzip"):
        ask(gemini)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"plain", "no gzip"),
        (gzip.compress(b"data: {}\n\n" * 9, mtime=0)[:-9], "without its end"),
        (gzip.compress(b"{}") + bytes(1_000_000), "no gzip"),
    ],
)
def test_gzip_that_is_none(world, ask, content, words):
    world.cloud.faults["gemini"] = packed(content)
    with client.gemini() as gemini, pytest.raises(httpx2.DecodingError, match=words):
        ask(gemini)


def test_a_large_answer_without_gzip(world, ask):
    world.cloud.faults["gemini"] = Response(200, b"data: {}\n\n" * 100_000)
    with client.gemini(max_bytes=500_000) as gemini, pytest.raises(httpx2.DecodingError, match="more than 500000"):
        ask(gemini)


def test_a_large_error(world, ask):
    world.cloud.faults["gemini"] = error(400, "INVALID_ARGUMENT", "x" * 10_000_000)
    with (
        client.gemini() as gemini,
        pytest.raises(httpx2.DecodingError, match="answered 400 with more than 1048576 bytes"),
    ):
        ask(gemini)
    outcome = world.run("--json")
    assert (outcome.code, len(outcome.out) < 10_000) == (25, True)
    assert "answered 400 with more than" in outcome.fault["cause"]


def test_the_command_unpacks_within_bounds(world):
    world.cloud.faults["gemini"] = packed(gzip.compress(bytes(40_000_000)))
    outcome = world.run("--json")
    assert outcome.code == 25
    assert "answered 200 with more than 16777216 bytes" in outcome.fault["cause"]


def test_a_timeout_of_one_prompt_is_no_deadline_of_googles(world):
    given = []
    world.cloud.faults["gemini"] = lambda request: (
        given.append(request.headers["x-server-timeout"]) or Response(hang=60)
    )
    config = types.GenerateContentConfig(http_options=types.HttpOptions(timeout=300))
    with client.gemini() as gemini, pytest.raises(httpx2.ReadTimeout):
        gemini.models.generate_content(model="gemini-3.5-flash", contents="hello", config=config)
    assert given == ["3600"]


@pytest.mark.parametrize("form", ["message", "not JSON"])
def test_an_error_that_echoes_the_token(world, ask, form):
    def echo(request):
        text = f"who are you? {request.headers['authorization']}"
        return error(401, "UNAUTHENTICATED", text) if form == "message" else Response(401, text.encode())

    world.cloud.faults["gemini"] = echo
    with client.gemini() as gemini, pytest.raises(errors.ClientError) as caught:
        ask(gemini)
    assert caught.value.code == 401
    assert form != "message" or caught.value.status == "UNAUTHENTICATED"
    world.search(repr(caught.value) + repr(vars(caught.value)) + caught.value.response.text)


def test_one_client_for_several_event_loops_and_threads(world, ask):
    with client.gemini() as gemini:
        assert [ask(gemini) for _ in range(2)] == [world.cloud.answer] * 2
        found = []
        threads = [threading.Thread(target=lambda: found.append(ask(gemini))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [world.cloud.answer] * 8
    with pytest.raises(RuntimeError, match="has been closed"):
        ask(gemini)


def test_connections_end_with_their_client(world, guard):
    """In an event loop too, where the end of `with` cannot wait."""
    ended = threading.Event()

    def serve(connection, _):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n" + b'{"candidates": []}')
        if connection.recv(1) == b"":
            ended.set()

    async def work():
        with client.gemini() as gemini:
            await gemini.aio.models.generate_content(model="gemini-3.5-flash", contents="hello")
        assert await asyncio.to_thread(ended.wait, 20)

    with tls(world, guard, serve):
        asyncio.run(work())
