"""explain: what programs really catch, raised by the real libraries against the local clouds."""

import asyncio
import copy
import json
import os
import pickle
import re
import subprocess
import sys

import google.auth.exceptions
import google.auth.transport.requests
import httpx2
import pytest
import requests
import urllib3
from google.auth import aws
from google.genai import errors

import client
from client.fault import Fault, Layer
from localcloud.proxy import Response
from tests.client.conftest import ROOT, document
from tests.cloud.google import UID, error, info, oauth_error, perimeter_denial

SA = "demo-app@my-project.iam.gserviceaccount.com"
DENIAL = perimeter_denial("aiplatform.googleapis.com", "projects/345678901234")
PREDICT = error(
    403, "PERMISSION_DENIED", "Permission 'aiplatform.endpoints.predict' denied on resource 'x' (or it may not exist).",
    info("IAM_PERMISSION_DENIED", permission="aiplatform.endpoints.predict"),
)  # fmt: skip
ASK = {"model": "gemini-3.5-flash", "contents": "hello"}


def caught(world, call):
    """What `call` raises, explained; the explanation is searched for secrets."""
    with pytest.raises(Exception) as raised:  # noqa: PT011 (any: that is the point)
        call()
    fault = client.explain(raised.value)
    world.search(repr(fault) + str(fault) + repr(vars(fault)) + fault.cause + fault.fix + fault.not_cause)
    assert fault.__context__ is fault.__cause__ is fault.__traceback__ is None
    assert re.fullmatch(r".+ \(fix: .+\)", str(fault))
    return fault


def ask():
    with client.gemini() as gemini:
        gemini.models.generate_content(**ASK)


def stream():
    with client.gemini() as gemini:
        list(gemini.models.generate_content_stream(**ASK))


async def _ask_later():
    with client.gemini() as gemini:
        await gemini.aio.models.generate_content(**ASK)


def ask_later():
    asyncio.run(_ask_later())


@pytest.mark.parametrize("call", [ask, stream, ask_later])
def test_what_gemini_answers(world, call):
    world.cloud.faults["gemini"] = DENIAL
    fault = caught(world, call)
    assert (fault.layer, fault.identifier, fault.service) == (Layer.PERIMETER, UID, "aiplatform.googleapis.com")
    world.cloud.faults["gemini"] = PREDICT
    fault = caught(world, call)
    assert fault.layer is Layer.IAM
    assert f"--member='serviceAccount:{SA}' --role=projects/my-project/roles/demo_gemini_caller" in fault.fix
    assert fault.not_cause.startswith("the perimeter")


@pytest.mark.parametrize(
    ("answer", "layer", "words"),
    [
        (Response(403, json.dumps([json.loads(DENIAL.body)]).encode()), Layer.PERIMETER, UID),
        (Response(404, b"<html>not here</html>", {"Content-Type": "text/html"}), Layer.MODEL_OR_LOCATION, "gemini-3.5-flash"),
        (Response(400, b"<html>proxy</html>", {"Content-Type": "text/html"}), Layer.GEMINI, "answered 400 with HTML"),
        (Response(400, b""), Layer.GEMINI, "400"),
        (Response(400, b'{"error": "x"}'), Layer.GEMINI, "400"),
        (error(400, "INVALID_ARGUMENT", "The prompt is too long"), Layer.GEMINI, "The prompt is too long"),
    ],
)  # fmt: skip
def test_other_forms_of_answers(world, answer, layer, words):
    world.cloud.faults["gemini"] = answer
    fault = caught(world, ask)
    assert fault.layer is layer, fault.cause
    assert words in fault.cause


@pytest.mark.parametrize("call", [ask, lambda: client.credentials().refresh(None)])
@pytest.mark.parametrize(
    ("service", "answer", "layer", "words"),
    [
        ("sts", oauth_error("unauthorized_client", "The given credential is rejected by the attribute condition."), Layer.TOKEN_EXCHANGE, "attribute condition"),
        ("iamcredentials", error(404, "NOT_FOUND", "Not found; Gaia id not found for email " + SA), Layer.IMPERSONATION, f"{SA} does not exist"),
        ("metadata", Response(403), Layer.METADATA, "turned off"),
    ],
)  # fmt: skip
def test_credentials_carry_their_fault(world, call, service, answer, layer, words):
    """Nothing is read from the sentence: another one has the same fault."""
    world.cloud.faults[service] = answer
    fault = caught(world, call)
    assert fault.layer is layer
    assert words in fault.cause
    with pytest.raises(google.auth.exceptions.RefreshError) as raised:
        call()
    raised.value.args = ("",)
    assert client.explain(raised.value).cause == fault.cause


def google_auth_alone():
    """google-auth's own classes, and its own transport, as a program has them that does not use this client."""
    info = document()
    credentials = aws.Credentials.from_info(info, scopes=["https://www.googleapis.com/auth/cloud-platform"])
    credentials.refresh(google.auth.transport.requests.Request())


@pytest.mark.parametrize(
    ("service", "answer", "layer", "words"),
    [
        ("sts", oauth_error("unauthorized_client", "The given credential is rejected by the attribute condition."), Layer.TOKEN_EXCHANGE, "by the attribute condition of provider demo-aws-app"),
        ("sts", Response(403, json.dumps({"error": "access_denied", "error_description": json.loads(DENIAL.body)["error"]["message"]}).encode()), Layer.PERIMETER, UID),
        ("iamcredentials", error(403, "PERMISSION_DENIED", "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."), Layer.IMPERSONATION, f"may not impersonate {SA}"),
        ("iamcredentials", perimeter_denial("iamcredentials.googleapis.com", "projects/1"), Layer.PERIMETER, UID),
    ],
)  # fmt: skip
def test_google_auth_alone(world, service, answer, layer, words):
    world.cloud.faults[service] = answer
    fault = caught(world, google_auth_alone)
    assert fault.layer is layer
    assert words in fault.cause


def test_networks_of_every_library(world, guard):
    host = "sts.googleapis.com"
    world.env(NO_PROXY=host, no_proxy=host)
    guard.redirects[host] = ConnectionRefusedError(111, "Connection refused")
    for call in (
        google_auth_alone,
        lambda: requests.get(f"https://{host}/", timeout=3),
        lambda: urllib3.PoolManager(retries=False).request("GET", f"https://{host}/"),
        lambda: httpx2.get(f"https://{host}/"),
    ):
        fault = caught(world, call)
        assert fault.layer is Layer.NETWORK
        assert f"the connection to {host} was refused" in fault.cause


def test_answers_of_every_library(world):
    world.cloud.faults["iamcredentials"] = error(404, "NOT_FOUND", "x")
    url = "https://iamcredentials.googleapis.com/v1/x"
    for get in (requests.get, httpx2.get):
        fault = caught(world, lambda get=get: get(url).raise_for_status())
        assert (fault.layer, fault.cause) == (Layer.IMPERSONATION, f"the service account {SA} does not exist")
    world.cloud.faults["checkip"] = Response(500)
    fault = caught(world, lambda: requests.get("https://checkip.amazonaws.com/").raise_for_status())
    assert (fault.layer, fault.cause[:9]) == (Layer.UNEXPECTED, "HTTPError")


def test_httpx_where_a_program_has_it(world):
    httpx = pytest.importorskip("httpx")
    world.cloud.faults["iamcredentials"] = error(404, "NOT_FOUND", "x")
    fault = caught(world, lambda: httpx.get("https://iamcredentials.googleapis.com/v1/x").raise_for_status())
    assert fault.layer is Layer.IMPERSONATION


def test_no_credentials_at_all(world):
    world.env(GOOGLE_APPLICATION_CREDENTIALS="/nonexistent.json")
    assert caught(world, google.auth.default).layer is Layer.CONFIGURATION


def _wrapped(world):
    world.cloud.faults["gemini"] = DENIAL
    with pytest.raises(errors.ClientError) as raised:
        ask()
    return raised.value


def test_wrapped_exceptions(world):
    denial = _wrapped(world)

    def by_cause():
        raise RuntimeError("no summary") from denial

    def by_context():
        try:
            raise denial
        except errors.ClientError:
            raise KeyError("x")  # noqa: B904

    def by_group():
        raise ExceptionGroup("both", [ValueError("x"), ExceptionGroup("inner", [RuntimeError("y"), denial])])

    def by_argument():
        raise RuntimeError(denial)

    async def by_task():
        async with asyncio.TaskGroup() as group:
            group.create_task(_raise(denial))

    async def _raise(error):
        raise error

    for call in (by_cause, by_context, by_group, by_argument, lambda: asyncio.run(by_task())):
        assert caught(world, call).identifier == UID


class Hostile(Exception):
    """An exception that raises at whatever is asked of it."""

    def __getattribute__(self, name):
        if name in ("__class__", "__dict__"):
            return super().__getattribute__(name)
        raise RuntimeError(name)

    def __str__(self):
        raise RuntimeError("str")

    __repr__ = __str__


def test_never_raises():
    loop = ValueError("a")
    loop.__cause__ = other = KeyError("b")
    other.__cause__ = loop
    deep = error_ = ValueError("0")
    for number in range(5000):
        error_.__cause__ = error_ = ValueError(str(number))
    odd = errors.ClientError(403, {"error": {}})
    odd.details = odd.__dict__  # holds itself: no JSON
    without = httpx2.ConnectError("x")
    for given in (
        loop, deep, odd, without, Hostile(), KeyboardInterrupt(), SystemExit(1), Exception(), errors.ClientError(403, {"error": 7}),
        errors.APIError(None, {}), requests.HTTPError(), google.auth.exceptions.RefreshError(), google.auth.exceptions.RefreshError("{", b"{"),
        google.auth.exceptions.OAuthError("x", "[" * 100_000), ExceptionGroup("x", [ValueError()] * 3000), UnicodeDecodeError("a", b"b", 0, 1, "c"),
        FileNotFoundError(2, "No such file or directory", "data.csv"), None, 7,
    ):  # fmt: skip
        fault = client.explain(given)
        assert fault.cause, given
        assert fault.fix, given
    assert client.explain(FileNotFoundError(2, "No such file or directory", "data.csv")).layer is Layer.UNEXPECTED


def test_what_was_raised_last_comes_before_what_was_handled():
    last = errors.ClientError(429, {"error": {"code": 429, "message": "x", "status": "RESOURCE_EXHAUSTED"}})
    last.__context__ = Fault(Layer.AWS_IDENTITY, "earlier", "fix")
    assert client.explain(last).layer is Layer.QUOTA


def test_an_exception_without_a_host_does_not_name_geminis_for_sure():
    """A program has other connections too."""
    assert "names no host" in client.explain(ConnectionRefusedError(111, "Connection refused")).cause
    assert client.explain(TimeoutError()).layer is Layer.UNEXPECTED  # asyncio.timeout and futures raise it so


def test_works_without_environment_and_network():
    """In a process without a library of Google's, where nothing is set."""
    program = (
        "import sys\n"
        "for name in ('google', 'httpx2'): sys.modules[name] = None\n"
        "from client import explain\n"
        "print(explain(ConnectionResetError(104, 'Connection reset by peer')))\n"
        "print(explain(ValueError('x')))\n"
    )
    bare = {"PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=bare, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first.startswith("the connection to aiplatform.googleapis.com was refused or broke off")
    assert second.startswith("ValueError is no answer of the chain to Gemini")


def test_names_that_are_not_known_are_in_capitals(world):
    denied = _wrapped_in(world, PREDICT)
    world.env(GOOGLE_APPLICATION_CREDENTIALS=None, GCP_PROJECT_ID=None)
    fix = client.explain(denied).fix
    assert "add-iam-policy-binding PROJECT --member='serviceAccount:ACCOUNT@PROJECT.iam.gserviceaccount.com'" in fix
    assert "--role=projects/PROJECT/roles/ROLE" in fix
    world.env(GCP_PROJECT_ID="my-project; curl evil", GCP_LOCATION="$(evil)")
    assert "evil" not in client.explain(denied).fix


def _wrapped_in(world, answer):
    world.cloud.faults["gemini"] = answer
    with pytest.raises(errors.ClientError) as raised:
        ask()
    return raised.value


def test_an_explanation_is_a_value():
    fault = Fault(Layer.IAM, "cause", "fix", "not", identifier="id", service="s", transient=True)
    for again in (copy.copy(fault), copy.deepcopy(fault), pickle.loads(pickle.dumps(fault)), client.explain(fault)):
        assert vars(again) == vars(fault)
        assert str(again) == "cause (fix: fix)"


def test_the_pages_example_reports_what_broke(world, capsys):
    """As it is printed there; what it prints of an answer is in test_api.py."""
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/runbooks/client.md").read_text(), re.DOTALL)
    world.cloud.faults["gemini"] = DENIAL
    exec(example, {})
    cause, fix, not_cause = capsys.readouterr().out.splitlines()
    assert cause.startswith("cause: VPC Service Controls denied aiplatform.googleapis.com")
    assert f'vpcServiceControlsUniqueId="{UID}"' in fix
    assert not_cause.startswith("not the cause: ")
