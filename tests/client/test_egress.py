"""The own address is a note: what Gemini answers decides. Asked for alone, the check decides itself."""

import socket
import threading
import time

import pytest

from localcloud.proxy import Response
from tests.cloud.google import error

CHECKIP = "checkip.amazonaws.com"
FINDINGS = {
    "not allowed": (Response(200, b"198.51.100.9\n"), "egress", 14, "own egress address 198.51.100.9 is not in 203.0.113.7/32", "add 198.51.100.9"),
    "IPv6": (Response(200, b"2001:db8::5\n"), "egress", 14, "own egress address 2001:db8::5", "past the NAT gateway"),
    "HTML": (Response(200, b"<html>"), "egress", 14, "answered 200 without an address", ""),
    "a scope": (Response(200, b"fe80::1%eth0"), "egress", 14, "answered 200 without an address", ""),
    "bytes": (Response(200, b"\xff" * 30), "egress", 14, "answered 200 without an address", ""),
    "much": (Response(200, b"1" * 2_000_000), "network", 30, "sent more than 1048576 bytes", ""),
    "503": (Response(503), "egress", 14, "answered 503 without an address", ""),
    "closed": (Response(raw=b""), "network", 30, "refused or broke off", ""),
    "silent": (Response(hang=60), "timeout", 31, "not answered", ""),
    "slow": (Response(200, b"1" * 600, drip=0.1), "timeout", 31, CHECKIP, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", FINDINGS)
def test_a_healthy_chain_passes(world, name):
    answer, *_, cause, fix = FINDINGS[name]
    world.cloud.faults["checkip"] = answer
    outcome = world.run("--json", "--timeout", "20")
    assert outcome.code == 0, outcome.out
    assert outcome.json["answer"] == world.cloud.answer
    known = "own egress" in cause
    (note,) = [w for w in outcome.json["warnings"] if "egress" in w]
    assert cause in note
    assert (fix or "KEYLESS_EGRESS_CHECK=off") in note
    assert outcome.checks["egress"]["status"] == ("passed" if known else "skipped")
    assert cause in outcome.checks["egress"]["detail"]
    assert outcome.checks["egress"]["milliseconds"] < 5000


@pytest.mark.parametrize("name", FINDINGS)
def test_the_check_alone_decides(world, name):
    answer, layer, code, cause, fix = FINDINGS[name]
    world.cloud.faults["checkip"] = answer
    outcome = world.run("--json", "--check", "egress", "--timeout", "1")
    assert (outcome.code, outcome.fault["layer"], outcome.json["warnings"]) == (code, layer, [])
    assert cause in outcome.fault["cause"] or code == 31
    assert fix in outcome.fault["fix"]


def test_a_proxy_that_refuses_it(world):
    world.proxy.refused.add(CHECKIP)
    assert world.run().code == 0
    assert world.run("--check", "egress").code == 30


@pytest.mark.parametrize("broken", [socket.gaierror(socket.EAI_AGAIN, "Try again"), ConnectionRefusedError()])
def test_a_network_without_it(world, guard, broken):
    world.env(NO_PROXY=CHECKIP, no_proxy=CHECKIP)
    guard.redirects[CHECKIP] = broken
    assert world.run().code == 0


def test_a_name_server_that_hangs(world, guard):
    """It cannot be interrupted: the check leaves it."""
    world.env(NO_PROXY=CHECKIP, no_proxy=CHECKIP)
    resolve, hanging = guard.guarded_resolve, threading.Event()
    world.patch.setattr(
        socket, "getaddrinfo", lambda host, *a, **k: hanging.wait(60) if host == CHECKIP else resolve(host, *a, **k)
    )
    outcome = world.run("--json", "--timeout", "10")
    assert (outcome.code, outcome.checks["gemini"]["status"]) == (0, "passed")
    hanging.set()
    time.sleep(0.2)  # the thread that was left ends before the guard goes


def test_a_network_without_names(world, guard):
    """The metadata service needs none; the first host that does decides."""
    world.env(HTTPS_PROXY=None, https_proxy=None)
    guard.redirects |= {
        host: socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        for host in (CHECKIP, "sts.ap-northeast-1.amazonaws.com", "sts.googleapis.com", "aiplatform.googleapis.com")
    }
    outcome = world.run("--json")
    assert (outcome.code, outcome.checks["token-exchange"]["fault"]["layer"]) == (30, "network")
    assert outcome.checks["egress"]["status"] == "skipped"


def test_another_failure_decides(world):
    world.cloud.faults |= {
        "checkip": Response(200, b"198.51.100.9\n"),
        "gemini": error(403, "PERMISSION_DENIED", "Permission 'aiplatform.endpoints.predict' denied"),
    }
    outcome = world.run("--json")
    assert outcome.code == 21
    assert any("198.51.100.9 is not in" in w for w in outcome.json["warnings"])
    assert "\nnote  own egress address 198.51.100.9" in world.run().out


def test_a_silent_one_is_asked_once(world):
    """A denial wants the address too, and does not wait for it again."""
    world.cloud.faults["checkip"] = Response(hang=60)
    world.cloud.allowed = frozenset()
    outcome = world.run("--json", "--timeout", "10")
    assert outcome.code == 20
    assert "own egress address unknown" in outcome.fault["cause"]
    assert [service for service, *_ in world.cloud.log].count("checkip") == 1


@pytest.mark.parametrize(("value", "arguments"), [("off", []), ("on", ["--no-egress"]), ("maybe", ["--no-egress"])])
def test_switched_off(world, value, arguments):
    world.env(KEYLESS_EGRESS_CHECK=value)
    world.cloud.faults["checkip"] = Response(500)
    outcome = world.run("--json", *arguments)
    assert (outcome.code, outcome.checks["egress"]["detail"]) == (0, "switched off")
    assert "checkip" not in [service for service, *_ in world.cloud.log]


@pytest.mark.parametrize(("value", "code"), [("on", 0), ("", 0), ("0", 2), ("OFF", 2)])
def test_values_of_the_variable(world, value, code):
    world.env(KEYLESS_EGRESS_CHECK=value)
    outcome = world.run("--json")
    assert outcome.code == code
    if code:
        assert f"KEYLESS_EGRESS_CHECK is {value!r}, allowed is on or off" in outcome.fault["cause"]
