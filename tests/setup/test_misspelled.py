"""make refuses a name that is nearly one that it reads, and passes on every other."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def make_help(given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", "help", given], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("ENVIROMENT=prod", "ENVIRONMENT"),
        ("environment=prod", "ENVIRONMENT"),
        ("ENVIROMENT:=prod", "ENVIRONMENT"),
        ("AUTO_APROVE=1", "AUTO_APPROVE"),
        ("INSTANSE=$(shell exit 1)", "INSTANCE"),
    ],
)
def test_a_typing_error_is_refused(given: str, meant: str) -> None:
    done = make_help(given)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"did you mean {meant}?" in done.stderr


@pytest.mark.parametrize(
    "given", ["ENVIRONMENT=prod", "PROMPT=why ENVIROMENT=x", "TF_LOG=debug", "AWS_REGION=eu-west-1"]
)
def test_other_names_pass(given: str) -> None:
    done = make_help(given)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_a_value_says_is_not_run() -> None:
    done = make_help("ENVIROMENT=$(error this was expanded)")
    assert "expanded" not in done.stdout + done.stderr
