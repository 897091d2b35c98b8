"""A copy of the project that tests may synthesize in, and the real cdktf command line in it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLI = ROOT / "node_modules/.bin/cdktf"
needs_cli = pytest.mark.skipif(
    not CLI.exists(),
    reason="node_modules has no cdktf-cli: `make node_modules` installs the pinned one (npm and half a minute are needed)",
)
SOURCES = ("main.py", "cdktf.json", "environments", "stacks", "constructs_lib", "slim_bindings", "client")


class Scratch:
    """The copy. Its Python is the one that runs the tests."""

    def __init__(self, root: Path, sources: tuple[str, ...] = SOURCES) -> None:
        self.root = root
        for name in sources:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, root / name)
        python = root / ".venv/bin/python"
        python.parent.mkdir(parents=True)
        # Not a link: under another path the provider bindings would be prepared anew.
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)

    def cdktf(self, *arguments: str, environment: str = "example") -> str:
        """What the real command line prints."""
        return self.run(str(CLI), *arguments, environment=environment)

    def synthesize(self, environment: str) -> str:
        return self.run(".venv/bin/python", "main.py", environment=environment)

    def run(self, *command: str, environment: str = "example", folder: str = ".") -> str:
        names = ("TF_CLI_CONFIG_FILE", "NODE_OPTIONS")
        done = subprocess.run(
            command,
            cwd=self.root / folder,
            env={
                **{name: value for name, value in os.environ.items() if name not in names},
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
        assert done.returncode == 0, done.stdout
        return done.stdout
