"""The commands of README and runbooks, run after a deploy: none of them needs a folder that somebody initialized."""

import re
import shlex
import subprocess

import pytest

from review.command import PROGRAM, terraform
from tests.deploy.project import AWS, GOOGLE, Project
from tests.terraform import support
from tests.terraform.project_copy import ROOT

pytestmark = support.needs()
PAGES = [ROOT / "README.md", ROOT / "README.ja.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMAND = re.compile(rf"{re.escape(PROGRAM)} (?:-e \w+ )?(terraform [^`\n]*)")
ADDRESSES = {AWS: "terraform_data.address", GOOGLE: "terraform_data.level"}
REACHED = {
    "force-unlock": "Local state cannot be unlocked by another process",
    "untaint": "is not currently tainted",
}
"""What Terraform itself says where a command cannot succeed here: it found its state."""


def commands() -> list[str]:
    """Each command once, those that read the state before an import."""
    found = {
        command.strip() for page in PAGES for command in COMMAND.findall(page.read_text()) if "ARGUMENTS" not in command
    }
    return sorted(found, key=lambda command: (" import " in command, " rm " in command, command))


def test_every_command_of_terraform_runs_in_an_initialized_folder(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    project.edit(GOOGLE, {"output": {"dry_run_violations_filter": {"value": "a filter"}}})
    assert project.run("deploy") == 0
    given = commands()
    assert len(given) >= 9
    for command in given:
        stack = AWS if "STACK" in command or "PREFIX-aws" in command else GOOGLE
        values = {
            "STACK": stack,
            "PREFIX": "demo",
            "ADDRESS": ADDRESSES[stack],
            "NUMBER": "1",
            "FILE": saved_state(project, stack),
        }
        text = command
        for name, value in values.items():
            text = text.replace(name, value)
        if " import " in command:  # an import before this one may hold it again
            project.run("terraform", stack, "--", "state", "rm", ADDRESSES[stack])
        capfd.readouterr()
        code = project.run(*shlex.split(text))
        said = "".join(capfd.readouterr())
        expected = next((text for name, text in REACHED.items() if name in command), "")
        assert (code == 0) != bool(expected), f"{text}\n{said}"
        assert expected in said


def saved_state(project: Project, stack: str) -> str:
    """As Terraform leaves it where it could not save it."""
    path = project.root / "errored.tfstate"
    path.write_text(project.state_file(stack).read_text())
    return str(path)


def test_no_page_relies_on_a_folder_that_a_deploy_no_longer_initializes() -> None:
    """In the shell of the local cloud, docs/how-to/fake-clouds.md initializes cdktf.out itself; a mirror needs no initialized folder."""
    for page in PAGES:
        text = page.read_text()
        for found in re.finditer(r"-chdir=cdktf.out/stacks/(\S+) (?!init|providers mirror)\S+", text):
            assert f"-chdir=cdktf.out/stacks/{found[1]} init" in text, f"{page.name}: {found[0]}"


def test_what_is_printed_to_be_run_runs_in_a_shell(project: Project) -> None:
    """As undelete and adopt print it."""
    assert project.run("deploy") == 0
    line = terraform("test", AWS, "state", "show", "terraform_data.address")
    project.install()
    done = subprocess.run(["sh", "-c", line], cwd=project.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("# terraform_data.address:")
