"""A process that lives for weeks: updates delete its release, the document is replaced, the provider comes and goes."""

import asyncio
import gc
import json
import multiprocessing
import os
import subprocess
import sys
import threading
from pathlib import Path

import certifi
import google.auth.exceptions
import pytest

import client
from client import transport
from localcloud.proxy import Response
from tests.client.conftest import ROOT, document

RENEW = """
import sys, client
from google.genai import types
with client.gemini() as gemini:
    before = set(sys.modules)
    gemini._api_client._credentials.refresh(None)
    gemini._api_client._credentials.expiry = __import__("datetime").datetime(2020, 1, 1)
    gemini.models.generate_content(model="gemini-3.5-flash", contents="hello")
    print(*sorted(set(sys.modules) - before))
"""


def test_a_renewal_imports_nothing_of_a_release(world):  # noqa: ARG001
    """What is imported then may be deleted by then."""
    done = subprocess.run(
        [sys.executable, "-c", RENEW], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    late = done.stdout.split()
    assert [name for name in late if name.partition(".")[0] not in sys.stdlib_module_names] == []


def test_the_certificate_authorities_are_read_once(world):
    """requests reads certifi's file for each connection, and an update that renews the packages deletes it."""
    assert Path(certifi.where()).read_text(encoding="ascii", errors="ignore") == transport._AUTHORITIES
    world.env(REQUESTS_CA_BUNDLE=None, CURL_CA_BUNDLE=None)
    with pytest.raises(google.auth.exceptions.RefreshError, match="certificate is not trusted here"):
        client.credentials().refresh(None)
    world.patch.setattr(transport, "_AUTHORITIES", world.proxy.ca_file.read_text())
    world.patch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(world.folder / "deleted.pem"))
    client.credentials().refresh(None)


@pytest.mark.parametrize(
    ("happened", "words"),
    [
        (lambda world: world.write(document(audience=document()["audience"].replace("demo-aws-app", "demo-aws-new"))), "has changed since this program read it"),
        (lambda world: world.path.unlink(), "is not there any more"),
    ],
)  # fmt: skip
def test_a_provider_that_is_replaced(world, happened, words):
    """The process stays who it was: it says so when Google refuses that, and goes on once Google accepts it again."""
    credentials = client.credentials()
    credentials.refresh(None)
    happened(world)
    credentials.refresh(None)
    assert credentials.valid
    world.cloud.number = "999999999999"
    with pytest.raises(google.auth.exceptions.RefreshError) as told:
        credentials.refresh(None)
    assert f"{world.path} {words}: restart the program; else " in str(told.value)
    assert not credentials.valid
    world.cloud.number = "345678901234"
    credentials.refresh(None)
    assert credentials.valid


def test_a_refusal_with_the_same_document_says_nothing_of_it(world):
    credentials = client.credentials()
    world.path.write_text(json.dumps(json.loads(world.path.read_text())))
    world.cloud.number = "999999999999"
    with pytest.raises(google.auth.exceptions.RefreshError) as told:
        credentials.refresh(None)
    assert "restart the program" not in str(told.value)


def test_renewals_leave_nothing_open(world):
    """Failed renewals close their connections at once, without the garbage collector."""
    credentials = client.credentials()

    def renew():
        world.cloud.faults["iamcredentials"] = None
        credentials.refresh(None)
        world.cloud.faults["iamcredentials"] = Response(403, b"{}")
        with pytest.raises(google.auth.exceptions.RefreshError):
            credentials.refresh(None)

    def held():
        return len(list(Path("/dev/fd").iterdir())), threading.active_count()

    renew()
    gc.disable()
    before = held()
    for _ in range(20):
        renew()
    after = held()
    gc.enable()
    assert [b - a < 20 for a, b in zip(before, after, strict=True)] == [True, True]  # the last ones are about to end


def test_a_session_token_that_is_not_known_any_more(world):
    """A suspension stops the monotonic clock but not the token's life; a clone has another instance's token."""
    credentials = client.credentials()
    credentials.refresh(None)
    world.cloud.keys.session = "AQAEAOther0jB6S4mQ2vYpL9ZcR1nDfHwUeXgTsIoPbNaMkVqJz3yFA=="
    credentials.supplier.forget()
    credentials.refresh(None)
    assert credentials.valid
    world.cloud.faults["metadata"] = lambda request: None if request.method == "PUT" else Response(401)
    credentials.supplier.forget()
    with pytest.raises(google.auth.exceptions.RefreshError, match="the metadata service answered 401"):
        credentials.refresh(None)


@pytest.mark.parametrize("moment", ["a renewal", "the lock"])
def test_a_fork_in_the_middle_of(world, moment):
    """gunicorn --preload: the child has neither the thread that renews nor the one that holds the lock."""
    credentials, fork = client.credentials(), multiprocessing.get_context("fork")
    reached, go_on = threading.Event(), threading.Event()

    def wait(_):
        reached.set()
        go_on.wait(30)

    def child(answers):
        credentials.refresh(None)
        answers.put(credentials.valid)

    if moment == "a renewal":
        world.cloud.faults["sts"] = wait
        thread = threading.Thread(target=credentials.refresh, args=(None,))
        thread.start()
        assert reached.wait(30)
    else:
        credentials._published._lock.acquire()
    answers = fork.SimpleQueue()
    process = fork.Process(target=child, args=(answers,))
    process.start()
    go_on.set()
    process.join(20)
    alive = process.is_alive()
    process.kill()
    if moment == "a renewal":
        thread.join()
    else:
        credentials._published._lock.release()
    assert not alive
    assert answers.get() is True


def test_forked_processes_share_no_connection(world):
    """gunicorn --preload, with a prompt before the fork. On one connection each would read the others' answers."""
    fork = multiprocessing.get_context("fork")
    prompt = {"model": "gemini-3.5-flash", "contents": "hello"}
    with client.gemini(seconds=10) as gemini:
        gemini.models.generate_content(**prompt)
        answers = fork.SimpleQueue()

        def child():
            answers.put(gemini.models.generate_content(**prompt).text)

        processes = [fork.Process(target=child) for _ in range(3)]
        for process in processes:
            process.start()
        for process in processes:
            process.join(20)
            process.kill()
        assert [answers.get() for process in processes if not process.exitcode] == [world.cloud.answer] * 3
        assert gemini.models.generate_content(**prompt).text == world.cloud.answer


def test_abandoned_streams_hold_up_no_prompt(world):
    """A chat server whose users leave: google-genai keeps each connection until the garbage collector comes."""
    prompt = {"model": "gemini-3.5-flash", "contents": "hello"}

    async def leave():
        for _ in range(101):
            await anext(await gemini.aio.models.generate_content_stream(**prompt))
        return (await gemini.aio.models.generate_content(**prompt)).text

    body = b'data: {"candidates": [{"content": {"parts": [{"text": "x"}]}}]}\n\n' * 2
    answer = Response(200, body + bytes(400_000), {"Content-Type": "text/event-stream"})
    world.cloud.faults["gemini"] = lambda request: answer if "stream" in request.path else None
    with client.gemini(seconds=5) as gemini:
        gc.disable()
        try:
            assert asyncio.run(leave()) == world.cloud.answer
        finally:
            gc.enable()
