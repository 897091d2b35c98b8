"""No answer at all: what the operator is told, and that the budget holds."""

import socket
import threading
import time

import pytest

from client.proxy import NEVER_PROXIED
from constructs_lib.aws import connection
from localcloud.proxy import Response
from tests.client.conftest import document
from tests.cloud.google import error

NO_PROXY = {"HTTP_PROXY": None, "http_proxy": None}
METADATA = "169.254.169.254"


def fault(outcome, layer, code, *words):
    assert outcome.code == code, outcome.out
    found = outcome.fault
    assert (found["layer"], found["exit_code"]) == (layer, code)
    text = found["cause"] + "\n" + found["fix"]
    for word in words:
        assert word in text, (word, text)
    return outcome


def test_no_metadata_service(world, guard):
    world.env(**NO_PROXY)
    guard.redirects[METADATA] = ConnectionRefusedError()
    outcome = fault(world.run("--json"), "metadata", 10, "no EC2 instance", "--http-endpoint enabled")
    assert outcome.checks["clock"]["status"] == "skipped"
    assert {n for n, c in outcome.checks.items() if c["status"] == "skipped"} == {
        "clock",
        "aws-identity",
        "token-exchange",
        "impersonation",
        "gemini",
    }


def test_hop_limit_of_one_in_a_container(world, guard):
    world.env(**NO_PROXY)
    guard.redirects[METADATA] = world.proxy.port
    world.cloud.faults["metadata"] = Response(hang=60)
    started = time.monotonic()
    fault(
        world.run("--json", "--no-egress"),
        "metadata",
        10,
        "hop limit 1",
        "hop_limit = 2",
        "--http-put-response-hop-limit 2",
    )
    assert time.monotonic() - started < 8
    assert len(world.cloud.log) == 1, "one attempt at a service that is silent"


def test_without_a_proxy_there_is_no_note_about_it(world, guard):
    world.env(**NO_PROXY)
    guard.redirects[METADATA] = world.proxy.port
    outcome = world.run("--json")
    assert outcome.code == 0
    assert outcome.json["warnings"] == []


def test_proxy_that_covers_metadata_is_reported(world, guard):
    assert any(
        "clear text" in w and "NO_PROXY=169.254.169.254,169.254.170.2,169.254.170.23,fd00:ec2::254,fd00:ec2::23" in w
        for w in world.run("--json").json["warnings"]
    )
    world.env(NO_PROXY=METADATA, no_proxy=METADATA)
    guard.redirects[METADATA] = world.proxy.port
    assert world.run("--json").json["warnings"] == []


def test_metadata_over_ipv6(world):
    base = "http://[fd00:ec2::254]/latest"
    paths = {
        "region_url": "/meta-data/placement/availability-zone",
        "url": "/meta-data/iam/security-credentials",
        "imdsv2_session_token_url": "/api/token",
    }
    world.write(document(source={k: base + v for k, v in paths.items()}))
    outcome = world.run("--json")
    assert outcome.code == 0
    assert any("HTTP_PROXY covers fd00:ec2::254" in w for w in outcome.json["warnings"])


@pytest.mark.parametrize("exempt", ["169.254.0.0/16", "*", "fd00:ec2::254,169.254.169.254"])
def test_hosts_that_the_proxy_does_not_cover(world, guard, exempt):
    world.env(NO_PROXY=exempt, no_proxy=exempt, HTTPS_PROXY=None, https_proxy=None)
    guard.redirects |= {METADATA: world.proxy.port, "sts.ap-northeast-1.amazonaws.com": ConnectionRefusedError()}
    outcome = world.run("--json", "--check", "aws-identity")
    assert outcome.code == 0
    assert "by an ARN that AWS STS did not tell" in outcome.checks["aws-identity"]["detail"]
    assert outcome.json["warnings"] == []


def test_the_fix_for_a_proxy_that_covers_metadata_is_one(world, guard):
    """Brackets around the IPv6 address would be read by nobody: the keys would go on through the proxy."""
    for host, base in ((METADATA, f"http://{METADATA}/latest"), ("fd00:ec2::254", "http://[fd00:ec2::254]/latest")):
        source = document()["credential_source"]
        names = ("region_url", "url", "imdsv2_session_token_url")
        world.write(document(source={n: source[n].replace(f"http://{METADATA}/latest", base) for n in names}))
        (note,) = world.run("--json", "--check", "metadata").json["warnings"]
        assert f"HTTP_PROXY covers {host}: the role's secret keys pass the proxy 127.0.0.1:{world.proxy.port}" in note
        fix = note.rpartition("NO_PROXY=")[2]
        world.env(NO_PROXY=fix, no_proxy=fix)
        guard.redirects[host] = world.proxy.port
        world.env(HTTP_PROXY="http://127.0.0.1:9", http_proxy="http://127.0.0.1:9")
        outcome = world.run("--json", "--check", "metadata")
        assert (outcome.code, outcome.json["warnings"]) == (0, [])
        world.env(**world.proxy.environment())


def test_proxy_that_covers_a_containers_keys_is_reported(world, guard):
    world.env(AWS_CONTAINER_CREDENTIALS_RELATIVE_URI="/v2/credentials/6e1a", AWS_REGION="ap-northeast-1")
    assert any("HTTP_PROXY covers 169.254.170.2" in w for w in world.run("--json").json["warnings"])
    world.env(NO_PROXY="169.254.170.2", no_proxy="169.254.170.2")
    guard.redirects["169.254.170.2"] = world.proxy.port
    assert world.run("--json").json["warnings"] == []
    guard.redirects["169.254.170.2"] = ConnectionRefusedError()
    fault(world.run("--json"), "aws_identity", 11, "nothing answers at 169.254.170.2", "ECS task with a task role")


def test_dead_proxy(world):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{held.getsockname()[1]}"
        dead = f"http://user:hunter2secret@{address}"
        world.planted.append("hunter2secret")
        world.env(HTTPS_PROXY=dead, https_proxy=dead)
        fault(world.run("--json"), "network", 30, f"proxy {address} on the way to sts.googleapis.com cannot be reached")
        world.env(HTTP_PROXY=dead, http_proxy=dead)
        words = [
            "proxy",
            "169.254.169.254",
            "NO_PROXY=169.254.169.254,169.254.170.2,169.254.170.23,fd00:ec2::254,fd00:ec2::23",
        ]
        fault(world.run("--json"), "network", 30, *words)


@pytest.mark.parametrize(
    "value", ["socks5://user:hunter2secret@127.0.0.1:1080", "garbage::", "ftp://127.0.0.1", "http://127.0.0.1:no"]
)
@pytest.mark.parametrize(("name", "host"), [("HTTPS_PROXY", "token-exchange"), ("ALL_PROXY", "gemini")])
def test_proxies_that_are_none(world, name, host, value):
    """requests looks at HTTPS_PROXY alone, google-genai's transport at all of them."""
    world.planted.append("hunter2secret")
    world.env(**{name: value, name.lower(): value})
    outcome = fault(
        world.run("--json"), "network", 30, f"{name}={value.replace('user:hunter2secret@', '')} names no proxy"
    )
    assert outcome.checks[host]["fault"] == outcome.fault


def test_proxy_that_wants_a_password(world):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(4096)
                    connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

        threading.Thread(target=serve, daemon=True).start()
        address = f"127.0.0.1:{server.getsockname()[1]}"
        world.env(HTTPS_PROXY=f"http://{address}", https_proxy=f"http://{address}")
        fault(world.run("--json"), "network", 30, f"{address} wants a user", f"in front of {address}")
        server.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_certificate_files_that_are_none(world, name):
    world.env(**{name: "/nonexistent/ca.pem"})
    fault(world.run("--json"), "network", 30, f"{name} names no file: /nonexistent/ca.pem")
    (world.folder / "empty.pem").write_text("nothing")
    world.env(**{name: str(world.folder / "empty.pem")})
    fault(world.run("--json"), "network", 30, name, "names a file without a certificate")


@pytest.mark.parametrize("host", ["sts.googleapis.com", "iamcredentials.googleapis.com", "aiplatform.googleapis.com"])
def test_proxy_that_refuses_a_host(world, host):
    world.proxy.refused.add(host)
    fault(world.run("--json"), "network", 30, "proxy", host)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), ["does not resolve", "enableDnsSupport"]),
        (ConnectionRefusedError(111, "Connection refused"), ["refused or broke off", "egress 443"]),
        (TimeoutError("timed out"), ["nothing answers", "NAT gateway"]),
        (OSError(101, "Network is unreachable"), ["refused or broke off", "NAT gateway"]),
    ],
)
@pytest.mark.parametrize("host", ["sts.googleapis.com", "aiplatform.googleapis.com"])
def test_no_way_out(world, guard, host, broken, words):
    world.env(NO_PROXY=host, no_proxy=host)
    guard.redirects[host] = broken
    fault(world.run("--json"), "network", 30, host, *words)


def test_only_one_certificate_variable_behind_an_intercepting_proxy(world):
    ca = str(world.proxy.ca_file)
    world.env(REQUESTS_CA_BUNDLE=None)
    fault(
        world.run("--json"),
        "network",
        30,
        "sts.googleapis.com",
        "only SSL_CERT_FILE is set, which google-auth does not read",
        f"export REQUESTS_CA_BUNDLE={ca}",
    )
    world.env(REQUESTS_CA_BUNDLE=ca, SSL_CERT_FILE=None)
    outcome = world.run("--json")
    fault(
        outcome,
        "network",
        30,
        "aiplatform.googleapis.com",
        "only REQUESTS_CA_BUNDLE is set, which google-genai does not read",
        f"export SSL_CERT_FILE={ca}",
    )
    world.env(REQUESTS_CA_BUNDLE=None)
    fault(world.run("--json"), "network", 30, "not trusted", "SSL_CERT_FILE and REQUESTS_CA_BUNDLE, both")


@pytest.mark.parametrize("service", ["metadata", "sts", "iamcredentials", "gemini"])
@pytest.mark.parametrize("how", [{"hang": 60}, {"drip": 0.2, "body": b"x" * 1000}])
def test_budget_holds_whoever_hangs(world, service, how):
    world.cloud.faults[service] = Response(**how)
    started = time.monotonic()
    outcome = world.run("--json", "--timeout", "1")
    assert time.monotonic() - started < 3
    assert outcome.code == 31, outcome.out
    assert "--timeout" in outcome.fault["fix"]


def test_budget_holds_while_names_hang(world, guard):
    world.env(NO_PROXY="sts.googleapis.com", no_proxy="sts.googleapis.com")
    resolve, hanging = guard.guarded_resolve, threading.Event()
    world.patch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *a, **k: hanging.wait(60) if host == "sts.googleapis.com" else resolve(host, *a, **k),
    )
    started = time.monotonic()
    fault(world.run("--json", "--timeout", "1"), "timeout", 31, "token-exchange was not done")
    assert time.monotonic() - started < 2.5
    hanging.set()
    time.sleep(0.2)  # the thread that was left ends before the guard goes


def test_endless_body(world):
    world.cloud.faults["sts"] = Response(200, b"x" * 2_000_000)
    fault(world.run("--json"), "network", 30, "more than 1048576 bytes")


@pytest.mark.parametrize("service", ["metadata", "sts", "iamcredentials", "checkip", "gemini"])
def test_redirects_are_not_followed(world, service):
    world.cloud.faults[service] = Response(307, b"", {"Location": "https://evil.example/latest/"})
    outcome = world.run("--json")
    assert outcome.code in ((0,) if service == "checkip" else (10, 12, 13, 25))
    assert "evil.example" not in world.cloud.hosts


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 999 \xff\r\n\r\n",
    ],
)
@pytest.mark.parametrize("service", ["metadata", "sts", "iamcredentials", "gemini"])
def test_answers_that_are_no_http(world, service, raw):
    world.cloud.faults[service] = Response(raw=raw)
    assert world.run("--json").code in (10, 12, 13, 25, 30)


def test_quota_is_tried_again_and_then_passes(world):
    answers = [error(429, "RESOURCE_EXHAUSTED", "busy")]
    world.cloud.faults["gemini"] = lambda _: answers.pop() if answers else None
    assert world.run("--json").code == 0


def test_the_advice_is_what_the_kit_sets():
    assert connection.NEVER_PROXIED == NEVER_PROXIED
