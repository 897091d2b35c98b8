"""Networks that others own: central egress, several subnets in a zone, DNS servers and proxies, groups, keys, profiles."""

import json
from typing import Any

import pytest

from review.summary import summary
from stacks.settings import SettingsError
from stacks.settings.load import parse
from stacks.settings.warnings import warnings_of
from tests.graph import dependencies
from tests.synthesis import Synthesized, environment, only, resources, synthesized, tables

BASE = """
prefix = "central"
[aws]
region = "eu-central-1"
account_id = "123456789012"
[aws.existing_network]
subnet_ids = { "eu-central-1a" = "subnet-00000000" }
egress_cidrs = ["203.0.113.8/32", "203.0.113.7/32"]
[google]
access_policy = "987654321"
project_id = "my-project"
project_number = "345678901234"
[[workload]]
name = "app"
[perimeter]
"""
WORKLOAD = '[[workload]]\nname = "app"\n'
GIVEN = ["203.0.113.7/32", "203.0.113.8/32"]
PROXY = '[client]\nhttps_proxy = "http://proxy.example.com:3128"\n'
DNS = [{"ports": [53], "protocol": protocol, "cidrs": ["10.0.0.2/32"]} for protocol in ("tcp", "udp")]
KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def central(*more: str) -> Synthesized:
    return synthesized(*more, base=BASE)


def problems(*more: str, base: str = BASE) -> str:
    with pytest.raises(SettingsError) as caught:
        parse(tables(*more, base=base), "test.toml")
    return str(caught.value)


def egress(*rules: dict[str, Any]) -> str:
    lines = [", ".join(f"{key} = {json.dumps(value)}" for key, value in rule.items()) for rule in rules]
    return f"{WORKLOAD}egress = [{', '.join(f'{{ {line} }}' for line in lines)}]\n"


def test_the_review_lists_what_others_own() -> None:
    text = summary("test", {"aws": environment("central-egress").aws})
    _, _, listed = text.partition("not managed here")
    for name, unchecked in {
        "instance profile team-batch-profile": "what its role may do, and who else may assume it, is not checked",
        "subnet subnet-0123456789abcdef2": "its routes, and from which addresses they leave, are not checked",
        "security group sg-0123456789abcdef1": "its rules are not checked",
        f"key {KEY.replace(':123456789012:', ':210987654321:')}": "who may use it is not checked",
    }.items():
        assert f"{name}: {unchecked}" in listed
    assert listed.count("security group") == 2, "the group that is built here is not one of others"
    assert "not managed here" not in summary("test", {"aws": synthesized().aws})


def test_addresses_of_central_egress_are_literals_in_level_delivery_and_output() -> None:
    made = central()
    assert made.aws["output"]["egress_cidrs"]["value"] == GIVEN
    (document,) = resources(made.aws, "aws_ssm_document", "delivery_")
    assert f"KEYLESS_ALLOWED_CIDRS={','.join(GIVEN)}" in document["content"]
    level = only(made.google, "google_access_context_manager_access_level")
    assert level["basic"]["conditions"] == [{"ip_subnetworks": GIVEN}]
    assert "aws_eip" not in made.aws["data"]


def test_the_google_stack_reads_no_state_that_it_does_not_need_and_still_comes_second() -> None:
    made = central()
    assert "terraform_remote_state" not in made.google["data"]
    manifest = json.loads((made.folder / "manifest.json").read_text())["stacks"]
    assert manifest["central-google"]["dependencies"] == ["central-aws"]
    pinned = central(f"{WORKLOAD}pin_unique_id = true").google
    assert "terraform_remote_state" in pinned["data"], "the role's unique id is known to AWS alone"
    assert only(pinned, "google_access_context_manager_access_level")["basic"]["conditions"] == [
        {"ip_subnetworks": GIVEN}
    ]


def test_a_wide_range_of_central_egress_is_worth_a_warning() -> None:
    found = list(warnings_of(parse(tables('[aws.existing_network]\negress_cidrs = ["18.0.0.0/24"]', base=BASE), "x")))
    assert [one for one in found if one.startswith("aws.existing_network.egress_cidrs: admits 256 addresses")]


def test_an_instance_lies_in_the_subnet_that_its_workload_names() -> None:
    aws = environment("central-egress").aws
    named = {name: body["subnet_id"] for name, body in aws["resource"]["aws_instance"].items()}
    (app,) = (one for name, one in named.items() if name.startswith("workload_app_"))
    (batch,) = (one for name, one in named.items() if name.startswith("workload_batch_"))
    by_id = {body["id"]: f"${{data.aws_subnet.{name}.id}}" for name, body in aws["data"]["aws_subnet"].items()}
    assert app == by_id["subnet-0123456789abcdef1"]
    assert batch == by_id["subnet-0123456789abcdef2"]


def test_a_second_subnet_in_a_zone_moves_no_instance() -> None:
    two = central(
        f'[aws.existing_network]\nsubnet_ids = {{ "eu-central-1a" = ["subnet-00000000", "subnet-00000001"] }}\n'
        f'{WORKLOAD}subnet_id = "subnet-00000000"'
    ).aws
    (reference,) = (body["subnet_id"] for body in resources(two, "aws_instance"))
    (subnet,) = (body for name, body in two["data"]["aws_subnet"].items() if name in reference)
    assert subnet["id"] == "subnet-00000000"


def test_a_list_of_one_subnet_is_that_subnet() -> None:
    one = '[aws.existing_network]\nsubnet_ids = { "eu-central-1a" = ["subnet-00000000"] }\n'
    for more in (one, f'{one}{WORKLOAD}subnet_id = "subnet-00000000"'):
        assert central(more).aws == central().aws


def test_dns_servers_and_a_proxy_are_rules_and_the_first_boot_waits_for_them() -> None:
    made = central(egress({"ports": [3128], "cidrs": ["10.0.0.16/28"]}, *DNS) + PROXY).aws
    rules = resources(made, "aws_vpc_security_group_egress_rule")
    assert sorted((rule["ip_protocol"], rule["from_port"], rule["cidr_ipv4"]) for rule in rules) == [
        ("tcp", 53, "10.0.0.2/32"),
        ("tcp", 3128, "10.0.0.16/28"),
        ("udp", 53, "10.0.0.2/32"),
    ]
    graph = dependencies(made)
    (instance,) = (address for address in graph if address.startswith("aws_instance."))
    assert sum(address.startswith("aws_vpc_security_group_egress_rule.") for address in graph[instance]) == 3


def test_an_existing_profile_brings_its_role_and_no_permission_of_ours() -> None:
    aws, google = environment("central-egress").aws, environment("central-egress").google
    assert [role["name"] for role in resources(aws, "aws_iam_role")] == ["central-app"]
    assert aws["output"]["instance_ids"]["value"].keys() == {"app", "batch"}
    assert aws["output"]["role_unique_ids"]["value"].keys() == {"app"}
    provider = only(google, "google_iam_workload_identity_pool_provider")
    assert "assumed-role/team-batch/'" in provider["attribute_condition"]
    (document,) = (one for one in resources(aws, "aws_ssm_document") if one["name"] == "central-batch-client")
    assert "central-batch@my-project" in document["content"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[aws.existing_network]\nallocation_ids = ["eipalloc-00000000"]', "aws.existing_network: got allocation_ids and egress_cidrs; allowed: exactly one"),
        ('[aws.existing_network]\nsubnet_ids = { "eu-central-1a" = ["subnet-1"] }', "aws.existing_network.subnet_ids.eu-central-1a: got"),
        ('[aws.existing_network]\nsubnet_ids = { "eu-central-1a" = 7 }', "aws.existing_network.subnet_ids.eu-central-1a: got 7; allowed: one id, or a list"),
        ('[aws.existing_network]\nsubnet_ids = { "eu-central-1a" = "subnet-00000000", "eu-central-1b" = ["subnet-00000000"] }\n' + WORKLOAD + 'zone = "eu-central-1a"', "aws.existing_network.subnet_ids: got 2 times"),
        ('[aws.existing_network]\negress_cidrs = ["10.0.0.1/32"]', "aws.existing_network.egress_cidrs[0]: got"),
        ('[aws.existing_network]\negress_cidrs = []', "aws.existing_network.egress_cidrs: got []"),
        ('[aws]\negress_cidrs = ["203.0.113.7/32"]', "aws: got existing_network and egress_cidrs; allowed: exactly one of network, existing_network and egress_cidrs; for central egress write egress_cidrs into [aws.existing_network]"),
        ('[aws.existing_network]\nsubnet_ids = { "eu-central-1a" = ["subnet-00000000", "subnet-00000001"] }', "workload[0].subnet_id: missing; eu-central-1a has several: subnet-00000000, subnet-00000001"),
        (WORKLOAD + 'subnet_id = "subnet-00000009"', 'workload[0].subnet_id: got "subnet-00000009"; allowed: one of subnet_ids of eu-central-1a: subnet-00000000'),
        (WORKLOAD + 'zone = "eu-central-1b"', 'workload[0].zone: got "eu-central-1b"; allowed: eu-central-1a'),
        (WORKLOAD + "hop_limit = 65", "workload[0].hop_limit: got 65; allowed: 1 to 64"),
        (WORKLOAD + "root_volume_gib = 4", "workload[0].root_volume_gib: got 4; allowed: 8 to 16384 GiB"),
        (WORKLOAD + 'kms_key_arn = "alias/disks"', "workload[0].kms_key_arn: got"),
        (WORKLOAD + f'kms_key_arn = "{KEY.replace("eu-central-1", "us-east-1")}"', "workload[0].kms_key_arn: got"),
        (WORKLOAD + 'instance_profile = "team"', "workload[0].instance_profile: role_name is missing"),
        (WORKLOAD + 'instance_profile = "team"\nrole_name = "team"\npin_unique_id = true', "workload[0].pin_unique_id: has no effect: the role is not built here"),
        (WORKLOAD + 'role_name = "team"\nhop_limit = 2', "workload[0].hop_limit: has no effect"),
        (WORKLOAD + 'security_group_ids = ["sg-00000000", "sg-00000000"]', "workload[0].security_group_ids: got"),
        (egress({"ports": [443]}) + 'security_group_ids = ["sg-00000000"]', "workload[0].egress: has no effect: security_group_ids"),
        (egress({"ports": [53]}), "workload[0].egress: no rule opens TCP port 443, which AWS and Google need;"),
        (egress({"ports": [443], "protocol": "udp"}), "workload[0].egress: no rule opens TCP port 443"),
        (egress({"ports": [443]}) + PROXY, "workload[0].egress: no rule opens TCP port 3128, which client.https_proxy needs"),
        (egress({"ports": [443]}) + '[client]\nindex_url = "https://pypi.example.com:8443/simple"', "workload[0].egress: no rule opens TCP port 8443, which client.index_url needs"),
        (egress({"ports": [443, 0]}), "workload[0].egress[0].ports[1]: got 0; allowed: 1 to 65535"),
        (egress({"ports": []}), "workload[0].egress[0].ports: got []; allowed: at least one entry"),
        (egress({"ports": [443], "cidrs": ["::/0"]}), "workload[0].egress[0].cidrs[0]: got"),
        (egress({"ports": [443], "protocol": "icmp"}), "workload[0].egress[0].protocol: got"),
        (egress({"ports": list(range(443, 504))}), "workload[0].egress: got 61; allowed: 1 to 60 rules"),
        (WORKLOAD + "egress = []", "workload[0].egress: got []; allowed: at least one entry"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_path(more: str, said: str) -> None:
    assert said in problems(more)


def test_a_subnet_is_named_only_where_others_own_the_network() -> None:
    text = problems(f'{WORKLOAD}subnet_id = "subnet-00000000"', base=_own())
    assert "workload[0].subnet_id: has no effect without [aws.existing_network]" in text


def test_zones_that_do_not_fit_a_small_vpc_are_a_problem_of_the_zones() -> None:
    more = '[aws.network]\ncidr = "10.20.0.0/26"\nzones = ["eu-central-1b", "eu-central-1c"]\nnat = "per-zone"\n'
    text = problems(f'{more}{WORKLOAD}zone = "eu-central-1b"', base=_own())
    assert (
        'aws.network.zones: got "10.20.0.0/26 with eu-central-1b and eu-central-1c"; allowed: at most 2 zones' in text
    )


def test_addresses_next_to_an_existing_network_are_one_problem_that_names_the_way() -> None:
    """As somebody writes it who has an Elastic IP for the form and the network account's addresses for the fact."""
    given = BASE.replace("egress_cidrs", "allocation_ids").replace(
        '["203.0.113.8/32", "203.0.113.7/32"]', '["eipalloc-0123456789abcdef0"]'
    )
    (line,) = problems('[aws]\negress_cidrs = ["203.0.113.7/32"]', base=given).splitlines()[1:]
    assert line.endswith(
        "for central egress write egress_cidrs into [aws.existing_network], in place of allocation_ids"
    )


def test_an_existing_network_needs_addresses() -> None:
    given = BASE.replace('egress_cidrs = ["203.0.113.8/32", "203.0.113.7/32"]\n', "")
    assert "aws.existing_network: got no addresses; allowed: exactly one of allocation_ids" in problems(base=given)


def _own() -> str:
    return BASE.replace("existing_network", "network").replace(
        'subnet_ids = { "eu-central-1a" = "subnet-00000000" }\negress_cidrs = ["203.0.113.8/32", "203.0.113.7/32"]',
        'cidr = "10.20.0.0/16"\nzones = ["eu-central-1a"]',
    )
