"""`extends`: tables that several environments share. Errors name the file that has to be changed."""

from pathlib import Path

import pytest

from stacks.settings import Settings, SettingsError, load
from stacks.settings.extends import OWN
from tests.synthesis import tables

BASE = """
[aws]
region = "ap-northeast-1"
tags = { team = "ml", tier = "1" }
[google]
organization_id = "123456789012"
[perimeter]
restricted_services = ["aiplatform.googleapis.com", "bigquery.googleapis.com"]
[[on_premises]]
name = "office"
cidrs = ["198.51.100.0/28"]
identities = ["user:a@example.com"]
"""
ENVIRONMENT = """
extends = "shared/base.toml"
prefix = "demo"
[aws]
account_id = "123456789012"
[aws.network]
cidr = "10.20.0.0/16"
zones = ["ap-northeast-1a"]
[google]
project_id = "my-project"
project_number = "345678901234"
[perimeter]
dry_run = false
[[workload]]
name = "app"
"""


def loaded(folder: Path, base: str = BASE, own: str = ENVIRONMENT) -> Settings:
    (folder / "shared").mkdir(exist_ok=True)
    (folder / "shared/base.toml").write_text(base)
    (folder / "prod.toml").write_text(own)
    return load("prod", folder)


def problems(*given: str, folder: Path) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        loaded(folder, *given)
    return str(caught.value).replace(f"{folder}/", "").splitlines()


def test_tables_merge_key_by_key(tmp_path: Path) -> None:
    found = loaded(tmp_path)
    assert (found.aws.region, found.aws.account_id) == ("ap-northeast-1", "123456789012")
    assert found.perimeter
    assert (found.perimeter.dry_run, len(found.perimeter.restricted_services)) == (False, 2)
    assert [one.name for one in found.on_premises] == ["office"]


def test_the_environment_replaces_a_value_and_a_whole_list(tmp_path: Path) -> None:
    own = ENVIRONMENT.replace("dry_run = false", 'dry_run = false\nrestricted_services = ["aiplatform.googleapis.com"]')
    own += '[[on_premises]]\nname = "lab"\ncidrs = ["198.51.100.16/28"]\nidentities = ["user:b@example.com"]\n'
    found = loaded(tmp_path, BASE, own + '[aws.tags]\ntier = "2"\n')
    assert found.perimeter
    assert found.perimeter.restricted_services == ["aiplatform.googleapis.com"]
    assert [one.name for one in found.on_premises] == ["lab"]
    assert found.aws.tags == {"team": "ml", "tier": "2"}


def test_an_empty_shared_file_changes_nothing(tmp_path: Path) -> None:
    whole = ENVIRONMENT.replace("[aws]", '[aws]\nregion = "ap-northeast-1"')
    whole = whole.replace("[google]", '[google]\norganization_id = "123456789012"')
    with_it = loaded(tmp_path, "", whole)
    without = loaded(tmp_path, "", whole.replace('extends = "shared/base.toml"\n', ""))
    assert with_it.model_dump(exclude={"extends"}) == without.model_dump(exclude={"extends"})


@pytest.mark.parametrize("path", OWN, ids=".".join)
def test_what_names_an_environment_is_not_inherited(path: tuple[str, ...], tmp_path: Path) -> None:
    *above, key = path
    table = f"[{'.'.join(above)}]\n" if above else ""
    found = problems(f'{table}{key} = "x"\n', folder=tmp_path)
    assert found[0] == "shared/base.toml: 1 problem"
    assert (
        found[1].strip()
        == f"{'.'.join(path)}: a shared file cannot have this key; allowed: in the file of each environment"
    )


def test_a_problem_names_the_file_that_has_the_value(tmp_path: Path) -> None:
    base = BASE.replace("bigquery.googleapis.com", "bigquery").replace('"198.51.100.0/28"', '"10.0.0.0/24"')
    found = problems(base, ENVIRONMENT.replace('"my-project"', '"x"'), folder=tmp_path)
    assert [line.split(": got")[0].strip() for line in found[1:]] == [
        "google.project_id",
        "shared/base.toml: on_premises[0].cidrs[0]",
        "shared/base.toml: perimeter.restricted_services[1]",
    ]


def test_a_value_that_is_replaced_is_not_the_shared_files(tmp_path: Path) -> None:
    found = problems(BASE, ENVIRONMENT.replace("[aws]", '[aws]\nregion = "moon"'), folder=tmp_path)
    assert found[1].strip().startswith('aws.region: got "moon"')


def test_what_is_missing_in_both_is_the_environments(tmp_path: Path) -> None:
    found = problems(BASE.replace('region = "ap-northeast-1"', ""), folder=tmp_path)
    assert found[1].strip() == "aws.region: missing; it is required"


@pytest.mark.parametrize(
    "name", ["base.toml", "../base.toml", "/etc/base.toml", "shared/../../x.toml", "shared/.toml", "shared/base", "", 1]
)
def test_the_file_is_in_a_folder_of_environments(name: object, tmp_path: Path) -> None:
    own = ENVIRONMENT.replace('"shared/base.toml"', repr(name).replace("'", '"'))
    found = problems(BASE, own, folder=tmp_path)
    assert found[1].strip().startswith("extends: got")
    assert "a .toml file in a folder of environments/" in found[1]


def test_a_link_does_not_leave_the_folder(tmp_path: Path) -> None:
    inside = tmp_path / "environments"
    (inside / "shared").mkdir(parents=True)
    (tmp_path / "base.toml").write_text(BASE)
    (inside / "shared/base.toml").symlink_to(tmp_path / "base.toml")
    (inside / "prod.toml").write_text(ENVIRONMENT)
    with pytest.raises(SettingsError, match=r"extends: .* is a link that leaves"):
        load("prod", inside)


def test_a_file_that_is_missing_or_broken_is_named(tmp_path: Path) -> None:
    assert problems("[aws", folder=tmp_path)[1].strip().startswith("the file: not TOML")
    found = problems(BASE, ENVIRONMENT.replace("base.toml", "other.toml"), folder=tmp_path)
    assert found[0] == "prod.toml: 1 problem"
    assert found[1].startswith("  extends: shared/other.toml does not exist; allowed: a .toml file in a folder")


def test_a_shared_file_is_no_environment(tmp_path: Path) -> None:
    loaded(tmp_path)
    with pytest.raises(SettingsError, match="known are prod$"):
        load("base", tmp_path)


def test_a_template_in_a_shared_file_is_found_there(tmp_path: Path) -> None:
    found = problems(BASE.replace('"ml"', '"${x}"'), folder=tmp_path)
    assert found[1].strip().startswith("shared/base.toml: aws.tags.team: got")


def test_tables_alone_need_no_folder() -> None:
    assert "extends" not in tables()
