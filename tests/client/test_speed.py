"""What is loaded, and for how long: in processes of their own, as operators start them."""

import os
import statistics
import subprocess
import sys
import time

import pytest

from tests.client.conftest import ROOT

SHOW = "import sys; from client.cli import main; code = main(sys.argv[1:]); print(*sys.modules, file=sys.stderr); sys.exit(code)"
IMPORTS = (
    "import google.auth.aws, google.auth.transport.requests; from google import genai; from google.genai import types"
)


def _run(*command):
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stderr.split(), time.monotonic() - started


@pytest.mark.parametrize(
    ("check", "google_auth", "requests"),
    [
        ("config", False, False),
        ("document", False, False),
        ("egress", False, True),
        ("clock", True, True),
        ("impersonation", True, True),
    ],
)
def test_loads_no_more_than_it_needs(world, check, google_auth, requests):  # noqa: ARG001
    modules, _ = _run("-c", SHOW, "--check", check)
    assert ("google.auth" in modules) is google_auth
    assert ("requests" in modules) is requests
    assert "google.genai" not in modules
    assert "httpx2" not in modules


def test_the_whole_takes_hardly_longer_than_its_imports(world):  # noqa: ARG001
    """At most 1.2 times; medians of pairs, so that a busy machine slows both sides."""
    pairs = [(_run("-m", "client", "--quiet")[1], _run("-c", IMPORTS)[1]) for _ in range(5)]
    ratio = statistics.median(whole / imports for whole, imports in pairs)
    print(f"{statistics.median(w for w, _ in pairs):.2f} s, {ratio:.2f} times the imports")
    assert ratio <= 1.2


def test_documents_are_decided_on_at_once(world):  # noqa: ARG001
    pairs = [(_run("-m", "client", "--check", "document")[1], _run("-c", IMPORTS)[1]) for _ in range(3)]
    assert statistics.median(whole / imports for whole, imports in pairs) < 0.4


@pytest.mark.parametrize("name", ["httpx2", "requests"])
@pytest.mark.parametrize(
    "broken", ["ImportError('broken', name='{}')", "ImportError('{} is broken')", "TypeError('broken')"]
)
def test_a_missing_package_is_a_sentence(world, tmp_path, name, broken):
    (tmp_path / f"{name}.py").write_text("raise " + broken.format(name))
    world.env(PYTHONPATH=str(tmp_path))
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "client"],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1, done.stdout
    assert (f"the package {name}" if "Import" in broken else "not known: TypeError") in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert time.monotonic() - started < 10
