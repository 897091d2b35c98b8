"""Each rule has an example that breaks it and one that does not; what is reported is escaped, whole and stable."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from access.lint import ABSOLUTE, Finding
from deploy.exit_codes import ExitCode
from deploy.judgement import judge
from review.lint.data import data
from review.lint.found import findings
from review.lint.report import Entry, Ignore, Linted, linted
from review.lint.rules import MISSING, RULES, UNUSED, VALUE
from review.lint.sarif import FINGERPRINT, sarif
from review.lint.text import text
from tests.deploy.cases import applied, plan
from tests.review.lint_examples import EXAMPLES
from tests.synthesis import ENVIRONMENTS, environment

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/lint.md").read_text()
SARIF = json.loads(Path(__file__).with_name("sarif.schema.json").read_text())
SCHEMA = json.loads((ROOT / "review/lint/schema.json").read_text())


def report(found: list[Finding], *ignores: Ignore, whole: bool = True) -> Linted:
    return linted("prod", "environments/prod.toml", found, ignores, lambda _: 7, whole)


def found(rule: str) -> list[Finding]:
    """What the bad example of a rule breaks."""
    example = EXAMPLES[rule]
    return findings(example.stacks(example.bad))


def test_each_rule_has_examples() -> None:
    assert [*EXAMPLES, UNUSED.id] == list(RULES)


@pytest.mark.parametrize("rule", EXAMPLES)
def test_the_bad_example_breaks_the_rule_and_the_good_one_breaks_none(rule: str) -> None:
    example = EXAMPLES[rule]
    assert {one.rule.id for one in found(rule)} == {rule}
    addresses = [one.address.partition(".")[0] for one in found(rule)]
    assert example.kind in addresses or rule == "workload-acts-as-deployer", "the finding is at the grant"
    good = environment("example", example.settings) if example.good is None else None
    assert findings({"aws": good.aws, "google": good.google} if good else example.stacks(example.good)) == []


@pytest.mark.parametrize("rule", [one.id for one in ABSOLUTE])
def test_no_entry_of_the_settings_lets_a_plan_pass(rule: str) -> None:
    """What the report ignores for a reason, the guard refuses."""
    example = EXAMPLES[rule]
    broken = found(rule)
    ignored = report(broken, Ignore(rule, "", "it is meant"))
    assert ignored.failing("warning") == []
    assert {one.ignored for one in ignored.entries} == {"it is meant"}
    stack = example.stacks(example.bad)["google"]
    body = plan(applied(environment("example", example.settings).google), applied(stack))
    providers = {name: {"expressions": {key: {"constant_value": value} for key, value in one[0].items()}} for name, one in stack["provider"].items()}  # fmt: skip
    body["configuration"] = {"provider_config": providers}
    judged = judge("prod", "google", body)
    assert judged.code == ExitCode.REFUSED
    assert [one.what for one in broken if one.what in "\n".join(judged.refusals)] == [one.what for one in broken]
    assert {one.rule.id for one in findings({"plan": body})} == {rule}, "the plan's JSON breaks it as well"


def test_the_guard_reads_no_settings() -> None:
    for path in [*(ROOT / "deploy").glob("*.py"), *(ROOT / "access").glob("*.py")]:
        assert "lint.ignore" not in path.read_text(), path
        assert "review.lint" not in path.read_text(), path


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_no_environment_of_the_kit_has_a_finding(name: str) -> None:
    made = environment(name)
    assert findings({stack: body for stack, body in (("aws", made.aws), ("google", made.google)) if body}) == []


def test_an_entry_is_for_its_rule_and_address_alone() -> None:
    (one,) = found("unknown-value")
    for hides in (Ignore(VALUE.id, "", "r"), Ignore(VALUE.id, one.address, "r"), Ignore(VALUE.id, one.address.rpartition("_")[0], "r")):  # fmt: skip
        assert report([one], hides).failing("warning") == []
    for other in (Ignore(MISSING.id, "", "r"), Ignore(VALUE.id, f"{one.address}x", "r"), Ignore(VALUE.id, "x", "r")):
        assert [entry.finding.rule for entry in report([one], other).failing("warning")] == [UNUSED, VALUE]


@pytest.mark.parametrize(("addresses", "hidden"), [(["a", "a_DEADBEEF"], ["a"]), (["a_1234567", "a_7654321"], [])])
def test_an_address_without_its_hash_hides_no_second_resource(addresses: list[str], hidden: list[str]) -> None:
    several = [Finding(VALUE, f"aws_vpc.{name}", "x") for name in addresses]
    said = report(several, Ignore(VALUE.id, "aws_vpc.a", "it is meant"))
    assert [one.finding.address for one in said.entries if one.ignored] == [f"aws_vpc.{name}" for name in hidden]


def test_an_entry_that_hides_nothing_is_a_finding_where_all_was_read() -> None:
    unused = Ignore(VALUE.id, "aws_vpc.it", "r", 12)
    (one,) = report([], unused).entries
    assert (one.finding.rule, one.finding.address, one.line) == (UNUSED, "lint.ignore[0]", 12)
    assert one.finding.found == "no finding of unknown-value at aws_vpc.it"
    assert report([], unused, whole=False).entries == ()


def test_fail_on_error_passes_over_warnings() -> None:
    warned, refused = report(found("unknown-value")), report(found("grant-to-all"))
    assert [len(one.failing(severity)) for one in (warned, refused) for severity in ("warning", "error")] == [
        1,
        0,
        1,
        1,
    ]


def test_the_fingerprint_is_rule_and_address() -> None:
    """Lines and other files move; two findings of one rule at one address are told apart."""
    (one,) = found("grant-to-all")
    here, there = Entry(one, "environments/a.toml", 1), Entry(one, "environments/b.toml", 99, "a reason")
    assert here.fingerprint == there.fingerprint
    assert Entry(Finding(VALUE, one.address, one.found), "a", 1).fingerprint != here.fingerprint
    assert Entry(Finding(one.rule, "x.y", one.found), "a", 1).fingerprint != here.fingerprint
    twice = report([Finding(VALUE, "x.y", "a is 1"), Finding(VALUE, "x.y", "b is 2")]).entries
    assert [entry.fingerprint[-2:] for entry in twice] == [":1", ":2"]


def several() -> list[Linted]:
    whole = [one for rule in EXAMPLES for one in found(rule)]
    return [report(whole, Ignore(VALUE.id, "", "it is meant")), Linted("other", problem="not linted: why")]


def test_sarif_has_every_finding_with_its_rule() -> None:
    log = sarif(several(), "1.2.3")
    jsonschema.validate(log, SARIF)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [one["id"] for one in rules] == list(RULES)
    assert {rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"]} == {True}
    assert {one["ruleId"] for one in run["results"]} == set(EXAMPLES)
    ignored = [one for one in run["results"] if "suppressions" in one]
    assert [one["suppressions"][0]["justification"] for one in ignored] == ["it is meant"]
    prints = [one["partialFingerprints"][FINGERPRINT] for one in run["results"]]
    assert len(set(prints)) == len(prints)
    assert run["invocations"][0]["executionSuccessful"] is False
    assert sarif(several()[:1], "1")["runs"][0]["invocations"][0]["executionSuccessful"] is True
    jsonschema.validate(sarif([], "1"), SARIF)


@pytest.mark.parametrize("field", ["ruleId", "locations", "partialFingerprints"])
def test_the_excerpt_of_the_sarif_schema_misses_what_is_missing(field: str) -> None:
    log = sarif(several(), "1")
    del log["runs"][0]["results"][0][field]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(log, SARIF)


def test_the_json_has_its_schema() -> None:
    body = data(several(), 9, "warning")
    jsonschema.validate(body, SCHEMA)
    assert {one["rule"] for one in body["environments"][0]["findings"]} == set(EXAMPLES)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**body, "exit_code": 3}, SCHEMA)


def test_the_text_has_each_rule_once_and_reasons() -> None:
    lines = text(several(), 9).splitlines()
    assert lines[0] == "environment prod: 7 errors, 8 warnings"
    assert "    reason: it is meant" in lines
    assert lines[-1] == "exit code 9"
    assert "environment other: not linted: why" in lines
    for rule in RULES.values():
        assert lines.count(f"{rule.id}: {rule.what}") == (rule not in (VALUE, UNUSED))


SECRET = "s3cret-that-nobody-prints"


def forged(body: dict[str, Any]) -> list[str]:
    """Every format of a report on a stack with this resource."""
    meant = Ignore(MISSING.id, "", f"why\u202e\x1b[31m {len(body)}")
    one = report(findings({"stack": {"terraform": {}, "resource": {"aws_vpc": {"it": body}}}}), meant)
    return [text([one], 9), json.dumps(data([one], 9, "warning")), json.dumps(sarif([one], "1"))]


def test_nothing_is_forged_or_leaked() -> None:
    for shown in forged({"tags\u202e\n": "\x1b[31m[x](https://example.com)", "password": SECRET}):
        assert SECRET not in shown
        assert "sensitive value 1" in shown
        for sign in ("\u202e", "\x1b", '\\u202e\\n"', "\\u001b"):
            assert sign not in shown
    assert "reason: why\\u202e\\x1b[31m" in forged({})[0]
    assert "\\\\[x\\\\](https" in forged({"a": "[x](https://example.com)"})[2], "no link in SARIF's message"


def test_a_value_that_terraform_marks_is_masked_in_a_plan() -> None:
    body = {"address": f"{GRANT}.a", "mode": "managed", "type": GRANT, "name": "a"}
    after = {"member": "allUsers", "role": "roles/a", "project": SECRET}
    change = {"actions": ["create"], "before": None, "after": after, "after_unknown": {}}
    item = {**body, "change": {**change, "after_sensitive": {"project": True}}}
    (one,) = findings({"plan": {"format_version": "1.2", "resource_changes": [item]}})
    assert one.found == "it grants roles/a on (sensitive value 1) to everybody"


GRANT = "google_project_iam_member"


def cell(value: Any) -> str:
    return "what `synth` writes" if value is None else f"`{value if isinstance(value, str) else json.dumps(value)}`"


def test_the_page_has_the_rules_and_their_examples() -> None:
    rows = [
        f"| `{one.id}` | {one.severity} | {one.what} | {one.why} | {one.fix} | [{one.title}]({one.url}) |"
        for one in RULES.values()
    ]
    assert re.findall(r"^\| `[a-z-]+` \| (?:error|warning) \|.*$", PAGE, re.MULTILINE) == rows
    examples = [f"| `{rule}` | `{one.place}` | {cell(one.bad)} | {cell(one.good)} |" for rule, one in EXAMPLES.items()]
    assert re.findall(r"^\| `[a-z-]+` \| `(?:google|provider).*$", PAGE, re.MULTILINE) == examples
