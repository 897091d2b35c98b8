"""What the AWS stack adds to the constructs: the guard on the account, tags, boundaries, outputs."""

import json

import pytest

from stacks.credentials import credential_documents
from stacks.settings import SettingsError, load
from stacks.settings.load import parse
from tests.graph import dependencies
from tests.synthesis import environment, only, resources, synthesized, tables

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
        assert paused["output"][name]["value"]
    assert synthesized().google == synthesized("[aws.network]\npaused = true").google


def test_nothing_of_the_aws_stack_needs_the_google_stack() -> None:
    assert "${google_" not in json.dumps(synthesized().aws)
    assert "terraform_remote_state" not in synthesized().aws.get("data", {})


def test_a_prefix_that_aws_keeps_for_its_documents_is_a_problem_of_the_prefix() -> None:
    with pytest.raises(SettingsError, match="prefix: .*aws-kit-app-client") as found:
        parse(tables('prefix = "aws-kit"'), "test.toml")
    assert "ssm_document_name" in str(found.value)
    parse(tables('prefix = "aws-kit"\n[[workload]]\nname = "app"\nrole_name = "theirs"'), "test.toml")


def test_an_instance_finds_its_own_document_and_is_told_what_to_call() -> None:
    stack = environment("several").aws
    documents = {one["name"]: one["content"] for one in resources(stack, "aws_ssm_document", "delivery_")}
    assert documents.keys() == {f"several-{name}-client" for name in ("batch", "chat", "old", "search")}
    assert "several-batch@my-project.iam.gserviceaccount.com:generateAccessToken" in documents["several-batch-client"]
    assert "several-chat@" not in documents["several-chat-client"], "direct access names no service account"
    wanted = credential_documents(load("several"))
    for name in ("batch", "chat", "old", "search"):
        script = "\n".join(json.loads(documents[f"several-{name}-client"])["mainSteps"][0]["inputs"]["runCommand"])
        assert script.count(f"\n{json.dumps(wanted[name], indent=2)}\nEND_OF_DOCUMENT\n") == 1
    for name, content in documents.items():
        assert "GEMINI_MODEL=gemini-3.5-flash" in content, name
        assert content.count(".public_ip}/32") == 3, "the allowed addresses are references"
    shared = [
        f"aws_ssm_document.{name}" for name in stack["resource"]["aws_ssm_document"] if name.startswith("client_")
    ]
    assert [one["name"] for one in resources(stack, "aws_ssm_document", "client_")][0] == "several-client-release-1"
    for document in resources(stack, "aws_ssm_document", "delivery_"):
        assert document["depends_on"] == shared
    graph = dependencies(stack)
    for instance in [address for address in graph if address.startswith("aws_instance.")]:
        assert any(address.startswith("aws_ssm_document.") for address in graph[instance])
        assert any(address.startswith("aws_route.") for address in graph[instance])


def test_each_roles_unique_id_is_an_output() -> None:
    stack = environment("several").aws
    values = stack["output"]["role_unique_ids"]["value"]
    assert values.keys() == {"batch", "chat", "old", "search"}
    for workload, value in values.items():
        (name,) = [name for name in stack["resource"]["aws_iam_role"] if f"workload_{workload}_" in name]
        assert value == f"${{aws_iam_role.{name}.unique_id}}"


def test_an_instance_lies_in_the_zone_that_its_workload_names() -> None:
    stack = environment("several").aws
    subnets = {name: body["subnet_id"] for name, body in stack["resource"]["aws_instance"].items()}
    zones = {"batch": "us-east-1a", "chat": "us-east-1c", "old": "us-east-1d", "search": "us-east-1d"}
    for workload, zone in zones.items():
        (subnet,) = [subnet for name, subnet in subnets.items() if f"workload_{workload}_" in name]
        assert f"network_{zone}_private" in subnet


def test_what_the_settings_say_reaches_the_network() -> None:
    several, proposal = environment("several").aws, environment("proposal").aws
    assert all(address["lifecycle"] == {"prevent_destroy": True} for address in resources(several, "aws_eip"))
    assert len(resources(several, "aws_nat_gateway")) == 3
    assert resources(proposal, "aws_eip") == []
    assert [address["id"] for address in proposal["data"]["aws_eip"].values()] == ["eipalloc-0123456789abcdef0"]


def test_an_existing_role_builds_nothing_in_aws() -> None:
    stack = environment("existing-network").aws
    assert [role["name"] for role in resources(stack, "aws_iam_role")] == ["shared-app"]
    assert only(stack, "aws_instance")["ami"] == "ami-0123456789abcdef0"
    assert "aws_ssm_parameter" not in stack["data"], "a given image is not looked up"
