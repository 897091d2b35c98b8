"""The proxy: real names, real TLS, one address a caller, on loopback only."""

import base64
import http.client
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from localcloud.proxy import Proxy, Request, Response

SEEN: list[Request] = []


def answer(request: Request) -> Response:
    SEEN.append(request)
    return Response(200, request.egress.encode(), {"Content-Type": "text/plain"})


def refuse(egress: str, host: str) -> tuple[int, str] | None:
    return (504, f"no way out for {egress}") if host == "far.example" else None


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    proxy = Proxy(answer, tmp_path, refuse)
    yield proxy
    proxy.close()


def basic(user: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:x".encode()).decode()


def tunnel(proxy: Proxy, host: str, user: str = "203.0.113.7") -> http.client.HTTPSConnection:
    trusting = ssl.create_default_context(cafile=str(proxy.ca_file))
    connection = http.client.HTTPSConnection("127.0.0.1", proxy.port, timeout=10, context=trusting)
    connection.set_tunnel(host, 443, {"Proxy-Authorization": basic(user)})
    return connection


def test_a_host_has_a_certificate_of_its_own_and_the_caller_its_address(proxy: Proxy) -> None:
    connection = tunnel(proxy, "sts.googleapis.com")
    connection.request("POST", "/v1/token?a=b", b"body")
    assert connection.getresponse().read() == b"203.0.113.7"
    connection.close()
    assert (SEEN[-1].host, SEEN[-1].path, SEEN[-1].body) == ("sts.googleapis.com", "/v1/token?a=b", b"body")
    assert not any("proxy" in name for name in SEEN[-1].headers)


def test_a_large_answer_arrives_whole(tmp_path: Path) -> None:
    body = bytes(range(256)) * 16384
    proxy = Proxy(lambda _: Response(200, body), tmp_path)
    connection = tunnel(proxy, "a.example")
    connection.request("GET", "/")
    assert connection.getresponse().read() == body
    connection.close()
    proxy.close()


def test_a_body_in_chunks_arrives_whole(proxy: Proxy) -> None:
    connection = tunnel(proxy, "a.example")
    for _ in range(2):  # nothing of the first is left for the second
        connection.request("POST", "/", iter([b"bo", b"dy"]), encode_chunked=True)
        assert connection.getresponse().read() == b"203.0.113.7"
        assert (SEEN[-1].method, SEEN[-1].body) == ("POST", b"body")
    connection.close()


def test_an_answer_to_head_has_no_body(proxy: Proxy) -> None:
    connection = tunnel(proxy, "a.example")
    for method, body in (("HEAD", b""), ("GET", b"203.0.113.7")):
        connection.request(method, "/")
        answer = connection.getresponse()
        assert (answer.headers["Content-Length"], answer.read()) == ("11", body)
    connection.close()


def test_two_callers_at_once_keep_their_addresses(proxy: Proxy) -> None:
    connections = {user: tunnel(proxy, "a.example", user) for user in ("203.0.113.7", "198.51.100.9", "i-0abc~1")}
    for user, connection in [*connections.items(), *connections.items()]:
        connection.request("GET", "/")
        assert connection.getresponse().read() == user.encode()
    for connection in connections.values():
        connection.close()


def test_plain_http_is_answered_without_a_tunnel(proxy: Proxy) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
    for url, host in (
        ("http://169.254.169.254/latest/x", "169.254.169.254"),
        ("http://[fd00:ec2::254]/x", "fd00:ec2::254"),
    ):
        connection.request("GET", url, headers={"Proxy-Authorization": basic("i-0abc")})
        connection.getresponse().read()
        assert (SEEN[-1].scheme, SEEN[-1].host, SEEN[-1].egress) == ("http", host, "i-0abc")
        assert not any("proxy" in name for name in SEEN[-1].headers)
    connection.close()


def test_a_refused_tunnel_says_why(proxy: Proxy) -> None:
    proxy.refused.add("closed.example")
    with pytest.raises(OSError, match="504 no way out for 203.0.113.7"):
        tunnel(proxy, "far.example").connect()
    with pytest.raises(OSError, match="403"):
        tunnel(proxy, "closed.example").connect()


def test_nothing_listens_beyond_loopback(proxy: Proxy) -> None:
    listening = [one.laddr for one in psutil.Process().net_connections("inet") if one.status == psutil.CONN_LISTEN]
    assert proxy.port in {address.port for address in listening}
    assert {address.ip for address in listening} == {"127.0.0.1"}


def test_closing_ends_whoever_waits(tmp_path: Path) -> None:
    entered = threading.Event()

    def hang(_: Request) -> Response:
        entered.set()
        return Response(hang=60)

    proxy = Proxy(hang, tmp_path)
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=30)
    connection.request("GET", "http://169.254.169.254/")
    assert entered.wait(10)
    proxy.close()
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        connection.getresponse()
