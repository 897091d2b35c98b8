"""The real Terraform with the real providers, where this machine has them; otherwise a skip that says what is missing.

    terraform = support.workspace(tmp_path, {"hashicorp/aws"}, variables)
    terraform.write(json.dumps(environment("example", support.HERE).aws))
    terraform.apply()
    assert terraform.plan().changes == {}

Nothing is downloaded: providers come from folders, laid out as `terraform providers mirror` lays them out. Which version
runs is what the stack asks for: settings choose it before synthesis. A workspace starts the providers once for all its runs.
"""

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from localcloud.cloud import LocalCloud
from localcloud.mirrors import cli_configuration, missing, provider, providers, versions

from .attached import REATTACH, attach
from .plan import Plan as Plan

HERE = "[versions]\n" + versions(provider("hashicorp/aws"), provider("hashicorp/google"))
"""Settings that take the newest providers of this machine."""
QUICK = {"enable_batching": True, "send_after": "200ms"}
"""For how long the google provider collects requests before it sends them in one; 3 s by default, at every plan."""


def pin_aws(stack: Any) -> None:
    """Let a stack that a test builds by hand take the aws provider of this machine."""
    found = provider("hashicorp/aws")
    stack.add_override("terraform.required_providers.aws.version", f"= {found.version}" if found else "absent")


def needs(*sources: str) -> pytest.MarkDecorator:
    """Marks tests, or a module as `pytestmark`, that need Terraform and these providers."""
    reason = missing(*sources)
    return pytest.mark.skipif(bool(reason), reason=reason)


class TerraformError(AssertionError):
    """Terraform refused; the text is what it said."""


class Workspace:
    """A directory with one configuration and its state."""

    def __init__(self, directory: Path, sources: Iterable[str], environment: Mapping[str, str]) -> None:
        self.directory = directory
        self._providers = [found for source in sources for found in providers(source)]
        self._environment: dict[str, str] = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("TF_", "AWS_", "GOOGLE_"))},
            **environment,
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
            "TF_CLI_CONFIG_FILE": str(self._write_cli_configuration()),
        }
        self._initialised = False

    def _write_cli_configuration(self) -> Path:
        path = self.directory / "terraform.rc"
        path.write_text(cli_configuration(self._providers))
        return path

    def write(self, synthesized: str) -> None:
        """Take a synthesized stack, with its state in this directory. Its providers are those of the first stack taken."""
        document = json.loads(synthesized)
        document["terraform"].pop("backend", None)
        for google in document.get("provider", {}).get("google", []):
            google["batching"] = QUICK
        (self.directory / "cdk.tf.json").write_text(json.dumps(document, indent=2))
        if not self._initialised:
            self.run("init", "-input=false")
            self._environment[REATTACH] = attach(self, [self.directory], self._environment)
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

    def settle(self) -> dict[str, str]:
        """Apply the configuration; a plan then changes nothing. Returns what was done, by address.

        That is create, update, replace or delete, as the one run that plans and applies says it.
        """
        said = [json.loads(line) for line in self.apply("-json").splitlines() if line.startswith("{")]
        changes = [line["change"] for line in said if line["type"] == "planned_change"]
        self.run("plan", "-input=false", "-detailed-exitcode")
        return {change["resource"]["addr"]: change["action"] for change in changes if change["action"] != "read"}

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


def let_deployer_assume(cloud: LocalCloud, stack: Mapping[str, Any]) -> None:
    """Make the role that the provider of a stack assumes, if it assumes one. It trusts the deployer of the cloud."""
    for aws in stack.get("provider", {}).get("aws", []):
        for role in aws.get("assume_role") or ():
            cloud.aws.let_deployer_assume(role["role_arn"], role.get("external_id", ""))


def workspace(directory: Path, sources: Iterable[str], environment: Mapping[str, str]) -> Workspace:
    """A new directory in `directory` for a configuration that uses these providers."""
    directory.mkdir(parents=True, exist_ok=True)
    return Workspace(directory, sources, environment)
