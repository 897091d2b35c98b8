"""`python -m localcloud COMMAND`: a program in both clouds, which end with it, and what the options say."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import localcloud.__main__ as program
from tests.localcloud.test_main import caller, google_knows

MADE = """
import os, botocore.session
iam = botocore.session.Session().create_client("iam")
print(*sorted(user["UserName"] for user in iam.list_users()["Users"]))
iam.create_user(UserName="made")
"""
WAITS = """
import signal, sys, threading
stop = threading.Event()
if "trap" in sys.argv:
    signal.signal(signal.SIGINT, lambda *_: sys.exit(5))
print("ready", signal.getsignal(signal.SIGINT) is signal.default_int_handler, flush=True)
stop.wait(60)
"""


def start(state: Path, *command: str, **options: Any) -> "subprocess.Popen[str]":
    """The clouds with a command in them, in a process group of their own as a terminal has it."""
    words = [sys.executable, "-m", "localcloud", "--state", str(state), *command]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "start_new_session": True}
    return subprocess.Popen(words, **{**pipes, **options})


def test_a_command_sees_the_local_clouds_alone_and_its_exit_code_is_theirs(tmp_path: Path) -> None:
    real = {"AWS_PROFILE": "prod", "AWS_SESSION_TOKEN": "real", "GOOGLE_CREDENTIALS": "{}", "AWS_REGION": "us-east-1"}
    environment = {**os.environ, **real, "AWS_CONFIG_FILE": str(tmp_path / "without that profile")}
    script = "import json, os, sys; print(json.dumps(dict(os.environ))); sys.exit(sys.stdin.read() == 'hello' and 7)"
    process = start(tmp_path, sys.executable, "-c", script, "--port", "x", env=environment, stdin=subprocess.PIPE)
    out, said = process.communicate("hello", timeout=60)
    assert process.returncode == 7, said
    seen = json.loads(out)
    assert {name: seen.get(name) for name in real} == dict.fromkeys(real) | {"AWS_REGION": "ap-northeast-1"}
    assert seen["HTTPS_PROXY"].startswith("http://192.0.2.100:x@127.0.0.1:")
    assert "the account 123456789012; at Google the project my-project (345678901234) in" in said


def test_its_state_is_there_for_the_next_command(tmp_path: Path) -> None:
    for there in ("deployer\n", "deployer made\n"):
        process = start(tmp_path, sys.executable, "-c", MADE)
        out, said = process.communicate(timeout=60)
        assert out == there, said


@pytest.mark.parametrize(
    ("number", "command", "code"),
    [
        (signal.SIGINT, ("trap",), 5),
        (signal.SIGINT, (), 130),
        (signal.SIGTERM, (), 143),
        (signal.SIGHUP, (), 129),
    ],
)
def test_a_signal_is_the_command_s_and_the_state_is_written(
    tmp_path: Path, number: signal.Signals, command: tuple[str, ...], code: int
) -> None:
    """Ctrl-C goes to both, as a terminal sends it; the others to the clouds alone."""
    process = start(tmp_path, sys.executable, "-c", WAITS, *command)
    assert process.stdout
    assert process.stdout.readline() == f"ready {not command}\n"
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    said = process.communicate(timeout=30)[1]
    assert process.returncode == code
    assert "localcloud" not in "".join(line for line in said.splitlines() if not line.startswith("#"))
    assert json.loads((tmp_path / "current" / "google.json").read_text())["projects"].keys() == {"my-project"}


@pytest.mark.parametrize("name", ["no-such-program", "/no/such/program", "/"])
def test_an_unknown_command_is_told_before_anything_starts(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(["--state", str(tmp_path / "state"), name, "--help"]) == 127
    assert capsys.readouterr().err == f"localcloud: {name}: no such program, or not executable\n"
    assert not (tmp_path / "state").exists()


def test_a_state_keeps_its_project(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    state, true = ["--state", str(tmp_path)], sys.executable
    chosen = ["--project", "another-one", "--number", "42", "--organization", "77", "--account", "210987654321"]
    for options in (chosen, []):  # what is not said is what is there
        assert program.main([*state, *options, true, "-c", ""]) == 0
        assert "at Google the project another-one (42) in the organization 77:" in capfd.readouterr().err
    for option, value, kept in (("project", "my-project", "another-one"), ("number", "1", "42")):
        assert program.main([*state, f"--{option}", value, true, "-c", ""]) == 2
        said = f"--{option}: got {value}, but the state in {tmp_path} has {kept}"
        assert capfd.readouterr().err == f"localcloud: {said}\n"


WRONG = {
    "--project": ("My-Project", "short", "a" * 31, "ends-with-", "345678901234", "ümlaut"),
    "--number": ("0123", "my-project", "1" * 20, "-1", "１２"),
    "--organization": ("organizations/1", ""),
    "--account": ("1234", "12345678901a"),
    "--lag": ("-1", "nan", "1e9", "soon"),
    "--enabling": ("inf",),
}


@pytest.mark.parametrize(("option", "value"), [(option, value) for option, values in WRONG.items() for value in values])
def test_a_wrong_option_is_named(option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        program.main([f"{option}={value}", "true"])
    assert ended.value.code == 2
    assert f"argument {option}: got {value!r}, allowed: " in capsys.readouterr().err


ENABLES = """
import os, time, requests
session = requests.Session()
session.headers["Authorization"] = "Bearer " + os.environ["GOOGLE_OAUTH_ACCESS_TOKEN"]
one = "https://serviceusage.googleapis.com/v1/projects/another-one/services/iam.googleapis.com"
assert session.post(one + ":enable").status_code == 200
print(session.get(one).json()["state"])
accounts = session.get("https://iam.googleapis.com/v1/projects/another-one/serviceAccounts")
print(accounts.status_code)
"""


@pytest.mark.parametrize(
    ("options", "seen"),
    [((), "ENABLED\n200\n"), (("--lag", "60"), "DISABLED\n200\n"), (("--enabling", "60.5"), "ENABLED\n403\n")],
)
def test_google_s_delays_are_options(tmp_path: Path, options: tuple[str, ...], seen: str) -> None:
    process = start(tmp_path, "--project", "another-one", *options, sys.executable, "-c", ENABLES)
    out, said = process.communicate(timeout=60)
    assert out == seen, said


def test_ctrl_c_before_the_command_starts_it_never(tmp_path: Path) -> None:
    process = start(tmp_path, "sh", "-c", "echo started")
    deadline = time.monotonic() + 30
    while not (tmp_path / "lock").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert (out, process.returncode) == ("", 130)


def test_who_talks_from_the_command_is_the_deployer(tmp_path: Path) -> None:
    script = "import json, os; print(json.dumps(dict(os.environ)), flush=True); input()"
    process = start(tmp_path, sys.executable, "-c", script, stdin=subprocess.PIPE)
    assert process.stdout
    variables = json.loads(process.stdout.readline())
    assert caller(variables) == "arn:aws:iam::123456789012:user/deployer"
    assert google_knows(variables, variables["GOOGLE_OAUTH_ACCESS_TOKEN"])
    process.communicate("\n", timeout=60)
    assert process.returncode == 0
