"""A perimeter of our own that others join: what is written of it, and what the settings refuse."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from stacks.settings import SettingsError
from stacks.settings.load import parse
from stacks.settings.neighbours import conflicts
from tests.graph import dependencies
from tests.stacks.test_join import ADDRESSES, KIND, attached
from tests.synthesis import NO_PERIMETER, environment, only, resources, synthesized, tables

POLICY = '[google]\naccess_policy = "987654321"'
SHARE = f"{POLICY}\n[perimeter]\nshared = true"
ENFORCED = f"{SHARE}\ndry_run = false"
OWNER = f'prefix = "owner"\n{POLICY}\nproject_id = "my-project"\nproject_number = "345678901234"\n[perimeter]\nshared = true\n'
TITLES = ["demo: workloads call Gemini"]
NAME = "accessPolicies/987654321/servicePerimeters/demo_perimeter"
LISTS = ["resources", "ingress_policies", "egress_policies"]


def stack(*more: str) -> dict[str, Any]:
    return synthesized(*more, base=NO_PERIMETER).google


def perimeter(document: dict[str, Any]) -> dict[str, Any]:
    return dict(only(document, KIND))


def test_an_owner_needs_no_aws_and_no_workload() -> None:
    found = environment("owner")
    assert found.aws == {}
    assert set(found.google["resource"]) == {KIND, "google_project_service"}
    assert {one["service"].partition(".")[0] for one in resources(found.google, "google_project_service")} == {
        "accesscontextmanager",
        "cloudresourcemanager",
        "serviceusage",
    }


@pytest.mark.parametrize("enforced", [False, True])
def test_its_spec_is_explicit_and_members_and_rules_are_ignored(enforced: bool) -> None:
    body = perimeter(stack(ENFORCED if enforced else SHARE))
    sides = ["status", "spec"] if enforced else ["spec"]
    assert body["use_explicit_dry_run_spec"] is True
    assert body["lifecycle"]["ignore_changes"] == [f"{side}[0].{name}" for side in sides for name in LISTS]
    assert body["lifecycle"].get("prevent_destroy", False) == enforced
    assert [body.get(side) for side in ("status", "spec")] == [
        {"restricted_services": ["aiplatform.googleapis.com"]} if side in sides else None for side in ("status", "spec")
    ]


def test_its_own_callers_are_attached_and_wait_for_it() -> None:
    document = stack(ENFORCED)
    found = attached(document)
    found.pop(KIND.removeprefix(f"{KIND}_"))
    member = ["projects/345678901234"]
    assert found == {
        "dry_run_ingress_policy": TITLES,
        "dry_run_resource": member,
        "ingress_policy": TITLES,
        "resource": member,
    }
    graph = dependencies(document)
    (own,) = (address for address in graph if address.startswith(f"{KIND}."))
    parts = [address for address in graph if address.startswith(f"{KIND}_")]
    assert len(parts) == 4
    assert all(own in graph[address] for address in parts)
    (grant,) = (address for address in graph if address.startswith("google_project_iam_member."))
    assert {own, *parts} <= graph[grant]


def test_an_owner_that_becomes_a_joiner_keeps_the_addresses_and_titles_of_what_it_attached() -> None:
    shared = stack(ENFORCED)["resource"]
    joined = synthesized(f'[perimeter]\njoin = "{NAME}"\ndry_run = false', base=NO_PERIMETER).google["resource"]
    for kind in joined:
        if kind.startswith(KIND):
            assert {name: body.get("title") for name, body in joined[kind].items()} == {
                name: body.get("title") for name, body in shared[kind].items()
            }


def test_an_owner_that_moved_its_perimeter_forgets_it_under_the_address_that_it_had() -> None:
    (own,) = stack(ENFORCED)["resource"][KIND]
    text = f'[perimeter]\njoin = "{NAME}"\ndry_run = false\nmoved_to = "security"'
    moved = synthesized(text, base=NO_PERIMETER).google
    assert moved["removed"] == {"from": f"{KIND}.{own}", "lifecycle": {"destroy": False}}
    assert KIND not in moved["resource"]


def test_what_is_written_is_its_own_alone_where_others_are_removed() -> None:
    """The rules that are attached, under their titles: one write leaves them, and nothing else."""
    document = stack(f'{ENFORCED}\nothers = "remove"')
    body = perimeter(document)
    for side, kind in (("status", "ingress_policy"), ("spec", "dry_run_ingress_policy")):
        assert [rule["title"] for rule in body[side]["ingress_policies"]] == [
            rule["title"] for rule in resources(document, f"{KIND}_{kind}")
        ]
        assert body[side]["resources"] == ["projects/345678901234"]
    assert body["lifecycle"] == {"prevent_destroy": True}


def problems(*more: str, base: str = NO_PERIMETER) -> str:
    with pytest.raises(SettingsError) as error:
        parse(tables(*more, base=base), "test.toml")
    return str(error.value)


DEPLOYER = '[perimeter.deployer]\nidentities = ["user:operator@example.com"]\ncidrs = ["198.51.100.7/32"]'
REFUSED = {
    "a policy of one project": ((SHARE.replace("access_policy", "organization_id"),), "google.organization_id: with perimeter.shared no policy is made"),
    "no policy": ((SHARE.replace(POLICY, ""),), "google: organization_id is missing"),
    "join": ((f'{SHARE}\njoin = "accessPolicies/1/servicePerimeters/a"',), "perimeter: got shared and join"),
    "others alone": ((f'{POLICY}\n[perimeter]\nothers = "remove"',), "perimeter.others: has no effect without shared"),
    "another word": ((f'{SHARE}\nothers = "delete"',), "perimeter.others: got"),
    "moved": ((f'{SHARE}\nmoved_to = "a"',), "perimeter.moved_to: has no effect without join"),
    "member": ((f'{SHARE}\nmember = "add"',), "perimeter.member: has no effect without join"),
}  # fmt: skip
OF_AN_OWNER = {
    "no workload without shared": (OWNER.replace("shared = true", ""), "workload: missing; allowed: at least one entry"),
    "aws": (OWNER + '[aws]\nregion = "us-east-1"\naccount_id = "123456789012"\negress_cidrs = ["203.0.113.7/32"]', "aws: has no effect: there is no workload"),
    "a workload without aws": (OWNER + '[[workload]]\nname = "app"\nrole_name = "app"', "aws: missing; it is required"),
    "a deployer": (OWNER + DEPLOYER, "perimeter.deployer: has no effect: without workloads and on_premises"),
    "proposed addresses": (OWNER + 'dry_run = false\n[perimeter.proposed]\negress_cidrs = ["203.0.113.8/32"]', "perimeter.proposed.egress_cidrs: has no effect"),
    "tokens": (OWNER.replace("[perimeter]", "token_lifetime_seconds = 600\n[perimeter]"), "google.token_lifetime_seconds: has no effect"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_makes_no_sense_is_refused_with_its_reason(name: str) -> None:
    more, text = REFUSED[name]
    assert text in problems(*more)


@pytest.mark.parametrize("name", OF_AN_OWNER)
def test_what_an_owner_without_callers_cannot_have(name: str) -> None:
    base, text = OF_AN_OWNER[name]
    assert text in problems(base=base)


def test_an_owner_that_restricts_what_terraform_uses_needs_no_deployer() -> None:
    """Its project is outside, so nothing restricts it."""
    services = 'restricted_services = ["aiplatform.googleapis.com", "iam.googleapis.com"]'
    assert parse(tomllib.loads(OWNER + services), "test.toml").perimeter
    people = '[[on_premises]]\nname = "a"\ncidrs = ["198.51.100.0/24"]\nidentities = ["group:ml@example.com"]'
    assert "perimeter.deployer: missing" in problems(base=f"{OWNER}{services}\n{people}")


JOIN = '[perimeter]\njoin = "accessPolicies/987654321/servicePerimeters/{}_perimeter"'
NEIGHBOURS = {
    "the owner is outside": (OWNER, "owner", ""),
    "the owner is inside": (f'{ADDRESSES.replace("[google]", POLICY)}[perimeter]\nshared = true', "demo", "both add project my-project to accessPolicies"),
    "not shared": (f'{ADDRESSES.replace("[google]", POLICY)}[perimeter]', "demo", "whose other environment makes it, and removes"),
}  # fmt: skip


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_joiner_and_the_owner_of_one_project(name: str, tmp_path: Path) -> None:
    other, prefix, said = NEIGHBOURS[name]
    Path(tmp_path, "other.toml").write_text(other)
    text = ADDRESSES.replace('"demo"', '"joiner"').replace('"app"', '"joiner"')
    mine = parse(tomllib.loads(text + JOIN.format(prefix)), "mine.toml")
    found = [one.reason for one in conflicts("mine", mine, tmp_path)]
    assert [said in one for one in found] == ([True] if said else []), found
