"""What the settings say of mistakes that people make: the way to write it, and never a wrong way."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from client import places
from client.config import read
from constructs_lib import limits
from stacks.settings import SettingsError
from stacks.settings.load import parse
from stacks.settings.models import Tables
from stacks.settings.warnings import warnings_of
from tests.stacks.test_settings import problems
from tests.synthesis import BASE, synthesized, tables

OFFICE = '[[on_premises]]\nname = "x"\ncidrs = ["198.51.100.0/24"]\n'
NO_NETWORK = BASE.replace('[aws.network]\ncidr = "10.20.0.0/16"\nzones = ["ap-northeast-1a"]\n', "")
TWO_SERVICES = '[perimeter]\nrestricted_services = ["aiplatform.googleapis.com", "{}"]\n'


@pytest.mark.parametrize(
    ("more", "path", "said"),
    [
        ('[workload]\nname = "app"', "workload", "allowed: [[workload]], with two brackets on each side"),
        (OFFICE.replace("[[", "[").replace("]]", "]"), "on_premises", "allowed: [[on_premises]], with two brackets on each side"),
        ("[[perimeter]]\ndry_run = true", "perimeter", "allowed: [perimeter], with one bracket on each side"),
        ("[perimeter]\ndry_run = false\nproposed = []", "perimeter.proposed", "allowed: [perimeter.proposed], with one bracket"),
        ('[aws.network]\nrole_path = "/x/"', "aws.network.role_path", "it belongs to [aws]; write it above the line [aws.network]"),
        ('[aws]\nprefix = "x"', "aws.prefix", "it belongs to the file itself, above the first table\n"),
        ('[aws]\nunlisted = ["us-new-1"]', "aws.unlisted", "it belongs to the file itself, above the first table\n"),
        ("[audit]\ndry_run = true", "audit.dry_run", "unknown key in [audit]; it belongs to [perimeter]\n"),
        ('[audit]\nregion = "x"', "audit.region", "unknown key in [audit]; it belongs to [aws] or [backend]\n"),
        ('[google]\nregion = "x"', "google.region", "unknown key; nothing here has a region at Google"),
        ('[gemini]\nregion = "x"', "gemini.region", "unknown key; the place of Gemini is location\n"),
        ('[google]\norganization = "1"', "google.organization", "did you mean organization_id? organization is a key of [backend]\n"),
        ("[perimeter]\nservices = []", "perimeter.services", "did you mean restricted_services or accessible_services? services is a key of [[perimeter.egress]]\n"),
        ('protected_by = "environments/2-prod.toml"', "protected_by", "did you mean '2-prod'?"),
        (OFFICE + 'identities = ["user:a@example.com"]\npermissions = ["storage.objects.get"]', "on_premises[0].permissions[0]", "which is not a permission of aiplatform.googleapis.com"),
        ('[[workloads]]\nname = "app"', "workloads", "did you mean workload? workloads is a key of [[perimeter.egress]]\n"),
        ('[perimeter]\n"dry_run\u200b" = true', "perimeter.dry_run\\u200b", "did you mean dry_run?"),
        ('[[workload]]\nname = "a"\nrole_name = "x"\ninstance_profile = "arn:aws:iam::210987654321:instance-profile/x"', "workload[0].instance_profile", "only 'x' if 210987654321 is this environment's account"),
        ('[google]\nimpersonate_service_account = "demo-app@my-project.iam.gserviceaccount.com"', "workload[0].name", "which runs Terraform (google.impersonate_service_account)"),
        ('[audit]\nalert = true\nnotification_channels = ["projects/my-project/notificationChannels/1", "projects/345678901234/notificationChannels/1"]', "audit.notification_channels", "got 2 times"),
        ('[audit]\nalert = true\nnotification_channels = ["projects/other/notificationChannels/1"]', "audit.notification_channels[0]", "allowed: one of my-project"),
        ("dry_run = true", "dry_run", "it belongs to [perimeter]\n"),
        ("[audit]\ndryrun = true", "audit.dryrun", "did you mean dry_run of [perimeter]?"),
        ('[google]\nrole_nam = "x"', "google.role_nam", "did you mean role_name of [[workload]]?"),
        ('[[workload]]\nname = "a"\nservice_acount_id = "b"', "workload[0].service_acount_id", "did you mean service_account_id?"),
        ('[[workload]]\nname = "a"\nrole_name = "arn:aws:iam::210987654321:role/x"', "workload[0].role_name", "only 'x' if 210987654321 is this environment's account; another account's roles"),
        ('[aws]\nregion = "us-east-1\u200b"', "aws.region", 'got "us-east-1\\u200b"; allowed: a region'),
        ('[aws]\nregion = "us-east-1\u200b"', "aws.region", "it contains U+200B, which an editor does not show"),
        ('[aws.network]\ncidr = "10.20.0.0"', "aws.network.cidr", "did you mean '10.20.0.0/16'?"),
        ("[aws.tags]\n" + "".join(f'a{i} = "b"\n' for i in range(60)), "aws.tags", "got 60 entries; allowed: at most 49"),
        (TWO_SERVICES.format("bigqery.googleapis.com"), "perimeter.restricted_services[1]", "did you mean 'bigquery.googleapis.com'? if it is newer than this list, name it in `unlisted`"),
        (TWO_SERVICES.format("bigquery"), "perimeter.restricted_services[1]", "did you mean 'bigquery.googleapis.com'?"),
        ('[perimeter]\ndry_run = false\n[perimeter.proposed]\nrestricted_services = ["aiplatform.googleapis.com", "storag.googleapis.com"]', "perimeter.proposed.restricted_services[1]", "did you mean 'storage.googleapis.com'?"),
        ('[gemini]\nlocation = "asia"', "gemini.location", "did you mean 'asia-east1' or 'asia-east2' or 'asia-northeast1'?"),
        ('[gemini]\nlocation = "EU"', "gemini.location", "did you mean 'eu'?"),
        ('[gemini]\nlocation = "us-centrl1"', "gemini.location", "did you mean 'us-central1' or 'us-central2'?"),
        ('[backend]\ntype = "s3"\nbucket = "my-state"\nregion = "us-east-9"', "backend.region", "a region of AWS; did you mean 'us-east-"),
        ('[gemini]\nmodel = "endpoints/123"', "gemini.model", "a tuned model has its endpoint's whole name"),
        ('[gemini]\nmodel = "projects/others/locations/global/endpoints/1"', "gemini.model", "of project others; allowed: one of my-project"),
        ('[gemini]\nmodel = "projects/my-project/locations/us-west1/endpoints/1"', "gemini.model", 'one at gemini.location, "global"'),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_way_out(more: str, path: str, said: str) -> None:
    assert said in problems(more).get(path, "nothing"), problems(more)


def test_a_region_that_does_not_exist_is_told() -> None:
    assert "did you mean 'us-east-" in problems(base=BASE.replace("ap-northeast-1", "us-east-9"))["aws.region"]


@pytest.mark.parametrize("value", ["8.8.8.8/16", "10.20.0.0/8", "8.8.0.0"])
def test_no_hint_where_nothing_near_is_allowed(value: str) -> None:
    assert "did you mean" not in problems(f'[aws.network]\ncidr = "{value}"')["aws.network.cidr"]


def test_a_network_of_somebody_elses_addresses_is_worth_a_warning() -> None:
    given = parse(tables('[aws.network]\ncidr = "8.8.0.0/16"'), "test.toml")
    assert ["8.8.0.0/16 is a public range" in warning for warning in warnings_of(given)] == [True]


def test_a_name_that_the_lists_do_not_have_passes_where_it_is_named() -> None:
    new = 'unlisted = ["us-newplace1", "new.googleapis.com", "nz-north-1"]\n'
    more = TWO_SERVICES.format("new.googleapis.com") + '[gemini]\nlocation = "us-newplace1"'
    given = parse(tables(new, more, base=BASE.replace("ap-northeast-1", "nz-north-1")), "test.toml")
    assert given.gemini.location == "us-newplace1"
    assert given.partition == "aws"
    assert set(problems('unlisted = ["asia", "us"]\n[gemini]\nlocation = "asia"')) == {"gemini.location"}, (
        "it has no host"
    )


@pytest.mark.parametrize("wrong", ["x", 1, 1.5, True, [], ["x"], [1], {}, {"x": 1}, [{}], [{"x": []}], "", [[]]])
def test_every_key_tells_a_wrong_value_in_words_of_the_file(wrong: object) -> None:
    """None of the library's sentences, and no traceback, whatever the value of a key."""
    said = {path: _said(path, wrong) for path in _paths(Tables, ())}
    assert [
        text for text in said.values() if re.search("should be|should have|Input |after validation|a valid ", text)
    ] == []
    assert any(said.values())


def _said(path: tuple[str, ...], wrong: object) -> str:
    given: Any = tomllib.loads(BASE)
    _put(given, path, wrong)
    try:
        parse(given, "test.toml")
    except SettingsError as error:
        return str(error)
    return ""


def _paths(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        yield (*path, name)
        for below in _models(field.annotation):
            yield from _paths(below, (*path, name))


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def _put(node: Any, path: tuple[str, ...], value: object) -> None:
    for part in path[:-1]:
        node = node.setdefault(part, {"name": "x"} if part != "workload" else [{}])
        node = node[0] if isinstance(node, list) else node
    node[path[-1]] = value


CANDIDATES = [
    *places.LOCATIONS, "asia", "europe", "us-centrl1", "us-newplace1", "Europe", "us-central1a", "", "global ", "us-central1\n",
]  # fmt: skip
MODELS = [
    "gemini-3.5-flash", "Gemini-X", "publishers/google/models/gemini-3.5-flash", "anthropic/claude", "models/x", "endpoints/1",
    "projects/my-project/locations/global/endpoints/1", "projects/p/locations/l/models/x", "a b", "../x", "a..b", "a/b/c", "é",
]  # fmt: skip


@pytest.mark.parametrize("unlisted", [[], ["us-newplace1", "asia"]])
@pytest.mark.parametrize("location", CANDIDATES[1:])
def test_client_and_settings_take_the_same_locations(location: str, unlisted: list[str]) -> None:
    environ = _environ(GCP_LOCATION=location, KEYLESS_UNLISTED=" ".join(unlisted))
    taken = location != "" and not read(environ).errors  # an empty variable is one that is not set
    given = tables() | {"unlisted": unlisted, "gemini": {"location": location}}
    assert _is_taken(given) == taken


@pytest.mark.parametrize("model", MODELS)
def test_client_and_settings_take_the_same_models(model: str) -> None:
    assert _is_taken(tables() | {"gemini": {"model": model}}) == (not read(_environ(GEMINI_MODEL=model)).errors)


def _environ(**more: str) -> dict[str, str]:
    return {"GOOGLE_APPLICATION_CREDENTIALS": "x.json", "GCP_PROJECT_ID": "my-project", **more}


def _is_taken(given: dict[str, Any]) -> bool:
    try:
        return bool(parse(given, "test.toml"))
    except SettingsError:
        return False


def test_an_instance_is_told_of_the_location_that_the_lists_do_not_have() -> None:
    new = synthesized('unlisted = ["us-newplace1"]\n[gemini]\nlocation = "us-newplace1"').aws
    assert "KEYLESS_UNLISTED" in str(new["resource"]["aws_ssm_document"])
    assert "KEYLESS_UNLISTED" not in str(
        synthesized('[gemini]\nlocation = "us-west1"').aws["resource"]["aws_ssm_document"]
    )


def test_addresses_are_written_as_google_returns_them() -> None:
    people = '["user:Ann@Example.com", "group:ML@example.com", "serviceAccount:App@my-project.iam.gserviceaccount.com"]'
    given = parse(tables(f"{OFFICE}identities = {people}"), "test.toml").on_premises[0].identities
    assert given == [
        "user:ann@example.com", "group:ml@example.com", "serviceAccount:app@my-project.iam.gserviceaccount.com",
    ]  # fmt: skip
    subject = "principal://iam.googleapis.com/locations/global/workforcePools/people/subject/Ann@Example.com"
    assert parse(tables(f'{OFFICE}identities = ["{subject}"]'), "test.toml").on_premises[0].identities == [subject]
    twice = problems(f'{OFFICE}identities = ["user:a@example.com", "user:A@example.com"]')
    assert "got 2 times" in twice["on_premises[0].identities"]


def test_a_project_with_a_domain_has_the_domain_last_in_its_accounts() -> None:
    stack = synthesized('[google]\nproject_id = "example.com:my-project"').google
    email = "demo-app@my-project.example.com.iam.gserviceaccount.com"
    assert f"serviceAccount:{email}" in str(stack["resource"]["google_project_iam_member"])
    (granted,) = stack["resource"]["google_service_account_iam_member"].values()
    assert granted["service_account_id"] == f"projects/example.com:my-project/serviceAccounts/{email}"
    assert limits.account_email("a", "my-project") == "a@my-project.iam.gserviceaccount.com"


def test_a_whole_workforce_pool_can_be_admitted_and_a_workload_pool_cannot() -> None:
    pool = "principalSet://iam.googleapis.com/locations/global/workforcePools/people/*"
    assert parse(tables(f'{OFFICE}identities = ["{pool}"]'), "test.toml").on_premises[0].identities == [pool]
    ours = "principalSet://iam.googleapis.com/projects/345678901234/locations/global/workloadIdentityPools/demo-aws/*"
    assert (
        "no '*' except for a whole workforce pool"
        in problems(f'{OFFICE}identities = ["{ours}"]')["on_premises[0].identities[0]"]
    )
