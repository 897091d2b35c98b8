"""Both engines synthesize the same JSON of every environment; only the version in the metadata differs."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.engine import CDKTN, ROOT, needs_cdktn
from tests.synthesis import ENVIRONMENTS, environment

EVERY = """
import sys, main
for name in sys.argv[2:]:
    main.synthesize(main.load(name), name, f"{sys.argv[1]}/{name}")
"""
VERSIONS = {"cdktf": "0.21.0", "cdktn": "0.24.0"}


def written(folder: Path, engine: str) -> dict[str, Any]:
    """Every file below a folder: JSON as a value, without the engine's version, which is checked."""
    files = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}
    contents = {name: json.loads(text) if name.endswith(".json") else text for name, text in files.items()}
    for name, content in contents.items():
        if name.endswith(("manifest.json", "cdk.tf.json")):
            about = content["//"]["metadata"] if "//" in content else content
            assert about.pop("version") == VERSIONS[engine], name
    return contents


@needs_cdktn
def test_every_environment_is_the_same_by_both(tmp_path: Path) -> None:
    for name in ENVIRONMENTS:
        (tmp_path / name).mkdir()
    variables = {**os.environ, "ENGINE": "cdktn", "PYTHONPATH": str(ROOT)}
    subprocess.run([CDKTN, "-c", EVERY, tmp_path, *ENVIRONMENTS], cwd=ROOT, env=variables, check=True)
    for name in ENVIRONMENTS:
        assert written(tmp_path / name, "cdktn") == written(environment(name).folder, "cdktf"), name


@needs_cdktn
def test_engines_take_turns_in_one_checkout(tmp_path: Path) -> None:
    """The review of both is the same, and the second run of an engine writes the bytes of its first."""

    def synth(engine: str) -> tuple[str, dict[str, bytes]]:
        variables = {**os.environ, "ENGINE": engine, "CDKTF_OUTDIR": str(tmp_path)}
        done = subprocess.run(
            ["setup/engine.sh", "-m", "cli", "synth"],
            cwd=ROOT,
            env=variables,
            check=True,
            capture_output=True,
            text=True,
        )
        assert str(json.loads((tmp_path / "manifest.json").read_text())["version"]) == VERSIONS[engine]
        return done.stdout, {str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    first, successor, again = synth("cdktf"), synth("cdktn"), synth("cdktf")
    assert first == again
    assert first[0] == successor[0]
    assert first[1].keys() == successor[1].keys()
