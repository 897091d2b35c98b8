"""What is allowed and still worth a word."""

import pytest

from stacks.settings import load
from stacks.settings.load import parse
from stacks.settings.warnings import warnings_of
from tests.synthesis import BASE, NO_PERIMETER, tables

PEOPLE = '[[on_premises]]\nname = "x"\nidentities = ["user:a@example.com"]\npermissions = ["aiplatform.endpoints.predict"]\ncidrs = '
ROLE = '[[workload]]\nname = "app"\nrole_name = "app"\nmax_session_length = 9\n'
NO_NETWORK = BASE.replace('[aws.network]\ncidr = "10.20.0.0/16"\nzones = ["ap-northeast-1a"]\n', "")


def test_no_perimeter_and_any_identity_are_worth_a_warning() -> None:
    assert ["no [perimeter]" in warning for warning in warnings_of(parse(tables(base=NO_PERIMETER), "test.toml"))] == [
        True
    ]
    assert ["any_identity" in warning for warning in warnings_of(load("article"))] == [False, True]


def test_a_wide_role_and_an_unproven_partition_are_worth_a_warning() -> None:
    assert next(warnings_of(load("article"))).startswith("workload[0].role: roles/aiplatform.user can also change")
    govcloud = BASE.replace("ap-northeast-1", "us-gov-west-1")
    assert ["GovCloud" in warning for warning in warnings_of(parse(tables(base=govcloud), "test.toml"))] == [True]


def test_people_who_may_call_every_method_are_worth_a_warning() -> None:
    people = f'{PEOPLE}["3.112.0.0/24"]\n'
    assert list(warnings_of(parse(tables(people), "test.toml"))) == []
    every = people.replace('permissions = ["aiplatform.endpoints.predict"]\n', "")
    assert [warning.split(":")[0] for warning in warnings_of(parse(tables(every), "test.toml"))] == ["on_premises[0]"]


@pytest.mark.parametrize(
    ("egress", "client", "said"),
    [
        ("{ ports = [443] }", "", ""),
        ('{ ports = [443] }, { ports = [53], protocol = "udp", cidrs = ["10.1.0.0/16"] }', "", ""),
        ('{ ports = [443] }, { ports = [53], protocol = "udp" }', "", "udp port 53 is open to every address"),
        ('{ ports = [443], cidrs = ["10.0.0.0/8"] }', "", "TCP port 443 is open to private addresses alone (10.0.0.0/8)"),
        ('{ ports = [443], cidrs = ["10.0.0.0/8", "199.36.153.8/30"] }', "", ""),
        ('{ ports = [443], cidrs = ["10.0.0.0/8"] }', '[client]\nhttps_proxy = "http://proxy.example.com:443"', ""),
    ],
)  # fmt: skip
def test_egress_that_is_open_or_reaches_no_cloud_is_worth_a_warning(egress: str, client: str, said: str) -> None:
    more = f'[[workload]]\nname = "app"\negress = [{egress}]\n{client}'
    found = [warning for warning in warnings_of(parse(tables(more), "test.toml")) if "egress" in warning]
    assert [said in warning for warning in found] == ([True] if said else [])


def test_documentation_addresses_are_allowed_with_a_warning() -> None:
    assert any("aws.egress_cidrs" in warning and "203.0.113.7/32" in warning for warning in warnings_of(load("direct")))
    assert list(warnings_of(load("example"))) == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('["3.112.0.0/32", "3.112.0.1/32"]', []),
        ('["3.112.0.0/31"]', ["admits 2 addresses; name the NAT gateways' own, each a /32, in place of 3.112.0.0/31"]),
        ('["3.112.0.0/16", "3.113.0.0/32"]', ["admits 65,537 addresses; name the NAT gateways' own, each a /32, in place of 3.112.0.0/16"]),
        (str([f"3.{i}.0.0/16" for i in range(200)]), ["admits 13,107,200 addresses; name the NAT gateways' own, each a /32, in place of 3.0.0.0/16 and 199 more"]),
    ],
)  # fmt: skip
def test_a_range_wider_than_a_nat_gateway_is_worth_a_warning_in_one_line(more: str, said: list[str]) -> None:
    given = parse(tables(ROLE, f"[aws]\negress_cidrs = {more}", base=NO_NETWORK), "test.toml")
    assert list(warnings_of(given)) == [f"aws.egress_cidrs: {text}" for text in said]
    proposed = parse(tables(f"[perimeter]\ndry_run = false\nproposed = {{ egress_cidrs = {more} }}"), "test.toml")
    assert list(warnings_of(proposed)) == [f"perimeter.proposed.egress_cidrs: {text}" for text in said]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('["3.112.0.0/24", "2600:1f18::/64"]', []),
        ('["3.112.0.0/24", "3.112.0.7/32", "2600:1f18::/64", "2600:1f18::/65"]', []),
        ('["3.112.0.0/24", "3.112.1.0/32"]', ["admits 257 IPv4 addresses: more than 256 are seldom one's own"]),
        ('["3.112.0.0/16", "3.113.0.0/16"]', ["admits 131,072 IPv4 addresses: more than 256 are seldom one's own"]),
        ('["2600:1f18::/48"]', ["admits 65,536 IPv6 networks of /64: more than one is seldom one's own"]),
        ('["2600:1f18::/64", "2600:1f19::/128"]', ["admits 2 IPv6 networks of /64: more than one is seldom one's own"]),
    ],
)  # fmt: skip
def test_a_list_wider_than_an_office_is_worth_a_warning(more: str, said: list[str]) -> None:
    people = parse(tables(PEOPLE + more), "test.toml")
    assert list(warnings_of(people)) == [f"on_premises[0].cidrs: {text}" for text in said]
    services = '[perimeter]\nrestricted_services = ["aiplatform.googleapis.com", "iam.googleapis.com"]\n'
    deployer = f'{services}[perimeter.deployer]\nidentities = ["user:a@example.com"]\ncidrs = {more}'
    assert list(warnings_of(parse(tables(deployer), "test.toml"))) == [
        f"perimeter.deployer.cidrs: {text}" for text in said
    ]


@pytest.mark.parametrize(
    ("constraint", "said"), [("~> 6.40", 1), ("!= 7.20.0", 1), ("~> 6.50", 0), (">= 6.50, < 9", 0)]
)
def test_a_provider_that_the_kit_was_not_run_with_is_worth_a_warning(constraint: str, said: int) -> None:
    given = parse(tables(f'[versions]\ngoogle = "{constraint}"'), "test.toml")
    line = f'versions.google: "{constraint}" admits versions before 6.50.0, which the kit was not run with'
    assert list(warnings_of(given)) == [line] * said
