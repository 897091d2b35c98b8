"""Which outputs an expression reads: those of the environment's other stack alone, from the state in which it keeps them."""

from collections.abc import Callable
from typing import Any

import pytest

from access.inputs import Part, part
from access.world import world
from review.linked import StandIns, linked
from tests.access.test_answer import ask, document, google

Body = dict[str, Any]
Edit = Callable[[Body], Any]
NAMES = ["example", "existing-network", "on-premises", "several"]  # one for each type of backend


def read(body: Body) -> Body:
    found: Body = body["data"]["terraform_remote_state"]["aws"]
    return found


def reads_another(objects: Any) -> bool:
    values = [{**one.values, "lifecycle": None} for one in objects if one.kind.startswith("google_")]
    return "terraform_remote_state" in str(values)


OTHERS: list[Edit] = [
    lambda body: read(body).update(defaults={"egress_cidrs": ["0.0.0.0/0"]}),
    lambda body: read(body).update(workspace="other"),
    lambda body: read(body).update(backend="http"),
    lambda body: read(body)["config"].update({"bucket": "theirs", "organization": "theirs", "path": "theirs.tfstate"}),
    lambda body: [read(body)["config"].pop(name, None) for name in ("path", "key", "prefix", "workspaces")],
    lambda body: read(body).update(config="${var.config}"),
    lambda body: body["data"].pop("terraform_remote_state"),
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("known", ["stack", "state"])
def test_the_other_stacks_outputs_are_read_from_its_own_state_alone(name: str, known: str) -> None:
    other = document(f"{name}.aws")
    state = {"version": 4, "resources": [], "outputs": other["output"]}
    source: Part = part(other if known == "stack" else state, "aws")
    assert not reads_another(world([part(document(f"{name}.google"), "google"), source]).objects)
    for edit in OTHERS:
        body = document(f"{name}.google")
        edit(body)
        assert reads_another(world([part(body, "google"), source]).objects)


@pytest.mark.parametrize("name", NAMES)
def test_a_review_reads_them_by_the_same_rule(name: str) -> None:
    aws, body = document(f"{name}.aws"), document(f"{name}.google")
    assert not reads_another(linked({"google": body, "aws": aws}, StandIns()))
    for edit in OTHERS:
        edit(body := document(f"{name}.google"))
        assert reads_another(linked({"google": body, "aws": aws}, StandIns()))


def test_addresses_of_another_state_cannot_be_decided() -> None:
    assert ask(google("on-premises"), "role/office-app", "192.0.2.7").enforced.value is True
    changed = ask(google("on-premises", OTHERS[0]), "role/office-app", "192.0.2.7").enforced
    assert changed.value is None
    assert any("data.terraform_remote_state.aws.outputs.egress_cidrs" in one for one in changed.missing)


def test_each_environment_reads_its_own_outputs() -> None:
    both = [part(document(f"{name}.{cloud}"), name) for name in ("example", "several") for cloud in ("aws", "google")]
    assert not reads_another(world(both).objects)
