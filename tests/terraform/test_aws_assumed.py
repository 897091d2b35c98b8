"""`[aws.assume_role]` with the real provider: what the stack makes is in the account of the role, which has to trust the deployer."""

import json
from pathlib import Path
from typing import Any

import pytest
from moto.ec2.models import ec2_backends

from localcloud.cloud import LocalCloud
from tests.synthesis import environment
from tests.terraform import support

pytestmark = [support.needs("hashicorp/aws"), pytest.mark.xdist_group("terraform-aws-assumed")]
STACK = environment("second-account", support.HERE).aws
ACCOUNT, REGION = "210987654321", "eu-central-1"
QUICK = ("aws_vpc", "aws_internet_gateway", "aws_subnet", "aws_eip", "aws_iam_role")
"""Types that are there at once: no gateway and no instance."""


def part(**provider: Any) -> str:
    """The stack with what is there at once, and what its provider has besides."""
    document = json.loads(json.dumps(STACK))
    document["terraform"].pop("backend")
    document["resource"] = {kind: document["resource"][kind] for kind in QUICK}
    (configured,) = document["provider"]["aws"]
    configured |= provider
    return json.dumps({name: document[name] for name in ("terraform", "provider", "resource")})


def ids(account: str, region: str) -> set[str]:
    """Networks, addresses and gateways of an account."""
    ec2: Any = ec2_backends[account][region]
    return {*ec2.vpcs, *ec2.internet_gateways, *(one.allocation_id for one in ec2.addresses)}


def test_the_stack_is_in_the_account_of_the_role(cloud: LocalCloud, tmp_path: Path) -> None:
    support.let_deployer_assume(cloud, STACK)
    accounts = (ACCOUNT, cloud.aws.account)
    before = [ids(one, REGION) for one in accounts]
    terraform = support.workspace(tmp_path, ["hashicorp/aws"], cloud.deployer_environment())
    terraform.write(part())
    terraform.settle()
    state = json.loads((tmp_path / "terraform.tfstate").read_text())
    owners = {
        value
        for one in state["resources"]
        for value in [one["instances"][0]["attributes"].get("owner_id")]
        if value is not None
    }
    theirs, ours = ([*there - was] for there, was in zip([ids(one, REGION) for one in accounts], before, strict=True))
    assert (owners, len(theirs), ours) == ({ACCOUNT}, 3, [])
    terraform.destroy()
    assert [ids(one, REGION) for one in accounts] == before


@pytest.mark.parametrize("external_id", ["another", ""])
def test_a_role_that_does_not_trust_the_deployer_is_not_assumed(
    external_id: str, cloud: LocalCloud, tmp_path: Path
) -> None:
    (role,) = STACK["provider"]["aws"][0]["assume_role"]
    support.let_deployer_assume(cloud, STACK)
    terraform = support.workspace(tmp_path, ["hashicorp/aws"], cloud.deployer_environment())
    terraform.write(part(assume_role=[{**role, "external_id": external_id or None}]))
    with pytest.raises(support.TerraformError, match="Cannot assume IAM Role"):
        terraform.run("plan", "-input=false")


def test_without_the_role_the_plan_stops(cloud: LocalCloud, tmp_path: Path) -> None:
    terraform = support.workspace(tmp_path, ["hashicorp/aws"], cloud.deployer_environment())
    terraform.write(part(assume_role=[]))
    with pytest.raises(support.TerraformError, match=f"AWS account ID not allowed: {cloud.aws.account}"):
        terraform.run("plan", "-input=false")
