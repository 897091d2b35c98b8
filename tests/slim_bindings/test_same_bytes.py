"""Switched off, everything still works, slowly, with identical output. The ordinary imports take 30 to 60 s."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT

EVERYTHING = Path(__file__).with_name("everything.py")
ORDINARY = Path(__file__).with_name("features.txt")
"""What the features come out as with the ordinary imports: recorded, and compared with them by `make soak`."""


def run(switch: str, *program: str | Path) -> bytes:
    """What a program in a process with this switch prints."""
    environment = {**os.environ, "SLIM_BINDINGS": switch, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *program], cwd=ROOT, env=environment, check=True, timeout=600, stdout=subprocess.PIPE
    ).stdout


def written(folder: Path, switch: str) -> dict[str, bytes]:
    """All files that the program in a process with this switch writes, by path."""
    run(switch, EVERYTHING, folder)
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_feature_comes_out_as_with_the_ordinary_imports() -> None:
    """The environments are compared with tests/snapshots, by tests/stacks."""
    program = "import main; from tests.slim_bindings import features; print(features.report(), end='')"
    assert run("", "-c", program).decode() == ORDINARY.read_text()


@pytest.mark.soak
@pytest.mark.slow
def test_every_environment_and_feature_comes_out_byte_for_byte_the_same(tmp_path: Path) -> None:
    """RENEW_SNAPSHOTS=1 records the features."""
    slim, ordinary = written(tmp_path / "slim", ""), written(tmp_path / "ordinary", "off")
    if os.environ.get("RENEW_SNAPSHOTS") == "1":
        ORDINARY.write_bytes(ordinary["features.txt"])
    assert sum(name.endswith("cdk.tf.json") for name in slim) > len(list((ROOT / "environments").glob("*.toml")))
    assert slim == ordinary
    assert ordinary["features.txt"] == ORDINARY.read_bytes()
