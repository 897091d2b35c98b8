"""`lint`: exit codes, the line of the settings, entries that are meant, and files. It runs in this process."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cli import lint, lint_settings
from cli.settings_lines import tables
from review.lint.rules import RULES
from tests.deploy.recorded import plans
from tests.review.lint_examples import EXAMPLES
from tests.synthesis import environment

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / "environments/example.toml").read_text()
BAD = EXAMPLES["grant-to-all"]
MEANT = '\n[[lint.ignore]]\nrule = "grant-to-all"\naddress = "google_project_iam_member.caller_app_gemini"\nreason = "a test"\n'
Ask = Callable[..., tuple[int, str, str]]


def line(text: str, header: str) -> int:
    """The line of a header, counted from 1."""
    return text.splitlines().index(header) + 1


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Lint these stacks, synthesized for environments/prod.toml."""
    good(), bad()  # synthesized once, in the checkout
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ENVIRONMENT", "prod")
    monkeypatch.delenv("CDKTF_OUTDIR", raising=False)
    Path("environments").mkdir()

    def asked(stacks: dict[str, Any], *arguments: str, settings: str = EXAMPLE, out: str = "cdktf.out") -> tuple[int, str, str]:  # fmt: skip
        write(stacks, Path(out))
        Path("environments/prod.toml").write_text(settings)
        code = lint.main(list(arguments))
        return (code, *capsys.readouterr())

    return asked


def write(stacks: dict[str, Any], out: Path) -> None:
    """As synthesis writes it, for the environment `prod`."""
    entries = {}
    for name, body in stacks.items():
        file = out / f"stacks/demo-{name}/cdk.tf.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        moved = json.dumps(body).replace("state/example/", "state/prod/").replace("state/test/", "state/prod/")
        file.write_text(moved)
        entries[f"demo-{name}"] = {"synthesizedStackPath": f"stacks/demo-{name}/cdk.tf.json", "dependencies": [] if name == "aws" else ["demo-aws"]}  # fmt: skip
    (out / "manifest.json").write_text(json.dumps({"stacks": entries}))


def good() -> dict[str, Any]:
    made = environment("example")
    return {"aws": made.aws, "google": made.google}


def bad() -> dict[str, Any]:
    return BAD.stacks(BAD.bad)


def test_findings_are_9_at_the_line_of_their_table(ask: Ask) -> None:
    code, out, err = ask(bad())
    where = f"environments/prod.toml:{line(EXAMPLE, '[[workload]]')}"
    assert (code, err) == (9, "")
    assert out.splitlines()[:2] == [
        "environment prod: 1 error",
        f"  {where}: error grant-to-all: google_project_iam_member.caller_app_gemini_F97FB301: it grants "
        "projects/my-project/roles/demo_gemini_caller on my-project to everybody; end it by naming the callers",
    ]
    assert ask(good()) == (0, "environment prod: no findings\nexit code 0\n", "")


def test_fail_on_error_returns_0_for_warnings(ask: Ask) -> None:
    example = EXAMPLES["missing-argument"]
    warned = example.stacks(example.bad)
    assert [ask(warned, *more)[0] for more in ([], ["--fail-on", "warning"], ["--fail-on", "error"])] == [9, 9, 0]
    assert ask(bad(), "--fail-on", "error")[0] == 9


def test_an_entry_of_the_settings_is_shown_with_its_reason(ask: Ask) -> None:
    code, out, _ = ask(bad(), settings=EXAMPLE + MEANT)
    assert code == 0
    assert "environment prod: no findings\n  ignored: environments/prod.toml:" in out
    assert "\n    reason: a test\n" in out
    code, out, _ = ask(good(), settings=EXAMPLE + MEANT)
    assert code == 9
    assert f":{line(EXAMPLE + MEANT, '[[lint.ignore]]')}: warning unused-ignore: lint.ignore[0]: no finding of grant-to-all at " in out  # fmt: skip


def test_an_entry_of_a_shared_file_may_hide_nothing_here(ask: Ask) -> None:
    Path("environments/shared").mkdir()
    Path("environments/shared/base.toml").write_text(MEANT)
    settings = f'extends = "shared/base.toml"\n{EXAMPLE}'
    assert [ask(stacks, settings=settings)[0] for stacks in (good(), bad())] == [0, 0]
    inline = EXAMPLE.replace(
        'prefix = "demo"', 'prefix = "demo"\nlint.ignore = [{rule = "grant-to-all", reason = "r"}]'
    )
    code, out, _ = ask(good(), settings=inline)
    assert code == 9
    assert "environments/prod.toml:1: warning unused-ignore" in out


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ('rule = "grant-to-al"\nreason = "r"', f"lint.ignore[0].rule: got 'grant-to-al'; allowed: {', '.join(RULES)}"),
        ('rule = "grant-to-all"', "lint.ignore[0].reason"),
        ('rule = "grant-to-all"\nreason = ""', "lint.ignore[0].reason"),
        ('rule = "grant-to-all"\nreason = "r"\nuntil = "2027-01-01"', "lint.ignore[0].until"),
    ],
)
def test_an_entry_without_a_known_rule_and_a_reason_is_refused(ask: Ask, entry: str, said: str) -> None:
    code, out, err = ask(bad(), settings=f"{EXAMPLE}\n[[lint.ignore]]\n{entry}\n")
    assert code == 2
    assert said in err
    assert "grant-to-all" not in out, "nothing was linted"


def test_a_plan_a_state_and_a_stack_are_linted_by_name(ask: Ask) -> None:
    write(bad(), Path("other"))
    assert ask(good(), "other/stacks/demo-google/cdk.tf.json")[0] == 9
    for name in ("level-for-everybody", "level-without-addresses"):
        Path("plan.json").write_text(json.dumps(plans()[name]))
        code, out, _ = ask(good(), "plan.json", settings=EXAMPLE + MEANT)
        assert code == 9
        assert "error level-too-wide" in out
        assert "unused-ignore" not in out, "what was not read may have what is ignored"
    state = {"version": 4, "resources": [{"mode": "managed", "type": "google_project_iam_member", "name": "a", "instances": [{"attributes": {"member": "allUsers", "role": "r", "project": "p"}}]}]}  # fmt: skip
    Path("a.tfstate").write_text(json.dumps(state))
    assert ask(good(), "a.tfstate")[0] == 9
    perimeter = {
        "name": "accessPolicies/1/servicePerimeters/a",
        "status": {"resources": ["projects/1"], "restrictedServices": []},
    }
    level = {"name": "accessPolicies/1/accessLevels/l", "basic": {"conditions": [{"ipSubnetworks": ["0.0.0.0/0"]}]}}
    Path("described.json").write_text(json.dumps([perimeter, level]))
    code, out, _ = ask(good(), "described.json")
    assert code == 9
    assert "error level-too-wide: accessPolicies/1/accessLevels/l: it admits 0.0.0.0/0" in out


def test_a_stack_of_another_environment_is_refused(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(good())
    monkeypatch.setenv("ENVIRONMENT", "other")
    code, _, err = ask(good(), "cdktf.out/stacks/demo-google/cdk.tf.json")
    assert code == 2
    assert "is of environment 'prod', got 'other'; allowed: -e prod" in err


def test_all_environments_are_one_report_and_a_problem_is_no_finding(ask: Ask) -> None:
    write(bad(), Path("cdktf.out/prod"))
    Path("environments/later.toml").write_text(EXAMPLE)
    code, out, err = ask(good(), "--all", "--format", "json")
    body = json.loads(out)
    jsonschema.validate(body, json.loads((ROOT / "review/lint/schema.json").read_text()))
    assert (code, body["exit_code"]) == (2, 2)
    later, prod = body["environments"]
    assert later["problem"].startswith("not linted: environment 'later' has not been synthesized")
    assert "environment 'later' has not been synthesized: run `./keyperim synth --all`" in err
    assert [one["rule"] for one in prod["findings"]] == ["grant-to-all"]
    Path("environments/later.toml").unlink()
    code, out, _ = ask(good(), "--all", "--format", "sarif")
    assert code == 9
    (result,) = json.loads(out)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "environments/prod.toml"


@pytest.mark.parametrize("content", ["{", "7", '{"a": 1}', '{"terraform": {}, "resource": []}'])
def test_what_is_no_input_is_an_error(ask: Ask, content: str) -> None:
    Path("bad.json").write_text(content)
    code, out, err = ask(good(), "bad.json")
    assert code == 1
    assert "bad.json" in err
    assert "not linted" in out


def test_lines_are_counted_as_toml_counts_them(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes('\ufeffa = "1\u2028[x]"\r\n[aws]\r\nb = 1\r\n'.encode())
    assert [(one.header, one.line) for one in tables(tmp_path / "x.toml")] == [("", 1), ("[aws]", 2)]


def test_lines_are_those_of_headers_and_not_of_texts() -> None:
    text = 'a = """\n[aws]\n"""\n[ aws ] # x\nzones = [\n[1]\n]\n[[workload]]\nname = "b"\n[[workload.egress]]\n[[workload]]\nname = "c"\n'
    file = Path("x.toml")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "read_text", lambda *_, **__: text)
        found = tables(file)
    assert [(one.header, one.line, one.keys.get("name")) for one in found] == [
        ("", 1, None), ("[aws]", 4, None), ("[[workload]]", 8, "b"), ("[[workload.egress]]", 10, None), ("[[workload]]", 11, "c"),
    ]  # fmt: skip
    assert found[1].of("zones") == 5
    assert tables(Path("environments/no-such-file.toml")) == []
    assert tomllib.loads(text)["workload"][1]["name"] == "c"


@pytest.mark.parametrize(
    ("address", "header"),
    [
        ("google_access_context_manager_access_level.admission_on_premises_osaka_level_93446B67", "osaka"),
        ("google_service_account.caller_app_service_account_75516D2A", "app"),
        ("google_service_account.caller_apps_service_account_75516D2A", "[google]"),
        ("google_access_context_manager_service_perimeter.perimeter_A600D73C", "[perimeter]"),
        ("google_access_context_manager_access_level.admission_workloads_level_5230E73B", "[aws.network]"),
        ("aws_vpc.network_vpc_4E8F0223", "[aws.network]"),
        ("google_iam_workload_identity_pool_provider.federation_provider_7A13FF2D", "[google]"),
        ("data.google_project.project", "[google]"),
        ("provider.aws", "[aws]"),
        ("terraform", "[backend]"),
        ("locals", ""),
    ],
)
def test_an_address_is_from_a_table(address: str, header: str) -> None:
    file = ROOT / "environments/on-premises.toml"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lint_settings, "settings_file", lambda _: file)
        found = lint_settings.line_of("prod")(address)
    (table,) = (one for one in tables(file) if one.line == found)
    assert header in (table.header, table.keys.get("name"))


def test_a_finding_keeps_its_fingerprint_when_its_table_moves(ask: Ask) -> None:
    moved = "# one more line\n" + EXAMPLE
    before, after = (json.loads(ask(bad(), "--format", "json", settings=text)[1]) for text in (EXAMPLE, moved))
    (one,), (other,) = (body["environments"][0]["findings"] for body in (before, after))
    assert other["line"] == one["line"] + 1
    assert other["fingerprint"] == one["fingerprint"]
