"""One intercepting proxy serves every cloud host, so clients keep real names, real TLS and their allow-lists.

`CONNECT host:443` is answered by TLS with a certificate for the name in SNI (one trustme authority); absolute-URI
requests (`http://169.254.169.254/...`) are answered as they are. The user name in the proxy's address is the caller's
egress address: HTTPS_PROXY=http://203.0.113.7:x@127.0.0.1:PORT.
"""

import base64
import contextlib
import http.server
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import trustme


@dataclass(frozen=True)
class Request:
    """A request as the cloud sees it; `egress` is the address it comes from."""

    scheme: str
    host: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    egress: str


@dataclass
class Response:
    """An answer. `raw` replaces the whole of it; `hang` seconds pass before it (cut short when the proxy closes)."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    hang: float = 0
    drip: float = 0
    """Seconds between single bytes of the body."""
    broken: Callable[[str], None] = field(default=lambda _: None, compare=False)
    """Called with the reason if the connection breaks after the request. The answer may then be lost."""


class Proxy:
    """Listens on 127.0.0.1 until closed; `answer` gets every request, from many threads.

    `refused` are hosts that it makes no tunnel to; `refuse(egress, host)` may give a status and the reason for not
    making one. A request that was routed here without a proxy is answered too. `port` 0 is any free one.
    """

    def __init__(
        self,
        answer: Callable[[Request], Response],
        folder: Path,
        refuse: Callable[[str, str], tuple[int, str] | None] = lambda *_: None,
        port: int = 0,
    ) -> None:
        self.answer, self.refuse, self.closing = answer, refuse, threading.Event()
        self.authority, self._contexts, self._lock = trustme.CA(), dict[str, ssl.SSLContext](), threading.Lock()
        self.ca_file = folder / "ca.pem"
        self.authority.cert_pem.write_to_path(str(self.ca_file))
        self.refused: set[str] = set()
        self._sockets: set[socket.socket] = set()
        self._server = _Server(("127.0.0.1", port), type("Handler", (_Handler,), {"proxy": self}))
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def environment(self, egress: str = "203.0.113.7") -> dict[str, str]:
        """The variables of a process that lives in this cloud, leaving it from `egress`."""
        address, ca = f"http://{egress}:x@127.0.0.1:{self.port}", str(self.ca_file)
        return {
            "HTTPS_PROXY": address, "HTTP_PROXY": address, "https_proxy": address, "http_proxy": address,
            "NO_PROXY": "", "no_proxy": "", "SSL_CERT_FILE": ca, "REQUESTS_CA_BUNDLE": ca, "AWS_CA_BUNDLE": ca,
        }  # fmt: skip

    def release(self) -> None:
        """Break every connection; a blocked client continues."""
        self.closing.set()
        for connection in list(self._sockets):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.closing = threading.Event()

    def close(self) -> None:
        """Stop listening and break every connection."""
        self._server.shutdown()
        self._server.server_close()
        self.release()

    def context(self, host: str) -> ssl.SSLContext:
        """TLS for one host name, made once."""
        with self._lock:
            if host not in self._contexts:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                self.authority.issue_cert(host).configure_cert(context)
                self._contexts[host] = context
            return self._contexts[host]


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # more than Terraform opens at once; who finds it full waits a second (Linux)


class _Handler(http.server.BaseHTTPRequestHandler):
    proxy: Proxy
    protocol_version = "HTTP/1.1"
    tunnel = ""
    egress = ""
    answered: Response | None = None
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.proxy._sockets.add(self.connection)

    def finish(self) -> None:
        self.proxy._sockets.discard(self.connection)
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def handle(self) -> None:
        try:
            super().handle()
        except (OSError, ValueError) as problem:
            if self.answered:
                self.answered.broken(repr(problem))

    def do_CONNECT(self) -> None:
        self.tunnel, self.egress = self.path.rpartition(":")[0], self._user()
        refusal = (
            (403, "Forbidden") if self.tunnel in self.proxy.refused else self.proxy.refuse(self.egress, self.tunnel)
        )
        if refusal:
            self.send_error(*refusal)
            return
        self.send_response_only(200)
        self.end_headers()
        self.wfile.flush()
        outer = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            connection.context = self.proxy.context(name or self.tunnel)

        outer.sni_callback = choose
        self.proxy._sockets.discard(self.connection)
        self.connection = outer.wrap_socket(self.connection, server_side=True)
        self.proxy._sockets.add(self.connection)
        self.rfile, self.wfile = self.connection.makefile("rb", -1), self.connection.makefile("wb", 0)
        self.close_connection = False

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        if hasattr(socket, "TCP_QUICKACK"):  # urllib3 leaves Nagle's algorithm on behind a proxy: 40 ms a POST
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        chunked = self.headers.get("Transfer-Encoding", "").lower() == "chunked"
        body = self._chunks() if chunked else self.rfile.read(int(self.headers.get("Content-Length") or 0))
        origin = (
            f"https://{self.tunnel}" if self.tunnel else f"http://{self.headers['Host']}" if self.path[0] == "/" else ""
        )
        url = urlsplit(origin + self.path)
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        headers = {k.lower(): v for k, v in self.headers.items() if not k.lower().startswith("proxy-")}
        egress = self.egress if self.tunnel else self._user()
        closing = self.proxy.closing
        answer = self.proxy.answer(Request(url.scheme, url.hostname or "", self.command, path, headers, body, egress))
        self.answered = answer
        if answer.hang and closing.wait(answer.hang):
            self.close_connection = True
            return
        if answer.raw is not None:
            self.wfile.write(answer.raw)
            self.close_connection = True
            return
        self.send_response(answer.status) if "Date" not in answer.headers else self.send_response_only(answer.status)
        length = str(len(answer.body))
        length = answer.headers.get("Content-Length", length) if self.command == "HEAD" else length
        for name, value in {"Content-Type": "application/json", **answer.headers, "Content-Length": length}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        for byte in answer.body if answer.drip else ():
            if closing.wait(answer.drip):
                return
            self.wfile.write(bytes([byte]))
        if not answer.drip:
            self.wfile.write(answer.body)

    def _chunks(self) -> bytes:
        """The body of a request that does not say how long it is (RFC 9112, 7.1)."""
        body = b""
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def _user(self) -> str:
        scheme, _, value = self.headers.get("Proxy-Authorization", "").partition(" ")
        return base64.b64decode(value).decode().partition(":")[0] if scheme == "Basic" else ""

    def log_message(self, *_: object) -> None:
        """Say nothing: tests read `Cloud.log`."""
