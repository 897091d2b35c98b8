"""As much of Google as the Terraform provider needs, on loopback, through its own GOOGLE_<X>_CUSTOM_ENDPOINT variables.

It keeps what it is given and hands it back. It checks nothing: that is for the local cloud.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PROJECT, NUMBER = "my-project", "345678901234"
APIS = {
    "ACCESS_CONTEXT_MANAGER": "v1",
    "CLOUD_BILLING": "v1",
    "IAM": "v1",
    "IAM_BETA": "v1",
    "RESOURCE_MANAGER": "v1",
    "SERVICE_USAGE": "v1",
}


class GoogleFake:
    """`objects` by resource name, `enabled` services, and `calls`: what was written, as (method, path)."""

    def __init__(self, url: str, number: str) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.policies: dict[str, dict[str, Any]] = {}
        self.enabled: set[str] = set()
        self.calls: list[tuple[str, str]] = []
        self.environment = {
            **{f"GOOGLE_{name}_CUSTOM_ENDPOINT": f"{url}/{version}/" for name, version in APIS.items()},
            "GOOGLE_OAUTH_ACCESS_TOKEN": "none",
            # Whatever else the provider asks (openidconnect's userinfo) goes nowhere, at once; loopback is not proxied.
            "HTTPS_PROXY": "http://127.0.0.1:9",
        }
        self._project = {"projectId": PROJECT, "projectNumber": number, "lifecycleState": "ACTIVE", "name": PROJECT}

    def answer(
        self, method: str, path: str, query: dict[str, list[str]], body: dict[str, Any]
    ) -> dict[str, Any] | None:
        """The answer to a request; None for 404."""
        verb = path.rpartition(":")[2] if re.search(r":[a-zA-Z]+$", path) else method
        if method != "GET" and verb != "getIamPolicy":
            self.calls.append((verb, path))
        if path == f"projects/{PROJECT}" and method == "GET":
            return self._project
        if path.endswith("/billingInfo"):
            return {}
        if "/services" in path:
            return self._services(verb, path, body)
        if verb in ("getIamPolicy", "setIamPolicy"):
            if verb == "setIamPolicy":
                self.policies[path.partition(":")[0]] = body["policy"]
            return self.policies.get(path.partition(":")[0], {"version": 3, "etag": "AA=="})
        return self._object(method, path, query, body)

    def _services(self, verb: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if verb == "batchEnable":
            self.enabled.update(body["serviceIds"])
        elif verb == "enable":
            self.enabled.add(path.rpartition("/")[2].removesuffix(":enable"))
        else:
            return {"services": [{"name": f"projects/{NUMBER}/services/{name}"} for name in sorted(self.enabled)]}
        return {"name": "operations/1", "done": True, "response": {}}

    def _object(
        self, method: str, path: str, query: dict[str, list[str]], body: dict[str, Any]
    ) -> dict[str, Any] | None:
        if method == "POST":
            return self._create(path, query, body)
        if path not in self.objects:
            return None
        if method == "PATCH":
            for mask in query["updateMask"][0].split(","):
                self.objects[path].pop(mask, None)
            self.objects[path].update(body)
        done = self.objects.pop(path) if method == "DELETE" else self.objects[path]
        return (
            done if method == "GET" or "/roles/" in path else {"name": "operations/1", "done": True, "response": done}
        )

    def _create(self, path: str, query: dict[str, list[str]], body: dict[str, Any]) -> dict[str, Any]:
        ids = [values[0] for name, values in query.items() if name.startswith("workloadIdentityPool")]
        if path == "accessPolicies":
            name = "accessPolicies/987654321"
        elif path.endswith("/roles"):
            name, body = f"{path}/{body['roleId']}", {**body["role"]}
        else:
            name = str(body.get("name")) if body.get("name") else f"{path}/{ids[0]}"
        self.objects[name] = {**body, "name": name}
        if path.endswith("/roles"):
            return self.objects[name]
        return {"name": "operations/1", "done": True, "response": self.objects[name]}


@contextmanager
def google_fake(number: str = NUMBER) -> Iterator[GoogleFake]:
    """A running fake. `number` is the number of the project `my-project`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            split = urlsplit(self.path)
            # The five clients written in Go repeat the version of a custom endpoint (terraform-provider-google #26590).
            path = re.sub(r"^/(v1/)+", "", split.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = fake.answer(self.command, path, parse_qs(split.query), json.loads(body or b"{}"))
            status = 404 if answer is None else 200
            content = json.dumps(answer or {"error": {"code": status, "message": f"{path} was not found"}}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PATCH = do_DELETE = do_PUT = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake = GoogleFake(f"http://127.0.0.1:{server.server_port}", number)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
