"""A process that lives for weeks: updates delete its release, the document is replaced, the provider comes and goes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import certifi
import google.auth.exceptions
import pytest

import client
from client import transport
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
