"""An environment that joined and hands over now: Terraform forgets what the owner gets, and nothing else."""

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from access.changes import LEVEL
from deploy import forget_join, hand_over
from deploy.errors import Refused
from deploy.hand_over import NotYet
from deploy.stacks import Stack, synthesized
from tests.deploy.test_hand_over import ADDRESSES, known, state
from tests.stacks.test_hand_over import ENFORCED, HAND_OVER, handed
from tests.stacks.test_join import NAME

Prepared = Callable[..., Stack]
AWS = {"demo-aws": state(*ADDRESSES)}


def joined() -> dict[str, Any]:
    """The state of a join with the same settings."""
    found = []
    for one in known().objects:
        kind, _, name = one.address.partition(".")
        found.append({"mode": "managed", "type": kind, "name": name, "instances": [{"attributes": dict(one.values)}]})
    return {"version": 4, "resources": copy.deepcopy(found)}


@pytest.fixture
def prepared(tmp_path: Path) -> Prepared:
    """The Google stack, in a folder of this run, once it is prepared for a state."""

    def prepare(state: dict[str, Any] | None, settings: str = ENFORCED, aws: Any = AWS) -> Stack:
        stacks = synthesized("test", shutil.copytree(handed(settings).folder, tmp_path / "run"))
        document = hand_over.of(stacks)
        assert document is not None
        forget_join.prepare(document, stacks, {**aws, "demo-google": state})
        return stacks[-1]

    return prepare


def test_everything_of_the_join_is_forgotten(prepared: Prepared) -> None:
    wanted = joined()
    stack = prepared(wanted)
    removed = stack.document["removed"]
    assert [one["from"] for one in removed] == sorted(f"{one['type']}.{one['name']}" for one in wanted["resources"])
    assert len(removed) == 5
    assert all(one["lifecycle"] == {"destroy": False} for one in removed)
    assert json.loads(Path(stack.file).read_text())["removed"] == removed


@pytest.mark.parametrize("state", [None, {}, {"version": 4, "resources": []}])
def test_without_a_join_nothing_is_written(prepared: Prepared, state: dict[str, Any] | None) -> None:
    stack = prepared(state)
    assert "removed" not in stack.document
    assert "removed" not in json.loads(Path(stack.file).read_text())


def edit(wanted: dict[str, Any], kind: str, **values: Any) -> None:
    for one in wanted["resources"]:
        if kind in one["type"]:
            one["instances"][0]["attributes"] |= values


def another_perimeter(wanted: dict[str, Any]) -> None:
    edit(wanted, "perimeter_resource", perimeter_name=NAME.replace("shared", "another"))


def another_level(wanted: dict[str, Any]) -> None:
    edit(wanted, LEVEL, name="accessPolicies/987654321/accessLevels/another")


def another_range(wanted: dict[str, Any]) -> None:
    edit(wanted, LEVEL, basic=[{"combining_function": "AND", "conditions": [{"ip_subnetworks": ["203.0.113.0/24"]}]}])


def another_title(wanted: dict[str, Any]) -> None:
    edit(wanted, "perimeter_ingress_policy", title="demo: workloads call Gemini (00000000)")


def another_content(wanted: dict[str, Any]) -> None:
    edit(wanted, "perimeter_ingress_policy", ingress_to={"resources": ["*"]})


def deposed(wanted: dict[str, Any], **values: str) -> None:
    rule = next(one for one in wanted["resources"] if "ingress_policy" in one["type"])
    former = copy.deepcopy(rule["instances"][0])
    former["attributes"] |= values or {"title": "demo: workloads call Gemini (00000000)"}
    rule["instances"].append({**former, "deposed": "0a1b2c3d"})


@pytest.mark.parametrize(
    "differs", [another_perimeter, another_level, another_range, another_title, another_content, deposed]
)
def test_what_is_not_handed_over_is_not_forgotten(prepared: Prepared, differs: Any) -> None:
    wanted = joined()
    differs(wanted)
    with pytest.raises(Refused, match="is applied here by a join, and is not what is handed over") as error:
        prepared(wanted)
    assert str(error.value).count("first deploy with join in the place of hand_over") == 1


def test_a_level_as_a_state_has_it_is_forgotten(prepared: Prepared) -> None:
    """With the provider's defaults, and with what it computes."""
    wanted, condition = joined(), {"ip_subnetworks": ADDRESSES, "members": [], "negate": None, "device_policy": []}
    edit(
        wanted, LEVEL, basic=[{"combining_function": "AND", "conditions": [condition]}], custom=[], description="other"
    )
    assert len(prepared(wanted).document["removed"]) == 5


def test_what_is_deposed_and_handed_over_is_forgotten_by_its_address(prepared: Prepared) -> None:
    wanted = joined()
    deposed(wanted, id="another")
    assert not any(" " in one["from"] for one in prepared(wanted).document["removed"])


def test_what_is_enforced_is_not_forgotten_by_a_dry_run(prepared: Prepared) -> None:
    with pytest.raises(Refused, match="in the enforced configuration of"):
        prepared(joined(), HAND_OVER)


def test_before_the_addresses_are_known_nothing_is_forgotten(prepared: Prepared) -> None:
    with pytest.raises(NotYet):
        prepared(joined(), aws={})
