"""`./keyperim` returns the code of each verb unchanged, since pipelines call it; make returns 0 or 2."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from deploy.exit_codes import ExitCode
from tests.deploy.project import AWS, Project
from tests.terraform import support

NOWHERE = {"PATH": "/usr/bin:/bin", "TERRAFORM_BINARY_NAME": "absent"}
"""A machine without Terraform."""


PLANS = Path(__file__).with_name("plans")


@pytest.fixture
def project(project: Project) -> Project:
    project.install()
    return project


def called(project: Project, line: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The line of a pipeline: without a terminal."""
    done = subprocess.run(
        ["sh", "-c", line],
        cwd=project.root,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.parametrize("verb", ["plan", "deploy", "destroy", "lock", "adopt", "terraform demo-aws -- output"])
def test_a_machine_without_terraform_is_2(project: Project, verb: str) -> None:
    done = called(project, f"./keyperim -e test {verb}", **NOWHERE)
    assert (done.returncode, done.stdout) == (ExitCode.USAGE, "")
    assert "absent is not on PATH" in done.stderr


@pytest.mark.parametrize("arguments", ["plan --detailed-exit-code", "-e absent plan --detailed-exitcode", "plna"])
def test_a_typo_is_2_and_never_looks_like_drift(project: Project, arguments: str) -> None:
    assert called(project, f"./keyperim {arguments}").returncode == ExitCode.USAGE != ExitCode.CHANGES


@support.needs()
def test_each_code_of_a_plan_and_of_a_deploy(project: Project) -> None:
    planned = called(project, "./keyperim -e test plan --out plans")
    assert planned.returncode == ExitCode.WIDER
    (digest,) = re.findall("--accept ([0-9a-f]{32}) ", planned.stdout)
    assert called(project, "AUTO_APPROVE=1 ./keyperim -e test deploy").returncode == ExitCode.WIDER
    applied = called(project, f"./keyperim -e test deploy --plan plans --accept {digest}")
    assert applied.returncode == ExitCode.PLAN_AGAIN, "the second stack could not be planned yet"
    assert project.state_file(AWS).exists()
    second = called(project, "./keyperim -e environments/test.toml plan --out plans")
    (digest,) = re.findall("--accept ([0-9a-f]{32}) ", second.stdout)
    done = called(project, f"./keyperim -e test deploy --plan plans --accept {digest}")
    assert done.returncode == ExitCode.DONE
    assert called(project, "./keyperim -e test plan --detailed-exitcode").returncode == ExitCode.DONE
    project.configure(address="203.0.113.8/32")
    assert called(project, "./keyperim -e test plan --detailed-exitcode").returncode == ExitCode.CHANGES
    assert called(project, "./keyperim -e test plan").returncode == ExitCode.DONE
    assert called(project, "./keyperim -e test deploy").returncode == ExitCode.WIDER, "not confirmed"
    assert called(project, "./keyperim -e test deploy --plan plans").returncode == ExitCode.PLAN_AGAIN
    failed = called(project, "./keyperim -e test terraform demo-aws -- state show nothing.here")
    assert failed.returncode == ExitCode.FAILED


STAND_IN = """#!/bin/sh
# Terraform, but for one step.
case $1 in {step}) {instead};; *) exec terraform "$@";; esac
"""


@support.needs()
@pytest.mark.parametrize(
    ("code", "step", "instead"),
    [
        (ExitCode.FAILED, "plan", "exit 2"),
        (ExitCode.REFUSED, "show", f"cat '{PLANS / 'perimeter-removed.json'}'"),
        (ExitCode.UNDECIDED, "show", """echo '{"format_version": "2.0"}'"""),
        (ExitCode.INTERRUPTED, "plan", "trap 'exit 1' INT; kill -TERM $PPID; while :; do sleep 0.1; done"),
    ],
)
def test_what_terraform_does_decides_the_code(project: Project, code: ExitCode, step: str, instead: str) -> None:
    binary = project.root / "stand-in"
    binary.write_text(STAND_IN.format(step=step, instead=instead))
    binary.chmod(0o755)
    for line in ("plan", "plan --detailed-exitcode"):
        done = called(project, f"./keyperim -e test {line}", TERRAFORM_BINARY_NAME=str(binary))
        assert done.returncode == code, done.stderr


@support.needs()
def test_make_returns_0_or_2(project: Project) -> None:
    make = "make ENVIRONMENT=test"
    assert called(project, f"{make} plan").returncode == 0, "wider: the plan was made"
    assert called(project, f"{make} deploy").returncode == 2
    assert called(project, "make ENVIRONMENT=absent plan").returncode == 2
    assert called(project, f"{make} plan", **NOWHERE).returncode == 2
