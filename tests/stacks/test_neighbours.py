"""Two environments over one project, policy or account: said in `synth`, with both files."""

import json
import tomllib
from pathlib import Path

import pytest

from deploy.ids import Ids
from deploy.neighbours import others_ids, owner
from deploy.stacks import Stack
from main import synthesize
from stacks.settings import SettingsError, load
from stacks.settings.load import FOLDER, parse
from stacks.settings.neighbours import EXAMPLES, FILE, Conflict, conflicts, sentences, write_neighbours
from stacks.settings.protection import unprotected
from tests.synthesis import ENVIRONMENTS, environment

FIRST = """
prefix = "first"
[aws]
region = "eu-central-1"
account_id = "123456789012"
egress_cidrs = ["203.0.113.7/32"]
[google]
organization_id = "123456789012"
project_id = "our-project"
project_number = "456789012345"
[[workload]]
name = "app"
role_name = "app"
[perimeter]
dry_run = false
"""
SECOND = (
    FIRST.replace('"first"', '"second"')
    .replace("123456789012", "210987654321", 1)
    .replace("203.0.113.7", "203.0.113.8")
)
ALONE = SECOND.replace("[perimeter]\ndry_run = false\n", "").replace('organization_id = "123456789012"\n', "")
ACCOUNT = "serviceAccount:second-app@our-project.iam.gserviceaccount.com"
ROLE_OF_SECOND = (
    "principalSet://iam.googleapis.com/projects/456789012345/locations/global/workloadIdentityPools/second-aws"
    "/attribute.aws_role/app"
)
ADMITS = f'[[on_premises]]\nname = "second"\ncidrs = ["203.0.113.8/32"]\nidentities = ["{ACCOUNT}"]\n'
SHARED = 'organization_id = "123456789012"', 'access_policy = "987654321"'


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text)
    return folder


def said(folder: Path, name: str = "second") -> list[str]:
    return [text.replace(str(folder), "environments") for text in sentences(about(folder, name), folder)]


def about(folder: Path, *names: str) -> list[tuple[str, Conflict]]:
    return [(name, one) for name in names for one in conflicts(name, load(name, folder), folder)]


def test_two_own_policies_over_one_project(tmp_path: Path) -> None:
    (text,) = said(written(tmp_path, first=FIRST, second=SECOND))
    assert text.startswith(
        "environments/second.toml and environments/first.toml: both make an access policy for project our-project"
    )


def test_one_project_in_two_perimeters(tmp_path: Path) -> None:
    (text,) = said(written(tmp_path, first=FIRST.replace(*SHARED), second=SECOND.replace(*SHARED)))
    assert "both put project our-project into a perimeter" in text
    (text,) = said(written(tmp_path, first=FIRST, second=SECOND.replace(*SHARED)))
    assert "both put project our-project into a perimeter" in text


def test_one_prefix_in_one_policy_over_two_projects(tmp_path: Path) -> None:
    other = FIRST.replace(*SHARED).replace("our-project", "other-project").replace("456789012345", "567890123456")
    (text,) = said(written(tmp_path, first=FIRST.replace(*SHARED), second=other))
    assert "both make accessPolicies/987654321/accessLevels/first_deployer" in text
    assert "accessPolicies/987654321/servicePerimeters/first_perimeter" in text
    assert said(written(tmp_path, second=other.replace('"first"', '"second"'))) == []


def test_one_role_in_one_aws_account(tmp_path: Path) -> None:
    network = '[aws.network]\ncidr = "10.0.0.0/20"\nzones = ["eu-central-1a"]\n[google]'
    built = [
        one.replace('egress_cidrs = ["203.0.113.7/32"]\n', "")
        .replace("[google]", network)
        .replace('role_name = "app"\n', "")
        for one in (
            FIRST,
            ALONE.replace("203.0.113.8", "203.0.113.7")
            .replace("210987654321", "123456789012")
            .replace('"second"', '"first"'),
        )
    ]
    texts = said(written(tmp_path, first=built[0], second=built[1]))
    assert any("role first-app of AWS account 123456789012" in text for text in texts)


def test_a_second_account_without_a_perimeter_is_no_conflict(tmp_path: Path) -> None:
    assert said(written(tmp_path, first=FIRST, second=ALONE)) == []


def test_one_document_in_one_region(tmp_path: Path) -> None:
    """Existing roles in existing profiles: only the documents are made here."""
    network = '[aws.existing_network]\nsubnet_ids = { "eu-central-1a" = "subnet-00000000" }\negress_cidrs'
    central = FIRST.replace("egress_cidrs", network).replace(
        'role_name = "app"', 'role_name = "app"\ninstance_profile = "a"'
    )
    other = central.replace("our-project", "other-project").replace("456789012345", "567890123456")
    (text,) = said(written(tmp_path, first=central, second=other))
    assert (
        "both make document first-app-client of AWS account 123456789012 in eu-central-1, document first-client-"
        in text
    )
    (text,) = said(written(tmp_path, second=other.replace('name = "app"', 'name = "batch"', 1)))
    assert "both make document first-client-release-1 of AWS account 123456789012 in eu-central-1: " in text
    assert said(written(tmp_path, second=other.replace("eu-central-1", "eu-west-1"))) == []


def test_one_impersonation_role(tmp_path: Path) -> None:
    small = [one.replace("[google]", '[google]\nimpersonation_role = "custom"\npool_id = "' + name + '"\nprovider_id = "x-aws"') for name, one in
             (("first-aws", FIRST), ("other-aws", ALONE.replace('"second"', '"first"')))]  # fmt: skip
    (text, *_) = said(written(tmp_path, first=small[0], second=small[1]))
    assert "projects/our-project/roles/first_impersonator" in text


def test_one_grant_in_two_states(tmp_path: Path) -> None:
    """A project's grant has no owner: the first destroy ends the calls of the other environment."""
    named = 'name = "app"\nrole = "roles/aiplatform.user"\nservice_account_email = "calls-gemini@our-project.iam.gserviceaccount.com"'
    theirs, mine = FIRST.replace('name = "app"', named, 1), ALONE.replace('name = "app"', named, 1)
    (text,) = said(written(tmp_path, first=theirs, second=mine))
    assert "both grant roles/aiplatform.user on our-project to serviceAccount:calls-gemini@our-project" in text
    assert said(written(tmp_path, second=mine.replace("calls-gemini@", "calls-other@"))) == []
    assert said(written(tmp_path, second=mine.replace('name = "app"', 'name = "app"\ndisabled = true', 1))) == []


@pytest.mark.parametrize("key", ["identities", "impersonators"])
@pytest.mark.parametrize("principal", [ACCOUNT, ROLE_OF_SECOND])
def test_a_workload_that_runs_terraform_in_the_other_environment(key: str, principal: str, tmp_path: Path) -> None:
    who = {"identities": ["user:a@example.com"], "impersonators": ["user:b@example.com"], key: [principal]}
    restricted = '["aiplatform.googleapis.com", "iamcredentials.googleapis.com"]'
    deployer = f"restricted_services = {restricted}\n[perimeter.deployer]\ncidrs = ['198.51.100.7/32']\n"
    folder = written(tmp_path, first=FIRST + deployer + "".join(f"{k} = {v}\n" for k, v in who.items()), second=ALONE)
    for name in ("first", "second"):
        (text,) = said(folder, name)
        assert f"{principal}: a workload of one of them runs Terraform in the other one" in text


def test_the_audit_configs_of_a_project_have_one_owner(tmp_path: Path) -> None:
    logs = "[audit]\ndata_access_logs = true\n"
    (text,) = said(written(tmp_path, first=FIRST + logs, second=ALONE + logs))
    assert "both have data_access_logs" in text


def test_a_file_that_cannot_be_used_is_left_out(tmp_path: Path) -> None:
    assert said(written(tmp_path, broken="[", wrong='prefix = "UPPER"', second=SECOND)) == []


def test_the_shipped_examples_share_a_project_in_silence() -> None:
    assert set(ENVIRONMENTS) == EXAMPLES
    for name in ENVIRONMENTS:
        assert list(conflicts(name, load(name))) == []


def test_a_copy_of_an_example_over_another_ones_project_is_said(tmp_path: Path) -> None:
    text = (FOLDER / "direct.toml").read_text()
    folder = written(
        tmp_path, example=(FOLDER / "example.toml").read_text(), prod=text.replace('"direct"', '"prod"', 1)
    )
    (line,) = said(folder, "prod")
    assert line.startswith("environments/prod.toml and environments/example.toml: ")


def test_a_reason_of_several_files_is_one_line_with_all_of_them(tmp_path: Path) -> None:
    third = SECOND.replace('"second"', '"third"').replace("210987654321", "310987654321")
    folder = written(tmp_path, first=FIRST, second=SECOND, third=third)
    why = ": both make an access policy for project our-project, and Google admits one for each project"
    (one,) = said(folder, "first")
    assert one.startswith(f"environments/first.toml and each of environments/second.toml, environments/third.toml{why}")
    (every,) = sentences(about(folder, "first", "second", "third"), Path("e"))
    assert every.startswith(f"any two of e/first.toml, e/second.toml, e/third.toml{why}")
    (tmp_path / "third.toml").write_text(
        third.replace("our-project", "other-project").replace("456789012345", "567890123456")
    )
    (pair,) = sentences(about(folder, "first", "second", "third"), Path("e"))
    assert pair.startswith(f"e/first.toml and e/second.toml{why}")


def test_one_file_with_several_that_have_nothing_in_common_is_one_line() -> None:
    found = [("a", Conflict("b", "", "why")), ("b", Conflict("a", "", "why")), ("a", Conflict("c", "", "why"))]
    assert list(sentences(found, Path("e"))) == ["e/a.toml and each of e/b.toml, e/c.toml: why"]


def test_what_is_found_is_written_for_the_deploy_and_nothing_if_nothing_is(tmp_path: Path) -> None:
    folder, out = written(tmp_path, first=FIRST, second=SECOND), tmp_path / "out"
    out.mkdir()
    write_neighbours("second", load("second", folder), str(out), folder)
    found = json.loads((out / FILE).read_text())
    assert [(one["environment"], one["stack"]) for one in found["conflicts"]] == [("first", "first-google")]
    assert found["policies"] == {"projects/456789012345": "first"}
    (tmp_path / "first.toml").unlink()
    write_neighbours("second", load("second", folder), str(out), folder)
    assert not (out / FILE).exists()


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_what_another_file_makes_is_written_as_the_ids_that_adopt_offers(name: str, tmp_path: Path) -> None:
    """A copy under another name makes the same things: those whose ids the settings determine are not to be offered."""
    copied = (FOLDER / f"{name}.toml").read_text()
    folder, out = written(tmp_path, first=copied, second=copied), tmp_path / "out"
    out.mkdir()
    write_neighbours("second", load("second", folder), str(out), folder)
    stacks, offered = environment(name), set()
    both = {"a-aws": stacks.aws, "a-google": stacks.google}
    for stack_name in both if load(name).has_aws_stack else ["a-google"]:
        ids = Ids(Stack(stack_name, out / "stacks" / stack_name, (), both[stack_name]), None)
        policies = [
            address for address in ids.resources if address.startswith("google_access_context_manager_access_policy.")
        ]
        ids.found = dict.fromkeys(policies, "1")
        others = others_ids(ids)
        offered |= {
            address.partition(".")[0]
            for address in ids.resources
            if (id := ids.id(address)) and owner(id, others) is None
        }
    # Of the project, in a perimeter that others own, or to impersonate an account that exists already.
    assert offered <= {
        "google_project_service",
        "google_project_iam_audit_config",
        "google_service_account_iam_member",
        "google_access_context_manager_service_perimeter_resource",
        "google_access_context_manager_service_perimeter_dry_run_resource",
    }


def test_a_role_at_aws_is_no_project_at_google(tmp_path: Path) -> None:
    """Project `first-app`, and the role of workload `app` of prefix `first`, which both environments make."""
    network = '[aws.network]\ncidr = "10.0.0.0/20"\nzones = ["eu-central-1a"]\n[google]'
    text = FIRST.replace('egress_cidrs = ["203.0.113.7/32"]\n', "").replace('role_name = "app"\n', "")
    text = text.replace("[google]", network).replace("our-project", "first-app")
    other = text.replace("first-app", "other-app").replace("456789012345", "567890123456")
    folder, out = written(tmp_path, first=other, second=text), tmp_path / "out"
    out.mkdir()
    write_neighbours("second", load("second", folder), str(out), folder)
    for side, known in (("aws", "first"), ("google", None)):
        ids = Ids(Stack(f"first-{side}", out / "stacks" / side, (), {}), None)
        assert owner("first-app roles/aiplatform.user serviceAccount:x", others_ids(ids)) == known


def test_an_id_is_anothers_as_a_whole_part_only() -> None:
    others = {"demo-app": "a", "projects/p/serviceAccounts/x@p.iam.gserviceaccount.com": "b"}
    assert owner("demo-app/arn:aws:iam::aws:policy/X", others) == "a"
    assert owner("demo-app:no-parameters", others) == "a"
    assert owner("projects/p/serviceAccounts/x@p.iam.gserviceaccount.com roles/r principalSet://y", others) == "b"
    assert owner("demo-app2", others) is None
    assert owner("my-demo-app", others) is None


def test_a_stated_protection_is_verified_by_the_other_ones_settings(tmp_path: Path) -> None:
    stated = 'protected_by = "first"\n' + ALONE
    folder = written(tmp_path, first=FIRST + ADMITS, second=stated)
    (line,) = unprotected(load("second", folder), folder)
    assert line.endswith("first.toml: its settings name these callers and addresses")


def test_the_addresses_of_central_egress_are_verified_too(tmp_path: Path) -> None:
    network = '[aws.existing_network]\nsubnet_ids = { "eu-central-1a" = "subnet-00000000" }\negress_cidrs'
    stated = 'protected_by = "first"\n' + ALONE.replace("egress_cidrs", network)
    folder = written(tmp_path, first=FIRST + ADMITS, second=stated)
    (line,) = unprotected(load("second", folder), folder)
    assert line.endswith("its settings name these callers and addresses")
    written(folder, first=FIRST + ADMITS.replace("203.0.113.8", "203.0.113.9"))
    assert len(list(unprotected(load("second", folder), folder))) == 2


@pytest.mark.parametrize(
    ("first", "why"),
    [
        (FIRST, f"no on_premises entry names {ACCOUNT}"),
        (FIRST + ADMITS.replace("203.0.113.8", "203.0.113.9"), "with these addresses"),
        (FIRST + ADMITS.replace("second-app@", "other-app@"), "no on_premises entry"),
        ((FIRST + ADMITS).replace("dry_run = false", "dry_run = true"), "its perimeter is a dry run"),
        ((FIRST + ADMITS).replace("456789012345", "567890123456"), "no perimeter around project our-project"),
        (ALONE.replace('"second"', '"first"'), "no perimeter around project"),
        ("[", "the file does not exist or has problems"),
    ],
)
def test_a_stated_protection_removes_no_warning_until_then(first: str, why: str, tmp_path: Path) -> None:
    folder = written(tmp_path, first=first, second='protected_by = "first"\n' + ALONE)
    warning, line = unprotected(load("second", folder), folder)
    assert "no [perimeter]" in warning
    assert "stated, not verified: " in line
    assert why in line


def test_another_accounts_workload_in_one_file_is_answered_with_the_way() -> None:
    text = FIRST + '[[workload]]\nname = "stage"\nrole_name = "app"\naccount_id = "210987654321"\n'
    with pytest.raises(
        SettingsError,
        match=r"workload\[1\].account_id: unknown key; the roles of another AWS account need a second environment",
    ):
        parse(tomllib.loads(text.replace("[perimeter]\ndry_run = false\n", "") + "[perimeter]\n"), "test.toml")


def test_synthesis_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "environments"
    folder.mkdir()
    written(folder, first=FIRST, second=SECOND)
    monkeypatch.chdir(tmp_path)
    synthesize(load("second"), "second", str(tmp_path / "out"))
    assert (tmp_path / "out" / FILE).exists()
