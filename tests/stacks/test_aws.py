"""What the AWS stack adds to the constructs: the guard on the account, tags, boundaries, outputs."""

import json

from tests.synthesis import environment, only, resources, synthesized

BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"


def test_the_plan_fails_in_any_other_account() -> None:
    (provider,) = synthesized().aws["provider"]["aws"]
    assert provider["allowed_account_ids"] == ["123456789012"]


def test_everything_is_tagged_with_its_environment_and_the_users_tags() -> None:
    (provider,) = environment("several").aws["provider"]["aws"]
    assert provider["default_tags"] == [{"tags": {"keyless-perimeter": "several/several", "team": "ml"}}]


def test_every_role_takes_the_path_and_the_permissions_boundary() -> None:
    more = f'[aws]\nrole_path = "/team/"\npermissions_boundary = "{BOUNDARY}"\n[aws.network]\nflow_logs = true'
    roles = resources(synthesized(more).aws, "aws_iam_role")
    assert len(roles) == 2
    assert {(role["path"], role["permissions_boundary"]) for role in roles} == {("/team/", BOUNDARY)}


def test_the_addresses_are_an_output_that_shows() -> None:
    output = synthesized().aws["output"]["egress_cidrs"]
    assert "sensitive" not in output
    (cidr,) = output["value"]
    (name,) = synthesized().aws["resource"]["aws_eip"]
    assert cidr == f"${{aws_eip.{name}.public_ip}}/32"


def test_paused_keeps_the_address_and_every_output_that_google_reads() -> None:
    running, paused = synthesized().aws, synthesized("[aws.network]\npaused = true").aws
    assert resources(paused, "aws_nat_gateway") == resources(paused, "aws_instance") == []
    assert only(paused, "aws_eip") == only(running, "aws_eip")
    for name in ("egress_cidrs", "role_unique_ids"):
        assert paused["output"][name] == running["output"][name]
    assert synthesized().google == synthesized("[aws.network]\npaused = true").google


def test_nothing_of_the_aws_stack_needs_the_google_stack() -> None:
    assert "google" not in json.dumps(synthesized().aws)
    assert "terraform_remote_state" not in synthesized().aws.get("data", {})
