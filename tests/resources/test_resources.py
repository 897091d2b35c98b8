"""A type that the kit writes has one description, with every fact that a room asks it for."""

import json
import re

import pytest

from localcloud.apply.aws import aws
from localcloud.apply.google import google
from resources import RESOURCES
from resources.description import Ec2, Resource, Rest
from review.expected import SECTIONS
from tests.synthesis import ENVIRONMENTS, environment
from tests.terraform.google_variants import EVERY_STACK, every_stack

LOOPBACK = {
    "HTTPS_PROXY": "http://deployer:secret@127.0.0.1:1",
    "SSL_CERT_FILE": "",
    "GOOGLE_OAUTH_ACCESS_TOKEN": "",
    "AWS_ACCESS_KEY_ID": "",
    "AWS_SECRET_ACCESS_KEY": "",
}


def test_each_type_that_the_kit_writes_is_described_and_no_other() -> None:
    stacks = [environment(name).aws for name in ENVIRONMENTS] + [json.loads(every_stack(name)) for name in EVERY_STACK]
    assert {*RESOURCES} == {kind for stack in stacks for kind in stack.get("resource", {})}


@pytest.mark.parametrize("kind", RESOURCES)
def test_no_fact_is_missing(kind: str) -> None:
    one = RESOURCES[kind]
    assert one.section in SECTIONS
    assert one.arguments
    assert re.fullmatch(r"[a-z0-9]+:[A-Z]\w+|(POST|PATCH) https://[a-z]+\.googleapis\.com/v\d+/\S+", one.creation)
    assert [bool(way) for way in (one.import_id, one.search, one.by_hand, one.taken_over)].count(True) == 1
    assert named(one) <= {path.partition("[")[0].partition(".")[0] for path in one.arguments} | {"email"}


def named(one: Resource) -> set[str]:
    """The arguments that its texts name: each has a rule, so the kit writes it."""
    return set(re.findall(r"\{(\w+)(?:![rs])?\}", one.import_id + one.by_hand + one.creation))


def test_the_simulated_apply_creates_each_type() -> None:
    made = aws({"region": "eu-west-1"}, LOOPBACK).kinds | google({}, LOOPBACK).kinds
    assert {*made} == {*RESOURCES}


def test_what_replaces_an_object_is_an_argument_of_it() -> None:
    for kind, one in RESOURCES.items():
        created = one.api.created if isinstance(one.api, Rest | Ec2) else ()
        places = one.api.places if isinstance(one.api, Rest) else ()
        paths = {path.partition("[")[0].partition(".")[0] for path in one.arguments}
        assert {path.partition("[")[0] for path in (*created, *places)} - paths <= {"connectivity_type"}, kind
