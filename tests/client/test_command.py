"""Options, environment, output forms, attempts, exit codes."""

import json
import os
import pty
import signal
import subprocess
import sys
import time

import pytest

import client
from client import cli, config
from client.fault import Layer
from localcloud.proxy import Response
from tests.client.conftest import ROOT, document
from tests.cloud.google import error, oauth_error, perimeter_denial

DENIED = perimeter_denial("aiplatform.googleapis.com", "projects/345678901234")
AWKWARD = "$(touch x) `id` 'a' \"b\"\nc"


def test_asks_the_question_of_the_articles(world):
    world.run()
    asked = json.loads(world.cloud.bodies["gemini"][0])
    assert asked["contents"][0]["parts"][0]["text"] == "Google Cloudとは何ですか?簡潔に説明してください。"
    assert world.cloud.log[-1][2].endswith(
        "/projects/my-project/locations/global/publishers/google/models/gemini-3.5-flash:generateContent"
    )


@pytest.mark.parametrize("arguments", [[AWKWARD], ["--prompt", AWKWARD]])
def test_prompt_is_text_and_nothing_else(world, arguments):
    assert world.run(*arguments).code == 0
    assert json.loads(world.cloud.bodies["gemini"][0])["contents"][0]["parts"][0]["text"] == AWKWARD


def test_environment_and_options(world):
    world.env(
        GCP_PROJECT_ID=None,
        GOOGLE_CLOUD_PROJECT="other-project",
        GOOGLE_CLOUD_LOCATION="asia-northeast1",
        GEMINI_MODEL="gemini-9",
    )
    assert world.run("--json").code == 0
    assert "asia-northeast1-aiplatform.googleapis.com" in world.cloud.hosts
    assert (
        "/projects/other-project/locations/asia-northeast1/publishers/google/models/gemini-9:" in world.cloud.log[-1][2]
    )
    world.run("--project", "third-project", "--location", "eu", "--model", "gemini-10")
    assert "aiplatform.eu.rep.googleapis.com" in world.cloud.hosts
    assert "/projects/third-project/locations/eu/publishers/google/models/gemini-10:" in world.cloud.log[-1][2]


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("GOOGLE_APPLICATION_CREDENTIALS", None, "GOOGLE_APPLICATION_CREDENTIALS is not set"),
        ("GCP_PROJECT_ID", None, "GCP_PROJECT_ID is not set"),
        ("GCP_PROJECT_ID", "My Project", "GCP_PROJECT_ID is 'My Project', allowed is 6 to 30"),
        ("GCP_LOCATION", "evil.example/", "GCP_LOCATION is 'evil.example/'"),
        ("GEMINI_MODEL", "../../x", "GEMINI_MODEL is '../../x'"),
        ("KEYLESS_ALLOWED_CIDRS", "203.0.113.7/8", "KEYLESS_ALLOWED_CIDRS has '203.0.113.7/8'"),
        ("KEYLESS_DOCUMENT_SHA256", "abc", "64 hexadecimal digits"),
        ("KEYLESS_ALLOWED_HOSTS", "ev il/x", "KEYLESS_ALLOWED_HOSTS has 'il/x'"),
        ("GOOGLE_VERTEX_BASE_URL", "https://evil.example", "would send the token there, unset it"),
    ],
)
def test_missing_or_wrong_variables(world, name, value, word):
    world.env(**{name: value})
    outcome = world.run("--json")
    assert outcome.code == 2
    assert world.cloud.log == []
    assert word in outcome.checks["config"]["fault"]["cause"]


def test_all_errors_at_once(world):
    world.env(GCP_PROJECT_ID=None, GCP_LOCATION="!", GEMINI_MODEL="!")
    assert world.run("--json").fault["cause"].count(";") == 2


def test_errors_name_what_the_operator_wrote(world):
    world.env(
        GCP_PROJECT_ID=None, GOOGLE_CLOUD_PROJECT="My Project", GOOGLE_CLOUD_LOCATION="!", GEMINI_MODEL="gemini-９"
    )
    arguments = ["--json", "--digest", "x", "--allowed", "y", "--allow-host", "z/z"]
    (config,) = [c for c in world.run(*arguments).json["checks"] if c["name"] == "config"]
    for words in (
        "GOOGLE_CLOUD_PROJECT is 'My Project'", "GOOGLE_CLOUD_LOCATION is '!'", "GEMINI_MODEL is 'gemini-９'", "--digest is 'x'",
        "--allowed has 'y'", "--allow-host has 'z/z'",
    ):  # fmt: skip
        assert words in config["fault"]["cause"]
    assert "--project is 'P Q'" in world.run("--json", "--project", "P Q").fault["cause"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--prompt", "a", "b"], ["--check", "nothing"], ["--timeout", "0"], ["--timeout", "nan"], ["--repeat", "0"], ["--repeat", "x"],
        ["--check", "gemini", "--expect-denied"], ["--nope"], ["--time", "3"], ["--repeat", "1_0"], ["--deadline", "0"], ["--timeout", "86401"],
    ],
)  # fmt: skip
def test_usage(world, arguments):
    outcome = world.run(*arguments)
    assert outcome.code == 2
    assert "usage" in outcome.err
    assert "_seconds" not in outcome.err
    fault = world.run(*arguments, "--json").fault
    assert fault["cause"].startswith("usage: ")
    assert fault["cause"][7:] in outcome.err
    assert world.cloud.log == []


@pytest.mark.parametrize("option", ["--timeout", "--interval", "--deadline"])
def test_a_day_is_the_longest(world, option):
    assert world.run("--check", "config", option, "86400").code == 0


@pytest.mark.parametrize("prompt", ["", "  \n", "\udcff"])
def test_prompt_that_is_no_text(world, prompt):
    assert world.run("--prompt", prompt).code == 2


def test_help_and_version(world):
    outcome = world.run("--help")
    assert outcome.code == 0
    for layer in Layer:
        assert f"{layer.value} {layer.name.lower().replace('_', ' ')}" in " ".join(outcome.out.split())
    assert world.run("--version").out == f"{client.__version__}\n"
    assert world.run("--json", "--check", "config").json["release"] is None
    world.env(KEYLESS_RELEASE="4f1c0a2b9d3e")
    assert world.run("--version").out == f"{client.__version__} release 4f1c0a2b9d3e\n"
    assert world.run("--json", "--check", "config").json["release"] == "4f1c0a2b9d3e"


NEEDS = {
    "config": "config",
    "document": "document",
    "clock": "config document clock",
    "metadata": "config document metadata",
    "aws-identity": "config document metadata aws-identity",
    "token-exchange": "config document metadata aws-identity token-exchange",
    "impersonation": "config document metadata aws-identity token-exchange impersonation",
    "egress": "config egress",
    "gemini": "config document metadata aws-identity token-exchange impersonation gemini",
}


@pytest.mark.parametrize("name", NEEDS)
def test_one_check_and_what_it_needs(world, name):
    outcome = world.run("--json", "--check", name)
    assert outcome.code == 0
    assert list(outcome.checks) == NEEDS[name].split()
    assert all(check["status"] == "passed" for check in outcome.checks.values())


def test_document_alone_needs_no_environment(world):
    world.env(GCP_PROJECT_ID=None)
    assert world.run("--check", "document").code == 0
    assert world.cloud.log == []
    world.env(GOOGLE_APPLICATION_CREDENTIALS=None)
    assert world.run("--check", "document").code == 2


def test_quiet(world):
    outcome = world.run("--quiet")
    assert (outcome.code, outcome.out, outcome.err) == (0, world.cloud.answer + "\n", "")
    world.cloud.faults["gemini"] = DENIED
    outcome = world.run("--quiet")
    assert (outcome.code, outcome.out) == (20, "")
    assert "VPC Service Controls" in outcome.err


def test_notes_are_for_people_who_look(world):
    assert "\nnote  HTTP_PROXY covers" in world.run().out
    assert "note  " not in (world.run("--quiet").out + world.run("--quiet").err)


def test_egress_off(world):
    outcome = world.run("--json", "--no-egress")
    assert outcome.code == 0
    assert outcome.checks["egress"]["status"] == "skipped"
    assert "checkip" not in [service for service, *_ in world.cloud.log]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (DENIED, 0),
        (None, 40),
        (error(403, "PERMISSION_DENIED", "Permission 'aiplatform.endpoints.predict' denied"), 21),
        (error(404, "NOT_FOUND", "no"), 23),
        (Response(hang=30), 31),
        (Response(403, b"<html>"), 25),
    ],
)
def test_expect_denied(world, answer, code):
    world.cloud.faults["gemini"] = answer
    outcome = world.run("--expect-denied", "--json", "--timeout", "1.5" if code == 31 else "30")
    assert outcome.code == code
    assert outcome.json["ok"] == (code == 0)
    assert outcome.json["expect_denied"]


def test_expect_denied_and_let_pass_from_an_address_that_is_not_allowed(world):
    """The address is a note; what counts is that nothing was denied."""
    world.env(**world.proxy.environment("198.51.100.9"))
    outcome = world.run("--expect-denied", "--json")
    assert outcome.code == outcome.fault["exit_code"] == 40
    assert "own egress address 198.51.100.9, allowed 203.0.113.7/32" in outcome.fault["cause"]
    assert "not in dry run" in outcome.fault["fix"]
    assert outcome.json["answer"] == world.cloud.answer
    human = world.run("--expect-denied", "--quiet")
    assert (human.code, human.out) == (40, world.cloud.answer + "\n")
    assert "--expect-denied wants one" in human.err


@pytest.mark.parametrize("service", ["sts", "iamcredentials", "aiplatform"])
def test_expect_denied_at_any_api_that_the_perimeter_restricts(world, service):
    api = f"{service}.googleapis.com"
    world.cloud.restricted, world.cloud.allowed = frozenset({api}), frozenset()
    outcome = world.run("--expect-denied")
    assert outcome.code == 0
    assert f", by VPC Service Controls at {api}\n" in outcome.out
    assert f"VPC Service Controls denied {api}" in world.run("--expect-denied", "--json").fault["cause"]


@pytest.mark.parametrize("envelope", ["array", "oauth"])
def test_expect_denied_in_another_envelope(world, envelope):
    error = json.loads(DENIED.body)["error"]
    body = (
        [{"error": error}] if envelope == "array" else {"error": "access_denied", "error_description": error["message"]}
    )
    world.cloud.faults["gemini" if envelope == "array" else "sts"] = Response(403, json.dumps(body).encode())
    assert world.run("--expect-denied", "--quiet").code == 0


@pytest.mark.parametrize(
    ("service", "answer", "code"),
    [
        ("sts", oauth_error("unauthorized_client", "no"), 12), ("iamcredentials", error(403, "PERMISSION_DENIED", "no"), 13),
        ("metadata", Response(403), 10), ("gemini", Response(hang=30), 31), ("gemini", error(429, "RESOURCE_EXHAUSTED", "no"), 24),
        ("gemini", error(200, "x", "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: abc"), 25),
    ],
)  # fmt: skip
def test_expect_denied_and_something_else_broke(world, service, answer, code):
    world.cloud.faults[service] = answer
    assert world.run("--expect-denied", "--quiet", "--timeout", "2" if code == 31 else "30").code == code


def test_expect_denied_from_an_address_that_is_not_allowed(world):
    world.env(**world.proxy.environment("198.51.100.9"))
    world.cloud.allowed = frozenset({"203.0.113.7"})
    outcome = world.run("--expect-denied")
    assert outcome.code == 0
    assert "denied as expected, violation Ygi5" in outcome.out
    world.cloud.restricted = frozenset({"sts.googleapis.com"})
    assert world.run("--expect-denied").code == 0


def test_waits_until_a_perimeter_change_has_arrived(world):
    answers = [DENIED, DENIED]
    world.cloud.faults["gemini"] = lambda _: answers.pop() if answers else None
    outcome = world.run("--repeat", "9", "--interval", "0.05", "--deadline", "30", "--json")
    assert outcome.code == 0
    assert outcome.json["attempts"] == 3
    assert outcome.err.count("perimeter; next in 0.05 s") == 2
    assert "attempt 1 of 9" in outcome.err
    assert " s left" in outcome.err


def test_waits_until_the_denial_arrives(world):
    answers = [None, DENIED]
    world.cloud.faults["gemini"] = lambda _: answers.pop(0) if answers else DENIED
    outcome = world.run("--repeat", "9", "--interval", "0.05", "--expect-denied")
    assert outcome.code == 0
    assert "attempt 1 of 9: not denied" in outcome.err


def test_repeat_ends(world):
    world.cloud.faults["gemini"] = DENIED
    assert world.run("--repeat", "2", "--interval", "0.05", "--json").json["attempts"] == 2
    started = time.monotonic()
    assert world.run("--repeat", "99", "--interval", "0.5", "--deadline", "4").code == 20, "no attempt is cut short"
    assert time.monotonic() - started < 4
    world.env(GCP_PROJECT_ID=None)
    assert world.run("--repeat", "99", "--interval", "9", "--json").json["attempts"] == 1


def test_no_attempt_begins_that_the_deadline_would_cut(world):
    """A cut one would end in a timeout, and hide what the others saw."""
    world.cloud.faults["gemini"] = Response(403, DENIED.body, hang=3)
    outcome = world.run("--repeat", "9", "--interval", "0.1", "--deadline", "8", "--json")
    assert outcome.code == 20


def test_deadline_holds_in_the_first_attempt(world):
    world.cloud.faults["gemini"] = Response(hang=30)
    started = time.monotonic()
    assert world.run("--repeat", "9", "--interval", "0.1", "--deadline", "0.7").code == 31
    assert time.monotonic() - started < 1.5


def _process(*arguments, **variables):
    keep = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    return [sys.executable, "-m", "client", *arguments], {
        "cwd": ROOT,
        "env": keep | variables,
        "timeout": 20,
        "check": False,
    }


def test_colour_on_a_terminal_only(world):  # noqa: ARG001
    for variables, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        master, slave = pty.openpty()
        command, options = _process("--check", "config", **variables)
        assert subprocess.run(command, stdout=slave, **options).returncode == 0
        assert (b"\033[32mok" in os.read(master, 4096)) is coloured
        os.close(master)
        os.close(slave)


def test_as_a_process_in_a_poor_locale_and_into_a_closed_pipe(world):
    command, options = _process(PYTHONUTF8="0", PYTHONIOENCODING="latin-1")
    done = subprocess.run(command, capture_output=True, **options)
    assert done.returncode == 0, done.stderr
    world.search(done.stdout.decode("latin-1"))
    shell = subprocess.run(" ".join(command) + " | true", shell=True, capture_output=True, **options)
    assert shell.stderr == b""


def test_json_is_utf_8_in_any_locale(world):
    world.cloud.answer = "é 😀 日本"
    command, options = _process("--json", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    done = subprocess.run(command, capture_output=True, **options)
    assert json.loads(done.stdout)["answer"] == "é 😀 日本"


def test_output_that_cannot_be_written(world):  # noqa: ARG001
    command, options = _process("--check", "document")
    for redirect, code, words in (
        (">/dev/full", 1, b"cannot be written: No space left"),
        (">&-", 0, b""),
        (">&- 2>&-", 0, b""),
    ):
        done = subprocess.run(f"{' '.join(command)} {redirect}", shell=True, capture_output=True, **options)
        assert (done.returncode, b"Traceback" in done.stderr) == (code, False), done.stderr
        assert words in done.stderr


def test_a_process_ends_although_a_host_hangs(world):
    world.cloud.faults["gemini"] = Response(hang=30)
    command, options = _process("--timeout", "2")
    started = time.monotonic()
    assert subprocess.run(command, capture_output=True, **options).returncode == 31
    assert time.monotonic() - started < 8


def test_interrupted(world):
    world.cloud.faults["gemini"] = Response(hang=30)
    command, options = _process()
    process = subprocess.Popen(
        command, cwd=options["cwd"], env=options["env"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    while "gemini" not in [service for service, *_ in world.cloud.log] and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, b"")


def test_answer_steers_no_terminal(world):
    world.cloud.answer = "a\033]0;owned\007b\r\x9bc\nd"
    assert world.run("--quiet").out == "a ]0;owned b  c\nd\n"


def test_exit_codes_and_options_are_documented():
    text = (ROOT / "docs" / "runbooks" / "client.md").read_text()
    for layer in Layer:
        assert f"| {layer.value} | {layer.name.lower().replace('_', ' ')} |" in text
    assert config.DEFAULT_MODEL in text
    for option in cli.parser()._actions:
        for name in option.option_strings[-1:]:
            assert f"`{name}" in text, name


def test_document_of_the_articles(world):
    """As older versions of gcloud write it, without a universe."""
    world.write(document(universe_domain=None))
    assert world.run().code == 0
