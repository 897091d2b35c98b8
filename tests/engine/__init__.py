"""The packages of ENGINE=cdktn, in an environment next to the one that runs the tests."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VENV = ROOT / ".venv-cdktn"
CDKTN = VENV / "bin/python"
needs_cdktn = pytest.mark.skipif(
    not (VENV / ".packages").exists(), reason="cdktn is not installed: `make .venv-cdktn/.packages` installs it"
)
