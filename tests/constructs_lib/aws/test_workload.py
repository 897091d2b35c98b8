import base64
import json

import pytest

from constructs_lib import limits
from constructs_lib.aws.egress import Egress
from constructs_lib.aws.network import Network
from constructs_lib.aws.workload import Ec2Workload

ZONE = "ap-northeast-1a"
KEY = "arn:aws:kms:ap-northeast-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
BOUNDARY = "arn:aws:iam::123456789012:policy/team/boundary"


@pytest.fixture
def workload(synth):
    def run(*, also=(), **given):
        def build(stack):
            paused = given.get("paused", False)
            region = given.get("region", "ap-northeast-1")
            network = Network(
                stack, "network", name="demo", region=region, cidr="10.20.0.0/16", zones=[f"{region}a"], paused=paused
            )
            subnet = network.private_subnets[f"{region}a"]
            options = {"name": "app", "role_name": "app-role", "region": region, "subnet": subnet} | given
            built.append(Ec2Workload(stack, "app", **options))
            for name in also:
                Ec2Workload(stack, name, **(options | {"name": name, "role_name": name}))

        built = []
        found = synth(build)
        found.workload = built[0]
        return found

    return run


def test_the_role_is_trusted_by_ec2_only(workload):
    found = workload()
    assert json.loads(found.the("aws_iam_role")["assume_role_policy"])["Statement"] == [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    ]
    assert found.the("aws_iam_role")["name"] == "app-role"
    assert "unique_id" in found.workload.role.unique_id or "Token" in found.workload.role.unique_id


def test_the_role_holds_session_manager_and_nothing_else(workload):
    found = workload()
    assert found.the("aws_iam_role_policy_attachment")["policy_arn"] == (
        "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    )
    role = found.the("aws_iam_role")
    assert {"inline_policy", "managed_policy_arns"}.isdisjoint(role)
    assert not found.of("aws_iam_role_policy")
    assert role["path"] == "/"
    assert "permissions_boundary" not in role


def test_in_govcloud_the_policy_is_of_its_partition(workload):
    found = workload(region="us-gov-west-1")
    assert found.the("aws_iam_role_policy_attachment")["policy_arn"].startswith("arn:aws-us-gov:iam::aws:policy/")


def test_the_role_may_have_a_path_and_a_boundary(workload):
    found = workload(role_path="/team/", permissions_boundary=BOUNDARY)
    assert found.the("aws_iam_role")["path"] == found.the("aws_iam_instance_profile")["path"] == "/team/"
    assert found.the("aws_iam_role")["permissions_boundary"] == BOUNDARY


def test_nothing_comes_in_and_only_https_goes_out(workload):
    found = workload()
    group = found.the("aws_security_group")
    assert {"ingress", "egress"}.isdisjoint(group)
    rule = found.the("aws_vpc_security_group_egress_rule")
    assert {key: rule[key] for key in ("ip_protocol", "from_port", "to_port", "cidr_ipv4")} == {
        "ip_protocol": "tcp",
        "from_port": 443,
        "to_port": 443,
        "cidr_ipv4": "0.0.0.0/0",
    }
    assert "cidr_ipv6" not in rule
    assert not found.of("aws_vpc_security_group_ingress_rule")
    assert len(found.the("aws_instance")["vpc_security_group_ids"]) == 1


def test_each_further_port_has_a_rule_of_its_own_and_the_order_means_nothing(workload):
    found, turned = (
        workload(egress=[Egress(port) for port in ports]) for ports in ((443, 3128, 8443, 3128), (8443, 3128, 443))
    )
    rules = found.of("aws_vpc_security_group_egress_rule")
    assert sorted((rule["from_port"], rule["to_port"]) for rule in rules.values()) == [
        (443, 443),
        (3128, 3128),
        (8443, 8443),
    ]
    assert rules == turned.of("aws_vpc_security_group_egress_rule")


def test_a_rule_is_for_one_port_protocol_and_range(workload):
    found = workload(egress=[Egress(443), Egress(53, "udp", "10.0.0.2/32"), Egress(53, "tcp", "10.0.0.2/32")])
    rules = found.of("aws_vpc_security_group_egress_rule")
    assert {
        (rule["ip_protocol"], rule["from_port"], rule["to_port"], rule["cidr_ipv4"]) for rule in rules.values()
    } == {
        ("tcp", 443, 443, "0.0.0.0/0"),
        ("tcp", 53, 53, "10.0.0.2/32"),
        ("udp", 53, 53, "10.0.0.2/32"),
    }
    (instance,) = (address for address in found if address.startswith("aws_instance."))
    assert rules.keys() <= found.needs(instance), "the first boot needs each of them"


def test_groups_of_others_come_in_place_of_one_that_is_built(workload):
    found = workload(security_group_ids=["sg-0000000b", "sg-0000000a"])
    assert found.the("aws_instance")["vpc_security_group_ids"] == ["sg-0000000a", "sg-0000000b"]
    assert not found.of("aws_security_group")
    assert not found.of("aws_vpc_security_group_egress_rule")
    assert found.workload.security_group is None


def test_with_an_existing_profile_no_role_is_built_and_the_plan_checks_its_role(workload):
    found = workload(instance_profile="team-app")
    assert not found.of("aws_iam_role")
    assert not found.of("aws_iam_role_policy_attachment")
    assert not found.of("aws_iam_instance_profile")
    profile = found.the("data.aws_iam_instance_profile")
    assert profile["name"] == "team-app"
    (check,) = profile["lifecycle"]["postcondition"]
    assert check["condition"] == '${self.role_name == "app-role"}'
    assert found.the("aws_instance")["iam_instance_profile"].startswith("${data.aws_iam_instance_profile.")
    assert found.workload.role is None


def test_another_key_of_the_disk_leaves_a_built_instance_alone(workload):
    assert "root_block_device[0].kms_key_id" not in workload().the("aws_instance")["lifecycle"]["ignore_changes"]
    instance = workload(kms_key_arn=KEY, root_volume_gib=30, hop_limit=2).the("aws_instance")
    assert instance["root_block_device"]["kms_key_id"] == KEY
    assert instance["root_block_device"]["volume_size"] == 30
    assert instance["metadata_options"]["http_put_response_hop_limit"] == 2
    assert "root_block_device[0].kms_key_id" in instance["lifecycle"]["ignore_changes"]


def test_the_instance_has_no_key_no_public_address_and_imdsv2_only(workload):
    instance = workload().the("aws_instance")
    assert "key_name" not in instance
    assert instance["associate_public_ip_address"] is False
    assert instance["metadata_options"] == {
        "http_endpoint": "enabled",
        "http_tokens": "required",
        "http_put_response_hop_limit": 1,
    }
    root = instance["root_block_device"]
    assert (root["volume_type"], root["encrypted"], root["volume_size"]) == ("gp3", True, 8)
    assert instance["instance_type"] == "t4g.small"


@pytest.mark.parametrize(
    ("instance_type", "architecture"), [("t4g.small", "arm64"), ("t3.small", "x86_64"), ("g5.xlarge", "x86_64")]
)
def test_the_image_is_amazon_linux_for_the_types_architecture_and_visible(workload, instance_type, architecture):
    found = workload(instance_type=instance_type)
    assert found.the("data.aws_ssm_parameter")["name"] == (
        f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}"
    )
    assert found.the("aws_instance")["ami"].endswith(".insecure_value}")


def test_a_given_image_is_not_looked_up(workload):
    found = workload(ami="ami-0123456789abcdef0")
    assert found.the("aws_instance")["ami"] == "ami-0123456789abcdef0"
    assert not found.of("data.aws_ssm_parameter")


def test_a_new_image_or_new_user_data_leaves_a_running_instance_alone(workload):
    data = base64.b64encode(b"#!/bin/sh\n").decode()
    instance = workload(user_data_base64=data).the("aws_instance")
    assert instance["user_data_base64"] == data
    assert {"ami", "user_data", "user_data_base64"} <= set(instance["lifecycle"]["ignore_changes"])
    assert "user_data_replace_on_change" not in instance


def test_the_instance_waits_for_its_way_out(workload):
    found = workload()
    (address,) = found.of("aws_instance")
    needs = found.needs(address)
    for part in (
        "_private-way-out_",
        "_private-association_",
        "_nat-gateway_",
        "_public-way-out_",
        "_public-association_",
        "_internet-gateway_",
        "_address-",
        "aws_vpc_security_group_egress_rule.",
        "aws_iam_role_policy_attachment.",
        "aws_iam_instance_profile.",
    ):
        assert any(part in need for need in needs), f"the instance does not wait for {part}"


def test_paused_has_no_instance_and_keeps_role_and_security_group(workload):
    running, paused = workload(), workload(paused=True)
    gone = {address.rpartition(".")[0] for address in set(running) - set(paused)}
    assert gone == {"aws_instance", "data.aws_ssm_parameter", "aws_nat_gateway", "aws_route"}
    assert {address: running[address] for address in paused} == dict(paused)
    assert paused.workload.instance is None


def test_another_workload_changes_nothing_of_the_first(workload):
    alone, beside = workload(), workload(also=["batch"])
    assert {address: beside.get(address) for address in alone} == dict(alone)
    assert len(beside.of("aws_instance")) == 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "sg-app"}, "security_group_name"),
        ({"role_name": "r" * 65}, "aws_role_name"),
        ({"role_path": "team"}, "aws_role_path"),
        ({"permissions_boundary": "boundary"}, "permissions_boundary"),
        ({"instance_type": "mac2.metal"}, "instance_type"),
        ({"ami": "al2023"}, "ami_id"),
        ({"user_data_base64": base64.b64encode(b"x" * 16385).decode()}, "user_data"),
        ({"root_volume_gib": 4}, "root_volume_gib"),
        ({"hop_limit": 0}, "hop_limit"),
        ({"kms_key_arn": "alias/disks"}, "kms_key_arn"),
        ({"instance_profile": "team/app"}, "instance_profile_name"),
        ({"security_group_ids": ["app"]}, "security_group_id"),
        ({"egress": []}, "egress_rules"),
    ],
)
def test_what_a_cloud_would_refuse_is_refused_here(workload, given, said):
    with pytest.raises(limits.LimitError) as caught:
        workload(**given)
    assert caught.value.rule == said
