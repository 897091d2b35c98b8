"""What is read from Google where answers, credentials and files are not as they should be: a sentence, and no secret in it."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from deploy import described
from deploy.google_api import NotRead
from deploy.stacks import Stack

NAME = "accessPolicies/1/servicePerimeters/shared"
TOKEN = "ya29.secret-token"
STACK = Stack("google", Path("google"), (), {"provider": {"google": [{"billing_project": "ours"}]}})
OTHERS = (
    "GOOGLE_CREDENTIALS",
    "GOOGLE_CLOUD_KEYFILE_JSON",
    "GCLOUD_KEYFILE_JSON",
    "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT",
)


class Server(ThreadingHTTPServer):
    """Answers each page of a list, after so many answers that it is busy; `quota` has the quota project of each request."""

    pages: dict[str, tuple[int, str]]
    busy: int = 0
    quota: list[str | None]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.quota.append(self.headers.get("x-goog-user-project"))
        page = parse_qs(urlsplit(self.path).query).get("pageToken", [""])[0]
        self.server.busy -= 1
        self._answer(*(self.server.pages[page] if self.server.busy < 0 else (503, "")))

    def do_POST(self) -> None:
        """A token for a refresh token."""
        self.rfile.read(int(self.headers["content-length"]))
        self._answer(200, json.dumps({"access_token": TOKEN, "expires_in": 3600}))

    def _answer(self, code: int, body: str) -> None:
        self.send_response(code)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as server:
        server.quota = []
        for name in OTHERS:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN)
        monkeypatch.setenv("GOOGLE_ACCESS_CONTEXT_MANAGER_CUSTOM_ENDPOINT", f"{address(server)}/v1/")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def address(server: Server) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def test_every_page_is_read(server: Server) -> None:
    first = {"servicePerimeters": [{"name": "other"}], "nextPageToken": "2"}
    server.pages = {"": (200, json.dumps(first)), "2": (200, json.dumps({"servicePerimeters": [{"name": NAME}]}))}
    assert list(described.read(STACK, NAME).perimeters) == ["other", NAME]


def test_an_answer_that_google_is_busy_is_no_answer(server: Server) -> None:
    server.busy, server.pages = 1, {"": (200, json.dumps({"servicePerimeters": [{"name": NAME}]}))}
    assert list(described.read(STACK, NAME).perimeters) == [NAME]


UNAUTHENTICATED = json.dumps({"error": {"code": 401, "message": "invalid authentication credentials"}})
ANSWERS = {
    "an expired token": (401, UNAUTHENTICATED, "401: invalid authentication credentials"),
    "a page of a proxy": (403, "<html>blocked</html>", "/servicePerimeters: 403: the answer is no JSON object"),
    "a page that is not found": (404, "<html>not found</html>", "/servicePerimeters: 404: the answer is no JSON object"),
    "another kind of error": (403, json.dumps({"error": "blocked"}), "/servicePerimeters: 403: blocked"),
    "a list": (200, "[]", "/servicePerimeters: 200: the answer is no JSON object"),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_that_cannot_be_used_is_said_with_its_address(server: Server, name: str) -> None:
    code, body, said = ANSWERS[name]
    server.pages = {"": (code, body)}
    with pytest.raises(NotRead) as error:
        described.read(STACK, NAME)
    assert str(error.value).endswith(said)
    assert TOKEN not in str(error.value)


def test_the_quota_project_is_the_providers_and_not_that_of_the_credentials(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    user = {"type": "authorized_user", "client_id": "a", "client_secret": "b", "refresh_token": "c"}
    file = tmp_path / "user.json"
    file.write_text(json.dumps({**user, "quota_project_id": "theirs"}))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    monkeypatch.delenv("GOOGLE_OAUTH_ACCESS_TOKEN")
    monkeypatch.setattr("google.oauth2.credentials._GOOGLE_OAUTH2_TOKEN_ENDPOINT", f"{address(server)}/token")
    server.pages = {"": (200, "{}")}
    described.read(STACK, NAME)
    assert server.quota == ["ours"]


KEY = "ewogICJ0eXBlIjogInNlcnZpY2VfYWNjb3VudCIsCiAg"


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GOOGLE_CREDENTIALS", KEY),
        ("GOOGLE_CREDENTIALS", KEY * 100),
        ("GOOGLE_CREDENTIALS", f'{{"private_key": "{KEY}'),
        ("GOOGLE_APPLICATION_CREDENTIALS", f'{{"private_key": "{KEY}"}}'),
    ],
    ids=["base64", "long", "cut off", "not a path"],
)
def test_a_key_in_another_form_is_not_printed(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.delenv("GOOGLE_OAUTH_ACCESS_TOKEN")
    monkeypatch.setenv(variable, value)
    with pytest.raises(NotRead, match=f"^{variable}: ") as error:
        described.read(STACK, NAME)
    assert KEY not in str(error.value)


@pytest.mark.usefixtures("server")
def test_credentials_without_a_field_are_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOOGLE_OAUTH_ACCESS_TOKEN")
    monkeypatch.setenv("GOOGLE_CREDENTIALS", '{"type": "impersonated_service_account"}')
    with pytest.raises(NotRead):
        described.read(STACK, NAME)
