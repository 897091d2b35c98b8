"""The program that runs the provider's acceptance tests, with a stand-in for the test binary."""

import re
import sys
from pathlib import Path

import pytest

from localcloud.acceptance.__main__ import main
from localcloud.acceptance.report import Result, results, table

OUTPUT = """\
=== RUN   TestAccParallel
=== PAUSE TestAccParallel
noise without an end of line=== RUN   TestAccGroup
=== RUN   TestAccGroup/one
=== RUN   TestAccGroup/two
    policy_test.go:152: NAME is not set; skipping test
=== CONT  TestAccParallel
    vcr_utils.go:152: Step 1/2 error: Error running apply: exit status 1

        Error: Error creating Network: googleapi: Error 501: compute.googleapis.com is not
        modelled.

          with google_compute_network.vpc_network,
=== RUN   TestAccImport
noise    import_test.go:40: Step 2/6 error running import: ImportStateVerify attributes not equivalent.

=== RUN   TestAccHangs
noise
=== RUN   TestAccCrash
panic: runtime error: index out of range
--- PASS: TestAccGroup (0.00s)
    --- PASS: TestAccGroup/one (0.10s)
    --- SKIP: TestAccGroup/two (0.00s)
--- FAIL: TestAccParallel (1.00s)
noise--- FAIL: TestAccImport (1.00s)
"""
FOUND = [
    Result("TestAccGroup/one", "passed", ""),
    Result("TestAccGroup/two", "skipped", "NAME is not set; skipping test"),
    Result(
        "TestAccParallel", "failed",
        "Error: Error creating Network: googleapi: Error 501: compute.googleapis.com is not modelled.",
    ),
    Result(
        "TestAccImport", "failed", "Step 2/6 error running import: ImportStateVerify attributes not equivalent."
    ),
    Result("TestAccHangs", "failed", "it did not end"),
    Result("TestAccCrash", "failed", "panic: runtime error: index out of range"),
]  # fmt: skip


def test_each_test_without_subtests_has_a_result_and_its_own_reason() -> None:
    assert results(OUTPUT) == FOUND
    assert results("") == []


ALONE = """\
=== RUN   TestAccGroup
=== RUN   TestAccGroup/a/b
=== RUN   TestAccGroup/one
=== RUN   TestAccGroup/one/deep
--- FAIL: TestAccGroup (0.10s)
    group_test.go:9: leaked resources
    --- PASS: TestAccGroup/a/b (0.10s)
    --- PASS: TestAccGroup/one (0.10s)
        --- PASS: TestAccGroup/one/deep (0.10s)
=== RUN   TestAccOther
=== RUN   TestAccOther/one
--- FAIL: TestAccOther (0.10s)
    --- FAIL: TestAccOther/one (0.10s)
        other_test.go:9: bad
=== RUN   TestAccStopped
=== RUN   TestAccStopped/one
    --- PASS: TestAccStopped/one (0.10s)
"""


def test_a_parent_that_failed_by_itself_has_a_result_too() -> None:
    assert results(ALONE) == [
        Result("TestAccGroup", "failed", "leaked resources"),
        Result("TestAccGroup/a/b", "passed", ""),
        Result("TestAccGroup/one/deep", "passed", ""),
        Result("TestAccOther/one", "failed", "bad"),
        Result("TestAccStopped/one", "passed", ""),
        Result("TestAccStopped", "failed", "it did not end"),
    ]


def test_the_table_has_the_counts_and_failures_first() -> None:
    lines = table([("iambeta", [*FOUND, Result("TestAccPipe", "failed", "a | b")])]).splitlines()
    assert "| iambeta | 1 | 5 | 1 |" in lines
    rows = [line for line in lines if "TestAcc" in line]
    assert [row.split(" | ")[2] for row in rows] == [*["failed"] * 5, "skipped", "passed"]
    assert "| iambeta | TestAccPipe | failed | a \\| b |" in rows


BINARY = """#!{python}
import json, os, sys
import google.auth.transport.requests, google.oauth2.credentials, requests
assert os.environ["TF_ACC"] == os.environ["TF_ACC_REFRESH_AFTER_APPLY"] == "1"
assert "GOOGLE_OAUTH_ACCESS_TOKEN" not in os.environ
assert "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT" not in os.environ
pattern = next(word for word in sys.argv if word.startswith("-test.run=")).removeprefix("-test.run=")
credentials = google.oauth2.credentials.Credentials.from_authorized_user_info(json.loads(os.environ["GOOGLE_CREDENTIALS"]))
session = google.auth.transport.requests.AuthorizedSession(credentials)
session.headers["X-Goog-User-Project"] = os.environ["GOOGLE_BILLING_PROJECT"]
body = {{"parent": "organizations/" + os.environ["GOOGLE_ORG"], "title": "policy"}}
answer = session.post("https://accesscontextmanager.googleapis.com/v1/accessPolicies", json=body)
print("=== RUN   TestAcc" + pattern)
print("    binary.go:1:", answer.status_code, os.path.basename(os.getcwd()), os.path.basename(os.environ["TF_ACC_TERRAFORM_PATH"]))
print("--- SKIP: TestAcc" + pattern + " (0.00s)")
"""


@pytest.fixture
def binary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that does what a test binary does, in a separate folder; Terraform on PATH."""
    for name, text in (("terraform", "#!/bin/sh\n"), ("package.test", BINARY.format(python=sys.executable))):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("GOOGLE_IMPERSONATE_SERVICE_ACCOUNT", "of-the-real-cloud@example.com")
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "of-the-real-cloud")
    return tmp_path / "package.test"


def test_a_binary_runs_in_its_folder_as_the_deployer_of_a_fresh_cloud(
    binary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--run", "Mine", str(binary), str(binary)]) == 0
    said = capsys.readouterr()
    row = f"| package | TestAccMine | skipped | 200 {binary.parent.name} terraform |"
    assert said.out.splitlines().count(row) == 2  # the second cloud has no access policy yet either
    assert "--- SKIP: TestAccMine" in said.err


def test_what_cannot_be_run_is_said(binary: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "missing.test")]) == 2
    assert "missing.test" in capsys.readouterr().err
    binary.write_text("#!/bin/sh\n")
    assert main([str(binary)]) == 2
    assert re.search(r"no test matches '\^TestAcc' in package", capsys.readouterr().err)
    (tmp_path / "terraform").unlink()
    assert main([str(binary)]) == 2
    assert "terraform: no such program" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("output", "end", "code"),
    [
        ("--- PASS: TestAccA (0.1s)\n=== RUN   TestAccB\npanic: boom", "exit 2", 2),
        ("--- PASS: TestAccA (0.1s)\nkilled", "kill -9 $$", -9),
        ("--- PASS: TestAccA (0.1s)\nFAIL", "exit 1", 1),
        ("--- FAIL: TestAccA (0.1s)", "exit 0", 0),
    ],
)
def test_a_binary_that_did_not_run_every_test_is_named(
    output: str, end: str, code: int, binary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it found is in the table; go test ends with 1 if a test failed, and with 0 if none did."""
    binary.write_text(f"#!/bin/sh\nprintf '=== RUN   TestAccA\n{output}\n'\n{end}\n")
    assert main([str(binary)]) == 2
    said = capsys.readouterr()
    assert "| package | TestAccA | " in said.out
    assert f"package ended with exit code {code}" in said.err


def test_a_test_that_failed_was_run(binary: Path) -> None:
    binary.write_text("#!/bin/sh\nprintf '=== RUN   TestAccA\n--- FAIL: TestAccA (0.1s)\n'\nexit 1\n")
    assert main([str(binary)]) == 0
