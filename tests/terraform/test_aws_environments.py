"""First plans of every environment's AWS stack with the real provider, against moto: nothing is hidden from the reviewer."""

import json
import re

import botocore.session
import pytest

from tests.synthesis import ENVIRONMENTS, environment
from tests.terraform import support

pytestmark = [support.needs("hashicorp/aws"), pytest.mark.xdist_group("terraform-aws")]
WITH_AWS = [name for name in ENVIRONMENTS if environment(name).aws]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, moto: dict[str, str]) -> support.Workspace:
    return support.workspace(tmp_path_factory.mktemp("aws"), ["hashicorp/aws"], moto)


def with_known_ids(stack: str, moto: dict[str, str]) -> str:
    """A stack whose Elastic IPs and subnets are such as moto has, zone by zone."""
    (provider,) = json.loads(stack)["provider"]["aws"]
    client = botocore.session.get_session().create_client(
        "ec2",
        region_name=provider["region"],
        endpoint_url=moto["AWS_ENDPOINT_URL"],
        aws_access_key_id=moto["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=moto["AWS_SECRET_ACCESS_KEY"],
    )
    subnets = sorted(client.describe_subnets()["Subnets"], key=lambda subnet: subnet["AvailabilityZone"])
    for id in sorted(set(re.findall("eipalloc-[0-9a-f]+", stack))):
        stack = stack.replace(id, client.allocate_address(Domain="vpc")["AllocationId"])
    for id in sorted(set(re.findall("subnet-[0-9a-f]{8,}", stack))):
        stack = stack.replace(id, subnets.pop(0)["SubnetId"])
    return stack


@pytest.mark.parametrize("name", WITH_AWS)
def test_a_first_plan_hides_nothing(name: str, workspace: support.Workspace, moto: dict[str, str]) -> None:
    document = environment(name).aws
    stack = {**document, "terraform": {**document["terraform"]}}
    stack["terraform"].pop("cloud", None)
    workspace.write(with_known_ids(json.dumps(stack), moto))
    plan = workspace.plan()
    assert plan.changes
    assert "(sensitive value)" not in plan.text


def test_a_hidden_value_would_be_seen(workspace: support.Workspace) -> None:
    stack = json.loads(json.dumps(environment("example").aws))
    for zone in stack["resource"]["aws_vpc"].values():
        zone["tags"] = {"planted": '${sensitive("planted")}'}
    workspace.write(json.dumps(stack))
    assert "(sensitive value)" in workspace.plan().text
