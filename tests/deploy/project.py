"""A project with two stacks that need no cloud: `demo-google` reads the address that `demo-aws` gives out."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.__main__ import main
from tests.synthesis import lay_over

ROOT = Path(__file__).parents[2]
AWS, GOOGLE = "demo-aws", "demo-google"
# What cdktf writes, from documents in place of settings. STATE is where the project's state is, seen from a stack's folder.
MAIN = """
import json, os, sys
from pathlib import Path

environment = os.environ.get("ENVIRONMENT", "example")
out = Path(os.environ.get("CDKTF_OUTDIR", "cdktf.out")).absolute()
settings = Path("environments", f"{environment}.toml")
if not settings.exists():
    sys.exit(print(f"got environment {environment!r}, which does not exist", file=sys.stderr) or 2)
below = out.relative_to(Path.cwd()).parts if out.is_relative_to(Path.cwd()) else (out,)
text = settings.read_text().replace("STATE", "../" * (len(below) + 2) + "state")
entries = {}
for name, document in json.loads(text).items():
    folder = out / "stacks" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cdk.tf.json").write_text(json.dumps(document))
    after = [other for other in entries if document.get("data")]
    place = {"synthesizedStackPath": f"stacks/{name}/cdk.tf.json", "workingDirectory": f"stacks/{name}"}
    entries[name] = {"name": name, "constructPath": name, "dependencies": after, "annotations": [], **place}
for name in ("neighbours.json", "hand-over.json"):
    if Path(name).exists():
        (out / name).write_text(Path(name).read_text().replace("STATE", "../" * (len(below) + 2) + "state"))
(out / "manifest.json").write_text(json.dumps({"version": "0.21.0", "stacks": entries}))
"""


class Project:
    """Settings, main.py and state below a directory, which is the present one."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self._monkeypatch = monkeypatch
        monkeypatch.chdir(root)
        self.configure()

    def configure(self, environment: str = "test", address: str = "203.0.113.7/32", **google: Any) -> None:
        """Write an environment's settings; `google` is what the Google stack's resource has as well."""
        aws = {
            "resource": {"terraform_data": {"address": {"input": address}}},
            "output": {"egress_cidrs": {"value": ["${terraform_data.address.output}"]}},
        }
        addresses = "try(data.terraform_remote_state.aws.outputs.egress_cidrs, [])"
        not_empty = {"condition": f"${{length({addresses}) >= 1}}", "error_message": "the list of addresses is empty"}
        lifecycle = {"precondition": [not_empty], **google.pop("lifecycle", {})}
        config = {"path": f"STATE/{environment}/{AWS}.tfstate"}
        level = {"input": f"${{{addresses}}}", "lifecycle": lifecycle, **google}
        reader = {
            "data": {"terraform_remote_state": {"aws": {"backend": "local", "config": config}}},
            "resource": {"terraform_data": {"level": level}},
        }
        configure(self.root, environment, documents(environment, {AWS: aws, GOOGLE: reader}))

    def edit(self, name: str, part: dict[str, Any], environment: str = "test") -> None:
        """Lay `part` over a stack's document."""
        every = json.loads(self.settings(environment).read_text())
        lay_over(every[name], part)
        self.settings(environment).write_text(json.dumps(every))

    def synthesize(self, environment: str = "test", **variables: str) -> None:
        """What `make synth` does."""
        subprocess.run(
            [sys.executable, "main.py"], env={**os.environ, "ENVIRONMENT": environment, **variables}, check=True
        )

    def run(self, *arguments: str, environment: str = "test", answer: str | None = "yes") -> int:
        """The exit code of `./keyperim ARGUMENTS` at a terminal where this is answered; None: without a terminal."""
        self._monkeypatch.setenv("ENVIRONMENT", environment)
        self._monkeypatch.setattr("sys.stdin.isatty", lambda: answer is not None)
        self._monkeypatch.setattr("builtins.input", lambda _: answer)
        return main([*arguments])

    def install(self) -> None:
        """Make `./keyperim` work in it."""
        install(self.root)

    def settings(self, environment: str = "test") -> Path:
        return self.root / f"environments/{environment}.toml"

    def runs(self) -> list[str]:
        """The folders of runs that were kept."""
        return sorted(path.name for path in (self.root / ".runs").iterdir())

    def state_file(self, name: str, environment: str = "test") -> Path:
        return self.root / f"state/{environment}/{name}.tfstate"

    def state(self, name: str, environment: str = "test") -> list[Any]:
        """What the one resource of a stack holds, in a list; empty if nothing is applied."""
        path = self.state_file(name, environment)
        resources = json.loads(path.read_text())["resources"] if path.exists() else []
        managed = [resource for resource in resources if resource["mode"] == "managed"]
        return [instance["attributes"]["input"]["value"] for resource in managed for instance in resource["instances"]]


def install(root: Path) -> None:
    """Put `./keyperim` into a folder, as a checkout has it after `make setup`: make finds nothing to install."""
    (root / "setup").mkdir(exist_ok=True)
    for name in ("keyperim", "setup/engine.sh", "Makefile", "Pipfile", "Pipfile.lock"):
        shutil.copy(ROOT / name, root / name)
    python = root / ".venv/bin/python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    (root / ".venv/.packages").touch()


def configure(root: Path, environment: str, stacks: dict[str, dict[str, Any]]) -> None:
    """Make a folder a project whose environment has these stacks, as cdktf writes them, what others depend on first."""
    (root / "main.py").write_text(MAIN)
    path = root / f"environments/{environment}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(stacks).replace("../../../state", "STATE"))


def synthesize(root: Path, environment: str) -> None:
    """Write its cdktf.out."""
    command, variables = [sys.executable, "main.py"], {**os.environ, "ENVIRONMENT": environment}
    subprocess.run(command, cwd=root, env=variables, check=True)


def documents(environment: str, stacks: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Stacks with the backend that the kit gives them."""
    for name, document in stacks.items():
        document["terraform"] = {"backend": {"local": {"path": f"STATE/{environment}/{name}.tfstate"}}}
        document["//"] = {"metadata": {"stackName": name, "version": "0.21.0", "backend": "local"}, "outputs": {}}
    return stacks
