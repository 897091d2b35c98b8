import ipaddress
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib import limits
from constructs_lib.aws.network import Network
from constructs_lib.aws.subnet import subnet_cidrs

A, B, C, H = (f"ap-northeast-1{letter}" for letter in "abch")
IDS = {zone: f"eipalloc-0000000000000000{zone[-1]}" for zone in (A, B, C)}


@pytest.fixture
def network(synth):
    def run(**given):
        options = {"name": "demo", "region": "ap-northeast-1", "cidr": "10.20.0.0/16", "zones": [A]} | given
        built = []
        found = synth(lambda stack: built.append(Network(stack, "network", **options)))
        found.network = built[0]
        return found

    return run


def names(blocks):
    return sorted(block["tags"]["Name"] for block in blocks.values())


def test_one_zone_has_a_public_and_a_private_subnet_and_one_fixed_address(network):
    found = network()
    assert names(found.of("aws_subnet")) == ["demo-private-ap-northeast-1a", "demo-public-ap-northeast-1a"]
    assert found.the("aws_vpc") == found.the("aws_vpc") | {
        "cidr_block": "10.20.0.0/16",
        "enable_dns_support": True,
        "enable_dns_hostnames": True,
    }
    assert found.the("aws_eip")["domain"] == "vpc"
    assert len(found.of("aws_nat_gateway")) == len(found.of("aws_internet_gateway")) == 1
    assert list(found.network.private_subnets) == [A]


def test_private_routes_lead_to_the_nat_gateway_and_public_ones_to_the_internet_gateway(network):
    found = network(zones=[A, B], nat="per-zone")
    ways = {address: block for address, block in found.of("aws_route").items() if "private" in address}
    assert len(ways) == 2
    for address, way in ways.items():
        zone = address.split("network_")[1][:15]
        assert way["destination_cidr_block"] == "0.0.0.0/0"
        assert f"network_{zone}_nat-gateway" in way["nat_gateway_id"]
        assert f"network_{zone}_private-routes" in way["route_table_id"]
    assert "internet-gateway" in found.the("aws_route", "public-way-out")["gateway_id"]
    for address, association in found.of("aws_route_table_association").items():
        kind = "private" if "private" in address else "public"
        assert kind in association["subnet_id"]
        assert f"{kind}-routes" in association["route_table_id"]


def test_a_nat_gateway_lies_in_the_public_subnet_and_waits_for_its_way_out(network):
    found = network()
    (address,) = found.of("aws_nat_gateway")
    assert "_public_" in found[address]["subnet_id"]
    assert {"aws_internet_gateway", "aws_route", "aws_route_table_association", "aws_eip"} <= found.needed_types(
        address
    )


@pytest.mark.parametrize("nat", [{"nat": "single", "nat_zone": B}, {"nat": "per-zone"}])
@pytest.mark.parametrize("added", [A, C, H])
def test_adding_a_zone_changes_no_existing_resource(network, nat, added):
    before = network(zones=[B, "ap-northeast-1d"], **nat)
    for zones in ([B, "ap-northeast-1d", added], [added, "ap-northeast-1d", B]):
        after = network(zones=zones, **nat)
        assert {address: after.get(address) for address in before} == dict(before)
        assert len(after) > len(before)


def test_from_a_single_gateway_to_one_a_zone_the_first_keeps_its_address(network):
    before, after = network(zones=[A, B], nat_zone=B), network(zones=[A, B], nat="per-zone")
    changed = {address for address in before if before[address] != after.get(address)}
    assert [address.rpartition(".")[0] for address in changed] == ["aws_route"]


def test_there_is_an_address_for_each_gateway_and_no_other(network):
    assert len(network(zones=[A, B, C], nat_zone=C).of("aws_eip")) == 1
    per_zone = network(zones=[C, A, B], nat="per-zone")
    assert len(per_zone.of("aws_eip")) == len(per_zone.of("aws_nat_gateway")) == 3
    assert len(per_zone.network.egress_cidrs) == 3


def test_addresses_may_be_protected_from_destroy(network):
    assert network(protect_addresses=True).the("aws_eip")["lifecycle"] == {"prevent_destroy": True}
    assert "lifecycle" not in network().the("aws_eip")


def test_an_address_that_is_brought_is_read_and_not_made(network):
    found = network(zones=[A, B], nat="per-zone", allocation_ids={A: IDS[A], B: IDS[B]})
    assert not found.of("aws_eip")
    assert sorted(block["id"] for block in found.of("data.aws_eip").values()) == [IDS[A], IDS[B]]
    for address, gateway in found.of("aws_nat_gateway").items():
        zone = address.split("network_")[1][:15]
        assert f"address-{zone}" in gateway["allocation_id"]


@pytest.mark.parametrize("brought", [{}, {"allocation_ids": {A: IDS[A]}}])
def test_paused_has_no_gateway_and_keeps_the_address(network, brought):
    running, paused = network(**brought), network(paused=True, **brought)
    gone = {address.rpartition(".")[0] for address in set(running) - set(paused)}
    assert gone == {"aws_nat_gateway", "aws_route"}
    assert {address: paused[address] for address in paused} == {address: running[address] for address in paused}
    assert len(paused.network.egress_cidrs) == 1
    assert paused.network.private_subnets[A].internet_route == ()


def test_the_default_security_group_has_no_rule(network):
    group = network().the("aws_default_security_group")
    assert "vpc" in group["vpc_id"]
    assert {"ingress", "egress"}.isdisjoint(group)


def test_nothing_speaks_ipv6_and_no_subnet_gives_public_addresses(network):
    text = network(zones=[A, B], nat="per-zone", flow_logs=True).text
    assert "ipv6" not in text
    assert "map_public_ip" not in text
    assert "::/0" not in text


def test_flow_logs_are_a_choice_and_may_write_to_their_group_only(network):
    assert not network().of("aws_flow_log")
    found = network(flow_logs=True)
    assert found.the("aws_flow_log")["traffic_type"] == "ALL"
    assert found.the("aws_cloudwatch_log_group")["retention_in_days"] == 30
    (trust,) = json.loads(found.the("aws_iam_role")["assume_role_policy"])["Statement"]
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert "aws_caller_identity" in trust["Condition"]["StringEquals"]["aws:SourceAccount"]
    (write,) = json.loads(found.the("aws_iam_role_policy")["policy"])["Statement"]
    assert write["Resource"].startswith("arn:aws:logs:ap-northeast-1:${data.aws_caller_identity.")
    assert write["Resource"].endswith("}:log-group:/vpc/demo/flow-logs:*")


def test_in_govcloud_arns_are_of_its_partition(network):
    found = network(region="us-gov-west-1", zones=["us-gov-west-1a"], flow_logs=True)
    assert "arn:aws-us-gov:logs:us-gov-west-1:" in found.text
    assert "arn:aws:" not in found.text


@given(st.integers(16, 26), st.integers(0, 2**32 - 1), st.sets(st.sampled_from("abcdefgh"), min_size=1))
def test_all_subnets_fit_their_vpc_and_never_overlap(prefix, number, letters):
    vpc = ipaddress.ip_network((number >> (32 - prefix) << (32 - prefix), prefix))
    zones = [f"us-east-1{letter}" for letter in letters]
    try:
        limits.zone_places(str(vpc), zones)
    except limits.LimitError:
        assert prefix > 24
        return
    ranges = [ipaddress.ip_network(one) for zone in zones for one in subnet_cidrs(str(vpc), zone)]
    assert all(one.subnet_of(vpc) and one.prefixlen <= 28 for one in ranges)
    assert sum(one.num_addresses for one in ipaddress.collapse_addresses(ranges)) == sum(
        one.num_addresses for one in ranges
    )


def test_the_upper_half_of_the_vpc_holds_all_private_subnets():
    assert subnet_cidrs("10.20.0.0/16", "us-east-1a") == ("10.20.0.0/20", "10.20.128.0/20")
    assert subnet_cidrs("10.20.0.0/24", "us-east-1h") == ("10.20.0.112/28", "10.20.0.240/28")
    assert subnet_cidrs("10.20.0.0/25", "us-east-1d") == ("10.20.0.48/28", "10.20.0.112/28")
    assert subnet_cidrs("10.20.0.0/26", "us-east-1b") == ("10.20.0.16/28", "10.20.0.48/28")


@pytest.mark.parametrize(
    ("cidr", "letters"), [("10.20.0.0/25", "abcd"), ("10.20.0.0/26", "ab"), ("10.20.0.0/26", "ac")]
)
def test_a_small_vpc_holds_the_zones_that_fit(network, cidr, letters):
    found = network(cidr=cidr, zones=[f"ap-northeast-1{letter}" for letter in letters], nat="per-zone")
    assert len({subnet["cidr_block"] for subnet in found.of("aws_subnet").values()}) == 2 * len(letters)


@pytest.mark.parametrize(("cidr", "letters"), [("10.20.0.0/25", "ae"), ("10.20.0.0/26", "bc"), ("10.20.0.0/26", "abc")])
def test_zones_that_share_a_place_in_a_small_vpc_are_refused(network, cidr, letters):
    with pytest.raises(limits.LimitError, match="use a /24 or larger, or other zones") as caught:
        network(cidr=cidr, zones=[f"ap-northeast-1{letter}" for letter in letters], nat="per-zone")
    assert caught.value.rule == "zone_places"


def test_the_longest_name_still_makes_a_tag(network):
    assert len("-private-ap-northeast-1a") == 256 - 232
    assert max(len(name) for name in names(network(name="n" * 232).of("aws_subnet"))) == 256


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"zones": []}, "zones"),
        ({"zones": [A, A]}, "zones"),
        ({"zones": ["us-east-1a"]}, "zone"),
        ({"region": "cn-north-1", "zones": ["cn-north-1a"], "flow_logs": True}, "aws_region"),
        ({"cidr": "10.20.0.0/27"}, "vpc_cidr"),
        ({"cidr": "10.20.0.1/16"}, "vpc_cidr"),
        ({"zones": [A, B]}, "nat_zone"),
        ({"zones": [A, B], "nat_zone": C}, "nat_zone"),
        ({"nat": "per-zone", "nat_zone": A}, "nat_zone"),
        ({"nat": "none"}, "nat_zone"),
        ({"allocation_ids": {B: IDS[B]}}, "allocation_ids"),
        ({"zones": [A, B], "nat": "per-zone", "allocation_ids": {A: IDS[A]}}, "allocation_ids"),
        ({"allocation_ids": {A: "eip-1"}}, "allocation_id"),
        ({"name": "n" * 233}, "tag_value"),
        ({"name": "a+b", "flow_logs": True}, "log_group_name"),
    ],
)
def test_what_a_cloud_would_refuse_is_refused_here(network, given, said):
    with pytest.raises(limits.LimitError) as caught:
        network(**given)
    assert caught.value.rule == said
