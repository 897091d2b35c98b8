"""The table of exit codes, and one way to each code."""

import re
from pathlib import Path

import pytest

import deploy.judgement
from deploy.exit_codes import ExitCode, strongest
from deploy.guard import Refusal
from tests.deploy.project import AWS, Project
from tests.terraform import support

PAGE = Path(__file__).parents[2] / "docs/reference/exit-codes.md"
REFUSED, UNDECIDED, WIDER, CHANGES = ExitCode.REFUSED, ExitCode.UNDECIDED, ExitCode.WIDER, ExitCode.CHANGES


def test_the_page_is_the_module() -> None:
    rows = re.findall(r"^\| (\d+) \| \w[^|]+ \|", PAGE.read_text(), re.MULTILINE)
    assert [int(number) for number in rows] == list(ExitCode)


def test_the_numbers_are_a_contract() -> None:
    assert [int(code) for code in ExitCode] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130]


def test_where_several_hold_the_strongest_is_returned() -> None:
    assert strongest([CHANGES, WIDER, UNDECIDED, REFUSED]) == REFUSED
    assert strongest([WIDER, CHANGES, UNDECIDED]) == UNDECIDED
    assert strongest([CHANGES, WIDER]) == WIDER
    assert strongest([ExitCode.DONE, CHANGES]) == CHANGES
    assert strongest([]) == ExitCode.DONE


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["plna"],
        ["plan", "--detailed-exit-code"],
        ["plan", "test"],
        ["plan", "--", "-destroy"],
        ["terraform", AWS],
        ["deploy", "--plan"],
    ],
    ids=" ".join,
)
def test_a_typo_is_2_and_never_looks_like_drift(project: Project, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        project.run(*arguments)
    assert ended.value.code == ExitCode.USAGE != ExitCode.CHANGES


@support.needs()
@pytest.mark.usefixtures("deployed")
def test_detailed_exitcode_says_whether_there_are_changes(project: Project) -> None:
    assert project.run("plan", "--detailed-exitcode") == ExitCode.DONE
    project.configure(address="203.0.113.8/32")
    assert project.run("plan") == ExitCode.DONE
    assert project.run("plan", "--detailed-exitcode") == ExitCode.CHANGES
    project.edit(AWS, {"output": {"one_more": {"value": 1}}})
    assert project.run("plan", "--detailed-exitcode") == ExitCode.CHANGES
    project.settings().unlink()
    assert project.run("plan", "--detailed-exitcode") == ExitCode.USAGE


@support.needs()
def test_wider_is_more_than_changes_until_it_is_accepted(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    assert project.run("plan", "--detailed-exitcode") == ExitCode.WIDER
    (digest,) = re.findall("--accept ([0-9a-f]{32}) ", capfd.readouterr().out)
    assert project.run("plan", "--accept", digest) == ExitCode.DONE
    assert project.run("plan", "--detailed-exitcode", "--accept", digest) == ExitCode.CHANGES


@support.needs()
def test_refused_is_more_than_wider(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = Refusal("terraform_data.address", "create", "this is a test", "some-heading")
    monkeypatch.setattr(deploy.judgement, "refusals", lambda *_: [refusal])
    assert project.run("plan", "--out", "plans") == ExitCode.REFUSED
    assert "refused to create: this is a test" in Path("plans/demo-aws/review.txt").read_text()


@support.needs()
def test_terraforms_own_codes_do_not_pass(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    assert project.run("terraform", AWS, "--", "plan", "-detailed-exitcode") == ExitCode.FAILED
    assert "demo-aws: terraform plan returned 2" in capfd.readouterr().err
    assert project.run("terraform", AWS, "--", "state", "list") == ExitCode.FAILED
    assert project.run("terraform", AWS, "--", "apply") == ExitCode.USAGE
    assert project.run("terraform", AWS, "--", "-chdir=.", "apply", "-auto-approve") == ExitCode.USAGE
    assert project.state(AWS) == []
    assert project.run("terraform", "demo", "--", "output") == ExitCode.USAGE
    assert "got stack 'demo'; allowed: demo-aws, demo-google" in capfd.readouterr().err
