"""`python -m localcloud`: variables to export, a cloud until it is interrupted, state that outlives it."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests

import localcloud.__main__ as program


def start(*arguments: str) -> tuple["subprocess.Popen[str]", dict[str, str]]:
    """The program and what it printed to export."""
    process = subprocess.Popen([sys.executable, "-m", "localcloud", *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    variables: dict[str, str] = {}
    for line in process.stdout:
        if found := re.fullmatch(r"export (\w+)=(.*)\n", line):
            variables[found[1]] = "".join(shlex.split(found[2]))
        if "AWS_DEFAULT_REGION" in variables:
            break
    return process, variables


def caller(variables: dict[str, str]) -> str:
    """Who the AWS SDK is with exactly these variables."""
    script = "import botocore.session as s; print(s.Session().create_client('sts').get_caller_identity()['Arn'])"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        [sys.executable, "-c", script], env={**environment, **variables}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def google_knows(variables: dict[str, str], token: str) -> bool:
    """Whether Google takes a token for somebody's."""
    answer = requests.get(
        "https://cloudresourcemanager.googleapis.com/v1/projects/my-project",
        headers={"Authorization": f"Bearer {token}"},
        proxies={"https": variables["HTTPS_PROXY"]},
        verify=variables["REQUESTS_CA_BUNDLE"],
        timeout=10,
    )
    return answer.status_code != 401


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_its_variables_lead_an_sdk_to_it_and_its_state_outlives_it(tmp_path: Path, number: int) -> None:
    arguments = ("--state", str(tmp_path / "state"), "--account", "210987654321")
    keys = set()
    for _ in range(2):
        process, variables = start(*arguments)
        try:
            assert caller(variables) == "arn:aws:iam::210987654321:user/deployer"
            if shutil.which("curl"):
                fetched = ["curl", "-sS", "--max-time", "20", "https://checkip.amazonaws.com"]
                assert subprocess.check_output(fetched, env={**os.environ, **variables}) == b"192.0.2.100\n"
            proxies = {"http": variables["HTTP_PROXY"]}
            journal = requests.get("http://localcloud.internal/journal", proxies=proxies, timeout=10).text
            assert "#GetCallerIdentity" in journal
            assert google_knows(variables, variables["GOOGLE_OAUTH_ACCESS_TOKEN"])
            assert not google_knows(variables, "another")
            keys.add(variables["AWS_ACCESS_KEY_ID"])
        finally:
            process.send_signal(number)
            assert process.wait(20) == 0
            process.communicate()
    assert len(keys) == 1


WITHOUT = """
import runpy, sys
class Missing:
    def find_spec(self, name, *_):
        if name == sys.argv[1]:
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)
sys.meta_path.insert(0, Missing())
runpy.run_module("localcloud", run_name="__main__")
"""


@pytest.mark.parametrize("package", ["cryptography", "moto"])
def test_a_package_that_is_not_installed_is_one_line_and_exit_2(package: str) -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT, package], capture_output=True, text=True, check=False)
    said = f"localcloud: the package {package} is not installed: run `make setup`\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


def test_an_unreadable_state_is_one_line_and_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "current").mkdir()
    (tmp_path / "current" / "version").write_text("moto 1")
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert program.main(["--state", str(tmp_path)]) == 2
    assert "was written with moto 1" in capsys.readouterr().err


def test_a_shell_that_reads_it_forgets_the_real_clouds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(threading.Event, "wait", lambda *_: True)  # nobody interrupts it
    assert program.main(["--region", "eu-west-1"]) == 0
    printed = capsys.readouterr().out
    assert "the account 123456789012; at Google the project my-project (345678901234) in" in printed
    (tmp_path / "clouds.env").write_text(printed)
    real = {"AWS_SESSION_TOKEN": "real", "AWS_PROFILE": "prod", "AWS_REGION": "us-east-1", "GOOGLE_CREDENTIALS": "{}"}
    script = ["sh", "-ec", ". ./clouds.env; env"]
    seen = subprocess.check_output(script, cwd=tmp_path, env={"PATH": os.environ["PATH"], **real}, text=True)
    found = dict(line.split("=", 1) for line in seen.splitlines() if "=" in line)
    assert {name: found.get(name) for name in real} == dict.fromkeys(real) | {"AWS_REGION": "eu-west-1"}
