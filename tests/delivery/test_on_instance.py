"""`make smoke` and `make update`: the real make and program, and a stand-in for the aws command."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout

import pytest

from setup import on_instance
from tests.delivery.test_script import ROOT

INSTANCE = "i-0123456789abcdef0"
# Answers what `answers` says: the n-th get-command-invocation gets the n-th, and the last one from then on.
AWS = """
import json, pathlib, sys, time
folder = pathlib.Path({folder!r})
with open(folder / "log", "a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
answers = json.loads((folder / "answers").read_text())
asked = (folder / "log").read_text().count("get-command-invocation")
answer = answers[0] if sys.argv[2] == "send-command" else answers[1:][min(asked, len(answers) - 1) - 1]
if isinstance(answer, dict) and "each" in answer:  # by instance
    answer = next(text for name, text in answer["each"].items() if name in sys.argv)
sys.exit(answer) if isinstance(answer, str) else print(json.dumps(answer))
"""
SENT = {"Command": {"CommandId": "c-1"}}
NOT_YET = "An error occurred (InvocationDoesNotExist)"


def ended(status, code, out="answer\n", err="", **more):
    return {
        "Status": status, "ResponseCode": code, "StandardOutputContent": out, "StandardErrorContent": err, **more,
    }  # fmt: skip


@pytest.fixture
def aws(tmp_path):
    tool = tmp_path / "aws"
    tool.write_text(f"#!{sys.executable} -IS\n" + AWS.format(folder=str(tmp_path)))
    tool.chmod(0o755)

    class Aws:
        path = str(tmp_path)

        def will(self, *answers):
            (tmp_path / "log").write_text("")
            (tmp_path / "answers").write_text(json.dumps(answers))

        @property
        def log(self):
            return (tmp_path / "log").read_text()

        @property
        def calls(self):
            return [json.loads(line) for line in self.log.splitlines()]

        def parameters(self):
            first = self.calls[0]
            return json.loads(first[first.index("--parameters") + 1])

    aws = Aws()
    aws.will(SENT, NOT_YET, ended("InProgress", -1, ""), ended("Success", 0))
    return aws


def start(aws, *arguments, path=None):
    return subprocess.Popen(
        [sys.executable, "-m", "setup.on_instance", *arguments],
        env={**os.environ, "PATH": aws.path if path is None else path, "ENVIRONMENT": "example"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(aws, *arguments, path=None):
    """The program in this process; `start`, `make` and `keyperim` start it."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setenv("PATH", aws.path if path is None else path)
        patch.setenv("ENVIRONMENT", "example")
        patch.chdir(ROOT)
        patch.setattr(sys, "argv", ["setup.on_instance", *arguments])
        try:
            code = on_instance.main()
        except SystemExit as end:
            code = end.code
    return code, out.getvalue(), err.getvalue()


def make(aws, *words, **environment):
    return subprocess.run(
        ["make", "-o", ".venv/.packages", *words],
        env={**os.environ, "PATH": f"{aws.path}:{os.environ['PATH']}", "ENVIRONMENT": "example", **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


@pytest.mark.parametrize("environment", [{}, {"PROMPT": "why?", "REGION": "eu-west-1", "JSON": "1"}])
def test_make_passes_any_prompt_as_text(aws, tmp_path, environment):
    prompt = f"$(touch x) $(shell touch {tmp_path}/y) `id` $HOME $$ 'a' \"b\" # {{{{ x }}}} \\\nc, é"
    done = make(aws, "smoke", f"INSTANCE={INSTANCE}", "EXPECT_DENIED=1", f"PROMPT={prompt}", **environment)
    assert (done.returncode, done.stdout) == (0, "answer\n"), done.stderr
    assert aws.parameters() == {"action": ["smoke"], "prompt": [prompt], "json": ["false"], "expectDenied": ["true"]}
    first = aws.calls[0]
    assert first[:6] == ["ssm", "send-command", "--region", "ap-northeast-1", "--document-name", "demo-app-client"]
    assert first[first.index("--instance-ids") + 1] == INSTANCE
    assert not list(tmp_path.glob("[xy]"))
    assert not (ROOT / "x").exists()


def test_make_takes_nothing_from_the_environment(aws, tmp_path):
    """The variables are left to the programs that make runs, and nothing in them is expanded."""
    odd = f"$(shell touch {tmp_path}/y)$(touch x)"
    names = ("WORKLOAD", "DOCUMENT", "REGION", "PROMPT", "JSON", "EXPECT_DENIED", "NO_EGRESS")
    done = make(aws, "smoke", f"INSTANCE={INSTANCE}", **dict.fromkeys(names, odd))
    assert (done.returncode, done.stdout) == (0, "answer\n"), done.stderr
    assert aws.calls[0][:6] == [
        "ssm",
        "send-command",
        "--region",
        "ap-northeast-1",
        "--document-name",
        "demo-app-client",
    ]
    assert aws.parameters() == {"action": ["smoke"], "prompt": [""], "json": ["false"], "expectDenied": ["false"]}
    assert not list(tmp_path.glob("[xy]"))
    assert not (ROOT / "x").exists()
    aws.will(SENT, ended("Success", 0))
    assert "INSTANCE: got ''; allowed: an instance's id" in make(aws, "smoke", INSTANCE=INSTANCE).stderr
    assert aws.calls == []


@pytest.mark.parametrize(
    ("given", "on"),
    [("1", True), ("true", True), ("Yes", True), ("0", False), ("false", False), ("NO", False), ("", False)],
)
def test_a_switch_is_on_or_off(aws, given, on):
    done = make(aws, "smoke", f"INSTANCE={INSTANCE}", f"EXPECT_DENIED={given}", f"JSON={given}", f"NO_EGRESS={given}")
    assert (done.returncode, done.stdout) == (0, "answer\n"), done.stderr
    assert aws.parameters() == {
        "action": ["smoke"], "prompt": [""], "json": [str(on).lower()], "expectDenied": [str(on).lower()],
        **({"noEgress": ["true"]} if on else {}),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "simulated"), [("1", True), ("0", False), ("false", False), ("no", False), ("", False)]
)
def test_the_demo_is_simulated_or_not(given, simulated):
    told = subprocess.check_output(["make", "-n", "-o", ".venv/.dev-packages", "demo", f"SIMULATE={given}"], cwd=ROOT)
    assert told.endswith(b"keyperim demo --simulate\n" if simulated else b"keyperim demo \n")


def test_make_update(aws):
    done = make(aws, "update", f"INSTANCE={INSTANCE}", "WORKLOAD=chat", "ENVIRONMENT=several")
    assert (done.returncode, done.stdout) == (0, "answer\n"), done.stderr
    assert aws.parameters() == {"action": ["update"]}
    assert "several-chat-client" in aws.calls[0]


@pytest.mark.parametrize(
    ("status", "code", "exit_code", "said"),
    [
        ("Success", 0, 0, ""),
        ("Failed", 20, 20, ""),
        ("Failed", 0, 1, "the command ended as Failed"),
        ("Failed", -1, 1, "the command ended as Failed"),
        ("Failed", 256, 1, "the command ended as Failed"),
        ("Success", -1, 1, ""),
        ("TimedOut", -1, 31, "the command ended as Delivery Timed Out"),
        ("TimedOut", 0, 31, "the command ended as Delivery Timed Out"),
        ("Cancelled", 0, 1, "the command ended as Cancelled"),
        ("Cancelled", 137, 1, "the command ended as Cancelled"),
    ],
)
def test_exit_code(aws, status, code, exit_code, said):
    details = "Delivery Timed Out" if status == "TimedOut" else status
    aws.will(SENT, ended(status, code, err="cause", StatusDetails=details))
    found = run(aws, "smoke", "--instance", INSTANCE, "--json")
    assert found == (exit_code, "answer\n", f"cause\n{said}{said and chr(10)}")
    assert aws.parameters()["json"] == ["true"]


@pytest.mark.parametrize("code", [0, 1, 20, 50])
@pytest.mark.parametrize("verb", ["smoke", "update"])
def test_keyperim_returns_the_clients_code_unchanged(aws, verb, code):
    """As pipelines call it: docs/reference/exit-codes.md."""
    aws.will(SENT, ended("Failed" if code else "Success", code))
    done = subprocess.run(
        [ROOT / "keyperim", "-e", "example", verb, f"--instance={INSTANCE}"],
        env={**os.environ, "PATH": f"{aws.path}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert (done.returncode, done.stdout) == (code, "answer\n"), done.stderr
    assert aws.parameters()["action"] == [verb]


def test_keyperim_returns_2_where_nothing_was_sent(aws):
    aws.will("An error occurred (AccessDeniedException)")
    for verb in ("smoke", "update"):
        done = subprocess.run(
            [ROOT / "keyperim", verb, f"--instance={INSTANCE}"],
            env={**os.environ, "PATH": f"{aws.path}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
        assert (done.returncode, done.stderr) == (2, "An error occurred (AccessDeniedException)\n")


def test_cut_output_is_said_to_be_cut(aws):
    aws.will(SENT, ended("Success", 0, out='{"a": 1--output truncated--'))
    code, out, err = run(aws, "smoke", "--instance", INSTANCE)
    assert (code, out) == (0, '{"a": 1--output truncated--\n')
    assert "cut the output off" in err


def test_complaints_of_the_aws_command(aws):
    aws.will("An error occurred (AccessDeniedException)")
    assert run(aws, "smoke", "--instance", INSTANCE) == (2, "", "An error occurred (AccessDeniedException)\n")
    aws.will(
        SENT,
        NOT_YET,
        *["An error occurred (ThrottlingException)"] * 4,
        ended("Pending", -1),
        *["x"] * 2,
        ended("Success", 0),
    )
    assert run(aws, "smoke", "--instance", INSTANCE)[0] == 0
    aws.will(SENT, "An error occurred (ExpiredTokenException)")
    code, out, err = run(aws, "smoke", "--instance", INSTANCE)
    assert code == 1
    assert "ExpiredToken" in err
    assert "may be running: aws ssm get-command-invocation --region ap-northeast-1 --command-id c-1" in err
    code, out, err = run(aws, "smoke", "--instance", INSTANCE, path="/nowhere")
    assert (code, out, err) == (2, "", "the aws command is missing: install the AWS CLI\n")


def test_deadline_and_interrupt(aws):
    aws.will(SENT, ended("Cancelling", -1))
    code, _, err = run(aws, "update", "--instance", INSTANCE, "--deadline", "2")
    assert code == 31
    assert "did not end within 2 s: aws ssm get-command-invocation" in err
    aws.will(SENT, ended("Pending", -1))
    process = start(aws, "update", "--instance", INSTANCE)
    deadline = time.monotonic() + 30
    while "get-command-invocation" not in aws.log and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "interrupted; the command c-1 goes on\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--instance="], "INSTANCE: got ''; allowed: an instance's id"),
        (["--instance=-x"], "INSTANCE: got '-x'"),
        (["--instance", f"{INSTANCE} i-1"], "INSTANCE: got 'i-1'"),
        (["--instance", f"{INSTANCE},"], "INSTANCE: got ''"),
        (["--instance", INSTANCE, "--workload", "b"], "WORKLOAD is 'b': those with an instance are app"),
        (["--instance", INSTANCE, "--prompt", "a {{ssm:b}}"], "would put a stored parameter in its place"),
        (["--instance", INSTANCE, "--prompt", "a" * 4001], "4001 characters"),
        (
            ["--instance", INSTANCE, "--json=maybe"],
            "--json: got 'maybe'; allowed: 1, true, yes, 0, false, no or nothing",
        ),
        (["--instance", INSTANCE, "--expect-denied=2"], "--expect-denied: got '2'; allowed: 1, true, yes, 0,"),
    ],
)
def test_nothing_is_sent(aws, arguments, said):
    code, out, err = run(aws, "smoke", *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert aws.calls == []


def test_what_is_given_comes_before_the_settings(aws):
    code, _, err = run(aws, "smoke", "--instance", INSTANCE, "--document", "d-client", "--region", "us-east-1")
    assert code == 0, err
    assert aws.calls[0][2:6] == ["--region", "us-east-1", "--document-name", "d-client"]


OTHER, THIRD = "i-0123456789abcdef1", "i-0123456789abcdef2"


@pytest.mark.parametrize("separator", [" ", ",", ", "])
def test_several_instances_are_updated_by_one_command(aws, separator):
    aws.will(SENT, ended("InProgress", -1), ended("Success", 0))
    done = make(aws, "update", f"INSTANCE={separator.join([INSTANCE, OTHER, INSTANCE])}")
    assert (done.returncode, done.stdout) == (0, "answer\nanswer\n"), done.stderr
    sent = [call for call in aws.calls if "send-command" in call]
    assert [call[call.index("--instance-ids") + 1] for call in sent] == [INSTANCE, OTHER], "each once"
    assert done.stderr.endswith(f"{INSTANCE}: succeeded\n{OTHER}: succeeded\n")


@pytest.mark.parametrize(
    ("results", "exit_code"),
    [((0, 11, 11), 11), ((0, 11, 20), 1), ((13, 0, 0), 13), ((0, 0, 0), 0)],
)
def test_a_partial_failure_is_shown_by_instance(aws, results, exit_code):
    by_instance = dict(zip((INSTANCE, OTHER, THIRD), results, strict=True))
    each = {
        name: ended("Failed" if code else "Success", code, out=f"of {name}\n") for name, code in by_instance.items()
    }
    aws.will(SENT, {"each": each})
    code, out, err = run(aws, "smoke", "--instance", f"{INSTANCE} {OTHER} {THIRD}")
    assert code == exit_code
    assert out == "".join(f"of {name}\n" for name in by_instance)
    for name, result in by_instance.items():
        assert f"{name}: {f'failed with exit code {result}' if result else 'succeeded'}\n" in err


def test_an_instance_that_cannot_be_reached_keeps_no_other_from_its_update(aws):
    aws.will({"each": {INSTANCE: "An error occurred (InvalidInstanceId)", OTHER: SENT}}, ended("Success", 0))
    code, out, err = run(aws, "update", "--instance", f"{INSTANCE} {OTHER}")
    assert (code, out) == (2, "answer\n")
    assert f"--- {INSTANCE}\nAn error occurred (InvalidInstanceId)\n" in err
    assert err.endswith(f"{INSTANCE}: failed with exit code 2\n{OTHER}: succeeded\n")
