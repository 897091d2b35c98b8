"""A project with two synthesized stacks that need no cloud: `demo-google` reads the address that `demo-aws` gives out."""

import json
from pathlib import Path
from typing import Any

import pytest

from deploy.__main__ import main

AWS, GOOGLE = "demo-aws", "demo-google"


class Project:
    """cdktf.out and state below a directory, which is the present one."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self._monkeypatch = monkeypatch
        monkeypatch.chdir(root)
        self.synthesize()

    def synthesize(self, environment: str = "test", address: str = "203.0.113.7/32", **google: Any) -> None:
        """Write both stacks; `google` is what the Google stack's resource has besides."""
        aws = {
            "resource": {"terraform_data": {"address": {"input": address}}},
            "output": {"egress_cidrs": {"value": ["${terraform_data.address.output}"]}},
        }
        addresses = "try(data.terraform_remote_state.aws.outputs.egress_cidrs, [])"
        not_empty = {"condition": f"${{length({addresses}) >= 1}}", "error_message": "the list of addresses is empty"}
        lifecycle = {"precondition": [not_empty], **google.pop("lifecycle", {})}
        config = {"path": state_path(environment, AWS)}
        level = {"input": f"${{{addresses}}}", "lifecycle": lifecycle, **google}
        reader = {
            "data": {"terraform_remote_state": {"aws": {"backend": "local", "config": config}}},
            "resource": {"terraform_data": {"level": level}},
        }
        self._write(environment, {AWS: aws, GOOGLE: reader})

    def _write(self, environment: str, stacks: dict[str, dict[str, Any]]) -> None:
        for name, document in stacks.items():
            document["terraform"] = {"backend": {"local": {"path": state_path(environment, name)}}}
            document["//"] = {"metadata": {"stackName": name, "version": "0.21.0", "backend": "local"}, "outputs": {}}
            path = self.file(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(document))
        entries = {
            name: {
                "name": name,
                "dependencies": [AWS] if name == GOOGLE else [],
                "synthesizedStackPath": f"stacks/{name}/cdk.tf.json",
            }
            for name in stacks
        }
        (self.root / "cdktf.out/manifest.json").write_text(json.dumps({"version": "0.21.0", "stacks": entries}))

    def run(self, command: str, environment: str = "test", *, approve: bool = True) -> int:
        """The exit code of `python -m deploy COMMAND`."""
        self._monkeypatch.setenv("ENVIRONMENT", environment)
        self._monkeypatch.setenv("AUTO_APPROVE", "1" if approve else "")
        return main([command])

    def file(self, name: str) -> Path:
        return self.root / "cdktf.out/stacks" / name / "cdk.tf.json"

    def state_file(self, name: str, environment: str = "test") -> Path:
        return self.root / f"state/{environment}/{name}.tfstate"

    def state(self, name: str, environment: str = "test") -> list[Any]:
        """What the one resource of a stack holds, in a list; empty if nothing is applied."""
        path = self.state_file(name, environment)
        resources = json.loads(path.read_text())["resources"] if path.exists() else []
        managed = [resource for resource in resources if resource["mode"] == "managed"]
        return [instance["attributes"]["input"]["value"] for resource in managed for instance in resource["instances"]]


def state_path(environment: str, name: str) -> str:
    return f"../../../state/{environment}/{name}.tfstate"
