"""Networks with a proxy, an authority and an index of their own: real pip, aws, curl and client, on loopback."""

import base64
import gzip
import hashlib
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile

import pytest

from constructs_lib.aws.connection import Connection
from constructs_lib.aws.delivery import command_document, user_data
from localcloud.proxy import Proxy, Response
from tests.cloud.cloud import Cloud
from tests.delivery.test_script import REQUIREMENTS, ROUTE, ROUTED, SERVED, script

pytestmark = pytest.mark.slow
LINK_LOCAL = ("169.254.", "fd00:")
INDEX = "pypi.example.com"


def index(wheels, path):
    """What a package index of the folder answers (PEP 503)."""
    name = path.strip("/").split("/")[-1]
    if path.startswith("/simple/"):
        found = [wheel.name for wheel in sorted(wheels.iterdir()) if _project(wheel.name) == name]
        return Response(
            200, "".join(f'<a href="/files/{one}">{one}</a>\n' for one in found).encode(), {"Content-Type": "text/html"}
        )
    file = wheels / name
    return Response(200, file.read_bytes()) if file.is_file() else Response(404)


def _project(wheel):
    return re.sub(r"[-_.]+", "-", wheel.split("-")[0]).lower()


@pytest.fixture
def newer(wheels, tmp_path):
    """The locked wheels, and a google-auth that came out after the lock was made."""
    folder = tmp_path / "index"
    folder.mkdir()
    for wheel in wheels.iterdir():
        (folder / wheel.name).symlink_to(wheel)
    with zipfile.ZipFile(folder / "google_auth-2.999.0-py3-none-any.whl", "w") as file:
        base = "google_auth-2.999.0.dist-info"
        metadata = "Metadata-Version: 2.1\nName: google-auth\nVersion: 2.999.0\nProvides-Extra: requests\n"
        file.writestr(f"{base}/METADATA", metadata)
        file.writestr(f"{base}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{base}/RECORD", "")
    return folder


@pytest.fixture
def loopback_index(newer):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            answer = index(newer, self.path)
            self.send_response(answer.status)
            for name, value in (answer.headers | {"Content-Length": str(len(answer.body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/simple"
    server.shutdown()


def _python311():
    found = sys.executable if sys.version_info[:2] == (3, 11) else shutil.which("python3.11")
    code = "import sys; print(sys.version_info[:2] == (3, 11) and sys._base_executable)"
    done = found and subprocess.run([found, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done and done.returncode == 0 else ""


def test_pip_of_amazon_linux_installs_although_the_index_has_a_newer_google_auth(instance, loopback_index, tmp_path):
    """Python 3.11 with pip 22.3.1; pip before 24 resolves the extra google-auth[requests] to the newest version."""
    python = _python311()
    if not python:
        pytest.skip("needs Python 3.11")
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(tmp_path), "pip==22.3.1"]
    if subprocess.run(download, capture_output=True, check=False).returncode:
        pytest.skip("needs pip 22.3.1, which cannot be had here")
    (wheel,) = tmp_path.glob("pip-22.3.1-*.whl")
    # What ensurepip of that image does: a new virtual environment has this pip.
    shim = instance.root / "usr/local/bin/python3.11"
    shim.write_text(f"""#!/bin/sh
if [ "$1 $2" = "-m venv" ]; then
    {python} -m venv "$3"
    exec "$3/bin/python" -m pip --disable-pip-version-check install --quiet --no-index --no-deps {wheel}
fi
exec {python} "$@"
""")
    shim.chmod(0o755)
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS"):
        del instance.env[name]
    code, out = instance.run(KEYLESS_TRIES="1", PIP_INDEX_URL=loopback_index)
    assert code == 0, out
    (venv,) = instance.venvs()
    listed = subprocess.run(
        [instance.root / "opt/keyless" / venv / "bin/python", "-m", "pip", "list", "--format=json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    versions = {one["name"]: one["version"] for one in json.loads(listed.stdout)}
    assert versions["pip"] == "22.3.1"
    assert f"google-auth=={versions['google-auth']} " in REQUIREMENTS


class Network:
    """A network whose only internet access is a proxy that opens TLS: both clouds, a package index, Systems Manager."""

    def __init__(self, folder, wheels):
        self.cloud, self.wheels, self.seen = Cloud(), wheels, []
        self.proxy = Proxy(self.answer, folder)
        self.connection = Connection(
            https_proxy=f"http://127.0.0.1:{self.proxy.port}",
            index_url=f"https://{INDEX}/simple",
            certificate_authority=self.proxy.ca_file.read_text(),
        )

    def answer(self, request):
        self.seen.append(request.host)
        if request.host == INDEX:
            return index(self.wheels, request.path)
        if request.host.startswith("ssm."):
            name = json.loads(request.body)["Name"]
            body = {"Name": name, "DocumentFormat": "JSON", "Content": (SERVED / name).read_text()}
            return Response(200, json.dumps(body).encode(), {"Content-Type": "application/x-amz-json-1.1"})
        return Response(200, b"203.0.113.7") if request.host == "checkip.amazonaws.com" else self.cloud(request)

    def script(self, files=ROUTED):
        return script(files, connection=self.connection)

    @property
    def leaked(self):
        """Metadata requests that the proxy has seen."""
        return [host for host in self.seen if host.startswith(LINK_LOCAL)]


@pytest.fixture
def network(tmp_path, wheels):
    network = Network(tmp_path, wheels)
    yield network
    network.proxy.close()


def test_the_proxy_sees_everything_but_the_metadata(instance, network, metadata, tmp_path):
    """First boot with the image's own HTTP_PROXY, the client, an update and a program: aws, pip, client, curl, requests."""
    image = {"HTTP_PROXY": network.connection.https_proxy, "http_proxy": network.connection.https_proxy}
    real = shutil.which("aws")
    (SERVED / "demo-app-client").write_text(json.dumps(command_document(network.script())))
    route = tmp_path / "route"
    route.mkdir()
    (route / "sitecustomize.py").write_bytes(ROUTE)
    if real:  # a Python program, whose connections the same lines route
        fixed = f"HOME={tmp_path} PYTHONPATH={route} TEST_METADATA_PORT={metadata} PATH={os.environ['PATH']}"
        instance.tool("aws", f'{fixed} exec {real} "$@"')
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS"):
        del instance.env[name]
    boot = gzip.decompress(
        base64.b64decode(user_data("demo-app-client", "ap-northeast-1", network.connection))
    ).decode()
    code, _ = instance.run(boot, SSM_action="", KEYLESS_TRIES="2", **image)
    assert code == 0, instance.log
    assert INDEX in network.seen, "pip went through the proxy, with the authority, to the index"
    assert not real or "ssm.ap-northeast-1.amazonaws.com" in network.seen
    bare = image | {"TEST_METADATA_PORT": str(metadata)}
    done = instance.keyless("--json", **bare)
    assert done.returncode == 0, done.stdout
    assert "aiplatform.googleapis.com" in network.seen
    assert not [warning for warning in json.loads(done.stdout)["warnings"] if "clear text" in warning]

    code, out = instance.run(network.script(), **image, NO_PROXY="internal.example.com", KEYLESS_TRIES="2")
    assert code == 0, out
    token = "http://169.254.169.254/latest/api/token"
    programs = {
        "requests": ["python", "-c", f"{ROUTE.decode()}\nimport requests; print(requests.put({token!r}).status_code)"],
        "urllib": [
            "python",
            "-c",
            f"{ROUTE.decode()}\nimport urllib.request as u; print(u.urlopen({token!r}[:-10]).status)",
        ],
        "curl": [
            shutil.which("curl"),
            "-sw",
            "%{http_code}",
            "-X",
            "PUT",
            "--connect-to",
            f"::127.0.0.1:{metadata}",
            token,
        ],
    }
    for name, command in programs.items():
        if command[0]:
            run = [str(instance.root / "usr/local/bin/keyless-run"), *command]
            done = subprocess.run(
                run, env={"PATH": instance.env["PATH"], **bare}, capture_output=True, timeout=60, check=False
            )
            assert done.stdout or done.stderr, name
    assert network.leaked == []


def test_what_the_network_needs_survives_an_update(furnished, network, tmp_path):
    """It is in the environment file, for systemd's units and the next update, and the agent is told once.

    Without it neither Session Manager nor the next update reaches the instance. The agent restarts after it has reported.
    """
    for name in ("systemctl", "systemd-run"):
        furnished.tool(name, f'echo "{name} $*" >>{tmp_path}/systemd.log')
    for _ in range(2):
        code, out = furnished.run(network.script())
        assert code == 0, out
    current = furnished.root / "opt/keyless/current"
    environment = (furnished.root / "etc/keyless/environment").read_text()
    for line in (
        f"HTTPS_PROXY={network.connection.https_proxy}",
        f"https_proxy={network.connection.https_proxy}",
        f"PIP_INDEX_URL=https://{INDEX}/simple",
        f"REQUESTS_CA_BUNDLE={current}/authority.pem",
        f"SSL_CERT_FILE={current}/authority.pem",
        "NO_PROXY=169.254.169.254,169.254.170.2,169.254.170.23,fd00:ec2::254,fd00:ec2::23",
        "no_proxy=169.254.169.254,169.254.170.2,169.254.170.23,fd00:ec2::254,fd00:ec2::23",
    ):
        assert f"\n{line}\n" in environment
    assert "BEGIN CERTIFICATE" in (current / "authority.pem").read_text()

    assert (tmp_path / "systemd.log").read_text() == (
        "systemctl daemon-reload\nsystemd-run --quiet --on-active=60 systemctl restart amazon-ssm-agent\n"
    ), "once: the second update changes nothing"
    agents = furnished.root / "etc/systemd/system/amazon-ssm-agent.service.d/keyless.conf"
    text = agents.read_text()
    assert text.startswith("[Service]\n")
    assert f"\nEnvironment=https_proxy={network.connection.https_proxy}\n" in text
    assert "\nEnvironment=no_proxy=169.254.169.254," in text
    assert f"SSL_CERT_FILE={furnished.root}/etc/keyless/authority.pem\n" in text
    assert (furnished.root / "etc/keyless/authority.pem").exists(), "now, not only after the release is installed"

    image = furnished.root / "etc/pki/tls/certs/ca-bundle.crt"
    image.parent.mkdir(parents=True)
    image.write_text("the image's\n")
    assert furnished.run(network.script())[0] == 0
    assert (current / "authority.pem").read_text() == f"{network.connection.certificate_authority}the image's\n"
    assert furnished.run()[0] == 0
    assert "https_proxy" not in agents.read_text()


def test_the_same_index_with_another_file_is_refused_at_once(instance, network, wheels, tmp_path):
    """Hashes are verified whatever the index serves."""
    forged = tmp_path / "forged"
    shutil.copytree(wheels, forged)
    (one,) = forged.glob("distro-*.whl")
    one.write_bytes(one.read_bytes() + b"x")
    assert hashlib.sha256(one.read_bytes()).hexdigest() not in REQUIREMENTS
    network.wheels = forged
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS"):
        del instance.env[name]
    code, out = instance.run(network.script())
    assert code == 55, out
    assert "the package index serves other files than the locked ones" in out
    assert out.count("DO NOT MATCH THE HASHES") == 1


def test_a_connection_refuses_what_its_settings_refuse():
    for given in (
        {"index_url": "https://user:secret@pypi.example.com/simple"},
        {"https_proxy": "http://user:secret@proxy:3128"},
        {"certificate_authority": "ca.pem"},
        {"no_proxy": ["*"]},
    ):
        with pytest.raises(ValueError, match=next(iter(given)).removesuffix("s")) as refused:
            Connection(**given)
        assert "secret" not in str(refused.value)


def test_ports():
    assert Connection().ports == set()
    assert Connection(index_url="https://a/simple").ports == set()
    assert Connection(index_url="https://a:8443/simple", https_proxy="http://b:3128").ports == {8443, 3128}
    assert Connection(index_url="https://a:3128/simple", https_proxy="http://b:3128").ports == {3128}
    assert Connection(https_proxy="http://b:80").ports == {80}
