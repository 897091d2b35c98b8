"""Bad input: every problem at once, each with its TOML path, what was got, what is allowed and why."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import get_args

import pytest
from pydantic import BaseModel

from stacks.settings import SettingsError, load
from stacks.settings.load import FOLDER, parse
from stacks.settings.models import Tables
from tests.synthesis import BASE, ENVIRONMENTS, NO_PERIMETER, tables

WORKLOAD = '[[workload]]\nname = "app"\n'
TWO_ZONES = '[aws.network]\nzones = ["ap-northeast-1a", "ap-northeast-1c"]\n'
DEPLOYER = """
[perimeter]
restricted_services = ["aiplatform.googleapis.com", "iam.googleapis.com"]
[perimeter.deployer]
cidrs = ["198.51.100.7/32"]
"""
POOLS = "principalSet://iam.googleapis.com/projects/345678901234/locations/global/workloadIdentityPools"
WHOLE_POOL = f"{POOLS}/demo-aws/attribute.account/123456789012"
LADDER = """
[perimeter]
restricted_services = ["aiplatform.googleapis.com", "iamcredentials.googleapis.com"]
[perimeter.deployer]
cidrs = ["198.51.100.7/32"]
"""
S3 = '[backend]\ntype = "s3"\nbucket = "my-state"\nregion = "us-east-1"\n'
CALLER, OURS = "caller@other-project.iam.gserviceaccount.com", "terraform@my-project.iam.gserviceaccount.com"
SUBJECT = "principal://iam.googleapis.com/projects/345678901234/locations/global/workloadIdentityPools/demo-aws/subject/arn:aws:sts::123456789012:assumed-role/demo-app/i-0"
GCS = f'[backend]\ntype = "gcs"\nbucket = "my-state"\nimpersonate_service_account = "{CALLER}"\n'
TOO_MANY = "".join(
    f'[[workload]]\nname = "w{i}"\nauth = "direct"\nrole_name = "{"r" * 40}{i}"\nmax_session_length = 10\n'
    for i in range(100)
)


def problems(*more: str, base: str = BASE) -> dict[str, str]:
    """What is said of each path."""
    with pytest.raises(SettingsError) as caught:
        parse(tables(*more, base=base), "test.toml")
    said: dict[str, str] = {}
    for line in str(caught.value).splitlines()[1:]:
        path, text = line.strip().split(": ", 1)
        said[path] = f"{said.get(path, '')}{text}\n"
    return said


@pytest.mark.parametrize(
    ("more", "path", "said"),
    [
        ('[aws]\naccount_id = "123456789"', "aws.account_id", 'got "123456789"; allowed: 12 digits'),
        ('[aws]\ntags = { "aws:team" = "ml" }', "aws.tags.aws:team", 'got "aws:team"'),
        ('[google]\nlabels = { Team = "ml" }', "google.labels.Team", 'got "Team"'),
        ('[aws]\nregion = "cn-north-1"', "aws.region", "amazonaws.com"),
        ('[aws]\nrole_path = "workloads"', "aws.role_path", 'got "workloads"'),
        (WORKLOAD + '"[key]" = 1', "workload[0].[key]", "unknown key; known are"),
        ('[aws]\nregoin = "x"', "aws.regoin", "unknown key; did you mean region?"),
        ('[aws]\negress_cidrs = ["203.0.113.7/32"]', "aws", "exactly one of network, existing_network and egress_cidrs"),
        ('[aws.network]\ncidr = "10.20.0.1/16"', "aws.network.cidr", "10.20.0.0/16"),
        ('[aws.network]\ncidr = "10.20.0.0/27"', "aws.network.cidr", "/26"),
        ('[aws.network]\nzones = ["ap-northeast-3a"]', "aws.network.zones[0]", "a zone of ap-northeast-1"),
        ("[aws.network]\nzones = []", "aws.network.zones", "at least one entry"),
        ('[aws.network]\nzones = ["ap-northeast-1a", "ap-northeast-1a"]', "aws.network.zones", 'got 2 times the value "ap-northeast-1a"'),
        (TWO_ZONES, "aws.network.nat_zone", "missing; with several zones"),
        (TWO_ZONES, "workload[0].zone", "missing; with several zones"),
        (TWO_ZONES + 'nat = "per-zone"\nnat_zone = "ap-northeast-1a"', "aws.network.nat_zone", "has no effect"),
        ('[aws.network]\nnat_zone = "ap-northeast-1c"', "aws.network.nat_zone", "one of zones, ap-northeast-1a"),
        ('[aws.network]\nnat = "none"', "aws.network.nat", "'single' or 'per-zone'"),
        ('[aws.network]\nallocation_ids = { ap-northeast-1c = "eipalloc-0123456789abcdef0" }', "aws.network.allocation_ids", "one address for each zone with a NAT gateway, ap-northeast-1a"),
        ('[google]\nproject_number = "my-project"', "google.project_number", "that looks like a project's id"),
        ("[google]\nproject_number = 345678901234", "google.project_number", "a string, in quotes"),
        ('[google]\naccess_policy = "987654321"', "google", "allowed: one of them"),
        ('[google]\npool_id = "gcp-pool"', "google.pool_id", "not starting with 'gcp-'"),
        ('[google]\ncustom_role_id = "gemini-caller"', "google.custom_role_id", 'got "gemini-caller"'),
        ("[google]\ntoken_lifetime_seconds = 599", "google.token_lifetime_seconds", "600"),
        ('[google]\ntoken_lifetime_seconds = 600\n[[workload]]\nname = "a"\nauth = "direct"', "google.token_lifetime_seconds", "has no effect"),
        ("workload = []", "workload", "at least one entry"),
        (WORKLOAD + WORKLOAD, "workload", 'got 2 times the name "app"'),
        (WORKLOAD + 'zone = "ap-northeast-1c"', "workload[0].zone", "allowed: ap-northeast-1a"),
        (WORKLOAD + 'role_name = "x"\nami = "ami-0123456789abcdef0"', "workload[0].ami", "has no effect"),
        (WORKLOAD + "max_session_length = 30", "workload[0].max_session_length", "has no effect"),
        (WORKLOAD + 'role_name = "x"\npin_unique_id = true', "workload[0].pin_unique_id", "has no effect"),
        (WORKLOAD + 'auth = "direct"\nservice_account_id = "caller-app"', "workload[0].service_account_id", "has no effect"),
        (WORKLOAD + f'auth = "direct"\nservice_account_email = "{CALLER}"', "workload[0].service_account_email", "has no effect"),
        (WORKLOAD + f'service_account_id = "caller-app"\nservice_account_email = "{CALLER}"', "workload[0].service_account_email", "got both"),
        (WORKLOAD + 'service_account_email = "Caller@other-project.iam.gserviceaccount.com"', "workload[0].service_account_email", "did you mean 'caller@other-project"),
        (WORKLOAD + 'service_account_email = "service-345678901234@gcp-sa-aiplatform.iam.gserviceaccount.com"', "workload[0].service_account_email", "a service agent acts for"),
        (WORKLOAD + 'service_account_email = "123-compute@developer.gserviceaccount.com"', "workload[0].service_account_email", "default accounts"),
        (WORKLOAD + 'service_account_email = "a@example.com"', "workload[0].service_account_email", "in lower case"),
        (WORKLOAD + f'service_account_email = "{CALLER}"\n[[workload]]\nname = "b"\nservice_account_email = "{CALLER}"', "workload", f'the service account "{CALLER}"'),
        (WORKLOAD + f'service_account_email = "{CALLER}"' + DEPLOYER + f'identities = ["serviceAccount:{CALLER}"]', "workload[0].service_account_email", "which runs Terraform (perimeter.deployer.identities)"),
        (WORKLOAD + DEPLOYER + 'identities = ["serviceAccount:demo-app@my-project.iam.gserviceaccount.com"]', "workload[0].name", "which runs Terraform"),
        (DEPLOYER + 'identities = ["user:a@example.com"]\nimpersonators = ["user:b@example.com"]', "perimeter.deployer.impersonators", "has no effect: iamcredentials.googleapis.com is not restricted"),
        (DEPLOYER + f'identities = ["user:a@example.com"]\nimpersonators = ["{WHOLE_POOL}"]', "perimeter.deployer.impersonators[0]", "a principal of the workloads' pool"),
        (LADDER + f'identities = ["user:a@example.com"]\nimpersonators = ["{POOLS}/demo-aws/attribute.aws_role/demo-app"]', "perimeter.deployer.impersonators[0]", "a principal of the workloads' pool: the workload could change the perimeter"),
        (DEPLOYER + f'identities = ["{SUBJECT}"]', "perimeter.deployer.identities[0]", "a principal of the workloads' pool"),
        (f'[google]\npool_project_id = "identity-pools"\npool_project_number = "456789012345"\n{DEPLOYER}identities = ["{POOLS.replace("345678901234", "456789012345")}/demo-aws/attribute.aws_role/demo-app"]', "perimeter.deployer.identities[0]", "a principal of the workloads' pool"),
        (WORKLOAD + f'service_account_email = "{CALLER}"' + LADDER + f'identities = ["user:a@example.com"]\nimpersonators = ["serviceAccount:{CALLER}"]', "workload[0].service_account_email", "which impersonates who runs Terraform (perimeter.deployer.impersonators)"),
        (GCS.replace(CALLER, OURS) + LADDER + 'identities = ["user:a@example.com"]', "perimeter.deployer.impersonators", f"name who impersonates {OURS}"),
        (GCS + LADDER.replace("iamcredentials", "storage") + 'identities = ["user:a@example.com"]', "perimeter.deployer.identities", f"does not have serviceAccount:{CALLER}, which backend.impersonate_service_account names"),
        (f'[google]\nimpersonate_service_account = "{OURS}"\n' + LADDER + f'identities = ["serviceAccount:{OURS}"]', "perimeter.deployer.impersonators", "name who impersonates"),
        (f'[google]\nimpersonate_service_account = "{CALLER}"\n' + LADDER + 'identities = ["user:a@example.com"]', "perimeter.deployer.identities", "which google.impersonate_service_account names"),
        (f'[google]\nimpersonate_service_account = "{CALLER}"\n' + WORKLOAD + f'service_account_email = "{CALLER}"', "workload[0].service_account_email", "which runs Terraform (google.impersonate_service_account)"),
        ('[google]\nquota_project = "123"', "google.quota_project", "that looks like the project's number"),
        ('[aws.assume_role]\nrole_arn = "terraform"', "aws.assume_role.role_arn", "the ARN of a role"),
        ('[aws.assume_role]\nrole_arn = "arn:aws:iam::999999999999:role/terraform"', "aws.assume_role.role_arn", "a role of this account: arn:aws:iam::123456789012:role/"),
        ('[aws.assume_role]\nrole_arn = "arn:aws:iam::123456789012:role/t"\nexternal_id = "a b"', "aws.assume_role.external_id", "AssumeRole"),
        (WORKLOAD + 'role_name = "terraform"\n[aws.assume_role]\nrole_arn = "arn:aws:iam::123456789012:role/deploy/terraform"', "workload[0].role_name", "which runs Terraform (aws.assume_role)"),
        (S3 + 'assume_role = { role_arn = "arn:aws:iam::123456789012:role/demo-app" }', "workload[0].name", "which runs Terraform (backend.assume_role)"),
        ('protected_by = "prod"', "protected_by", "has no effect: the environment makes a perimeter"),
        (S3 + 'prefix = "/state/"', "backend.prefix", "did you mean 'state'?"),
        (S3 + 'prefix = "a/../b"', "backend.prefix", "the environment and the stack follow"),
        (S3 + 'kms_key = "projects/p/locations/l/keyRings/r/cryptoKeys/k"', "backend.kms_key", "the ARN of a KMS key"),
        (S3 + "use_lockfile = false", "backend.use_lockfile", "nothing would lock the state"),
        (S3 + f'impersonate_service_account = "{CALLER}"', "backend.impersonate_service_account", 'has no effect: type = "s3" takes'),
        ('[backend]\nprefix = "a"', "backend.prefix", 'type = "local" takes no further key'),
        ('[backend]\ntype = "gcs"\nbucket = "my-state"\nkms_key = "k"', "backend.kms_key", "cryptoKeys"),
        ('[backend]\ntype = "cloud"\norganization = "o"\nproject = "a"', "backend.project", "HCP Terraform"),
        (WORKLOAD + 'role = "roles/owner"', "workload[0].role", "an existing custom role"),
        (WORKLOAD + 'role = "projects/other-project/roles/team_gemini"', "workload[0].role", "granted in that project alone"),
        ('[google]\npool_project_id = "identity-pools"', "google.pool_project_number", "needs its id and its number"),
        ('[google]\npool_project_number = "456789012345"', "google.pool_project_id", "needs its id and its number"),
        ('[google]\npool_project_id = "my-project"\npool_project_number = "456789012345"', "google.pool_project_id", "is Gemini's project"),
        (WORKLOAD + f'role_name = "{"r" * 24}"', "workload[0].role_name", "assertion.userid"),
        (WORKLOAD + 'disabled = "yes"', "workload[0].disabled", "true or false"),
        (TOO_MANY, "workload", "got 100 workloads, whose roles make an attribute condition too long: 88 fit"),
        ('[perimeter]\ndry_run = "yes"', "perimeter.dry_run", 'got "yes"; allowed: true or false, without quotes'),
        ("[perimeter]\nproposed = { any_identity = true }", "perimeter.proposed", "needs dry_run = false"),
        ("[perimeter]\ndry_run = false\nproposed = {}", "perimeter.proposed", "proposes nothing"),
        ('[perimeter]\nrestricted_services = ["bigquery.googleapis.com"]', "perimeter.restricted_services", "does not protect Gemini"),
        ('[perimeter]\nrestricted_services = ["aiplatform.googleapis.com", "iam.googleapis.com"]', "perimeter.deployer", "iam.googleapis.com would be restricted"),
        ('[perimeter]\nrestricted_services = ["aiplatform.googleapis.com", "storage.googleapis.com"]\n[backend]\ntype = "gcs"\nbucket = "my-state"', "perimeter.deployer", "storage.googleapis.com would be restricted"),
        ('[perimeter.deployer]\ncidrs = ["198.51.100.7/32"]\nidentities = ["user:a@example.com"]', "perimeter.deployer", "has no effect"),
        ('[[on_premises]]\nname = "x"\ncidrs = ["192.0.2.1/24"]\nidentities = ["user:a@example.com"]', "on_premises[0].cidrs[0]", "192.0.2.0/24"),
        ('[[on_premises]]\nname = "x"\ncidrs = ["0.0.0.0/0"]\nidentities = ["user:a@example.com"]', "on_premises[0].cidrs[0]", "wider"),
        ('[[on_premises]]\nname = "x"\ncidrs = ["10.0.0.0/24"]\nidentities = ["user:a@example.com"]', "on_premises[0].cidrs[0]", "public"),
        ('[[on_premises]]\nname = "x"\ncidrs = []\nidentities = ["user:a@example.com"]', "on_premises[0].cidrs", "an empty list admits every address"),
        ('[[on_premises]]\nname = "x"\ncidrs = ["198.51.100.0/24"]\nidentities = ["allUsers"]', "on_premises[0].identities[0]", 'got "allUsers"'),
        ('[[on_premises]]\nname = "x"\nmethods = ["*"]', "on_premises[0].methods[0]", "without '*'"),
        ('[[on_premises]]\nname = "x"\npermissions = ["predict"]', "on_premises[0].permissions[0]", "service, resource and verb"),
        ('[[on_premises]]\nname = "x"\ncidrs = ["198.51.100.0/24"]\nidentities = ["user:a@example.com"]\nmethods = ["A.B", "A.B"]', "on_premises[0].methods", "got 2 times"),
        ('[[on_premises]]\nname = "x"\ncidrs = ["198.51.100.0/24"]\nidentities = ["user:*@example.com"]', "on_premises[0].identities[0]", "no '*'"),
        ('[[on_premises]]\nname = "x"\ncidrs = ["198.51.100.0/24"]\nidentities = ["user:a@example.com", "user:a@example.com"]', "on_premises[0].identities", 'got 2 times the value "user:a@example.com"; allowed: each once'),
        (f'[[on_premises]]\nname = "x"\ncidrs = ["198.51.100.0/24"]\nidentities = ["user:a@example.com", "{WHOLE_POOL}"]', "on_premises[0].identities[1]", "which is the whole pool; allowed: a subject or a role of it"),
        (DEPLOYER + 'identities = ["serviceAccount:*@my-project.iam.gserviceaccount.com"]', "perimeter.deployer.identities[0]", "no '*'"),
        (DEPLOYER + 'identities = ["user:a@example.com", "user:b@example.com", "user:a@example.com"]', "perimeter.deployer.identities", 'got 2 times the value "user:a@example.com"'),
        (f'[google]\npool_id = "our-pool"\n{DEPLOYER}identities = ["{POOLS}/our-pool/attribute.account/123456789012"]', "perimeter.deployer.identities[0]", "a principal of the workloads' pool"),
        (DEPLOYER + f'identities = ["{WHOLE_POOL}"]', "perimeter.deployer.identities[0]", "a principal of the workloads' pool"),
        ('[audit]\nnotification_channels = ["projects/p/notificationChannels/1"]', "audit.notification_channels", "alert = true"),
        ('[backend]\ntype = "s3"\nbucket = "my-state"', "backend.region", 'missing; type = "s3" needs it'),
        ('[backend]\nbucket = "b"', "backend.bucket", "has no effect"),
        ('[backend]\ntype = "gcs"\nbucket = "gs://my-state/"', "backend.bucket", "only 'my-state'? (Cloud Storage"),
        ('[backend]\ntype = "s3"\nregion = "us-east-1"\nbucket = "my_state"', "backend.bucket", "Amazon S3"),
        ('[backend]\ntype = "gcs"\nbucket = " "', "backend.bucket", 'got " "; allowed: 3 to 63'),
        ('[backend]\ntype = "cloud"\norganization = "has space/"', "backend.organization", "no space and no '/'"),
        ('[audit]\nalert = true\nnotification_channels = ["projects/*/notificationChannels/*"]', "audit.notification_channels[0]", "a project's id or number"),
        ('prefix = "1demo"', "prefix", "got \"1demo\"; allowed: a letter a-z, then a-z, 0-9 and '-', not ending in '-' (this"),
        ('[[workload]]\nname = "app-"', "workload[0].name", "allowed: a letter a-z, then"),
        ('[[workload]]\nname = "a"\n[[workload]]\nname = "b"\nrole_name = "demo-a"\nmax_session_length = 9', "workload", 'the role name "demo-a"'),
        ('[[workload]]\nname = "a-app"\n[[workload]]\nname = "b-app"\nservice_account_id = "demo-a-app"', "workload", 'the service account "demo-a-app@my-project.iam.gserviceaccount.com"'),
        ('[aws.network]\nflow_logs = true\n[[workload]]\nname = "flow-logs-ap-northeast-1"\nauth = "direct"', "workload", 'the role name "demo-flow-logs-ap-northeast-1"'),
        ('[aws.network]\nprotect_addresses = true\nallocation_ids = { ap-northeast-1a = "eipalloc-0123456789abcdef0" }', "aws.network.protect_addresses", "has no effect"),
        (TWO_ZONES + 'nat = "per-zone"\nallocation_ids = { ap-northeast-1a = "eipalloc-00000001", ap-northeast-1c = "eipalloc-00000001" }', "aws.network.allocation_ids", "each once"),
        ('[aws.tags]\nkeyless-perimeter = "x"', "aws.tags.keyless-perimeter", "the kit's own"),
        ("[aws.tags]\n" + "".join(f'a{i} = "b"\n' for i in range(50)), "aws.tags", "49"),
        ('[aws]\npermissions_boundary = "arn:aws:iam::999999999999:policy/b"', "aws.permissions_boundary", "a policy of this account"),
        ('[aws]\nrole_path = "/${x}/"', "aws.role_path", "without Terraform's ${}"),
        ('[aws]\ntags = { a = "%{ if true }" }', "aws.tags.a", "without Terraform's ${}"),
        ('[google]\ncustom_role_id = "x_y_z"\n[[workload]]\nname = "app"\nrole = "roles/aiplatform.user"', "google.custom_role_id", "has no effect"),
        ('[google]\npool_id = ""', "google.pool_id", "a string that is not empty"),
        ('[gemini]\nlocation = "Europe"', "gemini.location", 'got "Europe"; allowed: \'global\', a multi-region'),
        ('[gemini]\nmodel = "Gemini 3"', "gemini.model", "the id of a model, PUBLISHER/ID"),
        ('[aws.network]\nzones = ["1"]', "aws.network.zones[0]", "the name of a zone"),
        ('[versions]\naws = "banana"', "versions.aws", 'got "banana"; allowed: a constraint such as'),
        ('[versions]\ngoogle = "~> 8.0.0-beta1"', "versions.google", "a pre-release by its exact version alone"),
        ('[versions]\ngoogle = "> 8, < 7"', "versions.google", 'got "> 8, < 7", which no version meets'),
        ('[versions]\ngoogle = "= 7.45, != 7.45.0"', "versions.google", "which no version meets"),
        ('[versions]\ngoogle = "~> 6.49.0"', "versions.google", 'admits nothing from 6.50.0 on; allowed: a constraint that admits 6.50.0 or newer'),
        ('[versions]\ngoogle = "= 6.50.0-beta1"', "versions.google", "admits nothing from 6.50.0 on"),
        ('[versions]\naws = "< 5.100"', "versions.aws", "admits nothing from 5.100.0 on"),
        ('[perimeter]\ndry_run = false\nproposed = { any_identity = false }', "perimeter.proposed", "proposes nothing new"),
        ('[perimeter]\ndry_run = false\nproposed = { restricted_services = ["bigquery.googleapis.com"] }', "perimeter.proposed.restricted_services", "does not protect Gemini"),
        ('[[on_premises]]\nname = "x"\ncidrs = ["198.51.100.0/24"]\nidentities = ["user:a@example.com"]\n' * 2, "on_premises", 'got 2 times the name "x"'),
        *(
            (f'[perimeter]\nrestricted_services = ["aiplatform.googleapis.com", "{name}.googleapis.com"]', "perimeter.deployer", f"{name}.googleapis.com would be restricted")
            for name in ("accesscontextmanager", "cloudresourcemanager", "iamcredentials", "logging", "monitoring", "serviceusage", "sts")
        ),
        ('[backend]\ntype = "azurerm"', "backend.type", "'local', 's3', 'gcs' or 'cloud'"),
    ],
)  # fmt: skip
def test_a_problem_names_its_path_and_what_is_allowed(more: str, path: str, said: str) -> None:
    assert said in problems(more).get(path, "nothing"), problems(more)


@pytest.mark.parametrize(
    "identity",
    [
        f"{POOLS}/demo-aws/attribute.account/210987654321",
        f"{POOLS}/others-aws/attribute.account/123456789012",
        f"{POOLS}/demo-aws/attribute.aws_role/123456789012",
    ],
)
def test_the_account_is_the_whole_pool_of_ours_alone(identity: str) -> None:
    people = f'[[on_premises]]\nname = "x"\ncidrs = ["198.51.100.0/24"]\nidentities = ["{identity}"]'
    assert parse(tables(people), "test.toml").on_premises[0].identities == [identity]


@pytest.mark.parametrize(
    ("prefix", "rule"),
    [
        ("a" * 29, "pool_id"),
        ("a" * 27, "service_account_id"),
        ("gcp-x", "pool_id"),
    ],
)
def test_a_derived_name_that_breaks_its_limit_blames_the_prefix(prefix: str, rule: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(tables(f'prefix = "{prefix}"'), "test.toml")
    assert f'the {rule} made of prefix "{prefix}"' in str(caught.value)
    assert {problem.path for problem in caught.value.problems} == {("prefix",)}


def test_a_prefix_at_the_limit_is_taken_and_a_hyphen_is_no_problem() -> None:
    assert parse(tables(f'prefix = "{"a" * 26}"'), "test.toml").service_account_id
    assert parse(tables('prefix = "my-team-x"'), "test.toml").level_name("workloads") == "my_team_x_workloads"


def test_a_64_character_role_fits_in_the_commercial_regions_and_not_in_govcloud() -> None:
    role = WORKLOAD + f'role_name = "{"r" * 64}"\nmax_session_length = 19'
    assert parse(tables(role), "test.toml")
    gov = BASE.replace("ap-northeast-1", "us-gov-west-1")
    assert "127 bytes" in problems(role, base=gov)["workload[0].role_name"]
    assert parse(tables(role, '[google]\nsubject = "userid"', base=gov), "test.toml")


def test_all_problems_are_told_at_once_those_between_fields_too() -> None:
    bad = (
        BASE.replace('"123456789012"', '"1"')
        .replace('"demo"', f'"{"a" * 40}"')
        .replace("[perimeter]", '[perimeter]\ndryrun = true\n[[on_premises]]\nname = "x"')
    )
    assert problems(base=bad).keys() >= {
        "aws.account_id",
        "prefix",
        "perimeter.dryrun",
        "on_premises[0].cidrs",
        "on_premises[0].identities",
    }


def test_what_needs_a_perimeter_says_so_where_there_is_none() -> None:
    more = '[[on_premises]]\nname = "x"\ncidrs = ["198.51.100.0/24"]\nidentities = ["user:a@example.com"]\n[audit]\nalert = true\n[google]\norganization_id = "1"'
    said = problems(more, base=NO_PERIMETER)
    assert {path for path, text in said.items() if "without [perimeter]" in text} == {
        "on_premises",
        "audit.alert",
        "google.organization_id",
    }


def test_a_perimeter_needs_a_policy() -> None:
    assert "organization_id is missing" in problems("[perimeter]", base=NO_PERIMETER)["google"]


def test_without_an_aws_stack_its_keys_have_no_effect() -> None:
    base = BASE.replace(
        '[aws.network]\ncidr = "10.20.0.0/16"\nzones = ["ap-northeast-1a"]\n', 'egress_cidrs = ["203.0.113.7/32"]\n'
    )
    role = '[[workload]]\nname = "app"\nrole_name = "app"\nmax_session_length = 9\n'
    more = '[aws]\nrole_path = "/a/"\ntags = { a = "b" }\npermissions_boundary = "arn:aws:iam::123456789012:policy/b"'
    said = problems(role, more, base=base)
    assert {path for path, text in said.items() if "has no effect" in text} == {
        "aws.role_path",
        "aws.tags",
        "aws.permissions_boundary",
    }


@pytest.mark.parametrize(
    "more",
    [
        '[perimeter]\nrestricted_services = ["aiplatform.googleapis.com", "sts.googleapis.com", "generativelanguage.googleapis.com"]\n[perimeter.deployer]\nidentities = ["user:a@example.com"]\ncidrs = ["198.51.100.7/32"]',
        '[perimeter]\ndry_run = "yes"\nproposed = { any_identity = true }',
        '[backend]\ntype = "S3"\nbucket = "b"',
        '[google]\norganization_id = "organizations/1"',
        '[[workload]]\nname = "a"\nrole_name = "arn:x"\nmax_session_length = 9',
        '[audit]\nalert = "yes"\nnotification_channels = ["projects/p/notificationChannels/1"]',
        '[[workload]]\nname = "App"',
        '[aws]\nregion = "cn-north-1"',
        "[aws.network]\nzones = [1]",
    ],
)
def test_an_invalid_value_has_no_false_companions(more: str) -> None:
    assert len(problems(more)) == 1, problems(more)


@pytest.mark.parametrize(
    ("prefix", "more", "rule"),
    [
        ("sg", '[google]\npool_id = "pool"\nprovider_id = "provider"', "security_group_name"),
        ("p" * 26, '[[workload]]\nname = "' + "w" * 50 + '"\nauth = "direct"', "aws_role_name"),
        (
            "p" * 60,
            '[google]\npool_id = "pool"\nprovider_id = "provider"\n[aws.network]\nflow_logs = true',
            "aws_role_name",
        ),
        ("p" * 50, '[google]\npool_id = "pool"\nprovider_id = "provider"', "perimeter_name"),
        ("p" * 33, '[google]\npool_id = "pool"\nprovider_id = "provider"', "access_level_name"),
    ],
)
def test_every_name_that_is_made_of_the_prefix_is_checked(prefix: str, more: str, rule: str) -> None:
    assert f"the {rule} made of prefix" in problems(f'prefix = "{prefix}"', more)["prefix"]


def test_the_other_half_of_a_derived_name_is_named_too() -> None:
    name = "w" * 40
    assert 'made of prefix "demo" and workload[0].name' in problems(f'[[workload]]\nname = "{name}"')["prefix"]
    people = f'[[on_premises]]\nname = "{name}"\ncidrs = ["198.51.100.0/24"]\nidentities = ["user:a@example.com"]'
    assert 'made of prefix "demo" and on_premises[0].name' in problems(people)["prefix"]


def test_without_a_network_each_workload_names_its_role() -> None:
    base = BASE.replace(
        '[aws.network]\ncidr = "10.20.0.0/16"\nzones = ["ap-northeast-1a"]\n', 'egress_cidrs = ["203.0.113.7/32"]\n'
    )
    assert "names its existing role" in problems(base=base)["workload[0].role_name"]


def test_an_address_or_subnet_of_an_existing_network_is_named_once() -> None:
    network = '[aws.existing_network]\nsubnet_ids = { "ap-northeast-1a" = "subnet-00000001", "ap-northeast-1c" = "subnet-00000001" }\n'
    base = BASE.replace(
        '[aws.network]\ncidr = "10.20.0.0/16"\nzones = ["ap-northeast-1a"]\n',
        network + 'allocation_ids = ["eipalloc-00000001", "eipalloc-00000001"]\n',
    )
    said = problems(base=base)
    assert "each once" in said["aws.existing_network.allocation_ids"]
    assert "each once" in said["aws.existing_network.subnet_ids"]


def test_an_empty_file_names_the_tables_that_are_missing() -> None:
    found = problems(base="")
    assert "missing; allowed: at least one entry" in found.pop("workload")
    assert found == dict.fromkeys(("aws", "google", "prefix"), "missing; it is required\n")


def test_an_environment_that_does_not_exist_lists_those_that_do() -> None:
    with pytest.raises(SettingsError, match="known are article, central-egress, direct, example"):
        load("prod")
    with pytest.raises(SettingsError, match="got 'Prod'; allowed: a-z, 0-9 and '-', not starting with '-'; known are"):
        load("Prod")


def test_the_command_line_ends_with_2_and_without_a_traceback() -> None:
    result = subprocess.run(
        [sys.executable, "main.py"],
        capture_output=True,
        text=True,
        env=os.environ | {"ENVIRONMENT": "prod"},
        check=False,
    )
    assert result.returncode == 2
    assert "ENVIRONMENT" in result.stderr
    assert "Traceback" not in result.stderr


def test_every_key_of_the_settings_is_explained_in_example_toml() -> None:
    """example.toml is the documentation: commented out or not, each key stands there with a comment."""
    table, explained = "", set()
    for line in (FOLDER / "example.toml").read_text().splitlines():
        text = line.removeprefix("# ")
        if header := re.match(r"\[+([a-z_.]+)\]+", text):
            table = header[1]
        elif key := re.match(r"([a-z_]+) = .+", text):
            explained.add(f"{table}.{key[1]}")
    assert set(_keys(Tables, "")) - explained == {"aws.egress_cidrs"}, "its place is below the tables that it replaces"
    assert "aws.existing_network.egress_cidrs" in explained


def _keys(model: type[BaseModel], table: str) -> Iterator[str]:
    """Every key that is not a table, as `table.key`."""
    for name, field in model.model_fields.items():
        below = next(_models(field.annotation), None)
        yield from _keys(below, f"{table}.{name}".removeprefix(".")) if below else [f"{table}.{name}"]


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_environment_is_valid(name: str) -> None:
    assert load(name).prefix
