"""A package index and an npm registry on loopback, which is also the proxy of whatever is asked outside of it."""

import base64
import hashlib
import http.server
import io
import json
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

WHEEL = "demo_package-1.0-py3-none-any.whl"


@dataclass
class Registry:
    """What is served, and what was asked: paths here, whole URLs or hosts outside."""

    credentials: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def url(self, path: str = "/simple", credentials: str = "") -> str:
        return f"http://{credentials}{'@' if credentials else ''}127.0.0.1:{self.port}{path}"

    @property
    def outside(self) -> list[str]:
        return [path for path in self.asked if not path.startswith("/")]


def wheel() -> bytes:
    """The wheel of one module, the same bytes each time."""
    buffer = io.BytesIO()
    base = "demo_package-1.0.dist-info"
    with zipfile.ZipFile(buffer, "w") as file:
        for name, text in {
            "demo_package.py": "",
            f"{base}/METADATA": "Metadata-Version: 2.1\nName: Demo_Package\nVersion: 1.0\n",
            f"{base}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{base}/RECORD": "",
        }.items():
            file.writestr(zipfile.ZipInfo(name), text)
    return buffer.getvalue()


@cache
def tarball() -> bytes:
    """The npm package of one file; gzip writes the time into it."""
    buffer, text = io.BytesIO(), b'{"name": "demo-package", "version": "1.0.0"}'
    with tarfile.open(fileobj=buffer, mode="w:gz") as file:
        member = tarfile.TarInfo("package/package.json")
        member.size = len(text)
        file.addfile(member, io.BytesIO(text))
    return buffer.getvalue()


def integrity(data: bytes) -> str:
    """A digest as package-lock.json has it."""
    return f"sha512-{base64.b64encode(hashlib.sha512(data).digest()).decode()}"


@contextmanager
def registry(credentials: str = "") -> Iterator[Registry]:
    """Serve until the end of the block; with credentials, only who sends them."""
    state = Registry(credentials)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            wanted = f"Basic {base64.b64encode(state.credentials.encode()).decode()}"
            if state.credentials and self.headers["Authorization"] != wanted:
                return self._answer(401, b"")
            data = state.files.get(self.path.rstrip("/"))
            return self._answer(200, data) if data is not None else self._answer(404, b"")

        do_CONNECT = do_GET

        def _answer(self, code: int, data: bytes) -> None:
            self.send_response(code)
            self.send_header("WWW-Authenticate", "Basic")
            self.send_header("Content-Type", "application/json" if data.startswith(b"{") else "text/html")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.port = server.server_port
        tgz = tarball()
        packument = {
            "name": "demo-package",
            "versions": {
                "1.0.0": {
                    "name": "demo-package",
                    "version": "1.0.0",
                    "dist": {"tarball": state.url("/demo-package.tgz"), "integrity": integrity(tgz)},
                }
            },
        }
        state.files |= {
            "/simple/demo-package": f'<a href="/files/{WHEEL}">{WHEEL}</a>'.encode(),
            f"/files/{WHEEL}": wheel(),
            "/demo-package": json.dumps(packument).encode(),
            "/demo-package.tgz": tgz,
        }
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield state
        server.shutdown()
