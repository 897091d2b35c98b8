"""Instances with a key, a disk, groups and a profile that others own, under the real Terraform and aws provider."""

import json
from typing import Any

import cdktf
import pytest
from cdktf import TerraformOutput, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider

from constructs_lib.aws.egress import HTTPS, Egress
from constructs_lib.aws.existing import ExistingNetwork
from constructs_lib.aws.workload import Ec2Workload
from deploy.guard import refusals
from deploy.judgement import judge
from localcloud.cloud import LocalCloud
from tests.localcloud.account import client
from tests.terraform import support

pytestmark = [support.needs("hashicorp/aws"), pytest.mark.xdist_group("terraform-aws-instances")]

REGION = "eu-central-1"
ZONE = f"{REGION}a"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
APP, TEAM = "aws_instance.app_instance_2F0742B8", "aws_instance.team_instance_86C0E2E6"


@pytest.fixture(scope="module")
def found(cloud: LocalCloud) -> dict[str, Any]:
    """What others made: two subnets, a group, two keys, a role in a profile."""
    ec2, iam, kms = (client(cloud, service, region=REGION) for service in ("ec2", "iam", "kms"))
    vpc = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.99.{number}.0/24", AvailabilityZone=ZONE)["Subnet"]["SubnetId"]
        for number in range(2)
    ]
    iam.create_role(RoleName="team", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.create_instance_profile(InstanceProfileName="team-profile")
    iam.add_role_to_instance_profile(InstanceProfileName="team-profile", RoleName="team")
    return {
        "subnets": subnets,
        "group": ec2.create_security_group(GroupName="theirs", Description="theirs", VpcId=vpc)["GroupId"],
        "keys": [kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2)],
    }


def stack(found: dict[str, Any], role: str = "team", **app: Any) -> str:
    """Two instances in one zone of central egress: one of ours, and one with what others own."""
    made = TerraformStack(cdktf.Testing.app(), "aws")
    support.pin_aws(made)
    AwsProvider(made, "aws", region=REGION)
    network = ExistingNetwork(
        made, "network", region=REGION, subnet_ids={ZONE: found["subnets"]}, egress_cidrs=["203.0.113.7/32"]
    )
    TerraformOutput(made, "egress_cidrs", value=network.egress_cidrs)
    own, other = (network.private_subnets[one] for one in found["subnets"])
    options = {
        "kms_key_arn": found["keys"][0],
        "root_volume_gib": 20,
        "egress": [HTTPS, Egress(53, "udp", "10.99.0.2/32")],
    }
    Ec2Workload(made, "app", name="app", role_name="app", region=REGION, subnet=own, **(options | app))
    theirs = {"instance_profile": "team-profile", "security_group_ids": [found["group"]]}
    Ec2Workload(made, "team", name="team-app", role_name=role, region=REGION, subnet=other, **theirs)
    return str(cdktf.Testing.synth(made))


@pytest.fixture(scope="module")
def terraform(tmp_path_factory: pytest.TempPathFactory, cloud: LocalCloud, found: dict[str, Any]) -> support.Workspace:
    workspace = support.workspace(tmp_path_factory.mktemp("aws"), ["hashicorp/aws"], cloud.deployer_environment())
    workspace.write(stack(found))
    workspace.apply()
    return workspace


@pytest.fixture(scope="module")
def unchanged(terraform: support.Workspace, found: dict[str, Any]) -> support.Plan:
    """The plan of what is applied."""
    return planned(terraform, stack(found))


def planned(terraform: support.Workspace, synthesized: str) -> support.Plan:
    terraform.write(synthesized)
    return terraform.plan()


def test_a_second_plan_is_empty_and_the_addresses_are_the_given_ones(
    terraform: support.Workspace, unchanged: support.Plan
) -> None:
    assert unchanged.changes == {}
    assert terraform.outputs() == {"egress_cidrs": ["203.0.113.7/32"]}


def test_another_key_changes_nothing_and_is_noted(
    terraform: support.Workspace, found: dict[str, Any], unchanged: support.Plan
) -> None:
    plan = planned(terraform, stack(found, kms_key_arn=found["keys"][1]))
    assert plan.changes == {}
    (note,) = judge("prod", "demo-aws", plan.document).information
    assert found["keys"][0] in note
    assert found["keys"][1] in note
    assert f"./keyperim -e prod terraform demo-aws -- taint {APP} && ./keyperim -e prod deploy" in note
    assert not judge("prod", "demo-aws", unchanged.document).information


def test_a_disk_grows_and_the_hop_limit_changes_in_place_and_no_disk_shrinks(
    terraform: support.Workspace, found: dict[str, Any]
) -> None:
    larger = planned(terraform, stack(found, root_volume_gib=30, hop_limit=2))
    assert larger.changes == {APP: ["update"]}
    after = larger.after("aws_instance")[APP]
    assert after["root_block_device"][0]["volume_size"] == 30
    assert after["metadata_options"][0]["http_put_response_hop_limit"] == 2
    assert refusals(larger.document) == []
    (refusal,) = refusals(planned(terraform, stack(found, root_volume_gib=10)).document)
    assert "20 to 10 GiB" in refusal.change


def test_a_profile_with_another_role_fails_the_plan(terraform: support.Workspace, found: dict[str, Any]) -> None:
    terraform.write(stack(found, role="other"))
    with pytest.raises(support.TerraformError, match="the role in the instance profile team-profile is not other"):
        terraform.plan()
