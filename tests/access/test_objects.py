"""What is read of plans and stacks, in Terraform's own shapes."""

import json
from typing import Any

import pytest

from access.changes import LEVEL, PERIMETER, PROVIDER
from access.difference import gains
from access.objects import after, before, of_stack, recorded
from tests.deploy.cases import kit, plan
from tests.deploy.planned import Body
from tests.synthesis import BASE, synthesized

ADDRESS = f"{LEVEL}.it"


def first(value: Any, unknown: Any, written: Any) -> Body:
    """A first plan of a level; `written` are the configuration's expressions."""
    change = {"actions": ["create"], "before": None, "after": value, "after_unknown": unknown}
    return {
        "resource_changes": [{"address": ADDRESS, "mode": "managed", "type": LEVEL, "change": change}],
        "configuration": {"root_module": {"resources": [{"address": ADDRESS, "expressions": written}]}},
    }


@pytest.mark.parametrize(
    ("value", "unknown", "written", "expected"),
    [
        ({}, {"name": True}, {"name": {"constant_value": "a/${p.q.name}/b"}}, {"name": "a/${p.q.name}/b"}),
        ({}, {"name": True}, {"name": {"references": ["p.q.name"]}}, {"name": "${" + ADDRESS + ".name}"}),
        ({}, {"name": True}, {"name": {"constant_value": "literal"}}, {"name": "${" + ADDRESS + ".name}"}),
        ({}, {"name": True}, None, {"name": "${" + ADDRESS + ".name}"}),
        ({"a": [None, "x"]}, {"a": [True, False]}, {"a": {"constant_value": ["${y}", "x"]}}, {"a": ["${y}", "x"]}),
        ({"a": ["x"]}, {"a": [False]}, {"a": {"constant_value": ["x"]}}, {"a": ["x"]}),
        ({"b": [{}]}, {"b": [{"c": True}]}, {"b": [{"c": {"constant_value": "${z}"}}]}, {"b": [{"c": "${z}"}]}),
        ({"b": [{}]}, {"b": [{"c": True}]}, {"b": {"c": {"constant_value": "${z}"}}}, {"b": [{"c": "${z}"}]}),
        ({}, {"b": True}, {}, {"b": "${" + ADDRESS + ".b}"}),
    ],
)
def test_what_is_not_known_yet_is_its_expression(value: Any, unknown: Any, written: Any, expected: Any) -> None:
    (found,) = after(first(value, unknown, written))
    assert found.values == expected


def test_a_resource_that_is_only_forgotten_goes_on() -> None:
    change = {"actions": ["forget"], "before": {"name": "a"}, "after": None, "after_unknown": {}}
    body = {"resource_changes": [{"address": ADDRESS, "mode": "managed", "type": LEVEL, "change": change}]}
    assert before(body) == after(body)
    assert len(after(body)) == 1


def test_drift_is_between_the_record_and_what_was_found() -> None:
    world = kit()
    body = plan({}, world, drift=world)
    assert before(body) == ()
    assert {one.address for one in recorded(body)} == {one.address for one in after(body)}


@pytest.mark.parametrize("meta", ["count", "for_each", "dynamic"])
def test_a_resource_that_may_be_many_is_not_decided(meta: str) -> None:
    world = {kind: {"a": body} for (kind, _), body in kit().items() if kind == PERIMETER}
    many = json.loads(json.dumps({"resource": world}))
    many["resource"][PERIMETER]["a"][meta] = {"x": 1}
    found = list(gains(of_stack({"resource": world}), of_stack(many)))
    assert found
    assert all(any(meta in fact for fact in gain.missing) for gain in found)


@pytest.mark.parametrize(
    ("kind", "field", "was", "now"),
    [
        (PROVIDER, "disabled", True, "false"),
        (PROVIDER, "disabled", "true", "0"),
        (LEVEL, "negate", False, "true"),
        (PERIMETER, "enable_restriction", True, "false"),
    ],
)
def test_a_text_is_true_or_false_as_terraform_converts_it(kind: str, field: str, was: Any, now: Any) -> None:
    def stack(value: Any) -> Any:
        services = {"allowed_services": ["RESTRICTED-SERVICES"], "enable_restriction": value}
        level = {"basic": {"conditions": [{"ip_subnetworks": ["192.0.2.0/24"], "negate": value}]}, "name": "l"}
        protected = {"resources": ["projects/1", "//compute.googleapis.com/projects/1/global/networks/n"]}
        protected |= {"restricted_services": ["a.googleapis.com"], "vpc_accessible_services": services}
        bodies = {
            PROVIDER: {"disabled": value, "aws": {"account_id": "1" * 12}, "workload_identity_pool_id": "pool"},
            LEVEL: level,
            PERIMETER: {"name": "p", "status": protected},
        }
        return {"resource": {kind: {"a": bodies[kind]}}}

    assert list(gains(of_stack(stack(was)), of_stack(stack(now)))), field


def test_a_stack_as_it_is_on_disk_has_cdktfs_notes() -> None:
    found = synthesized("[perimeter]\ndry_run = false", base=BASE)
    (file,) = found.folder.glob("stacks/*google/cdk.tf.json")
    document = json.loads(file.read_text())
    assert any("//" in body for named in document["resource"].values() for body in named.values())
    assert of_stack(document) == of_stack(found.google)
    assert list(gains(of_stack(document), of_stack(found.google))) == []
