"""A world for the client: both clouds on loopback, and no route to the internet."""

import contextlib
import io
import json
import os
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from client import cli, redact
from localcloud.proxy import Proxy, Response
from tests.cloud.cloud import Cloud

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "client" / "report.schema.json").read_text())
PREFIXES = ("AWS_", "GOOGLE_", "GCP_", "GEMINI_", "KEYLESS_", "CLOUDSDK_", "ECS_")
NAMES = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
)


def document(**changes: Any) -> dict[str, Any]:
    """The document that gcloud writes for AWS with IMDSv2; a change to None removes a field."""
    imds = "http://169.254.169.254/latest"
    info = {
        "universe_domain": "googleapis.com",
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/345678901234/locations/global/workloadIdentityPools/demo-aws/providers/demo-aws-app",
        "subject_token_type": "urn:ietf:params:aws:token-type:aws4_request",
        "token_url": "https://sts.googleapis.com/v1/token",
        "credential_source": {
            "environment_id": "aws1",
            "region_url": f"{imds}/meta-data/placement/availability-zone",
            "url": f"{imds}/meta-data/iam/security-credentials",
            "regional_cred_verification_url": "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
            "imdsv2_session_token_url": f"{imds}/api/token",
        },
        "service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/demo-app@my-project.iam.gserviceaccount.com:generateAccessToken",
    }
    source = changes.pop("source", {})
    info["credential_source"] = {k: v for k, v in (info["credential_source"] | source).items() if v is not None}
    return {k: v for k, v in (info | changes).items() if v is not None}


@dataclass
class Outcome:
    """What an operator sees of one run."""

    code: int
    out: str
    err: str
    cloud: Cloud

    @property
    def json(self) -> dict[str, Any]:
        """The report, validated against the schema in the repository."""
        data = json.loads(self.out)
        jsonschema.validate(data, SCHEMA)
        return data

    @property
    def checks(self) -> dict[str, dict[str, Any]]:
        return {check["name"]: check for check in self.json["checks"]}

    @property
    def fault(self) -> dict[str, Any]:
        """The first failure that is not egress or clock, else the first."""
        faults = {c["name"]: c["fault"] for c in self.json["checks"] if c["fault"]}
        return next((f for n, f in faults.items() if n not in ("egress", "clock")), None) or next(iter(faults.values()))


@dataclass
class World:
    """The machine that the client runs on."""

    cloud: Cloud
    proxy: Proxy
    folder: Path
    patch: pytest.MonkeyPatch
    path: Path = field(init=False)
    planted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.path = self.folder / "credentials.json"
        self.write(document())

    def write(self, info: object) -> None:
        """Another credential document."""
        self.path.write_text(info if isinstance(info, str) else json.dumps(info))

    def env(self, **variables: str | None) -> None:
        """Set variables, or remove them with None."""
        for name, value in variables.items():
            if value is None:
                self.patch.delenv(name, raising=False)
            else:
                self.patch.setenv(name, value)

    def run(self, *arguments: str) -> Outcome:
        """Run the command in this process; whatever it writes is searched for secrets."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = cli.main(list(arguments))
        outcome = Outcome(code, out.getvalue(), err.getvalue(), self.cloud)
        self.search(outcome.out + outcome.err)
        assert "Traceback" not in outcome.err
        return outcome

    def search(self, text: str) -> None:
        """No secret in it, nor a long part of one."""
        for secret in self.cloud.secrets + self.planted:
            assert secret not in text
            assert secret[4:28] not in text
        assert not re.search(r"(?i)signature(=|%3d|%253d)[0-9a-f]{8}", text)
        assert "Bearer ya29" not in text
        assert "AWS4-HMAC-SHA256 Credential" not in text


class Guard:
    """Lets connections to loopback through, redirects what a test says, and refuses and remembers the rest."""

    def __init__(self) -> None:
        self.refused: list[object] = []
        self.redirects: dict[str, int | Exception] = {}
        self.connect = socket.socket.connect
        self.resolve = socket.getaddrinfo

    def guarded_connect(self, connection: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if host in self.redirects:
            target = self.redirects[host]
            if isinstance(target, Exception):
                raise target
            return self.connect(connection, ("127.0.0.1", target))
        if isinstance(address, tuple) and not host.startswith("127.") and host != "::1":
            self.refused.append(address)
            raise ConnectionRefusedError(f"the guard refuses {host}")
        return self.connect(connection, address)

    def guarded_resolve(self, host: Any, *rest: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name in self.redirects:
            if isinstance(self.redirects[name], socket.gaierror):
                raise self.redirects[name]
            return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (name, rest[0] if rest else 0))]
        if name not in ("localhost", None) and not name.replace(".", "").isdigit() and ":" not in name:
            self.refused.append(name)
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self.resolve(host, *rest, **named)


@pytest.fixture(autouse=True)
def guard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Guard]:
    """No test reaches a metadata service or any host beyond loopback; one that tries fails."""
    guard = Guard()
    monkeypatch.setattr(socket.socket, "connect", lambda s, address: guard.guarded_connect(s, address))
    monkeypatch.setattr(socket, "getaddrinfo", guard.guarded_resolve)
    yield guard
    assert guard.refused == []


@pytest.fixture(scope="session")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    proxy = Proxy(lambda _: Response(500), tmp_path_factory.mktemp("authority"))
    yield proxy
    proxy.close()


@pytest.fixture
def world(proxy: Proxy, guard: Guard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:  # noqa: ARG001
    """A healthy instance in a healthy cloud, leaving from 203.0.113.7, which is allowed."""
    for name in list(os.environ):
        if name.startswith(PREFIXES) or name.upper() in NAMES:
            monkeypatch.delenv(name)
    monkeypatch.setattr(redact, "_known", {})
    monkeypatch.setattr(redact, "_index", None)
    cloud = Cloud()
    monkeypatch.setattr(proxy, "answer", cloud)
    monkeypatch.setattr(proxy, "refused", set())
    world = World(cloud, proxy, tmp_path, monkeypatch)
    world.env(HOME=str(tmp_path), KUBERNETES_SERVICE_HOST=None)
    world.env(**proxy.environment(), GOOGLE_APPLICATION_CREDENTIALS=str(world.path), GCP_PROJECT_ID="my-project")
    world.env(KEYLESS_ALLOWED_CIDRS="203.0.113.7/32")
    monkeypatch.setattr("client.model.PAUSE", 0.01)
    monkeypatch.setattr("client.transport.PAUSE", 0.01)
    yield world
    for thread in threading.enumerate():  # those that a budget left behind: at exit they would hold locks for ever
        while thread.name == "checks" and thread.is_alive():
            proxy.release()
            thread.join(0.2)
