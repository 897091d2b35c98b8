"""Grants that wait for the perimeter of others: left out, refused where they are applied, and never planned unchecked."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploy import described, granted, hand_over, hand_over_files, named_accounts
from deploy.described import Described, Files
from deploy.errors import DeployError, Refused
from deploy.google_api import NotRead
from deploy.run import Run
from deploy.stacks import Stack, synthesized
from deploy.terraform import Terraform
from stacks.settings.load import parse
from tests.deploy.planned import change, plan
from tests.deploy.test_hand_over import ADDRESSES, APP, around, known, state
from tests.stacks.test_hand_over import ENFORCED
from tests.stacks.test_join import NAME
from tests.synthesis import NO_PERIMETER, from_settings, tables

Body = dict[str, Any]
SECOND = '[[workload]]\nname = "app"\n[[workload]]\nname = "batch"'
BATCH = APP.replace("app", "batch")
AWS = {"demo-aws": state(*ADDRESSES)}
Read = Callable[..., None]


def described_as(*more: str) -> tuple[Body, list[Body]]:
    """The perimeter and its levels after the owner applied what was handed over."""
    body = hand_over_files.as_described(known(*more))
    return around(body["perimeter"]["status"]), body["levels"]


@pytest.fixture
def stacks() -> list[Stack]:
    return made()


def made(*more: str) -> list[Stack]:
    """In a folder of this test's own, since grants are left out there."""
    settings = parse(tables(ENFORCED, *more, base=NO_PERIMETER), "test.toml")
    return synthesized("test", from_settings(settings).folder)


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Read:
    def reads(body: Body | None, levels: list[Body]) -> None:
        monkeypatch.setattr(described, "read", lambda *_: Described({NAME: body} if body else {}))
        monkeypatch.setattr(described, "read_levels", lambda *_: levels)

    return reads


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(described, "read", _no_answer)


def check(stacks: list[Stack], states: Body | None = None, files: Files | None = None, *, applies: bool = True) -> None:
    document = hand_over.of(stacks)
    assert document is not None
    granted.check("test", document, stacks, AWS if states is None else states, files or Files(), applies=applies)


def planned(stacks: list[Stack]) -> list[str]:
    """The grants that Terraform would read."""
    document = json.loads(stacks[-1].file.read_text())
    assert document == stacks[-1].document
    kinds = ("google_project_iam_member", "google_service_account_iam_member")
    return sorted(name.rpartition("_")[0] for kind in kinds for name in document["resource"].get(kind, {}))


def applied(stack: Stack) -> Body:
    """A state with its grants."""
    kinds = ("google_project_iam_member", "google_service_account_iam_member")
    found = [
        {"mode": "managed", "type": kind, "name": name, "instances": [{"attributes": body}]}
        for kind in kinds
        for name, body in stack.document["resource"][kind].items()
    ]
    return {**AWS, stack.name: {"resources": found, "outputs": {}}}


BOTH = ["caller_app_gemini", "caller_app_impersonation"]


def test_grants_are_planned_once_the_owner_applied_the_rule(stacks: list[Stack], live: Read, capsys: Any) -> None:
    live(*described_as())
    before = stacks[-1].file.read_bytes()
    check(stacks)
    assert (planned(stacks), stacks[-1].file.read_bytes()) == (BOTH, before)
    assert capsys.readouterr().err == ""


def test_until_then_they_are_left_out(stacks: list[Stack], live: Read, capsys: Any) -> None:
    live(around({"ingressPolicies": []}), [])
    accounts = copy.deepcopy(stacks[-1].document["resource"]["google_service_account"])
    check(stacks)
    assert planned(stacks) == []
    assert stacks[-1].document["resource"]["google_service_account"] == accounts
    said = capsys.readouterr().err
    assert (
        f"the grants of {APP} are left out: it is denied from 203.0.113.7/32, 203.0.113.8/32, in the enforced configuration of {NAME}"
        in said
    )
    assert "`./keyperim -e test handover` prints what its owner adds; deploy again after it" in said


def test_nor_while_the_rule_admits_more(stacks: list[Stack], live: Read, capsys: Any) -> None:
    body, levels = described_as()
    levels[0]["basic"]["conditions"][0]["ipSubnetworks"] = ["203.0.113.0/24"]
    live(body, levels)
    check(stacks)
    assert planned(stacks) == []
    assert "it is also admitted from 203.0.113.0/24: ingress rule" in capsys.readouterr().err


def test_each_caller_waits_alone(live: Read, capsys: Any) -> None:
    live(*described_as())
    found = made(SECOND)
    check(found)
    assert planned(found) == BOTH
    assert f"the grants of {BATCH} are left out" in capsys.readouterr().err


@pytest.mark.parametrize("states", [{}, {"demo-aws": None}, {"demo-aws": {"outputs": {}, "resources": []}}])
def test_before_the_addresses_are_known_they_are_left_out(stacks: list[Stack], live: Read, states: Body) -> None:
    live(*described_as())
    check(stacks, states)
    assert planned(stacks) == []


def test_a_perimeter_that_is_not_there(stacks: list[Stack], live: Read, capsys: Any) -> None:
    live(None, [])
    check(stacks)
    assert planned(stacks) == []
    assert f"{NAME} does not exist, or is not visible to these credentials" in capsys.readouterr().err


@pytest.mark.parametrize("applies", [True, False])
def test_applied_grants_are_refused_once_the_rule_is_not_there(stacks: list[Stack], live: Read, applies: bool) -> None:
    live(around({"ingressPolicies": []}), [])
    with pytest.raises(Refused, match="refused: .*its grants are applied.*disabled = true takes the grants away"):
        check(stacks, applied(stacks[-1]), applies=applies)
    assert planned(stacks) == BOTH


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize("applies", [True, False])
def test_applied_grants_that_cannot_be_checked(stacks: list[Stack], applies: bool, capsys: Any) -> None:
    """A plan shows what it can; an apply is not made unseen."""
    if applies:
        with pytest.raises(Refused, match="was not read: no credentials; give --perimeter FILE and --levels FILE"):
            check(stacks, applied(stacks[-1]))
    else:
        check(stacks, applied(stacks[-1]), applies=False)
        assert "was not checked" in capsys.readouterr().err
    assert planned(stacks) == BOTH


@pytest.mark.usefixtures("unread")
def test_new_grants_that_cannot_be_checked_are_left_out(stacks: list[Stack], capsys: Any) -> None:
    check(stacks)
    assert planned(stacks) == []
    assert "was not read: no credentials; give --perimeter FILE and --levels FILE" in capsys.readouterr().err


def files(folder: Path, body: object, levels: object) -> Files:
    (folder / "perimeter.json").write_text(json.dumps(body))
    (folder / "levels.json").write_text(json.dumps(levels))
    return Files(folder / "perimeter.json", folder / "levels.json")


@pytest.mark.usefixtures("unread")
def test_a_description_takes_the_place_of_an_answer_only_where_there_is_none(
    stacks: list[Stack], tmp_path: Path, capsys: Any
) -> None:
    check(stacks, files=files(tmp_path, *described_as()))
    assert planned(stacks) == BOTH
    assert f"{tmp_path}/perimeter.json is taken for it" in capsys.readouterr().err


def test_an_answer_counts_and_a_description_does_not(
    stacks: list[Stack], live: Read, tmp_path: Path, capsys: Any
) -> None:
    live(around({"ingressPolicies": []}), [])
    check(stacks, files=files(tmp_path, *described_as()))
    assert planned(stacks) == []
    assert "--perimeter and --levels are not used" in capsys.readouterr().err


@pytest.mark.usefixtures("unread")
def test_descriptions_that_cannot_be_used(stacks: list[Stack], tmp_path: Path) -> None:
    body, levels = described_as()
    both = files(tmp_path, body, {"levels": levels})
    with pytest.raises(DeployError, match="levels.json: got no list of access levels"):
        check(stacks, files=both)
    with pytest.raises(DeployError, match="--perimeter and --levels: got one of them; allowed: both"):
        check(stacks, files=Files(both.perimeter))
    with pytest.raises(DeployError, match="--perimeter and --levels: got one of them; allowed: both"):
        check(stacks, files=Files(None, both.levels))


ACCOUNT = {"mode": "managed", "type": "google_service_account", "name": "it"}
HELD = {"resources": [{**ACCOUNT, "instances": [{"attributes": {"email": APP.partition(":")[2]}}]}], "outputs": {}}


def test_an_account_that_a_rule_names_is_not_deleted(stacks: list[Stack], live: Read) -> None:
    """By a destroy, nor with a workload that the settings no longer have."""
    live(*described_as())
    why = "demo-app@.* would be deleted, and the rule 'demo: workloads call Gemini .* names it: its owner could not change"
    with pytest.raises(Refused, match=why):
        named_accounts.before_destroy(stacks, HELD)
    with pytest.raises(Refused, match=why):
        check(stacks, {**AWS, "demo-google": HELD})
    live(around({"ingressPolicies": []}), [])
    named_accounts.before_destroy(stacks, HELD)


@pytest.mark.usefixtures("unread")
def test_a_destroy_that_cannot_be_checked_says_so(stacks: list[Stack], capsys: Any) -> None:
    named_accounts.before_destroy(stacks, HELD)
    assert "whether a rule names its service accounts was not checked" in capsys.readouterr().err


def test_an_address_that_the_perimeter_admits_is_not_released(
    stacks: list[Stack], live: Read, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """The states and the perimeter are read once, and only for a plan that releases an address."""
    live(*described_as())
    addresses = [{"public_ip": address.removesuffix("/32")} for address in (*ADDRESSES, "198.51.100.200/32")]
    releases = [change("aws_eip", address, None, name=f"e{at}") for at, address in enumerate(addresses)]
    run, reads = Run("test", stacks, lambda *_: ""), list[Terraform]()
    monkeypatch.setattr(Terraform, "state", lambda terraform: reads.append(terraform))

    def refused(stack: Stack, *changes: Body) -> int:
        monkeypatch.setattr(Terraform, "show", lambda *_: plan(*changes))
        return len(run._judge(stack).refusals)

    assert refused(stacks[0], change("aws_eip", None, addresses[0])) == len(reads) == 0
    assert refused(stacks[0], *releases) == len(ADDRESSES)
    assert len(reads) == len(stacks)
    assert refused(stacks[-1], *releases) == 0
    monkeypatch.setattr(described, "read", _no_answer)
    assert refused(stacks[0], *releases) == 0
    assert "which addresses the perimeter admits was not checked" in capsys.readouterr().err


def _no_answer(*_: object) -> None:
    raise NotRead("no credentials")
