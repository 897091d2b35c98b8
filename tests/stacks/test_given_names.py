"""The short names of a perimeter and an access level that exist already, in place of those made of the prefix."""

from pathlib import Path
from typing import Any

import pytest

from stacks.settings.load import load, parse
from stacks.settings.neighbours import conflicts
from stacks.settings.resource_names import ResourceNames
from tests.stacks.test_settings import problems
from tests.synthesis import BASE, NO_PERIMETER, only, synthesized, tables

NAME, LEVEL = "demo_vertex_ai_perimeter", "demo_allow_ec2_ip"
GIVEN = f'[perimeter]\nname = "{NAME}"\nlevel_name = "{LEVEL}"'
IN_POLICY = BASE.replace('organization_id = "111111111111"', 'access_policy = "987654321"')
POLICY = "accessPolicies/987654321"
KIND = "google_access_context_manager_"
PEOPLE = '[[on_premises]]\nname = "tokyo"\ncidrs = ["198.51.100.0/24"]\nidentities = ["user:a@example.com"]'
JOIN = f'[perimeter]\njoin = "{POLICY}/servicePerimeters/shared"\n'
NO_WORKLOAD = "workload = []\n[perimeter]\nshared = true\n"


def without_names(stack: dict[str, Any]) -> str:
    return str(stack).replace(NAME, "demo_perimeter").replace(LEVEL, "demo_workloads")


def test_they_are_names_and_titles_and_nothing_else_changes() -> None:
    given, made = (synthesized(more, base=IN_POLICY).google for more in (GIVEN, ""))
    perimeter, level = only(given, f"{KIND}service_perimeter"), only(given, f"{KIND}access_level")
    assert (perimeter["name"], perimeter["title"]) == (f"{POLICY}/servicePerimeters/{NAME}", NAME)
    assert (level["name"], level["title"]) == (f"{POLICY}/accessLevels/{LEVEL}", LEVEL)
    (rule,) = perimeter["spec"]["ingress_policies"]
    assert rule["ingress_from"]["sources"] == [{"access_level": level["name"]}]
    assert without_names(given) == str(made)


def test_other_levels_keep_their_names() -> None:
    proposed = '[perimeter]\ndry_run = false\nproposed = { egress_cidrs = ["203.0.113.8/32"] }'
    stack = synthesized(GIVEN, proposed, PEOPLE, base=IN_POLICY).google
    assert {one["title"] for one in stack["resource"][f"{KIND}access_level"].values()} == {
        LEVEL,
        "demo_workloads_proposed",
        "demo_on_premises_tokyo",
    }


def test_a_joined_perimeter_takes_the_name_of_our_level() -> None:
    stack = synthesized(f'{JOIN}level_name = "{LEVEL}"', base=NO_PERIMETER).google
    assert only(stack, f"{KIND}access_level")["name"] == f"{POLICY}/accessLevels/{LEVEL}"


@pytest.mark.parametrize(
    ("more", "path", "allowed"),
    [
        ('[perimeter]\nname = "my-team_perimeter"', "perimeter.name", "(no '-')"),
        ('[perimeter]\nlevel_name = "my-team_ip"', "perimeter.level_name", "(no '-')"),
        (f'[perimeter]\nname = "{"p" * 51}"', "perimeter.name", "1 to 50 characters"),
        (f'{JOIN}name = "{NAME}"', "perimeter.name", "has no effect with join"),
        (f'{JOIN.replace("join", "hand_over")}name = "{NAME}"', "perimeter.name", "has no effect with hand_over"),
        (f'{NO_WORKLOAD}level_name = "{LEVEL}"', "perimeter.level_name", "there is no workload"),
        ('[perimeter]\nlevel_name = "demo_deployer"', "perimeter.level_name", "the name of another access level"),
        (f'{PEOPLE}\n[perimeter]\nlevel_name = "demo_on_premises_tokyo"', "perimeter.level_name", "another access level"),
    ],
)  # fmt: skip
def test_a_name_without_a_meaning_is_refused(more: str, path: str, allowed: str) -> None:
    assert allowed in problems(more)[path]


def test_a_prefix_with_a_hyphen_goes_with_given_names() -> None:
    settings = parse(tables('prefix = "my-team"', GIVEN), "test.toml")
    assert (settings.perimeter_name, settings.level_name("workloads")) == (NAME, LEVEL)
    assert settings.level_name("deployer") == "my_team_deployer"


def test_other_environments_are_compared_by_the_given_names(tmp_path: Path) -> None:
    text = IN_POLICY.removesuffix("[perimeter]\n")
    (tmp_path / "first.toml").write_text(text + GIVEN)
    second = text.replace('"demo"', '"second"').replace("my-project", "other-project").replace("34567890", "99999990")
    (tmp_path / "second.toml").write_text(second + GIVEN)
    made = [ResourceNames(load(name, tmp_path)).made for name in ("first", "second")]
    assert {f"{POLICY}/accessLevels/{LEVEL}", f"{POLICY}/servicePerimeters/{NAME}"} <= made[0] & made[1]
    said = " ".join(str(one) for one in conflicts("first", load("first", tmp_path), tmp_path))
    assert f"{POLICY}/servicePerimeters/{NAME}" in said


def test_who_joins_a_perimeter_is_compared_with_its_given_name(tmp_path: Path) -> None:
    text = IN_POLICY.removesuffix("[perimeter]\n")
    (tmp_path / "security.toml").write_text(f"{text}{GIVEN}\nshared = true")
    joiner = NO_PERIMETER.replace('"demo"', '"other"') + JOIN.replace('/shared"', f'/{NAME}"')
    (tmp_path / "app.toml").write_text(joiner)
    (said,) = conflicts("app", load("app", tmp_path), tmp_path)
    assert f"both add project my-project to {POLICY}/servicePerimeters/{NAME}" in str(said)
