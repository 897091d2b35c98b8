"""Switched off, everything still works, slowly, with identical output. The ordinary imports take 30 to 60 s."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT

EVERYTHING = Path(__file__).with_name("everything.py")


def written(folder: Path, switch: str) -> dict[str, bytes]:
    """All files that the program in a process with this switch writes, by path."""
    environment = {**os.environ, "SLIM_BINDINGS": switch, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, EVERYTHING, folder], cwd=ROOT, env=environment, check=True, timeout=600)
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_every_environment_and_feature_comes_out_byte_for_byte_the_same(tmp_path: Path) -> None:
    slim, ordinary = written(tmp_path / "slim", ""), written(tmp_path / "ordinary", "off")
    assert "features.txt" in slim
    assert sum(name.endswith("cdk.tf.json") for name in slim) > len(list((ROOT / "environments").glob("*.toml")))
    assert slim == ordinary
