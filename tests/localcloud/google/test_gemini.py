"""Gemini: hosts, versions, models, and what is asked."""

import json

import pytest

from localcloud.google import gemini
from localcloud.proxy import Request

from .world import EMAIL, INSIDE, NUMBER, PROJECT

MODEL = "gemini-3.5-flash"
HELLO = {"contents": [{"role": "user", "parts": [{"text": "hello"}]}]}


def path(*, project=PROJECT, location="global", model=MODEL, version="v1", verb="generateContent"):
    return f"/{version}/projects/{project}/locations/{location}/publishers/google/models/{model}:{verb}"


def ask(world, body=HELLO, *, host="aiplatform", token=None, **parts):
    return world.send(host, path(**parts), body, token=token or world.impersonated())


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
@pytest.mark.parametrize("project", [PROJECT, NUMBER])
def test_an_answer(world, version, project):
    status, answer = ask(world, version=version, project=project)
    assert status == 200
    (candidate,) = answer["candidates"]
    assert candidate["finishReason"] == "STOP"
    assert candidate["content"]["parts"][0]["text"].startswith("Hello from gemini-3.5-flash at global")
    assert answer["modelVersion"] == MODEL
    usage = answer["usageMetadata"]
    assert usage["promptTokenCount"] + usage["candidatesTokenCount"] == usage["totalTokenCount"]


def test_streams_are_events_or_an_array(world):
    token = world.impersonated()
    headers = {"authorization": f"Bearer {token}"}
    for query, start in (("?alt=sse", b"data: {"), ("", b"[{")):
        url = path(verb="streamGenerateContent") + query
        request = Request(
            "https", "aiplatform.googleapis.com", "POST", url, headers, json.dumps(HELLO).encode(), INSIDE
        )
        answer = world.google(request)
        assert answer.body.startswith(start)
        assert answer.headers.get("Content-Type", "") == ("text/event-stream" if query else "")
        if not query:
            parts = json.loads(answer.body)
            assert [("finishReason" in part["candidates"][0]) for part in parts] == [False, True]


@pytest.mark.parametrize("query", ["?alt=sse", ""])
def test_each_part_of_a_stream_is_held_against_the_document(world, monkeypatch, query):
    monkeypatch.setattr(gemini, "_identity", lambda: {"responseID": "x"})
    status, _ = world.send("aiplatform", path(verb="streamGenerateContent") + query, HELLO, token=world.impersonated())
    assert status == 500
    assert 'Unknown name "responseID"' in world.google.mistakes[0]
    world.google.mistakes.clear()


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"model": "gemini-2.5-flash"}, 404),
        ({"model": "gemini-9"}, 404),
        ({"location": "asia-northeast1", "host": "asia-northeast1-aiplatform"}, 404),
        ({"location": "us", "host": "aiplatform.us.rep"}, 200),
        ({"location": "us"}, 400),  # the global host
        ({"host": "us-central1-aiplatform"}, 400),
    ],
)
def test_models_and_locations(world, parts, code):
    assert ask(world, **parts)[0] == code


def test_a_region_that_serves_a_model(world, monkeypatch):
    monkeypatch.setitem(gemini.MODELS, MODEL, {"us-central1"})
    assert ask(world, location="us-central1", host="us-central1-aiplatform")[0] == 200


def test_an_unknown_project(world):
    status, answer = ask(world, project="nobodys")
    assert (status, answer["error"]["details"][0]["reason"]) == (403, "CONSUMER_INVALID")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"contents": []},
        {"contents": [{"role": "user"}]},
        {"contents": [{"role": "assistant", "parts": [{"text": "x"}]}]},
    ],
)
def test_what_is_asked_must_be_something(world, body):
    status, answer = ask(world, body)
    assert (status, answer["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_iam_denies(world):
    world.state.iam_policies[f"projects/{PROJECT}"]["bindings"][1]["members"] = ["serviceAccount:x@y"]
    status, answer = ask(world)
    resource = f"projects/{PROJECT}/locations/global/publishers/google/models/{MODEL}"
    assert (status, answer["error"]["status"]) == (403, "PERMISSION_DENIED")
    assert answer["error"]["details"] == [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "IAM_PERMISSION_DENIED",
            "domain": "aiplatform.googleapis.com",
            "metadata": {"permission": "aiplatform.endpoints.predict", "resource": resource},
        }
    ]
    assert f"//aiplatform.googleapis.com/{resource}" in answer["error"]["message"]


@pytest.mark.parametrize("role", ["roles/aiplatform.user", "roles/owner"])
def test_predefined_roles(world, role):
    world.state.iam_policies[f"projects/{PROJECT}"]["bindings"] = [
        {"role": role, "members": [f"serviceAccount:{EMAIL}"]}
    ]
    assert ask(world)[0] == 200


def test_the_scope(world):
    token = world.impersonated(scope=["https://www.googleapis.com/auth/iam"])
    assert ask(world, token=token)[1]["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


@pytest.mark.parametrize(
    ("host", "location"),
    [
        ("aiplatform.googleapis.com", "global"),
        ("asia-northeast1-aiplatform.googleapis.com", "asia-northeast1"),
        ("aiplatform.eu.rep.googleapis.com", "eu"),
        ("storage.googleapis.com", ""),
        ("aiplatform.googleapis.com.evil.example", ""),
    ],
)
def test_hosts(host, location):
    assert gemini.location_of(host) == location
