"""What goes wrong goes wrong at that request alone, before the work or after it."""

import re
import threading
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from localcloud.cloud import LocalCloud
from localcloud.faults import Faults, InjectedFault, error, line
from localcloud.proxy import Request, Response
from tests.localcloud.account import Account, ask

pytestmark = pytest.mark.xdist_group("localcloud-faults")

CHECKIP = "https://checkip.amazonaws.com/"
ALLOCATE = r"POST https://ec2\.[\w-]+\.amazonaws\.com/#AllocateAddress$"


@pytest.fixture(autouse=True)
def calm(cloud: LocalCloud) -> None:
    cloud.faults.clear()


def addresses(account: Account) -> int:
    return len(account.ec2.describe_addresses()["Addresses"])


@pytest.mark.parametrize("status", [403, 409, 412, 429, 500, 503])
def test_an_error_before_the_work(cloud: LocalCloud, account: Account, status: int) -> None:
    before = addresses(account)
    fault = cloud.faults.add(InjectedFault(ALLOCATE, status=status, at=2))
    account.ec2.allocate_address()
    with pytest.raises(ClientError) as failed:
        account.ec2.allocate_address()
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    account.ec2.allocate_address()
    assert addresses(account) == before + 2
    assert fault.happened


def test_a_lost_answer_after_the_work_and_a_lost_request_before_it(cloud: LocalCloud, account: Account) -> None:
    before = addresses(account)
    for done, there in ((False, 0), (True, 1)):
        cloud.faults.clear()
        cloud.faults.add(InjectedFault(ALLOCATE, drop=True, done=done))
        with pytest.raises(BotoCoreError):
            account.ec2.allocate_address()
        assert addresses(account) == before + there
    assert [one["status"] for one in cloud.journal.requests if "Allocate" in one["operation"]][-2:] == [0, 0]


def test_a_slow_answer_and_one_that_is_not(cloud: LocalCloud) -> None:
    fault = cloud.faults.add(InjectedFault(r"GET .*checkip", delay=0.3, times=2))
    durations = []
    for _ in range(3):
        begun = time.monotonic()
        assert ask(cloud, "203.0.113.7", CHECKIP).status == 200
        durations.append(time.monotonic() - begun)
    assert min(durations[:2]) >= 0.3 > durations[2]
    assert fault.seen == 3


@pytest.mark.parametrize("done", [False, True])
def test_a_call_back_before_or_after_the_work(done: bool) -> None:
    events: list[str] = []
    faults = Faults()
    faults.add(InjectedFault("GET", call=lambda request: events.append(request.host), done=done))
    answer = faults.around(
        Request("https", "host", "GET", "/", {}, b"", ""), lambda _: events.append("work") or Response()
    )
    assert events == (["work", "host"] if done else ["host", "work"])
    assert answer.status == 200


def test_a_fault_of_another_operation_host_or_method_does_not_happen(cloud: LocalCloud) -> None:
    others = [
        cloud.faults.add(InjectedFault(text, status=500)) for text in ("POST .*checkip", r"sts\.", "#AllocateAddress")
    ]
    assert ask(cloud, "203.0.113.7", CHECKIP).status == 200
    assert [fault.happened for fault in others] == [False] * 3


def test_concurrent_requests_are_counted_one_by_one() -> None:
    faults, answers = Faults(), []
    faults.add(InjectedFault("GET", status=503, at=5, times=3))
    request = Request("https", "iam.googleapis.com", "GET", "/", {}, b"", "")
    threads = [
        threading.Thread(target=lambda: answers.append(faults.around(request, lambda _: Response()).status))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] * 17 + [503] * 3


def test_google_s_errors_have_google_s_form() -> None:
    request = Request("https", "iam.googleapis.com", "PATCH", "/v1/projects/p/roles/r?updateMask=a", {}, b"", "")
    assert line(request) == "PATCH https://iam.googleapis.com/v1/projects/p/roles/r?updateMask=a"
    body = error(request, 409).body
    assert b'"status": "ABORTED"' in body
    assert b'"reason": "aborted"' in body
    refused = error(request, 403)
    assert refused.status == 403
    assert b'"status": "PERMISSION_DENIED"' in refused.body


def test_a_status_whose_body_is_unknown_is_refused_beforehand() -> None:
    with pytest.raises(ValueError, match="got 418"):
        InjectedFault("GET", status=418)


def test_a_wrong_expression_is_said_at_once() -> None:
    with pytest.raises(re.error, match="unterminated"):
        Faults().add(InjectedFault("["))
