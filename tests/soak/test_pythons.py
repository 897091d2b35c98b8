"""A new clone is set up and synthesizes the same by each newer Python that this machine has, with both engines."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.engine import ROOT
from tests.engine.test_same_json import written
from tests.packaging.test_lambda import interpreter
from tests.synthesis import environment

PYTHONS = [
    pytest.param(name, marks=pytest.mark.skipif(interpreter(name) is None, reason=f"{name} is not on this machine"))
    for name in ("python3.12", "python3.13")
]


@pytest.mark.soak
@pytest.mark.parametrize("engine", ["cdktf", "cdktn"])
@pytest.mark.parametrize("name", PYTHONS)
def test_a_new_clone(name: str, engine: str, tmp_path: Path) -> None:
    files = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    for file in (file for file in files if (ROOT / file).exists()):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / file, tmp_path / file)
    made = subprocess.run(
        ["make", "synth", f"PYTHON={interpreter(name)}"],
        cwd=tmp_path,
        env={**os.environ, "ENGINE": engine, "ENVIRONMENT": "example"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert written(tmp_path / "cdktf.out", engine) == written(environment("example").folder, "cdktf")
