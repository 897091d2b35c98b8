"""First plans of every environment's AWS stack with the real provider: nothing is hidden from the reviewer."""

import json
import re

import pytest

from localcloud.cloud import LocalCloud
from stacks.settings import load
from tests.e2e.deployed import TRUST
from tests.localcloud.account import client
from tests.synthesis import ENVIRONMENTS, environment
from tests.terraform import support

pytestmark = [support.needs("hashicorp/aws"), pytest.mark.xdist_group("terraform-aws-environments")]
WITH_AWS = [name for name in ENVIRONMENTS if load(name).has_aws_stack]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, cloud: LocalCloud) -> support.Workspace:
    return support.workspace(tmp_path_factory.mktemp("aws"), ["hashicorp/aws"], cloud.deployer_environment())


def with_known_ids(stack: str, cloud: LocalCloud) -> str:
    """A stack whose Elastic IPs, images, subnets, groups and instance profiles are such as this cloud has.

    The role that Terraform assumes is there, and trusts the deployer.
    """
    (provider,) = json.loads(stack)["provider"]["aws"]
    support.let_deployer_assume(cloud, json.loads(stack))
    ec2, iam = (client(cloud, service, region=provider["region"]) for service in ("ec2", "iam"))
    data = json.loads(stack).get("data", {})
    (vpc,) = (one["VpcId"] for one in ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"])
    for id in sorted(set(re.findall("eipalloc-[0-9a-f]+", stack))):
        stack = stack.replace(id, ec2.allocate_address(Domain="vpc")["AllocationId"])
    for subnet in data.get("aws_subnet", {}).values():
        zone = subnet["lifecycle"]["postcondition"][0]["condition"].split('"')[1]
        cidr = f"172.31.{100 + len(ec2.describe_subnets()['Subnets'])}.0/24"
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        stack = stack.replace(subnet["id"], made)
    for id in sorted(set(re.findall('"(sg-[0-9a-f]{8,})"', stack))):
        made = ec2.create_security_group(GroupName=id.removeprefix("sg-"), Description="theirs", VpcId=vpc)["GroupId"]
        stack = stack.replace(id, made)
    for profile in data.get("aws_iam_instance_profile", {}).values():
        role = profile["lifecycle"]["postcondition"][0]["condition"].split('"')[1]
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.create_instance_profile(InstanceProfileName=profile["name"])
        iam.add_role_to_instance_profile(InstanceProfileName=profile["name"], RoleName=role)
    linux = {"Name": "name", "Values": ["al2023-ami-2023.*-arm64"]}
    for id in sorted(set(re.findall('"(ami-[0-9a-f]{8,})"', stack))):
        stack = stack.replace(id, ec2.describe_images(Filters=[linux])["Images"][0]["ImageId"])
    return stack


@pytest.mark.parametrize("name", WITH_AWS)
def test_a_first_plan_hides_nothing(name: str, workspace: support.Workspace, cloud: LocalCloud) -> None:
    document = environment(name, support.HERE).aws
    stack = {**document, "terraform": {**document["terraform"]}}
    stack["terraform"].pop("cloud", None)
    workspace.write(with_known_ids(json.dumps(stack), cloud))
    plan = workspace.run("plan", "-input=false")
    assert re.search("Plan: [1-9][0-9]* to add", plan)
    assert "(sensitive value)" not in plan


def test_a_hidden_value_would_be_seen(workspace: support.Workspace) -> None:
    stack = json.loads(json.dumps(environment("example", support.HERE).aws))
    for zone in stack["resource"]["aws_vpc"].values():
        zone["tags"] = {"planted": '${sensitive("planted")}'}
    workspace.write(json.dumps(stack))
    assert "(sensitive value)" in workspace.run("plan", "-input=false")


def test_the_plan_stops_in_an_account_that_the_file_does_not_name(workspace: support.Workspace) -> None:
    """After plans that pass, with the same provider process: each command configures it anew."""
    stack = json.loads(json.dumps(environment("example", support.HERE).aws))
    stack["provider"]["aws"][0]["allowed_account_ids"] = ["999999999999"]
    workspace.write(json.dumps(stack))
    with pytest.raises(support.TerraformError, match="AWS account ID not allowed: 123456789012"):
        workspace.run("plan", "-input=false")
