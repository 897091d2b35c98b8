"""The deployer's own credentials, as gcloud leaves them."""

import json
from urllib.parse import urlencode

import google.auth.transport.requests
import google.oauth2.credentials
import pytest
import requests

from localcloud.google import seed as before
from localcloud.proxy import Proxy, Request

from .deployer import PROJECT, Deployer


def test_google_auth_exchanges_the_refresh_token(deployer: Deployer, tmp_path, monkeypatch) -> None:
    proxy = Proxy(deployer.google, tmp_path)
    for name, value in proxy.environment("192.0.2.100").items():
        monkeypatch.setenv(name, value)
    credentials = google.oauth2.credentials.Credentials.from_authorized_user_info(before.CREDENTIALS)
    with requests.Session() as session:
        credentials.refresh(google.auth.transport.requests.Request(session))
    proxy.close()
    assert credentials.token == before.TOKEN
    deployer.token = credentials.token
    assert deployer.ok("GET", f"cloudresourcemanager/v1/projects/{PROJECT}")["projectId"] == PROJECT


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "refresh_token", "refresh_token": "1//other"}, "invalid_grant"),
        ({"grant_type": "refresh_token"}, "invalid_grant"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({}, "unsupported_grant_type"),
    ],
)
def test_other_grants_are_refused(deployer: Deployer, form: dict[str, str], error: str) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    request = Request(
        "https", "oauth2.googleapis.com", "POST", "/token", headers, urlencode(form).encode(), "192.0.2.1"
    )
    answer = deployer.google(request)
    assert (answer.status, json.loads(answer.body)["error"]) == (400, error)
