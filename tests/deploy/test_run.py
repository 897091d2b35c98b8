"""plan, deploy and destroy with the real Terraform, on stacks that need no cloud."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

import deploy
import deploy.judgement
import deploy.run
from deploy import interrupts
from deploy.guard import Refusal
from deploy.terraform import Terraform
from tests.deploy.project import AWS, GOOGLE, Project
from tests.terraform import support

pytestmark = support.needs()
FAILS = [{"local-exec": {"when": "destroy", "command": "test -e ../../../../may-go"}}]


def test_before_aws_is_applied_its_plan_is_shown_and_google_follows(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    assert project.run("plan", "--perimeter", "absent.json") == 4
    said, notes = capfd.readouterr()
    assert "note: --perimeter absent.json is not used" in notes
    assert "terraform_data.address will be created" in said
    assert "wider: this is a first plan" in said
    assert "demo-google: follows once demo-aws is applied" in said
    assert "terraform_data.level" not in said
    assert project.state(AWS) == []


def test_each_state_and_each_plan_is_read_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each state asks the backend, and Terraform starts the providers to show a plan."""
    journal, program = project.root / "journal", project.root / "counting"
    program.write_text(f'#!/bin/sh\necho "$1 $2" >>{journal}\nexec {shutil.which("terraform")} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", str(program))
    assert project.run("deploy") == 0
    first = Counter(journal.read_text().splitlines())
    assert (first["state pull"], first["show -json"]) == (4, 2)  # of two stacks: before the first plan, after an apply
    for arguments in (["plan"], ["plan", "--out", "plans"]):
        journal.unlink()
        assert project.run(*arguments) == 0
        counted = Counter(journal.read_text().splitlines())
        assert (counted["state pull"], counted["show -json"]) == (2 if arguments == ["plan"] else 8, 2)


def test_the_guard_judges_again_after_the_answer(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Another terminal may have enforced a perimeter that admits the address which this plan releases."""
    answered, confirm = list[str](), deploy.run.confirm
    monkeypatch.setattr(deploy.run, "confirm", lambda verb, *more: answered.append(verb) or confirm(verb, *more))
    refusal = Refusal("aws_eip.a", "release it", "it is admitted by now", "give-up-an-address")
    monkeypatch.setattr(deploy.judgement, "refusals", lambda *_: [refusal] if answered else [])
    assert project.run("deploy") == 3
    assert "aws_eip.a: refused to release it: it is admitted by now" in capfd.readouterr().err
    assert answered == ["apply"]
    assert project.state(AWS) == []


def test_deploy_applies_one_after_the_other(project: Project) -> None:
    assert project.run("deploy") == 0
    assert project.state(GOOGLE) == [["203.0.113.7/32"]]


@pytest.mark.usefixtures("deployed")
def test_a_second_deploy_has_nothing_to_do(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    capfd.readouterr()
    assert project.run("deploy", answer=None) == 0
    assert capfd.readouterr().out.count("nothing to apply") == 2


@pytest.mark.usefixtures("deployed")
def test_a_plan_says_that_the_second_stack_cannot_know_of_the_first_ones_changes(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    project.configure(address="203.0.113.8/32")
    assert project.run("plan") == 0
    assert "demo-google: planned against what is applied now" in capfd.readouterr().out


@pytest.mark.usefixtures("deployed")
def test_destroy_goes_the_other_way_and_a_second_one_has_nothing_to_do(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    capfd.readouterr()
    assert project.run("destroy") == 0
    said = capfd.readouterr().out
    assert said.index("terraform_data.level: Destroying") < said.index("terraform_data.address: Destroying")
    assert project.state(AWS) == project.state(GOOGLE) == []
    assert project.run("destroy", answer=None) == 0
    assert capfd.readouterr().out.count("nothing to destroy") == 2


@pytest.mark.usefixtures("deployed")
def test_destroy_works_after_aws_has_been_destroyed_first(project: Project) -> None:
    assert plain(project, AWS, "destroy", "-auto-approve") == 0
    assert project.state(AWS) == []
    assert project.run("destroy") == 0
    assert project.state(GOOGLE) == []


@pytest.mark.usefixtures("deployed")
def test_destroy_works_though_the_state_of_aws_is_gone_altogether(project: Project) -> None:
    project.state_file(AWS).unlink()
    assert plain(project, GOOGLE, "destroy", "-auto-approve") != 0  # What plain Terraform makes of it.
    assert project.run("destroy") == 0
    assert project.state(GOOGLE) == []


def test_a_half_done_destroy_leaves_aws_alone_and_the_next_one_goes_on(project: Project) -> None:
    project.configure(provisioner=FAILS)
    project.run("deploy")
    assert project.run("destroy") == 1
    assert project.state(GOOGLE) == [["203.0.113.7/32"]]
    assert project.state(AWS) == ["203.0.113.7/32"]
    (project.root / "may-go").touch()
    assert project.run("destroy") == 0
    assert project.state(AWS) == []


def test_prevent_destroy_is_explained(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    project.configure(lifecycle={"prevent_destroy": True})
    project.run("deploy")
    assert project.run("destroy") == 3
    said = capfd.readouterr().err
    assert "first apply perimeter.dry_run = true" in said
    assert "docs/runbooks/deploy.md#rename-or-remove-a-perimeter" in said
    assert project.state(AWS) != []


def test_what_the_guard_refuses_is_not_applied_and_nothing_after_it(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def refuse(plan: dict[str, object], admitted: set[str], *_: object) -> list[Refusal]:
        asked.append((plan["format_version"], admitted))
        return [Refusal("terraform_data.address", "create", "this is a test", "some-heading")]

    monkeypatch.setattr(deploy.judgement, "refusals", refuse)
    assert project.run("deploy") == 3
    assert "terraform_data.address: refused to create: this is a test" in capfd.readouterr().err
    assert len(asked) == 1
    assert project.state(AWS) == project.state(GOOGLE) == []


def test_what_is_not_confirmed_is_not_applied(project: Project) -> None:
    assert project.run("deploy", answer="y") == 4
    assert project.state(AWS) == []


@pytest.mark.parametrize("how", ["Ctrl-C", "SIGTERM", "SIGHUP"])
@pytest.mark.usefixtures("deployed")
def test_an_interrupt_lets_terraform_stop_in_good_order(project: Project, how: str) -> None:
    project.configure(provisioner=[{"local-exec": {"command": "sleep 2"}}], triggers_replace="now")
    source = str(Path(deploy.__file__).parents[1])
    environment = {**os.environ, "ENVIRONMENT": "test", "AUTO_APPROVE": "1", "PYTHONPATH": source}
    program = [sys.executable, "-m", "deploy"]
    planned = subprocess.run([*program, "plan"], env=environment, capture_output=True, text=True, check=False)
    assert planned.returncode == 5  # what a provisioner does is in no plan
    digests = re.findall("--accept [0-9a-f]+", planned.stdout + planned.stderr)
    command = [*program, "deploy", *" ".join(dict.fromkeys(digests)).split()]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as run:
        assert run.stdout
        assert run.stderr
        for line in run.stdout:
            if "level: Provisioning" in line:
                break
        time.sleep(0.3)
        if how == "Ctrl-C":
            os.killpg(run.pid, signal.SIGINT)
        elif how == "SIGHUP":  # what a terminal that is closed sends
            os.killpg(run.pid, signal.SIGHUP)
        else:
            run.terminate()
        said = run.stdout.read() + run.stderr.read()
    assert run.returncode == 130
    assert "Gracefully shutting down" in said
    assert "Traceback" not in said
    assert project.runs() == []
    assert not list(project.root.rglob("*.lock.info"))


def test_a_state_that_could_not_be_saved_outlives_an_interrupt(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def interrupted(terraform: Terraform, _: Path) -> None:
        Path(terraform._folder, "errored.tfstate").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(Terraform, "apply", interrupted)
    assert project.run("deploy") == 130
    (kept,) = project.runs()
    assert f"the folder of this run is kept: .runs/{kept}" in capfd.readouterr().err


def plain(project: Project, name: str, *arguments: str) -> int:
    """Terraform without us, in cdktf.out."""
    project.synthesize()
    folder = project.root / "cdktf.out/stacks" / name
    for command in (["init"], [*arguments]):
        done = subprocess.run(["terraform", *command, "-input=false"], cwd=folder, capture_output=True, check=False)
    return done.returncode


def test_an_interrupt_counts_also_if_terraform_ends_well() -> None:
    """Otherwise the next stack would be applied after Ctrl-C."""
    slow = (
        "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('begun', flush=True); time.sleep(1)"
    )
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        interrupts.run([sys.executable, "-c", slow])
    timer.join()


def test_a_hangup_that_nohup_ignores_stays_ignored() -> None:
    assert signal.SIGHUP in interrupts.ended_by()
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert interrupts.ended_by() == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGHUP, before)
