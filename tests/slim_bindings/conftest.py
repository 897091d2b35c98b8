"""Programs in processes of their own: what slim_bindings changes, it changes for a whole process."""

import os
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Run = Callable[..., "subprocess.CompletedProcess[str]"]
UNPACKED = tempfile.mkdtemp(dir=os.environ.get("TMPDIR"))
"""Where jsii unpacks assemblies, by name, version and digest: cdktf's takes a second of a core, once for all tests."""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a program that finds slim_bindings and, in `tmp_path`, toy providers; with a cache of its own, that of jsii aside.

    It imports slim_bindings, installs it, and has a construct `root` at hand. Keywords are environment variables.
    """

    def run(program: str, *, fails: bool = False, **variables: str) -> "subprocess.CompletedProcess[str]":
        begin = "import slim_bindings; slim_bindings.install()\nimport constructs\n"
        begin += "root = constructs.RootConstruct('root')\n"
        result = subprocess.run(
            [sys.executable, "-c", begin + textwrap.dedent(program)],
            env={**os.environ, **settings(tmp_path), **variables},
            cwd=tmp_path,
            text=True,
            capture_output=True,
            timeout=120,
        )
        assert (result.returncode != 0) == fails, result.stderr
        return result

    return run


def settings(folder: Path) -> dict[str, str]:
    """Environment variables: the repository and `folder` for imports, a cache in `folder`, no switches."""
    return {
        "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "SLIM_BINDINGS": "",
        "SLIM_BINDINGS_CACHE": str(folder / "cache"),
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": UNPACKED,
    }
