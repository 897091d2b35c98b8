"""A perimeter that others own: what is added to it, and what the settings refuse."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from stacks.settings import SettingsError
from stacks.settings.load import parse
from stacks.settings.neighbours import conflicts
from tests.graph import dependencies
from tests.synthesis import NO_PERIMETER, resources, synthesized, tables

NAME = "accessPolicies/987654321/servicePerimeters/shared"
JOIN = f'[perimeter]\njoin = "{NAME}"'
ENFORCED = f"{JOIN}\ndry_run = false"
ADDRESSES = NO_PERIMETER.replace('[aws.network]\ncidr = "10.20.0.0/16"\nzones = ["ap-northeast-1a"]\n', "").replace(
    'account_id = "123456789012"\n', 'account_id = "123456789012"\negress_cidrs = ["203.0.113.7/32"]\n'
).replace('name = "app"', 'name = "app"\nrole_name = "app"')  # fmt: skip
KIND = "google_access_context_manager_service_perimeter"


def stack(*more: str) -> dict[str, Any]:
    return synthesized(*more, base=NO_PERIMETER).google


def attached(document: dict[str, Any]) -> dict[str, list[str]]:
    """What is attached, by type without the common beginning: titles without their digests, or projects."""
    return {
        kind.removeprefix(f"{KIND}_"): [
            one["title"].rpartition(" (")[0] if "title" in one else one["resource"] for one in resources(document, kind)
        ]
        for kind in document["resource"]
        if kind.startswith(KIND)
    }


DRY = {
    "dry_run_ingress_policy": ["demo: workloads call Gemini"],
    "dry_run_resource": ["projects/345678901234"],
}


def test_a_dry_run_adds_a_member_and_a_rule_and_no_perimeter() -> None:
    assert attached(stack(JOIN)) == DRY


def test_what_is_enforced_is_added_and_the_dry_run_stays() -> None:
    assert attached(stack(ENFORCED)) == {**DRY, **{kind.removeprefix("dry_run_"): one for kind, one in DRY.items()}}
    (member,) = resources(stack(ENFORCED), f"{KIND}_resource")
    assert member["lifecycle"] == {"prevent_destroy": True}


def test_a_project_that_is_inside_already_is_not_added() -> None:
    found = attached(stack(f'{ENFORCED}\nmember = "exists"'))
    assert sorted(found) == ["dry_run_ingress_policy", "ingress_policy"]


def test_services_on_the_way_that_the_owner_restricts_get_rules() -> None:
    services = ["aiplatform", "iamcredentials", "sts"]
    text = ", ".join(f'"{name}.googleapis.com"' for name in services)
    deployer = '[perimeter.deployer]\nidentities = ["user:operator@example.com"]\ncidrs = ["198.51.100.7/32"]'
    assert attached(stack(f"{JOIN}\nrestricted_services = [{text}]\n{deployer}"))["dry_run_ingress_policy"] == [
        "demo: deployer exchanges tokens",
        "demo: deployer runs Terraform",
        "demo: workloads call Gemini",
        "demo: workloads exchange tokens",
        "demo: workloads impersonate",
    ]


def test_names_that_differ_in_hyphens_alone_are_two_rules() -> None:
    entry = '[[on_premises]]\nname = "{}"\ncidrs = ["198.51.100.0/24"]\nidentities = ["group:ml@example.com"]'
    found = attached(stack(JOIN, f"{entry.format('a-b')}\n{entry.format('a--b')}"))["dry_run_ingress_policy"]
    assert found[:2] == ["demo: on-premises a--b calls Gemini", "demo: on-premises a-b calls Gemini"]


def test_grants_wait_for_every_rule_and_rules_for_their_member_and_level() -> None:
    graph = dependencies(stack(ENFORCED))
    for side in ("", "_dry_run"):
        (rule,) = (address for address in graph if address.startswith(f"{KIND}{side}_ingress_policy."))
        for kind in (f"{KIND}{side}_resource", "google_access_context_manager_access_level", "google_service_account"):
            assert any(one.startswith(f"{kind}.") for one in graph[rule]), kind
        (grant,) = (address for address in graph if address.startswith("google_project_iam_member."))
        assert rule in graph[grant]


def title(*more: str) -> str:
    (rule,) = resources(stack(JOIN, *more), f"{KIND}_dry_run_ingress_policy")
    assert rule["lifecycle"] == {"create_before_destroy": True}
    assert len(rule["title"]) <= 100
    return str(rule["title"])


@pytest.mark.parametrize(
    "change",
    [
        '[[workload]]\nname = "another"',
        'prefix = "other"',
        '[google]\nproject_number = "345678901235"',
        "[perimeter]\nany_identity = true",
        f'[perimeter]\njoin = "{NAME.replace("987654321", "987654322")}"',
    ],
)
def test_another_rule_has_another_title(change: str) -> None:
    assert title(change).rpartition(" ")[2] != title().rpartition(" ")[2]


def test_a_title_does_not_change_with_anything_else() -> None:
    assert title("[perimeter]\ndry_run = false", '[gemini]\nmodel = "gemini-3.5-pro"') == title()


def problems(*more: str) -> str:
    with pytest.raises(SettingsError) as error:
        parse(tables(*more, base=NO_PERIMETER), "test.toml")
    return str(error.value)


PROPOSED = '[perimeter.proposed]\negress_cidrs = ["203.0.113.8/32"]'
REFUSED = {
    "member alone": ('[perimeter]\nmember = "add"\n[google]\norganization_id = "1"', "perimeter.member: has no effect without join"),
    "a policy of our own": (f'{JOIN}\n[google]\norganization_id = "1"', "google.organization_id: has no effect with perimeter.join: no access policy is made"),
    "a named policy": (f'{JOIN}\n[google]\naccess_policy = "1"', "google.access_policy: has no effect with perimeter.join: join names the policy"),
    "a proposal": (f"{ENFORCED}\n{PROPOSED}", "perimeter.proposed: cannot be with join"),
    "another service": (f'{JOIN}\nrestricted_services = ["aiplatform.googleapis.com", "bigquery.googleapis.com"]',
                        'perimeter.restricted_services[1]: got "bigquery.googleapis.com": the owner decides'),
    "a short name": ('[perimeter]\njoin = "shared"', 'perimeter.join: got "shared"'),
    "nothing": ("[perimeter]", "perimeter.join or perimeter.hand_over names an existing perimeter"),
    "another word": (f'{JOIN}\nmember = "maybe"', "perimeter.member: got"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_makes_no_sense_is_refused_with_its_reason(name: str) -> None:
    more, text = REFUSED[name]
    assert text in problems(more)


OTHER = ADDRESSES.replace('prefix = "demo"', 'prefix = "other"')
OWNER = OTHER.replace("[google]", '[google]\naccess_policy = "987654321"') + "[perimeter]"
NEIGHBOURS = {
    "both add": ("shared", f"{OTHER}{JOIN}", f"both add project my-project to {NAME}"),
    "one exists": ("shared", f'{OTHER}{JOIN}\nmember = "exists"', ""),
    "another perimeter": ("another", f"{OTHER}{JOIN}", "both put project my-project into a perimeter"),
    "its maker": ("other_perimeter", OWNER, "one joins accessPolicies/987654321/servicePerimeters/other_perimeter, whose"),
}  # fmt: skip


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_two_environments_of_a_project(name: str, tmp_path: Path) -> None:
    joined, other, said = NEIGHBOURS[name]
    Path(tmp_path, "other.toml").write_text(other)
    mine = parse(tomllib.loads(f"{ADDRESSES}{JOIN.replace('shared', joined)}"), "mine.toml")
    found = [one.reason for one in conflicts("mine", mine, tmp_path)]
    assert [said in one for one in found] == ([True] if said else []), found
