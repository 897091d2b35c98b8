"""No secret in any output, however a host encodes what it echoes."""

import base64
import contextlib
import html
import json
import os
import random
import signal
import string
import threading
import time
import urllib.parse

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from client import encodings, redact

SECRET = "8hT/x2Qm+VfW0dJk7Lr5ZpYc3NsAoE9uGiBtRw1X%4d\\&lt;"
ENCODINGS = {
    "plain": str,
    "percent": lambda text: urllib.parse.quote(text, safe=""),
    "percent, all of it": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "form": urllib.parse.quote_plus,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON, all of it": lambda text: "".join(f"\\u{ord(c):04X}" for c in text),
    "JSON of PHP": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "Python": lambda text: "".join(f"\\x{ord(c):02x}" for c in text),
    "HTML": html.escape,
    "HTML, decimal": lambda text: "".join(f"&#{ord(c)};" for c in text),
    "HTML, hexadecimal": lambda text: "".join(f"&#x{ord(c):X};" for c in text),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 without padding": lambda text: base64.b64encode(text.encode()).decode().rstrip("="),
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64 behind something": lambda text: base64.b64encode(b"x" + text.encode()).decode(),
    "base64 behind more": lambda text: "ab" + base64.b64encode(b"xy" + text.encode()).decode(),
    "base64 in lines": lambda text: base64.encodebytes((text * 3).encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "HEX": lambda text: "f" + text.encode().hex().upper(),
    "hex with colons": lambda text: text.encode().hex(":"),
    "upper case": str.upper,
    "lower case": str.lower,
}


@pytest.fixture(autouse=True)
def forget(monkeypatch):
    monkeypatch.setattr(redact, "_known", {})
    monkeypatch.setattr(redact, "_index", None)


@pytest.mark.parametrize("outer", ENCODINGS)
@pytest.mark.parametrize("inner", ENCODINGS)
def test_encodings_of_a_secret(inner, outer):
    redact.remember(SECRET)
    text = f"who is {ENCODINGS[outer]('a ' + ENCODINGS[inner](SECRET) + ' b')}?"
    if outer in ("upper case", "lower case") and "base64" in inner:
        return  # another value: what it decodes to is no part of the secret
    assert redact.clean(text) == redact.clean(text, 0) == redact.HIDDEN


def parts(text):
    """What a reader of `text` can find out, to three levels. Written without client.encodings."""
    found, layer = {text}, [text]
    for _ in range(3):
        layer = [d for t in layer for d in _decoded(t) if d not in found]
        found.update(layer)
    return found


def _decoded(text):
    yield urllib.parse.unquote(text)
    yield html.unescape(text)
    for word in text.split():
        for decode in (
            base64.b64decode,
            base64.urlsafe_b64decode,
            bytes.fromhex,
            lambda w: json.loads(f'"{w}"').encode(),
        ):
            try:
                yield decode(word + "=" * (-len(word) % 4 if "b64" in decode.__name__ else 0)).decode("latin-1")
            except (ValueError, AttributeError):
                continue


SECRETS = st.text(string.ascii_letters + string.digits + "+/=._-%&;\\\"'<>", min_size=8, max_size=300)
NAMES = st.lists(st.sampled_from(sorted(set(ENCODINGS) - {"upper case", "lower case"})), max_size=3)


@given(
    secret=SECRETS, names=NAMES, around=st.tuples(st.text(max_size=60), st.text(max_size=60)), cut=st.integers(0, 284)
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_of_a_secret_comes_out(secret, names, around, cut):
    redact.remember(secret)
    part = secret[cut : cut + 16] if len(secret) >= cut + 16 else secret
    shown = part
    for name in names:
        shown = ENCODINGS[name](shown)
    for limit in (0, 40, 600):
        out = redact.clean(f"{around[0]} {shown} {around[1]}", limit)
        assert shown not in out
        for view in parts(out):
            assert not any(secret[i : i + 16] in view for i in range(max(len(secret) - 15, 1)))


@given(st.text(string.ascii_letters + string.digits + " /+%&\\.,:=-_\n", max_size=400))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_other_texts_stay(text):
    redact.remember(SECRET, "another-secret-that-is-long-enough-to-count")
    assert not redact.leaks(text)


def test_fewer_than_16_characters_are_no_secret():
    redact.remember(SECRET)
    assert redact.clean(f"it begins with {SECRET[:15]} and ends with {SECRET[-15:]}").startswith("it begins")
    for at in range(len(SECRET) - 15):
        assert redact.clean(f"x{SECRET[at : at + 16]}x") == redact.HIDDEN


@pytest.mark.parametrize(("secret", "shown"), [("hunter2-secret", "hunter2-secret"), ("hunter22", "HUNTER22")])
def test_short_secrets_are_secret_as_a_whole(secret, shown):
    redact.remember(secret)
    assert redact.clean(f"x{shown}x") == redact.HIDDEN
    assert redact.clean(shown[:-1]) == shown[:-1]


def test_what_is_shown_of_a_long_text_is_looked_at():
    """A secret that begins where the text is cut is seen before the cut, all of it in its longest encoding."""
    redact.remember(SECRET)
    for at in range(480, 620, 7):
        for name in ("plain", "JSON, all of it", "HTML, hexadecimal"):
            out = redact.clean(f"{'x y ' * 200}"[:at] + ENCODINGS[name](SECRET) + "z" * 100_000, 600)
            assert not any(SECRET[i : i + 16] in view for view in parts(out) for i in range(len(SECRET) - 15))


DATA = base64.b64encode(random.Random(7).randbytes(75_000)).decode()


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("日本語の答え and some English words, 100 % of it. " * 2000, False),
        ('x = "a\\n%20&amp;" # https://example.com/a/b?c=%2F\n' * 2000, False),
        (DATA, False),
        ("".join(f"{'%25' * n}&{'amp;' * n}" + "\\" * n for n in range(200)), True),
        ("xxxxxxxx " * 10_000, True),
    ],
    ids=["prose", "code", "data", "encodings within encodings", "parts of a secret"],
)
def test_long_texts_are_looked_at_within_bounds(text, hidden):
    """Whatever a host sends, at most 24 times as much is looked at; what needs more is hidden."""
    redact.remember("x" * 15 + "y" + SECRET)
    seen = 0
    with contextlib.suppress(OverflowError):
        for view in encodings.views(text):
            seen += len(view)
    assert seen < 25 * (len(text) + 4096)
    assert redact.leaks(text) is hidden


def test_old_secrets_are_forgotten_and_used_ones_are_kept():
    """A process that lives for weeks is given new tokens every hour."""
    rng = random.Random(7)
    many = ["".join(rng.choices(string.ascii_letters, k=40)) for _ in range(1000)]
    for secret in many:
        redact.remember(SECRET, secret)
    assert len(redact._known) == redact.KEPT
    assert [redact.leaks(secret) for secret in (SECRET, many[-1], many[-redact.KEPT + 1], many[0])] == [
        True,
        True,
        True,
        False,
    ]


def test_many_threads_remember_and_clean():
    redact.remember(SECRET)
    found, go = [], threading.Barrier(8)

    def work(number):
        go.wait()
        for turn in range(200):
            redact.remember(f"thread-{number}-secret-{turn % 5:08}")
            found.append(redact.clean(f"thread-{number}-secret-{turn % 5:08}") == redact.clean(SECRET) == redact.HIDDEN)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 1600


@pytest.mark.parametrize("public", ["IQoJb3JpZ2luX2Vj", "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9."])
def test_how_all_tokens_begin_is_no_secret(public):
    """An answer that shows an example of such a token is not hidden as a whole."""
    redact.remember(public)
    assert redact.clean("anything", 0) == "anything"
    secret = public + "ZcK7q2Vx9LmT4nRb8WsY1dFg"
    redact.remember(secret)
    assert redact.clean(f"a token begins with {public}", 0) != redact.HIDDEN
    assert redact.clean(f"leaked: {secret}", 0) == redact.clean(secret[-16:], 0) == redact.HIDDEN


@pytest.mark.parametrize(
    "text", ["The Bearer token is sent in a header.", "authorization: required", '"token": "description"']
)
def test_words_about_secrets_are_no_secrets(text):
    assert redact.clean(text, 0) == text


def test_a_process_that_is_forked_while_a_secret_is_remembered():
    """The fork waits for the lock, which nothing holds for long: without that the child would wait for ever."""
    held = threading.Event()

    def hold() -> None:
        with redact._lock:
            held.set()
            time.sleep(0.3)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    child = os.fork()
    if not child:
        signal.alarm(5)
        redact.remember(SECRET)
        os._exit(redact.HIDDEN not in redact.clean(SECRET))
    holder.join()
    assert os.waitpid(child, 0)[1] == 0
