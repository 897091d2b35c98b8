"""A perimeter whose owner adds the rule: what is planned here, what is handed over, and what the settings refuse."""

import json

import pytest

from stacks.settings import SettingsError
from stacks.settings.load import parse
from stacks.settings.same_perimeter import between
from tests.stacks.test_join import ADDRESSES, JOIN, NAME, attached
from tests.synthesis import NO_PERIMETER, Synthesized, resources, synthesized, tables

HAND_OVER = f'[perimeter]\nhand_over = "{NAME}"'
ENFORCED = f"{HAND_OVER}\ndry_run = false"


def handed(*more: str, base: str = NO_PERIMETER) -> Synthesized:
    return synthesized(*more, base=base)


@pytest.mark.parametrize("perimeter", [HAND_OVER, ENFORCED])
def test_neither_level_nor_perimeter_is_planned(perimeter: str) -> None:
    google = handed(perimeter).google
    assert not [kind for kind in google["resource"] if "access_context_manager" in kind]
    assert google["output"]["hand_over"]["value"] == NAME
    granted = {kind for kind in google["resource"] if kind.endswith("_iam_member")}
    assert granted == {"google_project_iam_member", "google_service_account_iam_member"}


@pytest.mark.parametrize("more", ["", "dry_run = false", 'member = "exists"'])
def test_what_is_handed_over_is_what_a_joiner_attaches(more: str) -> None:
    """Titles with their digests and addresses included: one object, two ways to apply it."""
    wanted = json.loads((handed(f"{HAND_OVER}\n{more}").folder / "hand-over.json").read_text())
    joined = handed(f"{JOIN}\n{more}").google
    assert attached(wanted) == attached(joined)
    for kind in wanted["resource"]:
        names = [sorted(one["resource"][kind]) for one in (wanted, joined)]
        titles = [[one.get("title") for one in resources(each, kind)] for each in (wanted, joined)]
        assert names[0] == names[1]
        assert titles[0] == titles[1]


def test_nothing_is_written_for_other_environments() -> None:
    assert not (handed(JOIN).folder / "hand-over.json").exists()


def test_without_a_network_the_addresses_are_there() -> None:
    text = (handed(ENFORCED, base=ADDRESSES).folder / "hand-over.json").read_text()
    assert "203.0.113.7/32" in text
    assert "${" not in text


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (f'join = "{NAME}"', "perimeter.hand_over: got join and hand_over; allowed: one of them"),
        ("any_identity = true", "perimeter.any_identity: cannot be with hand_over: a grant waits for a rule that names its caller"),
        ('dry_run = false\n[perimeter.proposed]\negress_cidrs = ["203.0.113.8/32"]', "perimeter.proposed: cannot be with hand_over"),
        ('restricted_services = ["aiplatform.googleapis.com", "storage.googleapis.com"]', "with hand_over this lists those that need a rule"),
        ('[google]\norganization_id = "1"', "google.organization_id: has no effect with perimeter.hand_over: no access policy is made"),
        ('[google]\naccess_policy = "1"', "google.access_policy: has no effect with perimeter.hand_over: hand_over names the policy"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_an_error(more: str, said: str) -> None:
    with pytest.raises(SettingsError) as error:
        parse(
            tables(HAND_OVER, more if more.startswith("[") else f"[perimeter]\n{more}", base=NO_PERIMETER), "test.toml"
        )
    assert said in str(error.value)


def test_the_name_is_that_of_a_perimeter() -> None:
    with pytest.raises(SettingsError, match="perimeter.hand_over: got"):
        parse(tables('[perimeter]\nhand_over = "shared"', base=NO_PERIMETER), "test.toml")


@pytest.mark.parametrize(
    ("other", "count"),
    [(HAND_OVER, 0), (JOIN, 0), (HAND_OVER.replace("shared", "another"), 1), (JOIN.replace("shared", "another"), 1)],
)
def test_two_environments_of_one_project_name_one_perimeter(other: str, count: int) -> None:
    mine, theirs = (parse(tables(each, base=NO_PERIMETER), "test.toml") for each in (HAND_OVER, other))
    assert len(list(between(mine, theirs))) == count
