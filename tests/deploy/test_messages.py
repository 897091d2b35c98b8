"""What is missing or wrong ends in one message and an exit code, never in a traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import deploy
from deploy.stacks import synthesized
from tests.deploy.project import AWS, GOOGLE, Project
from tests.terraform import support


def said(project: Project, command: str, **environment: str) -> tuple[int, str]:
    """Exit code and stderr of the command in a process of its own."""
    source = str(Path(deploy.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-m", "deploy", command],
        cwd=project.root,
        env={**os.environ, "ENVIRONMENT": "test", "PYTHONPATH": source, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr.strip()


@pytest.mark.parametrize("command", ["plan", "apply", "destroy", "lock"])
def test_without_terraform_it_says_where_to_get_it(project: Project, command: str) -> None:
    assert said(project, command, PATH="") == (
        2,
        "terraform is not on PATH: install Terraform 1.11 or newer (https://developer.hashicorp.com/terraform/install),"
        " or name it in TERRAFORM_BINARY_NAME",
    )


def test_the_binary_that_cdktf_would_run_is_named(project: Project) -> None:
    code, message = said(project, "plan", TERRAFORM_BINARY_NAME="tofu-that-is-absent")
    assert code == 2
    assert message.startswith("tofu-that-is-absent is not on PATH")


@pytest.mark.parametrize("command", ["plan", "apply", "destroy", "lock", "undelete"])
def test_an_environment_that_was_never_synthesized(project: Project, command: str) -> None:
    (project.root / "cdktf.out/manifest.json").unlink()
    assert said(project, command) == (
        2,
        "environment 'test' has not been synthesized: run `make synth ENVIRONMENT=test`",
    )


@pytest.mark.parametrize("environment", ["prod", "est", "tes", "state/test"])
def test_what_lies_there_is_another_environment(project: Project, environment: str) -> None:
    code, message = said(project, "plan", ENVIRONMENT=environment)
    assert code == 2
    assert f"which is not environment {environment!r}: run `make synth ENVIRONMENT={environment}`" in message


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"stacks": {"a": {}}}', '{"stacks": []}'])
def test_a_manifest_that_cdktf_did_not_write(project: Project, text: str) -> None:
    (project.root / "cdktf.out/manifest.json").write_text(text)
    code, message = said(project, "plan")
    assert code == 2
    assert "cdktf.out is not what cdktf writes" in message


def test_a_stack_that_reads_another_ones_state_must_declare_the_dependency(project: Project) -> None:
    path = project.root / "cdktf.out/manifest.json"
    manifest = json.loads(path.read_text())
    manifest["stacks"][GOOGLE]["dependencies"] = []
    path.write_text(json.dumps(manifest))
    code, message = said(project, "plan")
    assert code == 2
    assert "demo-google reads another stack's state but declares no dependency" in message


def test_dependencies_decide_the_order_not_names_or_the_manifests_order(project: Project) -> None:
    path = project.root / "cdktf.out/manifest.json"
    manifest = json.loads(path.read_text())
    manifest["stacks"] = dict(reversed(manifest["stacks"].items()))
    path.write_text(json.dumps(manifest))
    assert [stack.name for stack in synthesized("test")] == [AWS, GOOGLE]


@support.needs()
def test_an_init_that_fails_says_what_terraform_said(project: Project) -> None:
    document = json.loads(project.file(AWS).read_text())
    document["terraform"]["required_version"] = "< 1.0"
    project.file(AWS).write_text(json.dumps(document))
    code, message = said(project, "plan")
    assert code == 1
    assert "Unsupported Terraform Core version" in message
    assert message.endswith("demo-aws: terraform init failed")


@support.needs()
def test_a_plan_that_fails_says_what_terraform_said_and_goes_no_further(project: Project) -> None:
    document = json.loads(project.file(AWS).read_text())
    document["output"]["egress_cidrs"]["value"] = "${nothing.here}"
    project.file(AWS).write_text(json.dumps(document))
    code, message = said(project, "apply", AUTO_APPROVE="1")
    assert code == 1
    assert "Reference to undeclared resource" in message
    assert message.endswith("demo-aws: terraform plan failed")
