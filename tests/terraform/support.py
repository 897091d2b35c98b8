"""The real Terraform with the real providers, where this machine has them; otherwise a skip that says what is missing.

    terraform = support.workspace(tmp_path, {"hashicorp/aws"}, environment)
    terraform.write(synthesized_json)
    terraform.apply()
    assert terraform.plan().changes == {}

Nothing is downloaded: providers come from a folder, laid out as `terraform providers mirror` lays it out.
"""

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from localcloud.mirrors import cli_configuration, missing, provider


def needs(*sources: str) -> pytest.MarkDecorator:
    """Marks tests, or a module as `pytestmark`, that need Terraform and these providers."""
    reason = missing(*sources)
    return pytest.mark.skipif(bool(reason), reason=reason)


@dataclass(frozen=True)
class Plan:
    """What Terraform would do: `changes` by address (without no-ops), the planned `outputs`, and the text."""

    document: dict[str, Any]
    text: str

    @property
    def changes(self) -> dict[str, list[str]]:
        return {
            change["address"]: change["change"]["actions"]
            for change in self.document.get("resource_changes", [])
            if change["change"]["actions"] not in (["no-op"], ["read"])
        }

    @property
    def outputs(self) -> dict[str, Any]:
        """Outputs whose value the plan knows."""
        changes = self.document.get("output_changes", {})
        return {name: change["after"] for name, change in changes.items() if not change["after_unknown"]}

    def after(self, kind: str) -> dict[str, Any]:
        """The planned resources of a type, by address."""
        return {
            change["address"]: change["change"]["after"]
            for change in self.document["resource_changes"]
            if change["type"] == kind and change["change"]["after"] is not None
        }


class TerraformError(AssertionError):
    """Terraform refused; the text is what it said."""


class Workspace:
    """A directory with one configuration and its state."""

    def __init__(self, directory: Path, sources: Iterable[str], environment: Mapping[str, str]) -> None:
        self.directory = directory
        self._providers = {source.rpartition("/")[2]: provider(source) for source in sources}
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("TF_", "AWS_", "GOOGLE_"))},
            **environment,
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
            "TF_CLI_CONFIG_FILE": str(self._write_cli_configuration()),
        }
        self._initialised = False

    def _write_cli_configuration(self) -> Path:
        path = self.directory / "terraform.rc"
        path.write_text(cli_configuration(self._providers.values()))
        return path

    def write(self, synthesized: str) -> None:
        """Take a synthesized stack, with the providers' versions of this machine and the state in this directory."""
        document = json.loads(synthesized)
        settings = document["terraform"]
        settings.pop("backend", None)
        for name, found in self._providers.items():
            settings["required_providers"][name]["version"] = found.version if found else "absent"
        (self.directory / "cdk.tf.json").write_text(json.dumps(document, indent=2))
        if not self._initialised:
            self.run("init", "-input=false")
            self._initialised = True

    def run(self, *arguments: str) -> str:
        """Run Terraform and return what it prints; TerraformError if it fails."""
        done = subprocess.run(
            ["terraform", *arguments, "-no-color"],
            cwd=self.directory,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode:
            raise TerraformError(f"terraform {' '.join(arguments)}:\n{done.stdout}")
        return done.stdout

    def plan(self, *arguments: str) -> Plan:
        text = self.run("plan", "-input=false", "-out=plan.bin", *arguments)
        return Plan(json.loads(self.run("show", "-json", "plan.bin")), text)

    def apply(self, *arguments: str) -> str:
        """Apply the configuration, or the last plan if the argument is 'plan.bin'."""
        return self.run("apply", "-input=false", "-auto-approve", *arguments)

    def destroy(self) -> str:
        return self.run("destroy", "-input=false", "-auto-approve")

    def outputs(self) -> dict[str, Any]:
        return {name: block["value"] for name, block in json.loads(self.run("output", "-json")).items()}


def beside(stack: str, state: Path) -> str:
    """A stack beside another one whose state is in this file, whatever their backends."""
    document = json.loads(stack)
    document["terraform"].pop("cloud", None)
    for remote in document.get("data", {}).get("terraform_remote_state", {}).values():
        remote.update(backend="local", config={"path": str(state)})
    return json.dumps(document)


def workspace(directory: Path, sources: Iterable[str], environment: Mapping[str, str]) -> Workspace:
    """A new directory in `directory` for a configuration that uses these providers."""
    directory.mkdir(parents=True, exist_ok=True)
    return Workspace(directory, sources, environment)
