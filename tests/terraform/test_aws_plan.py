"""The AWS constructs under the real Terraform and the real aws provider, against the local cloud's AWS.

NAT gateways and routes carry no traffic there: that an instance waits for its route to the internet is proved on the dependency graph.
"""

import base64

import cdktf
import pytest
from cdktf import TerraformOutput, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags

from constructs_lib.aws.existing import ExistingNetwork
from constructs_lib.aws.network import Network
from constructs_lib.aws.workload import Ec2Workload
from tests.localcloud.account import client
from tests.terraform import support

pytestmark = [support.needs("hashicorp/aws"), pytest.mark.xdist_group("terraform-aws")]

REGION = "ap-northeast-1"
A, C, D = (f"{REGION}{letter}" for letter in "acd")  # moto knows, as AWS does, that b takes no new subnets
UNREFRESHED = "-refresh=false"  # quicker; that nothing drifts is the second plan's matter
USER_DATA = base64.b64encode(b"#!/bin/sh\necho new\n").decode()


def stack(build):
    """A stack with the provider and whatever `build` adds; it returns the network, whose addresses become the output."""
    made = TerraformStack(cdktf.Testing.app(), "aws")
    support.pin_aws(made)
    AwsProvider(made, "aws", region=REGION, default_tags=[AwsProviderDefaultTags(tags={"owner": "tests"})])
    network = build(made)
    TerraformOutput(made, "egress_cidrs", value=network.egress_cidrs)
    return cdktf.Testing.synth(made)


def demo(workload=None, **network):
    """One workload behind one NAT gateway, in zone c, and what a test wants otherwise."""

    def build(made):
        options = {"zones": [C], "protect_addresses": True, "flow_logs": True} | network
        built = Network(made, "network", name="demo", region=REGION, cidr="10.20.0.0/16", **options)
        Ec2Workload(
            made,
            "app",
            name="app",
            role_name="app",
            region=REGION,
            subnet=built.private_subnets[C],
            paused=network.get("paused", False),
            **(workload or {}),
        )
        return built

    return stack(build)


@pytest.fixture(scope="module")
def terraform(tmp_path_factory, cloud):
    """The workspace with `demo()` applied: first paused, then resumed. Tests plan changes from there and apply none."""
    workspace = support.workspace(tmp_path_factory.mktemp("aws"), ["hashicorp/aws"], cloud.deployer_environment())
    workspace.write(demo(paused=True))
    workspace.apply()
    paused_outputs = workspace.outputs()
    workspace.resumed = planned(workspace, demo())
    workspace.apply("plan.bin")
    assert workspace.outputs() == paused_outputs
    return workspace


@pytest.fixture(scope="module")
def untouched(tmp_path_factory, cloud):
    """A workspace in which nothing is applied."""
    return support.workspace(tmp_path_factory.mktemp("untouched"), ["hashicorp/aws"], cloud.deployer_environment())


@pytest.fixture
def ec2(cloud):
    return client(cloud, "ec2", region=REGION)


def planned(terraform, synthesized, *arguments):
    """The plan for a changed configuration; no plan hides a value from its reviewer."""
    terraform.write(synthesized)
    plan = terraform.plan(*arguments)
    assert "(sensitive value)" not in plan.text
    return plan


def kinds(plan, *actions):
    return sorted(address.split(".")[0] for address, done in plan.changes.items() if done == list(actions))


def test_a_second_plan_is_empty_even_after_a_new_image_and_new_user_data(terraform):
    plan = planned(terraform, demo(workload={"ami": "ami-0123456789abcdef0", "user_data_base64": USER_DATA}))
    assert plan.changes == {}
    assert "No changes." in plan.text


def test_adding_zones_with_a_gateway_each_only_creates(terraform):
    plan = planned(terraform, demo(zones=[A, C, D], nat="per-zone"), UNREFRESHED)
    assert {tuple(actions) for actions in plan.changes.values()} == {("create",)}
    assert kinds(plan, "create").count("aws_nat_gateway") == 2
    assert kinds(plan, "create").count("aws_subnet") == 4


@pytest.mark.usefixtures("terraform")
def test_nothing_comes_in_and_only_https_goes_out(ec2):
    vpc = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["demo"]}])["Vpcs"][0]["VpcId"]
    groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    rules = {group["GroupName"]: (group["IpPermissions"], group["IpPermissionsEgress"]) for group in groups}
    assert rules["default"] == ([], [])
    nothing_in, (out,) = rules["app"]
    assert nothing_in == []
    assert (out["IpProtocol"], out["FromPort"], out["ToPort"]) == ("tcp", 443, 443)
    assert [one["CidrIp"] for one in out["IpRanges"]] == ["0.0.0.0/0"]
    assert out["Ipv6Ranges"] == []


@pytest.mark.usefixtures("terraform")
def test_the_instance_and_its_volume_carry_the_tags(ec2):
    volumes = ec2.describe_volumes(Filters=[{"Name": "tag:Name", "Values": ["app"]}])["Volumes"]
    assert [volume["Encrypted"] for volume in volumes] == [True]
    assert {tag["Key"]: tag["Value"] for tag in volumes[0]["Tags"]} == {"Name": "app", "owner": "tests"}
    (instance,) = ec2.describe_instances()["Reservations"][0]["Instances"]
    assert instance["MetadataOptions"]["HttpTokens"] == "required"
    assert instance["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
    assert "KeyName" not in instance


def test_a_protected_address_cannot_be_destroyed(terraform):
    terraform.write(demo())
    with pytest.raises(support.TerraformError, match="Instance cannot be destroyed"):
        terraform.plan("-destroy", UNREFRESHED)


def test_an_address_that_is_brought_is_known_in_the_first_plan(untouched, ec2):
    address = ec2.allocate_address(Domain="vpc")
    plan = planned(untouched, demo(allocation_ids={C: address["AllocationId"]}))
    assert plan.outputs == {"egress_cidrs": [f"{address['PublicIp']}/32"]}
    assert "aws_eip" not in kinds(plan, "create")
    assert plan.after("aws_instance")["aws_instance.app_instance_2F0742B8"]["ami"].startswith("ami-")


@pytest.mark.usefixtures("terraform")
def test_an_existing_subnet_of_another_zone_fails_the_plan(untouched, ec2):
    address = ec2.allocate_address(Domain="vpc")
    private = {"Name": "tag:Name", "Values": [f"demo-private-{C}"]}
    subnet = ec2.describe_subnets(Filters=[private])["Subnets"][0]["SubnetId"]

    untouched.write(
        stack(
            lambda made: ExistingNetwork(
                made, "network", region=REGION, subnet_ids={A: subnet}, allocation_ids=[address["AllocationId"]]
            )
        )
    )
    with pytest.raises(support.TerraformError, match=f"the subnet of {A} lies in another zone"):
        untouched.plan()


def test_paused_removes_gateway_and_instance_and_keeps_the_address(terraform):
    plan = planned(terraform, demo(paused=True), UNREFRESHED)
    assert plan.changes.keys() == terraform.resumed.changes.keys()
    assert kinds(plan, "delete") == ["aws_instance", "aws_nat_gateway", "aws_route"]
    assert plan.document["output_changes"]["egress_cidrs"]["actions"] == ["no-op"]


def test_resuming_creates_what_was_paused_and_nothing_else(terraform):
    assert kinds(terraform.resumed, "create") == ["aws_instance", "aws_nat_gateway", "aws_route"]
    assert len(terraform.resumed.changes) == 3
