"""What the journal says of requests and decisions, while the clouds run."""

import dataclasses
import http.client
import json
import socket
import struct
import threading
import time
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from localcloud.cloud import LocalCloud
from localcloud.faults import InjectedFault
from localcloud.google import denied
from localcloud.journal import Journal
from localcloud.proxy import Request, Response
from tests.localcloud.account import Account, ask, client

pytestmark = pytest.mark.xdist_group("localcloud-journal")


def test_each_request_says_who_came_from_where_for_what(cloud: LocalCloud, account: Account) -> None:
    instance = account.instance()
    ask(cloud, instance, "https://checkip.amazonaws.com/")
    entry = cloud.journal.requests[-1]
    assert (entry["caller"], entry["egress"]) == (instance, account.address["PublicIp"])
    assert (entry["method"], entry["host"], entry["path"]) == ("GET", "checkip.amazonaws.com", "/")
    assert (entry["status"], entry["operation"]) == (200, "GET https://checkip.amazonaws.com/")
    client(cloud, "ssm").list_documents()
    assert cloud.journal.requests[-1]["operation"] == "POST https://ssm.ap-northeast-1.amazonaws.com/#ListDocuments"
    account.ec2.describe_vpcs()
    assert cloud.journal.requests[-1]["operation"].endswith("#DescribeVpcs")


def test_no_key_and_no_session_token_is_in_it(cloud: LocalCloud) -> None:
    caller = cloud.as_caller("secretive", address="203.0.113.1")
    client(cloud, "sts", caller.keys).get_caller_identity()
    text = cloud.journal.json().decode()
    assert caller.key.secret not in text
    assert caller.key.token not in text


def test_a_request_that_an_sdk_sends_again_says_so(cloud: LocalCloud) -> None:
    begun = len(cloud.journal.requests)
    operation = "POST https://ec2.ap-northeast-1.amazonaws.com/#DescribeVpcs"
    cloud.faults.add(InjectedFault("#DescribeVpcs", drop=True, done=True))
    client(cloud, "ec2", attempts=2).describe_vpcs()
    assert [one.get("attempt") for one in cloud.journal.requests[begun:]] == [None, "2"]
    assert cloud.journal.repeated == [f"{operation}: status 0", f"{operation}: status 200, attempt 2"]
    cloud.faults.add(InjectedFault("#DescribeVpcs", status=503))
    with pytest.raises(ClientError, match="ServiceUnavailable"):
        client(cloud, "ec2").describe_vpcs()
    assert cloud.journal.repeated[2:] == [f"{operation}: status 503"]


def test_an_attempt_after_an_answer_gets_that_answer(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """An attempt after an answer that a fault kept back is a new request, as at AWS."""
    seen: list[Request] = []
    answer = cloud.answer
    monkeypatch.setattr(cloud.proxy, "answer", lambda request: seen.append(request) or answer(request))
    ec2 = client(cloud, "ec2", attempts=2)
    vpcs = len(ec2.describe_vpcs()["Vpcs"])
    made = ec2.create_vpc(CidrBlock="10.30.0.0/16")["Vpc"]["VpcId"]
    second = {**seen[-1].headers, "amz-sdk-request": "attempt=2; max=2"}
    assert made in cloud.answer(dataclasses.replace(seen[-1], headers=second)).body.decode()
    assert len(ec2.describe_vpcs()["Vpcs"]) == vpcs + 1
    cloud.faults.add(InjectedFault("#CreateVpc", drop=True, done=True))
    ec2.create_vpc(CidrBlock="10.40.0.0/16")
    assert len(ec2.describe_vpcs()["Vpcs"]) == vpcs + 3


def test_a_connection_that_breaks_before_the_answer_arrives_says_so(cloud: LocalCloud) -> None:
    asked, closed = threading.Event(), threading.Event()

    def wait(_: Request) -> None:
        asked.set()
        closed.wait(10)

    cloud.faults.add(InjectedFault("checkip", call=wait))
    connection = http.client.HTTPConnection("127.0.0.1", cloud.proxy.port)
    connection.request("GET", "http://checkip.amazonaws.com/")
    assert asked.wait(10)
    assert connection.sock
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing resets it
    connection.close()
    closed.set()
    until = time.monotonic() + 10
    while "broken" not in (entry := cloud.journal.requests[-1]) and time.monotonic() < until:
        time.sleep(0.01)
    assert (entry["host"], entry["status"]) == ("checkip.amazonaws.com", 200)
    assert f"GET http://checkip.amazonaws.com/: status 200, broken {entry['broken']}" == cloud.journal.repeated[-1]


SECRETS = ("X-Amz-Security-Token", "x-amz-signature", "Signature", "access_token", "oauth%5Ftoken", "key")


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_in_a_query_is_masked_and_the_rest_is_not(cloud: LocalCloud, name: str) -> None:
    for first in ("?", "?alt=json&"):
        ask(cloud, "203.0.113.7", f"https://sts.amazonaws.com/{first}{name}=s%2Fq1&monkey=a&Action=GetCallerIdentity")
        entry, path = cloud.journal.requests[-1], f"/{first}{name}=***&monkey=a&Action=GetCallerIdentity"
        assert entry["path"] == path
        assert entry["operation"] == f"GET https://sts.amazonaws.com{path}#GetCallerIdentity"


def test_it_is_read_through_the_proxy_from_wherever_one_left_off(cloud: LocalCloud) -> None:
    ask(cloud, "203.0.113.7", "https://checkip.amazonaws.com/")
    lines = ask(cloud, "", "http://localcloud.internal/journal").body.splitlines()
    assert json.loads(lines[-2])["host"] == "checkip.amazonaws.com"
    later = ask(cloud, "", f"http://localcloud.internal/journal?since={len(lines)}&kind=request").body.splitlines()
    assert [json.loads(line)["host"] for line in later] == ["localcloud.internal"]
    assert ask(cloud, "", "http://localcloud.internal/other").status == 404
    for query in ("since=yesterday", "since=-1", "kind=requests"):
        assert ask(cloud, "", f"http://localcloud.internal/journal?{query}").status == 400


def test_a_decision_is_written_with_its_rule(cloud: LocalCloud) -> None:
    @dataclass(frozen=True)
    class Verdict:
        allowed: bool
        rule: str

    @dataclass(frozen=True)
    class Decision:
        enforced: Verdict
        dry_run: Verdict

    caller = SimpleNamespace(principals=frozenset({"user:b@example.com", "group:a@example.com"}))
    call = SimpleNamespace(
        service="sts.googleapis.com", method="sts.token", request=SimpleNamespace(egress="203.0.113.7"), identity=caller
    )
    cloud.decided(call, Decision(Verdict(True, 'level "office"'), Verdict(False, "no rule")))
    (entry,) = cloud.journal.decisions
    assert entry["enforced"] == {"allowed": True, "rule": 'level "office"'}
    assert entry["dry_run"]["rule"] == "no rule"
    assert (entry["egress"], entry["principals"]) == ("203.0.113.7", ["group:a@example.com", "user:b@example.com"])


def test_what_is_read_is_a_copy() -> None:
    journal = Journal()
    journal.write("request", host="a")
    journal.entries()[0]["host"] = "b"
    assert journal.entries()[0]["host"] == "a"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            denied.denial("a.b.c", domain="d").response().body,
            "Permission 'a.b.c' denied on resource (or it may not exist).",
        ),
        (b'{"error": "unauthorized_client", "error_description": "rejected"}', "rejected"),
        (b"neither", ""),
    ],
)
def test_a_refusal_of_google_s_says_why(cloud: LocalCloud, body: bytes, told: str) -> None:
    whole, cloud.google = cloud.google, lambda _: Response(403, body)
    try:
        ask(cloud, "203.0.113.7", "https://sts.googleapis.com/v1/token", "POST")
    finally:
        cloud.google = whole
    assert cloud.journal.requests[-1]["refusal"] == told
