import pytest
from cdktf import TerraformOutput

from constructs_lib import limits
from constructs_lib.aws.existing import ExistingNetwork

A, B = "ap-northeast-1a", "ap-northeast-1b"
SUBNETS = {B: "subnet-0000000000000000b", A: "subnet-0000000000000000a"}
ADDRESSES = ["eipalloc-00000000000000002", "eipalloc-00000000000000001"]


@pytest.fixture
def existing(synth):
    def run(**given):
        options = {"region": "ap-northeast-1", "subnet_ids": SUBNETS, "allocation_ids": ADDRESSES} | given
        built = []

        def build(stack):
            built.append(ExistingNetwork(stack, "network", **options))
            TerraformOutput(stack, "egress_cidrs", value=built[0].egress_cidrs)

        found = synth(build)
        found.network = built[0]
        return found

    return run


def test_nothing_is_made_and_everything_is_read(existing):
    found = existing()
    assert {address.rpartition(".")[0] for address in found} == {"data.aws_subnet", "data.aws_eip"}
    assert found.the("data.aws_subnet", A)["id"] == SUBNETS[A]
    assert list(found.network.private_subnets) == [A, B]
    assert [subnet.internet_route for subnet in found.network.private_subnets.values()] == [(), ()]


def test_addresses_come_in_one_order_however_they_are_written(existing):
    assert existing().text == existing(allocation_ids=ADDRESSES[::-1]).text
    assert existing().text == existing(allocation_ids=[*ADDRESSES, ADDRESSES[0]]).text
    assert len(existing().network.egress_cidrs) == 2


def test_the_plan_fails_for_a_subnet_of_another_zone_or_one_that_gives_ipv6_addresses(existing):
    checks = existing().the("data.aws_subnet", A)["lifecycle"]["postcondition"]
    assert [check["condition"] for check in checks] == [
        f'${{self.availability_zone == "{A}"}}',
        "${!self.assign_ipv6_address_on_creation}",
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"subnet_ids": {A: "vpc-1"}}, "subnet_id"),
        ({"subnet_ids": {"us-east-1a": SUBNETS[A]}}, "zone"),
        ({"subnet_ids": {}}, "zones"),
        ({"allocation_ids": []}, "allocation_ids"),
        ({"allocation_ids": ["198.51.100.7"]}, "allocation_id"),
    ],
)
def test_what_a_cloud_would_refuse_is_refused_here(existing, given, said):
    with pytest.raises(limits.LimitError) as caught:
        existing(**given)
    assert caught.value.rule == said
