"""What programs use, and the example of docs/runbooks/client.md."""

import datetime
import json
import logging
import re
import socket
import threading
import time

import google.auth.exceptions
import pytest
from google.auth.transport.requests import AuthorizedSession
from google.genai import errors

import client
from client.fault import Fault
from localcloud.proxy import Response
from tests.client.conftest import ROOT, document
from tests.cloud.google import error


def test_example(world, capsys):
    """The example of docs/runbooks/client.md and, without its import, of client/api.py, which has two names."""
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/runbooks/client.md").read_text(), re.DOTALL)
    assert "".join(example.partition("\n")[2].split()) in "".join((ROOT / "client/api.py").read_text().split())
    exec(example, {})
    assert capsys.readouterr().out == world.cloud.answer + "\n"


def test_one_more_round_trip_per_further_prompt(world):
    with client.gemini() as gemini:
        for _ in range(3):
            assert gemini.models.generate_content(model="gemini-3.5-flash", contents="hello").text == world.cloud.answer
    assert [service for service, *_ in world.cloud.log] == ["metadata"] * 4 + ["sts", "iamcredentials"] + ["gemini"] * 3


def test_an_expired_token_is_renewed_in_the_middle(world):
    """The keys of the role are kept, so a renewal is two round trips."""
    with client.gemini() as gemini:
        for expired in (False, True):
            if expired:
                gemini._api_client._credentials.expiry = datetime.datetime(2020, 1, 1)
            assert gemini.models.generate_content(model="gemini-3.5-flash", contents="hello").text == world.cloud.answer
    services = [service for service, *_ in world.cloud.log]
    assert services == ["metadata"] * 4 + ["sts", "iamcredentials", "gemini"] * 2


def test_other_libraries_go_nowhere_else(world):
    """google-auth's own session would look up allowedLocations beside, at a host of its choice."""
    session = AuthorizedSession(client.credentials())
    url = "https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google/models/m:generateContent"
    assert session.post(url, json={"contents": []}).status_code == 200
    assert [service for service, *_ in world.cloud.log] == ["metadata"] * 4 + ["sts", "iamcredentials", "gemini"]


def test_no_answer_is_unpacked(world):
    """A small answer may be a large one in gzip."""
    given = []
    world.cloud.faults["sts"] = lambda request: given.append(request.headers["accept-encoding"])
    client.credentials().refresh(None)
    assert given == ["identity"]


def test_a_connection_that_broke_is_made_again(world):
    answers = [Response(raw=b""), Response(raw=b"")]
    world.cloud.faults["sts"] = lambda _: answers.pop() if answers else None
    credentials = client.credentials()
    credentials.refresh(None)
    assert credentials.valid


def test_no_variable_puts_another_path_before_the_model(world):
    world.env(GOOGLE_GENAI_API_VERSION="../evil")
    with client.gemini() as gemini:
        assert gemini.models.generate_content(model="gemini-3.5-flash", contents="hello").text == world.cloud.answer


def test_stream(world):
    with client.gemini() as gemini:
        parts = [
            part.text for part in gemini.models.generate_content_stream(model="gemini-3.5-flash", contents="hello")
        ]
    assert len(parts) == 2
    assert "".join(parts) == world.cloud.answer


def test_name_is_the_function_whatever_was_imported_before(world):  # noqa: ARG001
    import client.model  # noqa: F401

    assert callable(client.gemini)
    import client.explanation  # noqa: F401

    assert client.__all__ == ["credentials", "explain", "gemini"]
    assert client.explain(ValueError()).fix
    with pytest.raises(AttributeError):
        _ = client.nothing


def test_tries_again(world):
    answers = [error(503, "UNAVAILABLE", "x")]
    world.cloud.faults["gemini"] = lambda _: answers.pop() if answers else None
    tokens = [Response(502, b"<html>")]
    world.cloud.faults["sts"] = lambda _: tokens.pop() if tokens else None
    with client.gemini() as gemini:
        assert gemini.models.generate_content(model="gemini-3.5-flash", contents="hello").text == world.cloud.answer


@pytest.mark.parametrize(
    ("how", "words"),
    [({"hang": 60}, "had not answered"), ({"drip": 0.1, "body": b"x" * 600}, "(was still sending|had not answered)")],
)
def test_gives_up_within_its_seconds(world, how, words):
    world.cloud.faults["sts"] = Response(**how)
    started = time.monotonic()
    with pytest.raises(google.auth.exceptions.RefreshError, match=rf"sts\.googleapis\.com {words}"):
        client.credentials(seconds=0.5).refresh(None)
    assert time.monotonic() - started < 3


def test_gives_up_while_names_hang(world, guard):
    world.env(NO_PROXY="sts.googleapis.com", no_proxy="sts.googleapis.com")
    resolve, hanging = guard.guarded_resolve, threading.Event()
    world.patch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *a, **k: hanging.wait(60) if host == "sts.googleapis.com" else resolve(host, *a, **k),
    )
    started = time.monotonic()
    with pytest.raises(
        google.auth.exceptions.RefreshError, match=r"sts\.googleapis\.com had not answered when the 0\.5 s"
    ):
        client.credentials(seconds=0.5).refresh(None)
    assert time.monotonic() - started < 1.5
    hanging.set()
    time.sleep(0.2)  # the thread that was left ends before the guard goes


def test_a_metadata_service_that_failed_is_asked_again(world):
    """Within a renewal it is asked once; the next renewal must not fail with the old answer."""
    answers = [Response(403)]
    world.cloud.faults["metadata"] = lambda _: answers.pop() if answers else None
    credentials = client.credentials()
    with pytest.raises(google.auth.exceptions.RefreshError, match="403"):
        credentials.refresh(None)
    credentials.refresh(None)
    assert credentials.valid


def test_no_password_of_netrc_goes_anywhere(world):
    """requests would send it to every host, in the place of the token."""
    file = world.folder / "netrc"
    file.write_text("default login me password hunter2secret\n")
    file.chmod(0o600)
    world.env(NETRC=str(file))
    given = []
    for service in ("metadata", "sts", "iamcredentials", "checkip", "gemini"):
        world.cloud.faults[service] = lambda request: given.append(request.headers.get("authorization"))
    assert world.run().code == 0
    assert {str(value).partition(" ")[0] for value in given} == {"None", "Bearer"}


@pytest.mark.parametrize(
    "terms", [{"seconds": 0}, {"seconds": float("nan")}, {"seconds": 1e300}, {"max_bytes": -1}, {"max_bytes": 1e300}]
)
def test_terms_that_are_none(world, terms):  # noqa: ARG001
    with pytest.raises(ValueError, match="allowed is more than 0, and at most"), client.gemini(**terms):
        pass


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_seconds_that_are_none(world, seconds):  # noqa: ARG001
    with pytest.raises(ValueError, match=f"seconds is {seconds}, allowed is more than 0, and at most 86400"):
        client.credentials(seconds=seconds)


def test_wrong_settings_and_documents(world):
    world.env(GCP_PROJECT_ID=None)
    with pytest.raises(Fault, match="GCP_PROJECT_ID is not set"):
        client.credentials()
    world.env(GCP_PROJECT_ID="my-project")
    world.write(document(token_url="https://evil.example/v1/token"))
    with pytest.raises(Fault, match=r"token_url is 'https://evil.example/v1/token'"), client.gemini():
        pass
    assert world.cloud.log == []


@pytest.mark.parametrize("service", ["sts", "iamcredentials"])
def test_exceptions_carry_no_token(world, service):
    body = {
        "access_token": world.cloud.tokens.federated,
        "accessToken": world.cloud.tokens.impersonated,
        "expireTime": "x",
        "expires_in": "x",
    }
    world.cloud.faults[service] = Response(200, json.dumps(body).encode())
    with pytest.raises(google.auth.exceptions.RefreshError) as caught:
        client.credentials().refresh(None)
    error: BaseException | None = caught.value
    while error:
        world.search(repr(error) + repr(vars(error)))
        error = error.__cause__ or error.__context__


def test_perimeter_denial_is_google_genais_own_error(world):
    world.cloud.allowed = frozenset()
    with client.gemini() as gemini, pytest.raises(errors.ClientError) as caught:
        gemini.models.generate_content(model="gemini-3.5-flash", contents="hello")
    assert caught.value.code == 403
    world.search(str(caught.value))


def test_debug_logs_carry_no_secret(world):
    records = []

    class Keep(logging.Handler):
        def emit(self, record):
            records.append(repr(vars(record)) + record.getMessage())

    loggers = [
        logging.getLogger(name)
        for name in ("", "google", "google.auth", "google_genai", "urllib3", "httpx2", "httpcore2")
    ]
    before = [(logger, logger.level, logger.propagate) for logger in loggers]
    handler = Keep()
    try:
        for logger in loggers:
            logger.setLevel(logging.DEBUG)
            logger.addHandler(handler)
        with client.gemini() as gemini:
            gemini.models.generate_content(model="gemini-3.5-flash", contents="hello")
        world.run()
    finally:
        for logger, level, propagate in before:
            logger.removeHandler(handler)
            logger.setLevel(level)
            logger.propagate = propagate
    assert len(records) > 10
    for record in records:
        world.search(record)


def test_no_variable_sends_the_token_elsewhere(world):
    """google-genai itself reads os.environ, also where a program gave its own settings."""
    environ = {"GOOGLE_APPLICATION_CREDENTIALS": str(world.path), "GCP_PROJECT_ID": "my-project"}
    world.env(GOOGLE_VERTEX_BASE_URL="https://evil.example/", GOOGLE_API_KEY="AIzaSyA-1234567890abcdefghijklmnopqrstuv")
    with client.gemini(environ=environ) as gemini:
        assert gemini.models.generate_content(model="gemini-3.5-flash", contents="hello").text == world.cloud.answer
    assert "evil.example" not in world.cloud.hosts
