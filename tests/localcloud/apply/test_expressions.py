"""Terraform's expressions that the kit writes; with Terraform on the machine, its console says the same."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from localcloud.apply.expressions import evaluate
from localcloud.apply.functions import UNKNOWN, ExpressionError, NotModelled
from localcloud.apply.templates import references
from tests.synthesis import ENVIRONMENTS, environment

ONE = ["203.0.113.7/32"]
LATER = {"aws_eip": {"a": {"public_ip": UNKNOWN, "domain": "vpc"}}}
CIDRS = "try(local.aws.outputs.egress_cidrs, [])"
SINGLE = f'can(regex("^([1-9][0-9.]*/32 ?)+$", join(" ", {CIDRS})))'


def aws(**outputs: Any) -> dict[str, Any]:
    return {"local": {"aws": {"outputs": outputs}}}


@pytest.mark.parametrize(
    ("template", "scope", "value"),
    [
        ("plain", {}, "plain"),
        ("", {}, ""),
        (f"${{{CIDRS}}}", aws(egress_cidrs=ONE), ONE),
        (f"${{{CIDRS}}}", aws(), []),
        (f"${{(length({CIDRS}) >= 1)}}", aws(egress_cidrs=ONE), True),
        (f"${{(length({CIDRS}) >= 1)}}", aws(), False),
        (f"${{{SINGLE}}}", aws(egress_cidrs=ONE), True),
        (f"${{{SINGLE}}}", aws(egress_cidrs=["203.0.113.0/24"]), False),
        (f"${{{SINGLE}}}", aws(egress_cidrs=["203.0.113.7/32\n"]), False),
        (f"${{{SINGLE}}}", aws(), False),
        ("startsWith('${try(local.aws.outputs.ids.app, \"\")}:')", aws(ids={"app": "AROA1"}), "startsWith('AROA1:')"),
        ("startsWith('${try(local.aws.outputs.ids.app, \"\")}:')", aws(ids={}), "startsWith(':')"),
        ("${local.aws.outputs.ip}/32", aws(ip="203.0.113.7"), "203.0.113.7/32"),
        ('${local.aws.outputs.number == "345"}', aws(number="345"), True),
        ('${local.aws.outputs.number == "345"}', aws(number=345), False),
        ("${!local.aws.outputs.ipv6}", aws(ipv6=False), True),
        ("${true == 1}", {}, False),
        ("A call from $${log.caller} broke %%{it} ${1}.", {}, "A call from ${log.caller} broke %{it} 1."),
        ('${"a\\"$${b}${local.aws.outputs.c}"}', aws(c="}"), 'a"${b}}'),
        ('${["a"][0]}', {}, "a"),
        ("${local.aws.outputs.on && true || false}", aws(on=True), True),
    ],
)
def test_a_template_is_what_terraform_makes_of_it(
    template: str, scope: dict[str, Any], value: Any, tmp_path: Path
) -> None:
    assert evaluate(template, scope) == value
    assert evaluate({"a": [template]}, scope) == {"a": [value]}
    if shutil.which("terraform"):
        assert consoled(template, scope.get("local", {}), tmp_path) == value


def consoled(template: str, values: dict[str, Any], folder: Path) -> Any:
    """What a configuration in JSON gives, as cdktf writes it."""
    configuration = {"locals": values, "output": {"x": {"value": template}}}
    (folder / "main.tf.json").write_text(json.dumps(configuration))
    for arguments in (["init"], ["apply", "-auto-approve"]):
        subprocess.run(["terraform", *arguments], cwd=folder, check=True, capture_output=True)
    shown = subprocess.run(["terraform", "output", "-json"], cwd=folder, check=True, capture_output=True).stdout
    return json.loads(shown)["x"]["value"]


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("${aws_eip.a.public_ip}/32", UNKNOWN),
        ("${length(aws_eip.a.public_ip) >= 1}", UNKNOWN),
        ("${aws_eip.a.public_ip == aws_eip.a.public_ip}", UNKNOWN),
        ("${!aws_eip.a.public_ip}", UNKNOWN),
        ("${can(aws_eip.a.public_ip.x)}", UNKNOWN),
        ("${try(aws_eip.a.public_ip, [])}", UNKNOWN),
        ("${aws_eip.a.domain}", "vpc"),
    ],
)
def test_what_comes_later_stays_unknown(template: str, value: Any) -> None:
    result = evaluate(template, LATER)
    assert (result, type(result)) == (value, type(value))


@pytest.mark.parametrize("template", ["${aws_eip.a.nothing}", "${aws_eip.b.id}", '${regex("b", "a")}', "x${[1]}"])
def test_what_fails_in_terraform_fails(template: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(template, LATER)


@pytest.mark.parametrize(
    ("template", "named"),
    [
        ('${sensitive("x")}', "the function sensitive"),
        ('${try(sensitive("x"), "quiet")}', "the function sensitive"),
        ('${can(sensitive("x"))}', "the function sensitive"),
        ("${1 + 1}", "the operator +"),
        ("${true ? 1 : 2}", "conditional"),
        ("${[for x in []: x]}", "for_tuple_expr"),
        ("%{if true}x%{endif}", "this template"),
        ("${a b}", "this template"),
    ],
)
def test_what_is_not_modelled_is_named(template: str, named: str) -> None:
    with pytest.raises(NotModelled) as error:
        evaluate(template, {})
    assert named in str(error.value)
    assert template in str(error.value)


def test_references_are_addresses() -> None:
    value = {"a": ["${aws_eip.x-1.id}", "${try(data.aws_eip.y.id, self.z)} $${no.such}"], "b": 1}
    assert references(value) == {"aws_eip.x-1", "data.aws_eip.y"}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_expression_of_the_kit_is_read(name: str) -> None:
    stacks = environment(name)
    for stack in (stacks.aws, stacks.google):
        written = {key: value for key, value in stack.items() if key != "//"}
        assert references(written) >= references(written.get("output"))
