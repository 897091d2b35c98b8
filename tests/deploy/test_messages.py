"""What is missing or wrong ends in one message and an exit code, never in a traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import deploy
from deploy.errors import DeployError
from deploy.stacks import synthesized
from tests.deploy.project import AWS, GOOGLE, Project
from tests.terraform import support


def said(project: Project, *arguments: str, **environment: str) -> tuple[int, str]:
    """Exit code and stderr of the command in a process of its own."""
    source = str(Path(deploy.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-m", "deploy", *arguments],
        cwd=project.root,
        env={**os.environ, "ENVIRONMENT": "test", "PYTHONPATH": source, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr.strip()


@pytest.mark.parametrize("command", ["plan", "deploy", "apply", "destroy", "lock", "adopt"])
def test_without_terraform_it_says_where_to_get_it(project: Project, command: str) -> None:
    assert said(project, command, PATH="") == (
        2,
        "terraform is not on PATH: install Terraform 1.11 or newer (https://developer.hashicorp.com/terraform/install),"
        " or name it in TERRAFORM_BINARY_NAME",
    )


@pytest.mark.parametrize(("data", "code"), [({}, 0), ({"data": {"terraform_remote_state": {}}}, 2)])
def test_a_hand_over_needs_terraform_only_to_read_a_state(project: Project, data: dict[str, object], code: int) -> None:
    project.edit(GOOGLE, {"output": {"hand_over": {"value": "accessPolicies/1/servicePerimeters/shared"}}})
    (project.root / "hand-over.json").write_text(json.dumps({"resource": {}, **data}))
    found, message = said(project, "handover", PATH="")
    assert (found, "terraform is not on PATH" in message) == (code, bool(code))


def test_the_binary_that_cdktf_would_run_is_named(project: Project) -> None:
    code, message = said(project, "plan", TERRAFORM_BINARY_NAME="tofu-that-is-absent")
    assert code == 2
    assert message.startswith("tofu-that-is-absent is not on PATH")


def test_an_environment_that_does_not_exist(project: Project) -> None:
    code, message = said(project, "undelete", ENVIRONMENT="state/prod")
    assert code == 2
    assert message.splitlines() == [
        "got environment 'state/prod', which does not exist",
        "environment 'state/prod' was not synthesized: nothing was planned",
    ]
    assert project.runs() == []


def test_a_synthesis_that_crashes_has_failed_and_its_folder_is_kept(project: Project) -> None:
    (project.root / "main.py").write_text("raise SystemExit('no')")
    code, message = said(project, "undelete")
    (kept,) = project.runs()
    assert code == 1
    assert message.splitlines()[:2] == ["no", f"the folder of this run is kept: .runs/{kept}"]


def test_a_checkout_that_cannot_be_written_to(project: Project) -> None:
    (project.root / ".runs").touch()
    code, message = said(project, "undelete")
    assert code == 2
    assert message == f"{project.root}/.runs: File exists: each run needs a folder below the checkout"


@pytest.mark.parametrize("environment", ["prod", "est", "tes"])
def test_what_was_synthesized_is_another_environment(project: Project, environment: str) -> None:
    project.settings(environment).write_text(project.settings().read_text())
    code, message = said(project, "undelete", ENVIRONMENT=environment)
    assert code == 2
    assert f"which is not environment {environment!r}: run `./keyperim -e {environment} synth`" in message


def test_a_state_that_would_be_looked_for_in_the_wrong_place(project: Project) -> None:
    """As after a copy of a stack's folder: the state would seem to be empty."""
    project.settings().write_text(project.settings().read_text().replace("STATE", "../../../state"))
    code, message = said(project, "undelete")
    assert code == 2
    assert f"demo-aws looks for a state in {project.root}/.runs/state/test/demo-aws.tfstate" in message


@pytest.mark.parametrize("name", ["override.tf.json", "a_override.tf.json", "more.tf", "a.auto.tfvars", "b.tofu"])
def test_files_that_terraform_would_read_unreviewed_are_refused(project: Project, name: str) -> None:
    with (project.root / "main.py").open("a") as file:
        file.write(f"(out / 'stacks/demo-google/{name}').write_text('')")
    code, message = said(project, "plan")
    assert code == 2
    assert f"stacks/demo-google has {name}: Terraform would read it next to cdk.tf.json" in message


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"stacks": {"a": {}}}', '{"stacks": []}'])
def test_a_manifest_that_cdktf_did_not_write(project: Project, text: str) -> None:
    with (project.root / "main.py").open("a") as file:
        file.write(f"(out / 'manifest.json').write_text({text!r})")
    code, message = said(project, "undelete")
    assert code == 1
    assert "is not what cdktf writes" in message


def edited(project: Project, text: str, other: str) -> Path:
    """cdktf.out with a manifest in which one text is another."""
    project.synthesize()
    path = project.root / "cdktf.out/manifest.json"
    path.write_text(path.read_text().replace(text, other))
    return path.parent


def test_a_stack_that_reads_another_ones_state_must_declare_the_dependency(project: Project) -> None:
    out = edited(project, f'["{AWS}"]', "[]")
    with pytest.raises(DeployError, match="demo-google reads another stack's state but declares no dependency"):
        synthesized("test", out)


def test_dependencies_decide_the_order_not_names_or_the_manifests_order(project: Project) -> None:
    path = edited(project, "", "") / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["stacks"] = dict(reversed(manifest["stacks"].items()))
    path.write_text(json.dumps(manifest))
    assert [stack.name for stack in synthesized("test", path.parent)] == [AWS, GOOGLE]


@support.needs()
def test_an_init_that_fails_says_what_terraform_said(project: Project) -> None:
    project.edit(AWS, {"terraform": {"required_version": "< 1.0"}})
    code, message = said(project, "plan")
    assert code == 1
    assert "Unsupported Terraform Core version" in message
    assert message.endswith("demo-aws: terraform init failed")


@support.needs()
def test_an_init_that_finds_no_provider_names_the_page_about_mirrors(project: Project) -> None:
    mirror = project.root / "mirror"
    mirror.mkdir()
    configuration = project.root / "terraform.rc"
    configuration.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n')
    project.edit(AWS, {"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}}})
    code, message = said(project, "plan", TF_CLI_CONFIG_FILE=str(configuration))
    assert code == 1
    assert message.endswith("needs a mirror of the providers: docs/how-to/fake-clouds.md#run-the-demo")


@support.needs()
def test_a_plan_that_fails_says_what_terraform_said_and_goes_no_further(project: Project) -> None:
    project.edit(AWS, {"output": {"egress_cidrs": {"value": "${nothing.here}"}}})
    code, message = said(project, "deploy", AUTO_APPROVE="1")
    assert code == 1
    assert "Reference to undeclared resource" in message
    assert message.endswith("demo-aws: terraform plan failed")


@support.needs()
def test_a_workspace_of_the_users_would_be_another_state(project: Project) -> None:
    code, message = said(project, "plan", TF_WORKSPACE="blue")
    assert code == 2
    assert "TF_WORKSPACE is set to 'blue'; allowed: not set" in message


@support.needs()
@pytest.mark.parametrize("name", ["TF_CLI_ARGS", "TF_CLI_ARGS_plan", "TF_CLI_ARGS_init"])
def test_arguments_of_the_users_would_be_another_plan(project: Project, name: str) -> None:
    code, message = said(project, "deploy", AUTO_APPROVE="1", **{name: "-destroy"})
    assert code == 2
    assert f"{name} is set to '-destroy'; allowed: not set" in message
