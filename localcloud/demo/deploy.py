"""How a stack gets into the clouds: by Terraform and both providers, or, where they are not there, by a simulation."""

import json
import os
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import apply as simulated
from ..mirrors import cli_configuration, missing, provider, versions

Document = Mapping[str, Any]
SOURCES = {"aws": "hashicorp/aws", "google": "hashicorp/google"}
_OTHERS = ("TF_", "AWS_", "GOOGLE_", "GCLOUD_", "CLOUDSDK_")


class Deployer(ABC):
    """Applies synthesized stacks into a local cloud; state lies in `folder`. Whatever fails raises RuntimeError."""

    name: str
    versions = ""
    """Lines for the settings' [versions]."""

    @abstractmethod
    def apply(self, stack: str, document: Document, /) -> None:
        """Make the cloud what the stack says."""

    @abstractmethod
    def outputs(self, stack: str) -> dict[str, Any]:
        """What the stack's last apply gave out."""

    @abstractmethod
    def changes(self, stack: str, document: Document, /) -> list[str]:
        """The addresses of what `apply` would change."""

    @abstractmethod
    def destroy(self, stack: str, document: Document, /) -> None:
        """Take everything down that the stack made."""


class Terraform(Deployer):
    """The real one, with the providers that this machine's mirrors hold."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder, self._environment = folder, environment
        found = {name: provider(source) for name, source in SOURCES.items()}
        self.versions = versions(*found.values())
        self.name = f"terraform, {', '.join(f'{name} {one.version}' for name, one in found.items() if one)}"
        self._configuration = folder / "terraform.rc"
        self._configuration.write_text(cli_configuration(found.values()))

    def apply(self, stack: str, document: Document) -> None:
        self._prepare(stack, document)
        self._run(stack, "apply", "-input=false", "-auto-approve")

    def outputs(self, stack: str) -> dict[str, Any]:
        outputs = json.loads(self._run(stack, "output", "-json"))
        return {name: block["value"] for name, block in outputs.items()}

    def changes(self, stack: str, document: Document) -> list[str]:
        self._prepare(stack, document)
        self._run(stack, "plan", "-input=false", "-out=plan.bin")
        planned = json.loads(self._run(stack, "show", "-json", "plan.bin")).get("resource_changes", [])
        return [one["address"] for one in planned if one["change"]["actions"] not in (["no-op"], ["read"])]

    def destroy(self, stack: str, document: Document) -> None:
        self._prepare(stack, document)
        self._run(stack, "destroy", "-input=false", "-auto-approve")

    def _prepare(self, stack: str, document: Document) -> None:
        """One folder a stack, three below the state's: where its backend says that the state is."""
        where = self._where(stack)
        where.mkdir(parents=True, exist_ok=True)
        (where / "cdk.tf.json").write_text(json.dumps(document))
        if not (where / ".terraform").exists():
            self._run(stack, "init", "-input=false")

    def _where(self, stack: str) -> Path:
        return self._folder / "cdktf.out" / "stacks" / stack

    def _run(self, stack: str, verb: str, *options: str) -> str:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_OTHERS)}
        done = subprocess.run(
            ["terraform", verb, "-no-color", *options] if verb != "show" else ["terraform", verb, *options],
            cwd=self._where(stack),
            # `terraform init` has nothing to ask of the clouds, and they have no registry.
            env={
                **kept,
                **({} if verb == "init" else self._environment),
                "TF_CLI_CONFIG_FILE": str(self._configuration),
                "TF_IN_AUTOMATION": "1",
                "CHECKPOINT_DISABLE": "1",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            # Terraform quotes the line that is wrong, and the whole stack is one line.
            said = "\n".join(line[:300] for line in f"{done.stdout[-2000:]}{done.stderr}".splitlines())
            raise RuntimeError(f"terraform {verb} of {stack}:\n{said}")
        return done.stdout


class Simulation(Deployer):
    """localcloud.apply: the same calls, in the same order, without Terraform."""

    name = "SIMULATED APPLY"

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder, self._environment = folder / "state", environment
        self._outputs: dict[str, dict[str, Any]] = {}

    def apply(self, stack: str, document: Document) -> None:
        self._outputs[stack] = simulated.apply(document, **self._options(document)).outputs

    def outputs(self, stack: str) -> dict[str, Any]:
        return self._outputs[stack]

    def changes(self, _: str, document: Document) -> list[str]:
        return list(simulated.plan(document, **self._options(document)).actions)

    def destroy(self, _: str, document: Document) -> None:
        simulated.destroy(document, **self._options(document))

    def _options(self, document: Document) -> dict[str, Any]:
        return {"state": simulated.state_file(document, self._folder), "environment": self._environment}


def lacking() -> str:
    """What this machine lacks to run the real one, and how to get it; empty if nothing is missing."""
    return missing(*SOURCES.values())
