"""Google after an apply, and the real libraries in front of it."""

import os
from collections.abc import Iterator

import google.auth.transport.requests
import pytest
import requests
from google import genai
from google.auth import aws
from google.genai.types import HttpOptions

from localcloud.proxy import Proxy

from .world import AUDIENCE, EMAIL, INSIDE, PROJECT, World

HOSTS = ("AWS_", "GOOGLE_", "GCP_", "GEMINI_", "HTTP", "http", "SSL_", "REQUESTS_", "NO_PROXY", "no_proxy")


@pytest.fixture
def world() -> Iterator[World]:
    """Google, called in process. No request that no discovery document admits goes unnoticed, and no answer."""
    world = World()
    yield world
    assert world.google.mistakes == world.expected_mistakes


class Keys(aws.AwsSecurityCredentialsSupplier):
    """Keys as the instance gives them."""

    def __init__(self, key):
        self.key = key

    def get_aws_security_credentials(self, context, request):  # noqa: ARG002
        return aws.AwsSecurityCredentials(self.key.id, self.key.secret, self.key.token)

    def get_aws_region(self, context, request):  # noqa: ARG002
        return "ap-northeast-1"


class Libraries:
    """google-auth and google-genai, unmodified, through the proxy."""

    def __init__(self, world: World, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world, self.proxy, self.patch = world, proxy, monkeypatch
        self.from_address(INSIDE)

    def from_address(self, egress: str) -> None:
        """Leave from this address from now on."""
        for name, value in self.proxy.environment(egress).items():
            self.patch.setenv(name, value)

    def credentials(self, key=None, *, direct=False, lifetime=None):
        """Credentials of the workload's document, with the keys of one AWS session."""
        url = f"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{EMAIL}:generateAccessToken"
        return aws.Credentials(
            audience=AUDIENCE,
            subject_token_type="urn:ietf:params:aws:token-type:aws4_request",
            token_url="https://sts.googleapis.com/v1/token",
            service_account_impersonation_url=None if direct else url,
            service_account_impersonation_options={"token_lifetime_seconds": lifetime} if lifetime else {},
            aws_security_credentials_supplier=Keys(key or self.world.key),
            scopes=["https://www.googleapis.com/auth/cloud-platform"],
        )

    def token(self, key=None, **options) -> str:
        """A token, refreshed by google-auth."""
        credentials = self.credentials(key, **options)
        with requests.Session() as session:
            credentials.refresh(google.auth.transport.requests.Request(session))
        return str(credentials.token)

    def gemini(self, credentials=None, *, project=PROJECT, location="global", version="v1beta1") -> genai.Client:
        """A client of google-genai."""
        options = HttpOptions(api_version=version, timeout=10_000)
        return genai.Client(
            enterprise=True, project=project, location=location, http_options=options,
            credentials=credentials or self.credentials(),
        )  # fmt: skip


@pytest.fixture
def libraries(world, tmp_path, monkeypatch) -> Iterator[Libraries]:
    """The real libraries, with nothing else in their environment."""
    for name in [name for name in os.environ if name.startswith(HOSTS)]:
        monkeypatch.delenv(name)
    proxy = Proxy(world.google, tmp_path)
    yield Libraries(world, proxy, monkeypatch)
    proxy.close()
