"""TLS that fails in a way of its own: real handshakes with servers on loopback, through both libraries."""

import contextlib
import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

import pytest
import trustme

HOSTS = ["sts.googleapis.com", "aiplatform.googleapis.com"]  # requests calls the first, httpx2 the second


@contextlib.contextmanager
def serving(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port on loopback; `answer` gets each connection, which is closed afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection, contextlib.suppress(OSError):
                    answer(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def handshake(certificate: trustme.LeafCert) -> Callable[[socket.socket], None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return lambda connection: context.wrap_socket(connection, server_side=True).close()


def http(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def hang_up(connection: socket.socket) -> None:
    connection.recv(4096)


@pytest.fixture
def fault(world, guard):
    """What the command says of a host, where `answer` serves it."""

    def run(host: str, answer: Callable[[socket.socket], None]) -> dict[str, str]:
        world.env(NO_PROXY=host, no_proxy=host)
        with serving(answer) as port:
            guard.redirects[host] = port
            outcome = world.run("--json", "--timeout", "20")
        assert outcome.code == 30, outcome.out
        return outcome.fault

    return run


@pytest.mark.parametrize("host", HOSTS)
def test_expired_certificate(world, fault, host):
    authority, past = world.proxy.authority, datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    found = fault(
        host, handshake(authority.issue_cert(host, not_after=past, not_before=past - datetime.timedelta(days=9)))
    )
    assert f"the certificate of {host} is expired or not valid yet" in found["cause"]
    assert "date -u" in found["fix"]


@pytest.mark.parametrize("host", HOSTS)
def test_certificate_for_another_name(world, fault, host):
    found = fault(host, handshake(world.proxy.authority.issue_cert("portal.example")))
    assert f"what answers as {host} shows a certificate for another name" in found["cause"]
    assert f"getent hosts {host}" in found["fix"]


@pytest.mark.parametrize("host", HOSTS)
def test_unknown_authority_although_both_variables_are_set(world, fault, host):
    found = fault(host, handshake(trustme.CA().issue_cert(host)))
    ca = world.proxy.ca_file
    assert "is not trusted here" in found["cause"]
    assert f"SSL_CERT_FILE={ca} and REQUESTS_CA_BUNDLE={ca} are set" in found["cause"]
    assert found["fix"].startswith("add the certificate authority")


@pytest.mark.parametrize(
    ("name", "other"), [("CURL_CA_BUNDLE", "SSL_CERT_FILE"), ("SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")]
)
def test_the_second_variables_count_too(world, fault, name, other):
    """requests reads CURL_CA_BUNDLE, and httpx2 SSL_CERT_DIR, where their first variable is not set."""
    folder = world.folder / "certificates"
    folder.mkdir()
    path = str(world.proxy.ca_file if name == "CURL_CA_BUNDLE" else folder)
    world.env(SSL_CERT_FILE=None, REQUESTS_CA_BUNDLE=None)
    world.env(**{name: path, other: str(world.proxy.ca_file)})
    host = HOSTS[0] if name == "CURL_CA_BUNDLE" else HOSTS[1]
    assert f"={path}" in fault(host, handshake(trustme.CA().issue_cert(host)))["cause"]


@pytest.mark.parametrize("host", HOSTS)
def test_plain_http_on_443(fault, host):
    found = fault(host, http)
    assert f"what answers as {host} on port 443 speaks no TLS" in found["cause"]
    assert "captive portal" in found["fix"]


@pytest.mark.parametrize("host", HOSTS)
def test_connection_closed_in_the_handshake(fault, host):
    found = fault(host, hang_up)
    assert f"closed the connection to {host} in the TLS handshake" in found["cause"]
    assert "SNI" in found["fix"]


def test_a_path_enters_a_command_in_quotes(world):
    odd = world.folder / "a b;c.pem"
    odd.write_bytes(world.proxy.ca_file.read_bytes())
    world.env(REQUESTS_CA_BUNDLE=None, SSL_CERT_FILE=str(odd))
    assert world.run("--json").fault["fix"] == f"export REQUESTS_CA_BUNDLE='{odd}'"
