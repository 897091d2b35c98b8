"""The JSON Schema of an environment's file, compared with jsonschema, and its patterns with Node, by no code of the kit."""

import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError

from stacks.settings import types
from stacks.settings.checked import Checked
from stacks.settings.derived import Settings
from stacks.settings.load import FOLDER
from stacks.settings.schema import schema
from tests.constructs_lib.test_limits import EDGES
from tests.stacks.test_settings import test_a_problem_names_its_path_and_what_is_allowed as problems_of
from tests.synthesis import ENVIRONMENTS, tables

SCHEMA = schema()
VALIDATOR = Draft202012Validator(SCHEMA)
CHECKED = {
    name: (found, one.rule.name)
    for name, found in vars(types).items()
    for one in getattr(found, "__metadata__", ())
    if isinstance(one, Checked) and one.rule.name in EDGES
}
# Refused values that the schema accepts, by rule, and why.
NOT_STATED = {
    "allow_cidr": "bits behind the prefix",
    "ipv4_cidr": "bits behind the prefix",
    "vpc_cidr": "bits behind the prefix, and ranges that no VPC can have",
    "certificate_authority": "what a certificate holds",
    "no_proxy": "bytes of a whole list",
    "client_variables": "bytes of a whole table",
    "hop_limit": "1.0 is an integer in JSON Schema, and none in TOML",
    "root_volume_gib": "8.0, likewise",
    "token_lifetime_seconds": "3600.0, likewise",
}
CASES = [arguments[0] for arguments in problems_of.pytestmark[0].args[1]]  # type: ignore[attr-defined]


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_environment_passes(name: str) -> None:
    found = tomllib.loads((FOLDER / f"{name}.toml").read_text())
    assert [error.message for error in VALIDATOR.iter_errors(found)] == []


@pytest.mark.parametrize("name", CHECKED)
def test_the_schema_takes_what_a_rule_takes(name: str) -> None:
    found, rule = CHECKED[name]
    stated = Draft202012Validator(TypeAdapter(found).json_schema())
    assert [value for value in EDGES[rule][0] if not isinstance(value, tuple) and not stated.is_valid(value)] == []


@pytest.mark.parametrize("name", CHECKED)
def test_the_schema_refuses_what_a_rule_refuses(name: str) -> None:
    found, rule = CHECKED[name]
    stated = Draft202012Validator(TypeAdapter(found).json_schema())
    missed = [value for value in EDGES[rule][1] if stated.is_valid(value)]
    assert bool(missed) == (rule in NOT_STATED), missed


def test_what_is_not_stated_is_a_rule_of_the_settings() -> None:
    assert NOT_STATED.keys() <= {rule for _, rule in CHECKED.values()}


@pytest.mark.parametrize("more", CASES)
def test_a_file_that_a_type_refuses_is_refused_by_the_schema(more: str) -> None:
    """A rule between fields is not the schema's: the tables pass, and the checks refuse the file."""
    found = tables(more)
    wrong = list(_refused(found))
    assert not wrong or not VALIDATOR.is_valid(found) or set(wrong) <= NOT_STATED.keys(), wrong


def _refused(found: dict[str, Any]) -> Iterator[str]:
    """The rule, or the kind of error, of each value that a type refuses."""
    try:
        Settings.model_validate(found)
    except ValidationError as caught:
        for error in caught.errors():
            yield getattr(error.get("ctx", {}).get("error"), "rule", error["type"])


def test_enough_cases_are_of_a_type() -> None:
    assert sum(bool([*_refused(tables(more))]) for more in CASES) > 40


@pytest.mark.parametrize("key", ["prefix", "aws", "google", "workload"])
def test_what_is_required_may_be_in_the_extended_file(key: str) -> None:
    found = tables()
    del found[key]
    assert not VALIDATOR.is_valid(found)
    assert VALIDATOR.is_valid({**found, "extends": "shared/base.toml"})


def test_a_key_inside_a_table_may_be_in_the_extended_file_and_in_a_list_it_may_not() -> None:
    found = tables()
    del found["aws"]["region"]
    assert not VALIDATOR.is_valid(found)
    found["extends"] = "shared/base.toml"
    assert VALIDATOR.is_valid(found)
    del found["workload"][0]["name"]
    assert not VALIDATOR.is_valid(found)


def test_each_key_has_the_comment_of_the_example() -> None:
    paused = SCHEMA["$defs"]["Network"]["properties"]["paused"]["description"]
    assert paused == "no NAT gateway and no instance: only the addresses cost by the hour"


def test_node_reads_every_pattern() -> None:
    """An editor is an ECMAScript program. Flag u refuses what Python's syntax alone has."""
    if not (node := shutil.which("node")):
        pytest.skip("no node on PATH")
    patterns = sorted(set(_patterns(SCHEMA)))
    program = "for (const one of JSON.parse(process.argv[1])) new RegExp(one, 'u')"
    done = subprocess.run([node, "-e", program, json.dumps(patterns)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(patterns) > 40
    assert not [one for one in patterns if re.search(r"\\[ZAwdD]|\(\?[aiLmsux-]", one)]


def _patterns(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("pattern"), str):
            yield node["pattern"]
        yield from node.get("patternProperties", {})
    for one in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _patterns(one)
