"""The one command: its verbs are those of docs and make, results are on standard output, no argument is ignored."""

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from cli import __version__, workers
from cli.__main__ import main
from cli.verbs import VERBS
from stacks.settings.load import parse
from stacks.settings.schema import comments

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs/reference/commands.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
MODULES = {name for verb in VERBS.values() for name in (verb.module, f"{verb.module}.__main__") if "." in name[1:]}
NEEDED = {
    "ready": ["--log", "log.json"],
    "terraform": ["demo-aws"],
    **dict.fromkeys(("smoke", "update"), ["--instance", "i-0123456789abcdef0"]),
}
NEW = [
    "--region",
    "eu-west-1",
    "--account-id",
    "123456789012",
    "--project-id",
    "my-project",
    "--project-number",
    "345678901234",
]


def keyperim(*arguments: str, cwd: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    command = [sys.executable, "-m", "cli", *arguments]
    done = subprocess.run(command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert "Traceback" not in done.stderr
    return done


def answer(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """What the command answers in this process: for what synthesizes nothing. `keyperim` starts it."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(cwd)
        patch.setattr(sys, "argv", ["keyperim"])
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("ENVIRONMENT", "example")  # the command sets it
        for module in MODULES:  # as in a new process: runpy warns of a module that other tests have imported
            patch.delitem(sys.modules, module, raising=False)
        try:
            code = main(list(arguments))
        except SystemExit as end:
            code = int(str(end.code))
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout's environments and main.py, and nothing else of it."""
    (tmp_path / "main.py").write_text((ROOT / "main.py").read_text())
    folder = tmp_path / "environments"
    folder.mkdir()
    for name in ("example", "direct"):
        (folder / f"{name}.toml").write_text((ROOT / "environments" / f"{name}.toml").read_text())
    return tmp_path


def test_help_docs_and_make_have_the_same_verbs() -> None:
    shown = answer("--help").stdout
    assert re.findall(r"^    ([a-z]+) +\S", shown, re.MULTILINE) == list(VERBS)
    rows = re.findall(r"^\| `([a-z]+)` \| .* \|(?: `make ([a-z]+).*`)? \|$", DOCS, re.MULTILINE)
    assert [verb for verb, _ in rows] == list(VERBS)
    assert all(target in ("", verb) for verb, target in rows)
    listed = re.findall(r"^#: ([a-z-]+)", MAKEFILE, re.MULTILINE)
    assert {target for _, target in rows if target} == set(listed) & set(VERBS)
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony is not None
    assert sorted(listed) == sorted(phony[1].split())
    helped = subprocess.check_output(["make", "-s", "help"], cwd=ROOT, text=True)
    assert re.findall(r"^([a-z-]+)  ", helped, re.MULTILINE) == listed


@pytest.mark.parametrize("verb", [name for name in VERBS if re.search(rf"^#: {name} ", MAKEFILE, re.MULTILINE)])
def test_a_target_calls_its_verb(verb: str) -> None:
    told = subprocess.check_output(["make", "-n", "-o", ".venv/.packages", "-o", ".venv/.dev-packages", verb], cwd=ROOT)
    assert f"./keyperim {verb}" in told.decode()


@pytest.mark.parametrize("verb", list(VERBS))
def test_each_verb_has_help_under_this_name(verb: str) -> None:
    done = answer(verb, "--help")
    assert done.returncode == 0
    assert f"./keyperim {verb}" in done.stdout
    assert "python -m" not in done.stdout
    assert ("--environment" in done.stdout) == VERBS[verb].environment
    assert done.stderr == ""


@pytest.mark.parametrize("verb", [name for name in VERBS if name != "new"])
def test_no_argument_is_ignored(project: Path, verb: str) -> None:
    done = answer(verb, *NEEDED.get(verb, []), "--bogus", cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--bogus" in done.stderr


def test_the_program_behind_it_ignores_none_either(project: Path) -> None:
    command = [sys.executable, "-m", "deploy", "--bogus"]
    done = subprocess.run(command, cwd=project, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True)
    assert (done.returncode, done.stdout) == (2, b"")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "required: VERB; `./keyperim --help` lists them"),
        (["bogus"], "invalid choice: 'bogus'"),
        (["synth", "-e", "nope"], "got 'nope'"),
        (["-e", "plan"], "required: VERB"),
        (["-e", "direct", "plan", "-e", "example"], "allowed: one environment"),
        (["-e", "example", "demo"], "unrecognized arguments: -e example"),
        (["-e", "example", "cloud", "true"], "-e"),
        (["update", "--instance", "i-0123456789abcdef0", "--prompt", "why?"], "are for smoke"),
        (["synth", "-e", "../example.toml"], "allowed: a name, or environments/NAME.toml"),
        (["plan", "-e", "a/b"], "allowed: a name, or environments/NAME.toml"),
        (["synth", "--all", "-e", "example"], "not both"),
        (["plan", "-e"], "expected one argument"),
        (["plan", "--bogus"], "./keyperim plan: error: unrecognized arguments: --bogus"),
        (["review", "extra"], "./keyperim review: error: unrecognized arguments: extra"),
        (["terraform", "demo-aws", "output"], "usage: ./keyperim terraform STACK -- ARGUMENTS"),
    ],
)
def test_bad_usage_is_2(project: Path, given: list[str], said: str) -> None:
    done = answer(*given, cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize("given", [["-e", "nope", "plan"], ["-e", "environments/nope.toml", "undelete"]])
def test_an_environment_without_a_file_is_2(project: Path, given: list[str]) -> None:
    done = keyperim(*given, cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert "got 'nope'" in done.stderr


@pytest.mark.parametrize("path", ["direct", "environments/direct.toml"])
def test_the_environment_stands_before_or_after_the_verb(project: Path, path: str) -> None:
    (project / "environments/plan.toml").write_text((project / "environments/direct.toml").read_text())
    before, after = keyperim("-e", path, "synth", cwd=project), keyperim("synth", "-e", path, cwd=project)
    assert before.returncode == after.returncode == 0
    assert before.stdout == after.stdout
    assert before.stdout.startswith("environment direct\n")
    assert keyperim("-e", path, "undelete", cwd=project).stdout.count("./keyperim -e direct terraform ") == 3
    named_as_a_verb = keyperim("-e", "plan", "synth", cwd=project)
    assert named_as_a_verb.stdout.startswith("environment plan\n")


def test_the_script_finds_the_checkout_and_needs_its_packages(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    (checkout / "setup").mkdir(parents=True)
    for name in ("keyperim", "setup/engine.sh"):
        shutil.copy(ROOT / name, checkout / name)
    (tmp_path / "link").symlink_to(checkout / "keyperim")
    done = subprocess.run([tmp_path / "link", "synth"], cwd="/", capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (
        2,
        f"the packages are not installed: run `make setup` in {checkout}\n",
    )
    assert os.access(ROOT / "keyperim", os.X_OK)


def test_all_are_synthesized_each_in_its_folder_and_a_wrong_one_is_reported(project: Path) -> None:
    text = (project / "environments/example.toml").read_text()
    (project / "environments/twice.toml").write_text(text)  # the same prefix
    (project / "environments/wrong.toml").write_text(text.replace('"ap-northeast-1"', '"mars"'))
    (project / "environments/Upper.toml").write_text(text)
    done = keyperim("synth", "--all", cwd=project)
    assert done.returncode == 2
    assert re.findall(r"^environment (\S+)$", done.stdout, re.MULTILINE) == ["direct", "example", "twice"]
    assert "environments/wrong.toml: " in done.stderr
    assert "got 'Upper'" in done.stderr
    for name in ("example", "twice"):
        document = (project / f"cdktf.out/{name}/stacks/demo-aws/cdk.tf.json").read_text()
        assert f'"../../../../state/{name}/demo-aws.tfstate"' in document
    for name in ("wrong", "Upper"):
        (project / f"environments/{name}.toml").unlink()
    again = keyperim("review", "--all", cwd=project)
    assert (again.returncode, again.stdout) == (0, done.stdout)


def test_one_by_one_and_all_at_once_give_the_same(project: Path) -> None:
    """But for the depth of the local state's path."""
    keyperim("synth", "--all", cwd=project)
    for name in ("direct", "example"):
        one = keyperim("synth", "-e", f"environments/{name}.toml", cwd=project)
        assert one.returncode == 0
        for path in (project / "cdktf.out" / name).glob("stacks/*/*.json"):
            alone = project / "cdktf.out" / path.relative_to(project / "cdktf.out" / name)
            assert alone.read_text() == path.read_text().replace("../../../../state", "../../../state")


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the cores of a process are set on Linux alone")
def test_several_processes_write_and_print_what_one_does(project: Path) -> None:
    text = (project / "environments/example.toml").read_text()
    for number in range(2 * workers.PAYS):
        (project / f"environments/e{number}.toml").write_text(text.replace('prefix = "demo"', f'prefix = "e{number}"'))
    core = min(os.sched_getaffinity(0))
    command = [sys.executable, "-m", "cli", "synth", "--all"]
    made = []
    for setup in (lambda: os.sched_setaffinity(0, {core}), None):
        done = subprocess.run(
            command, cwd=project, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
            preexec_fn=setup,
        )  # fmt: skip
        files = {path: path.read_bytes() for path in (project / "cdktf.out").rglob("*") if path.is_file()}
        made.append((done.returncode, done.stdout, done.stderr, files))
    assert made[0] == made[1]
    assert made[0][0] == 0


def test_the_version_is_printed_with_any_verb(capsys: pytest.CaptureFixture[str]) -> None:
    for given in (["--version"], ["plan", "--version"], ["-e", "prod", "synth", "--version"]):
        assert main(given) == 0
        assert capsys.readouterr().out == f"keyperim {__version__}\n"


def test_an_environment_without_files_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "environments").mkdir()
    done = answer("synth", "--all", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "has no .toml file" in done.stderr


def test_a_reader_that_ends_early_sees_no_traceback(project: Path) -> None:
    assert keyperim("synth", cwd=project).returncode == 0
    read, write = os.pipe()
    os.close(read)
    for given in (["--help"], ["plan", "--help"], ["review", "-e", "example"], ["undelete"]):
        command = [sys.executable, "-m", "cli", *given]
        for unbuffered in ("", "1"):
            environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": unbuffered}
            done = subprocess.run(command, cwd=project, env=environment, stdout=write, stderr=subprocess.PIPE)
            assert done.stderr == b"", given
            assert done.returncode == 1 or given == ["--help"]  # argparse takes no notice
    os.close(write)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_change_no_exit_code(project: Path, closed: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for given, code in (("-e direct undelete", 0), ("-e nope synth", 2)):
        command = f"{shlex.quote(sys.executable)} -m cli {given} {closed}"
        done = subprocess.run(["sh", "-c", command], cwd=project, env=environment, capture_output=True, text=True)
        assert done.returncode == code
        assert "Traceback" not in done.stderr
        assert ("gcloud " in done.stdout) == (code == 0 and ">&- " not in f"{closed} ".replace("2>&-", ""))


def test_undelete_prints_commands_and_comments_alone(project: Path) -> None:
    keyperim("synth", cwd=project)
    lines = keyperim("undelete", cwd=project).stdout.splitlines()
    assert lines
    assert all(line.startswith(("#", "gcloud ", "terraform ", "ENVIRONMENT=", "./keyperim ")) for line in lines)


OPTIONAL = (
    "role_name",
    "dry_run",
    "deny_parameters",
    "impersonation_role",
    "pin_unique_id",
    "restricted_services",
    "tampering_queries",
)


@pytest.mark.parametrize(
    "more",
    [
        ["--organization-id", "123456789012"],
        ["--access-policy", "77", "--workload", "summaries", "--zone", "eu-west-1b"],
        ["--access-policy", "77", "--role-name", "lambda", "--egress-cidr", "52.1.2.3/32"],
        ["--access-policy", "77", "--region", "us-east-9", "--unlisted", "us-east-9"],
    ],
)
def test_new_writes_a_short_file_that_loads(project: Path, more: list[str]) -> None:
    done = answer("new", "fresh", *NEW, *more, cwd=project)
    assert (done.returncode, done.stdout) == (0, "environments/fresh.toml\n")
    text = (project / "environments/fresh.toml").read_text()
    assert parse(tomllib.loads(text), "fresh.toml").prefix == "fresh"
    assert text.count("#") > 5
    keys = [line for line in text.splitlines() if " = " in line]
    for key in keys:
        if not key.startswith(OPTIONAL):  # what is left out is missed
            assert parse_fails(text.replace(key, "")), key
    written, example = tomllib.loads(text), tomllib.loads((project / "environments/example.toml").read_text())
    assert written["perimeter"] == example["perimeter"]
    assert written["google"]["impersonation_role"] == "custom"
    explained = comments((project / "environments/example.toml").read_text())
    assert {path: explained[path] for path, comment in comments(text).items() if comment} == {
        path: comment for path, comment in comments(text).items() if comment
    }
    built = "role_name" not in text
    assert ("deny_parameters = true" in text, "pin_unique_id = true" in text) == (built, built)
    again = answer("new", "fresh", *NEW, *more, cwd=project)
    assert (again.returncode, again.stdout) == (2, "")
    assert "environments/fresh.toml: exists already: choose another NAME; nothing was written" in again.stderr
    assert (project / "environments/fresh.toml").read_text() == text


def parse_fails(text: str) -> bool:
    try:
        parse(tomllib.loads(text), "fresh.toml")
    except Exception:
        return True
    return False


@pytest.mark.parametrize("name", ["Upper", "../x", "", "-a"])
def test_new_refuses_a_name_that_no_environment_can_have(project: Path, name: str) -> None:
    done = answer("new", *NEW, "--access-policy", "77", "--", name, cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert "allowed: a-z, 0-9 and '-'" in done.stderr


def test_new_reports_every_wrong_value_and_writes_nothing(project: Path) -> None:
    wrong = [value.replace("123456789012", "12").replace("eu-west-1", 'mars"') for value in NEW]
    done = answer("new", "fresh", *wrong, "--access-policy", "x", cwd=project)
    assert done.returncode == 2
    for key in ("aws.account_id", "aws.region", "google.access_policy"):
        assert key in done.stderr
    assert not (project / "environments/fresh.toml").exists()
