"""Only the end of a whole chain is a token: whoever calls, whenever, and whatever iamcredentials does."""

import asyncio
import concurrent.futures
import copy
import datetime
import itertools
import json
import pickle
import threading
import time

import google.auth.credentials
import google.auth.exceptions
import pytest
from google.auth.transport.requests import AuthorizedSession

import client
from client import published
from localcloud.proxy import Response
from tests.cloud.google import error

MODEL = "gemini-3.5-flash"
URL = (
    f"https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google/models/{MODEL}:generateContent"
)


class Issuer:
    """iamcredentials that issues another token each time, after it did what `answers` hold; Gemini's bearers in `seen`."""

    def __init__(self, world):
        self.world, self.numbers, self.calls = world, itertools.count(1), 0
        self.answers, self.seen, self.issued, self.wait = [], [], set(), 0.0
        self.lock = threading.Lock()
        world.cloud.faults |= {"iamcredentials": self.iamcredentials, "gemini": self.gemini}

    def iamcredentials(self, request):
        with self.lock:
            self.calls += 1
            answer = self.answers.pop(0) if self.answers else None
        time.sleep(self.wait)
        if callable(answer):
            answer = answer(request)
        if answer is None:
            token = f"{self.world.cloud.tokens.impersonated}.{next(self.numbers)}"
            self.issued.add(token)
            return issue(token)
        return answer

    def gemini(self, request):
        bearer = request.headers["authorization"].removeprefix("Bearer ")
        self.seen.append(bearer)
        if bearer not in self.issued:
            return error(401, "UNAUTHENTICATED", "another bearer than the finished one")
        return Response(
            200, json.dumps({"candidates": [{"content": {"role": "model", "parts": [{"text": "x"}]}}]}).encode()
        )

    @property
    def strangers(self):
        return set(self.seen) - self.issued


def issue(token, seconds=3600):
    until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    return Response(
        200, json.dumps({"accessToken": token, "expireTime": until.strftime("%Y-%m-%dT%H:%M:%SZ")}).encode()
    )


@pytest.fixture
def issuer(world):
    issuer = Issuer(world)
    yield issuer
    assert issuer.strangers == set()


def threads(count, call):
    """What `call` raised (None: nothing) in so many threads."""
    barrier = threading.Barrier(count)

    def one(number):
        barrier.wait(30)
        time.sleep(number * 0.005)  # some come in the middle of the renewal
        try:
            call()
        except google.auth.exceptions.RefreshError as error:
            return error
        return None

    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def ask(gemini):
    assert gemini.models.generate_content(model=MODEL, contents="hello").text == "x"


def session_call(credentials):
    with AuthorizedSession(credentials) as session:
        assert session.post(URL, json={"contents": []}).status_code == 200


def tasks(count, gemini):
    async def one(number):
        await asyncio.sleep(number * 0.01)  # some come in the middle of the renewal
        try:
            assert (await gemini.aio.models.generate_content(model=MODEL, contents="hello")).text == "x"
        except google.auth.exceptions.RefreshError as error:
            return error
        return None

    async def everybody():
        return await asyncio.gather(*(one(number) for number in range(count)))

    return asyncio.run(everybody())


CALLERS = {
    "sync": lambda gemini, _: threads(1, lambda: ask(gemini)),
    "threads": lambda gemini, _: threads(40, lambda: ask(gemini)),
    "coroutines": lambda gemini, _: tasks(30, gemini),
    "AuthorizedSession": lambda _, credentials: threads(20, lambda: session_call(credentials)),
    "refresh": lambda _, credentials: threads(40, lambda: credentials.valid or credentials.refresh(None)),
}
ANSWERS = {
    "slow": lambda _: [],
    "503 three times": lambda _: [error(503, "UNAVAILABLE", "x")] * 3,
    "closing": lambda _: [Response(raw=b"")] * 3,
    "refusing": lambda _: [error(403, "PERMISSION_DENIED", "no")],
    "the federated token": lambda world: [issue(world.cloud.tokens.federated)],
}


@pytest.mark.parametrize("moment", ["start", "renewal"])
@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("caller", CALLERS)
def test_no_other_bearer(world, issuer, caller, answer, moment):
    with client.gemini() as gemini:
        credentials = gemini._api_client._credentials
        if moment == "renewal":
            ask(gemini)
            credentials.expiry = datetime.datetime(2020, 1, 1)
        before = issuer.calls
        issuer.answers, issuer.wait = ANSWERS[answer](world), 0.15
        outcomes = CALLERS[caller](gemini, credentials)
        if answer == "slow":
            assert not any(outcomes)
            assert issuer.calls == before + 1, "one renewal, however many wait"
        else:
            assert any(outcomes), "a renewal that failed is told"
        issuer.wait = 0
        assert not any(CALLERS[caller](gemini, credentials)), "the next call tries again"
        assert credentials.valid


@pytest.mark.parametrize("early", [False, True], ids=["never", "while the old token lasts"])
def test_a_renewal_that_fails_leaves_nothing_valid(world, issuer, early):
    credentials = client.credentials()
    if early:
        credentials.refresh(None)
    issuer.answers = [error(403, "PERMISSION_DENIED", "no")]
    with pytest.raises(google.auth.exceptions.RefreshError):
        credentials.refresh(None)
    assert not credentials.valid
    assert credentials.token != world.cloud.tokens.federated
    session_call(credentials)
    assert credentials.valid


def test_the_links_of_the_doctor_publish_nothing_half_done(world):
    published_tokens = []
    world.patch.setattr("client.renewal.Published.put", lambda _, token: published_tokens.append(token))
    assert world.run("--check", "token-exchange").code == 0
    assert [token for token in published_tokens if token] == []
    assert world.run("--check", "impersonation").code == 0
    assert [token.value for token in published_tokens if token] == [world.cloud.tokens.impersonated]


def test_direct_access_publishes_the_federated_token(world):
    world.cloud.direct = True
    info = json.loads(world.path.read_text())
    del info["service_account_impersonation_url"]
    world.write(info)
    credentials = client.credentials()
    credentials.refresh(None)
    assert credentials.token == world.cloud.tokens.federated
    assert world.run("--no-egress").code == 0


def test_a_401_renews_once_for_everybody(issuer):
    """google-auth's own session calls refresh after a 401, from every thread that got one."""
    credentials = client.credentials()
    credentials.refresh(None)
    issuer.issued.clear()  # Google has revoked it
    assert not any(threads(20, lambda: session_call(credentials)))
    assert issuer.calls == 2
    issuer.seen = [bearer for bearer in issuer.seen if not bearer.endswith(".1")]


def test_refresh_twice_renews_twice(issuer):
    credentials = client.credentials()
    credentials.refresh(None)
    first = credentials.token
    credentials.refresh(None)
    assert credentials.token != first
    assert issuer.calls == 2


def test_what_another_thread_renewed_is_not_renewed_again(issuer):
    credentials = client.credentials()
    assert not credentials.valid
    threads(1, lambda: credentials.refresh(None))
    credentials.refresh(None)  # decided on what this thread saw before
    assert issuer.calls == 1


def test_the_event_loop_goes_on(issuer):
    """The loop itself lets iamcredentials answer: it would never, were it waiting."""
    asked, go = threading.Event(), threading.Event()
    issuer.answers = [lambda _: (asked.set(), None if go.wait(20) else Response(500))[1]]

    async def main(gemini):
        call = asyncio.create_task(gemini.aio.models.generate_content(model=MODEL, contents="hello"))
        while not asked.is_set():
            await asyncio.sleep(0.01)
        for _ in range(10):
            await asyncio.sleep(0)
        go.set()
        return (await call).text

    with client.gemini() as gemini:
        assert asyncio.run(main(gemini)) == "x"
    assert issuer.calls == 1


def test_the_event_loop_goes_on_while_a_thread_renews(issuer):
    """With one client for both: google-genai's loop waits for the lock under which its threads renew."""
    asked, go, answers = threading.Event(), threading.Event(), []
    issuer.answers = [lambda _: (asked.set(), None if go.wait(20) else Response(500))[1]]

    async def main(gemini):
        call = asyncio.create_task(gemini.aio.models.generate_content(model=MODEL, contents="hello"))
        for _ in range(20):
            await asyncio.sleep(0.01)
        go.set()
        return (await call).text

    with client.gemini() as gemini:
        thread = threading.Thread(target=lambda: answers.append(ask(gemini)))
        thread.start()
        assert asked.wait(20)
        assert asyncio.run(main(gemini)) == "x"
        thread.join()
    assert (issuer.calls, answers) == (1, [None])


def test_non_blocking_refresh_of_google_auth(issuer):
    """A stale token is renewed in the background; who asks meanwhile sends the old one."""
    credentials = client.credentials()
    credentials.with_non_blocking_refresh()
    session_call(credentials)
    credentials.expiry = published.utcnow() + datetime.timedelta(minutes=2)
    session_call(credentials)
    credentials._refresh_worker._worker.join(20)
    session_call(credentials)
    assert [bearer.rpartition(".")[2] for bearer in issuer.seen] == ["1", "1", "2"]


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
@pytest.mark.usefixtures("issuer")
def test_copies(world, copied):
    credentials = client.credentials(seconds=17)
    credentials.refresh(None)
    other = copied(credentials)
    assert (other.token, other.expiry, other.seconds) == (credentials.token, credentials.expiry, 17)
    other.expiry = datetime.datetime(2020, 1, 1)
    assert credentials.valid
    session_call(other)
    assert other.token != credentials.token
    world.search(repr(credentials) + repr(vars(credentials)) + repr(vars(other)))


def test_quota_project(world, issuer):
    credentials = client.credentials()
    other = credentials.with_quota_project("bills-paid-here")
    assert isinstance(credentials, google.auth.credentials.CredentialsWithQuotaProject)
    given = []
    world.cloud.faults["gemini"] = lambda request: (
        given.append(request.headers.get("x-goog-user-project")) or issuer.gemini(request)
    )
    session_call(other)
    session_call(credentials)
    session_call(other.with_quota_project(None))
    assert given == ["bills-paid-here", None, None]
    with pytest.raises(ValueError, match=r"quota_project_id is 'a\\r\\nb', allowed is a project id"):
        credentials.with_quota_project("a\r\nb")


def test_scopes(world):
    """Nobody needs to ask for some; who does gets a token of its own, and the exchange stays what impersonation needs."""
    credentials = client.credentials()
    assert google.auth.credentials.with_scopes_if_required(credentials, ["x"]) is credentials
    other = credentials.with_scopes(["https://www.googleapis.com/auth/devstorage.read_only"])
    other.refresh(None)
    assert not credentials.valid
    assert b"devstorage.read_only" in world.cloud.bodies["iamcredentials"][0]
    assert b"cloud-platform" in world.cloud.bodies["sts"][0]
    assert b"devstorage" not in world.cloud.bodies["sts"][0]


def test_no_pickle(world):  # noqa: ARG001
    for made in (client.credentials(), client.credentials().supplier):
        with pytest.raises(TypeError, match="a pickle would carry keys"):
            pickle.dumps(made)


def test_a_token_is_not_assigned(issuer):
    credentials = client.credentials()
    credentials.refresh(None)
    with pytest.raises(AttributeError, match="a token comes from refresh"):
        credentials.token = "ya29.other"
    credentials.token = None
    assert not credentials.valid
    session_call(credentials)
    assert issuer.calls == 2


@pytest.mark.parametrize("back", [5400, 30], ids=["an hour and a half", "half a minute"])
def test_a_clock_that_is_set_back_prolongs_no_token(world, back):
    credentials = client.credentials()
    credentials.refresh(None)
    expiry, now = credentials.expiry, published.utcnow
    world.patch.setattr(published, "utcnow", lambda: now() - datetime.timedelta(seconds=back))
    assert abs((expiry - credentials.expiry).total_seconds() - back) < 5


def test_a_clock_that_is_set_forward_ends_a_token(world):
    credentials = client.credentials()
    credentials.refresh(None)
    world.patch.setattr("google.auth._helpers.utcnow", lambda: published.utcnow() + datetime.timedelta(hours=2))
    assert not credentials.valid


@pytest.mark.parametrize("seconds", [10**7, 3600 + 900], ids=["for ever", "with a local clock that is behind"])
def test_no_answer_prolongs_a_token(world, seconds):
    """expireTime is by Google's clock; the token lives as long as was asked for, from now on."""
    world.cloud.faults["iamcredentials"] = issue(world.cloud.tokens.impersonated, seconds)
    credentials = client.credentials()
    credentials.refresh(None)
    assert (credentials.expiry - published.utcnow()).total_seconds() <= 3600


def test_a_token_that_expired_by_the_local_clock_is_still_used(world):
    """With a clock that is far ahead every call renews; none fails for it."""
    issuer = Issuer(world)
    issuer.answers = [lambda _: (issuer.issued.add("ya29.c.early"), issue("ya29.c.early", -60))[1]]
    credentials = client.credentials()
    session_call(credentials)
    assert issuer.seen == ["ya29.c.early"]
    assert not credentials.valid
