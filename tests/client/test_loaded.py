"""What is loaded: in processes of their own, as operators start them."""

import os
import subprocess
import sys

import pytest

from tests.client.conftest import ROOT

SHOW = "import sys; from client.cli import main; code = main(sys.argv[1:]); print(*sys.modules, file=sys.stderr); sys.exit(code)"


def _run(*command):
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


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
    done = _run("-c", SHOW, "--check", check)
    modules = done.stderr.split()
    assert done.returncode == 0, done.stdout + done.stderr
    assert ("google.auth" in modules) is google_auth
    assert ("requests" in modules) is requests
    assert "google.genai" not in modules
    assert "httpx2" not in modules


@pytest.mark.parametrize("name", ["httpx2", "requests"])
@pytest.mark.parametrize(
    "broken", ["ImportError('broken', name='{}')", "ImportError('{} is broken')", "TypeError('broken')"]
)
def test_a_missing_package_is_a_sentence(world, tmp_path, name, broken):
    (tmp_path / f"{name}.py").write_text("raise " + broken.format(name))
    world.env(PYTHONPATH=str(tmp_path))
    done = _run("-m", "client")
    assert done.returncode == 1, done.stdout
    assert (f"the package {name}" if "Import" in broken else "not known: TypeError") in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
