"""`ready`: exit codes, the line of the settings, and logs that prove nothing. It runs in this process."""

import json
from pathlib import Path
from typing import Any

import pytest

from access.readiness import Log
from access.violations import entries
from cli import ready
from review import readiness
from review.access_report import Heading
from tests.access.test_readiness import CALLS, dry_run, entry, stack

NEAR = entry("operator@example.com", "198.51.100.9")


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Judge this log, given as text, as a list of entries or one entry a line."""
    (tmp_path / "stack.json").write_text(json.dumps(stack()))

    def asked(log: Any, *more: str) -> tuple[int, str, str]:
        (tmp_path / "log.json").write_text(log if isinstance(log, str) else json.dumps(log))
        monkeypatch.setattr(
            "sys.argv", ["cli.ready", str(tmp_path / "stack.json"), "--log", str(tmp_path / "log.json"), *more]
        )
        code = ready.main()
        return (code, *capsys.readouterr())

    return asked


@pytest.mark.parametrize(
    ("log", "code", "last"),
    [
        (CALLS, 0, "ready: set dry_run = false in [perimeter]; then docs/runbooks/deploy.md#from-a-dry-run-to-enforced"),
        ([NEAR, *CALLS], 8, "not ready: 1 group of calls would be denied; keep the dry run, change the settings above and deploy"),
        ([], 5, "cannot be decided: 1 fact missing; keep the dry run"),
        ([entry("", "8.8.8.8"), *CALLS], 5, "cannot be decided: 1 fact missing; keep the dry run"),
        ("\n".join(map(json.dumps, CALLS)), 0, "ready: set dry_run = false in [perimeter]; then docs/runbooks/deploy.md#from-a-dry-run-to-enforced"),
    ],
)  # fmt: skip
def test_the_exit_code_is_the_verdict(ask: Any, log: Any, code: int, last: str) -> None:
    found, out, err = ask(log)
    assert (found, out.splitlines()[-1], err) == (code, last, "")
    found, out, _ = ask(log, "--json")
    assert (found, json.loads(out)["next"]) == (code, last)


def test_the_same_log_gives_the_same_bytes(ask: Any) -> None:
    assert ask([NEAR, *CALLS]) == ask([NEAR, *CALLS])


@pytest.mark.parametrize(
    ("log", "code", "said"),
    [
        ("", 1, "is empty, as a read that was denied leaves it"),
        ("{", 1, "is not JSON"),
        ("7", 1, "a list of entries"),
    ],
)
def test_a_log_that_cannot_be_read_is_an_error(ask: Any, log: str, code: int, said: str) -> None:
    found, out, err = ask(log)
    assert (found, out) == (code, "")
    assert said in err


def test_what_enforces_already_has_nothing_to_judge(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "log.json").write_text("[]")
    monkeypatch.setattr(
        "sys.argv", ["cli.ready", "tests/snapshots/on-premises.google.json", "--log", str(tmp_path / "log.json")]
    )
    monkeypatch.chdir(Path(__file__).parents[2])
    assert ready.main() == 2
    assert "got 0 perimeters with a dry run, allowed: one: set dry_run = true" in capsys.readouterr().err


def test_the_line_of_the_settings_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    Path("environments").mkdir()
    Path("environments/prod.toml").write_text(
        "prefix = 'x'\n[perimeter]\ndry_run = true\n[perimeter.proposed]\n"
        '[[on_premises]]\ncidrs = []\nname = "tokyo"\n[[on_premises]]\nname = "osaka"\n'
    )
    where, places = "environments/prod.toml", ready.lines("prod")
    assert ready.line(places, proposal=False) == f"{where}:3: set dry_run = false in [perimeter]"
    assert ready.line(places, proposal=True) == f"{where}:4: move the keys of [perimeter.proposed] to [perimeter]"
    assert ready.line(ready.lines("other"), proposal=False) == "set dry_run = false in [perimeter]"
    found = Log(dry_run(), entries([NEAR, *CALLS], "log")).readiness()
    shown = readiness.text(Heading([], "", ""), found, "", places)
    assert f'setting: {where}:8: [[on_premises]] osaka: add "198.51.100.9/32" to cidrs\n' in shown


def test_what_others_test_is_asked_for(ask: Any, tmp_path: Path) -> None:
    document = stack()
    document["resource"] = {
        kind: body for kind, body in document["resource"].items() if "_service_perimeter" not in kind
    }
    document["output"] = {"hand_over": {"value": "accessPolicies/1/servicePerimeters/shared"}}
    (tmp_path / "stack.json").write_text(json.dumps(document))
    code, out, err = ask(CALLS)
    assert (code, out) == (2, "")
    assert "what accessPolicies/1/servicePerimeters/shared tests is not known: give FILE and FILE" in err


def test_the_line_is_that_of_the_shared_file_where_the_table_is_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    shared = tmp_path / "environments/shared"
    shared.mkdir(parents=True)
    (shared / "base.toml").write_text('\n[[on_premises]]\nname = "osaka"\n[perimeter]\n')
    (tmp_path / "environments/prod.toml").write_text('extends = "shared/base.toml"\n[perimeter]\ndry_run = true\n')
    found = ready.lines("prod")
    assert found["[[on_premises]] osaka"] == "environments/shared/base.toml:2"
    assert found["[perimeter]"] == "environments/prod.toml:2"
    assert found["dry_run"] == "environments/prod.toml:3"
