"""The AWS stack, applied without Terraform to moto behind real host names."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.apply import ApplyError, apply, destroy, plan, state_file
from localcloud.apply.state import State
from localcloud.cloud import LocalCloud
from tests.localcloud.account import client
from tests.localcloud.apply.changes import changed, unprotected, writes
from tests.synthesis import environment, synthesized
from tests.terraform import support

EXAMPLE = environment("example").aws
KEY = "arn:aws:kms:ap-northeast-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
TABLE = f"${{aws_route_table.{max(EXAMPLE['resource']['aws_route_table'])}.id}}"


@pytest.fixture(scope="module")
def state(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The example, applied; at the end destroyed, and nothing is left of it."""
    path = state_file(EXAMPLE, tmp_path_factory.mktemp("state"))
    before = inventory(cloud)
    made = apply(EXAMPLE, state=path, environment=cloud.deployer_environment())
    assert set(made.actions.values()) == {"create"}
    yield path
    apply(EXAMPLE, state=path, environment=cloud.deployer_environment())
    ended = destroy(EXAMPLE, state=path, environment=cloud.deployer_environment())
    assert ended.actions.keys() == made.actions.keys()
    assert inventory(cloud) == before
    assert State.load(path) == State(path)


def inventory(cloud: LocalCloud) -> dict[str, int]:
    """How many of everything there is."""
    ec2, iam = client(cloud, "ec2"), client(cloud, "iam")
    living = [{"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}]
    return {
        "instances": len(ec2.describe_instances(Filters=living)["Reservations"]),
        "vpcs": len(ec2.describe_vpcs()["Vpcs"]),
        "subnets": len(ec2.describe_subnets()["Subnets"]),
        "addresses": len(ec2.describe_addresses()["Addresses"]),
        "gateways": len(ec2.describe_internet_gateways()["InternetGateways"]),
        "tables": len(ec2.describe_route_tables()["RouteTables"]),
        "groups": len(ec2.describe_security_groups()["SecurityGroups"]),
        "roles": len(iam.list_roles()["Roles"]),
        "profiles": len(iam.list_instance_profiles()["InstanceProfiles"]),
        "documents": len(
            client(cloud, "ssm").list_documents(Filters=[{"Key": "Owner", "Values": ["Self"]}])["DocumentIdentifiers"]
        ),
    }


def again(cloud: LocalCloud, state: Path, document: dict[str, Any]) -> dict[str, str]:
    return {
        address.partition(".")[0]: action
        for address, action in apply(document, state=state, environment=cloud.deployer_environment()).actions.items()
    }


def test_outputs_are_what_the_other_stack_needs(cloud: LocalCloud, state: Path) -> None:
    outputs = State.load(state).outputs
    (instance,) = outputs["instance_ids"].values()
    assert outputs["egress_cidrs"] == [f"{cloud.aws.address(instance)}/32"]
    assert outputs["role_unique_ids"]["app"].startswith("AROA")


def test_groups_have_the_declared_rule_alone(cloud: LocalCloud, state: Path) -> None:
    records = State.load(state).resources.values()
    ids = {record.type: record.id for record in records if record.type.endswith("security_group")}
    groups = client(cloud, "ec2").describe_security_groups(GroupIds=list(ids.values()))["SecurityGroups"]
    rules = {group["GroupId"]: group["IpPermissions"] + group["IpPermissionsEgress"] for group in groups}
    assert [rule["ToPort"] for rule in rules[ids["aws_security_group"]]] == [443]
    assert rules[ids["aws_default_security_group"]] == []


def test_a_second_apply_writes_nothing(cloud: LocalCloud, state: Path) -> None:
    with writes(cloud) as written:
        assert again(cloud, state, EXAMPLE) == {}
    assert written == []


CHANGES: list[tuple[str, dict[str, Any], str]] = [
    ("aws_vpc", {"enable_dns_hostnames": False, "tags": {"Name": "other"}}, "ModifyVpcAttribute"),
    ("aws_internet_gateway", {"tags": {"Name": "other"}}, "CreateTags"),
    ("aws_iam_role", {"description": "other", "tags": {"a": "b"}}, "UpdateRoleDescription"),
    ("aws_iam_instance_profile", {"tags": {"a": "b"}}, "TagInstanceProfile"),
    ("aws_vpc_security_group_egress_rule", {"description": "other"}, "ModifySecurityGroupRules"),
    ("aws_instance", {"metadata_options": {"http_put_response_hop_limit": 2}}, "ModifyInstanceMetadataOptions"),
    ("aws_route_table_association", {"route_table_id": TABLE}, "ReplaceRouteTableAssociation"),
]


def test_changes_are_made_in_place_and_back(cloud: LocalCloud, state: Path) -> None:
    other = EXAMPLE
    for kind, arguments, _ in CHANGES:
        other = changed(other, kind, **arguments)
    with writes(cloud) as written:
        assert again(cloud, state, other) == {kind: "update" for kind, _, _ in CHANGES}
    assert {operation for _, _, operation in CHANGES} <= {line.partition("#")[2] for line in written}
    assert again(cloud, state, other) == {}
    assert again(cloud, state, EXAMPLE) == {kind: "update" for kind, _, _ in CHANGES}
    assert again(cloud, state, EXAMPLE) == {}


def test_a_document_gets_a_new_default_version(cloud: LocalCloud, tmp_path: Path) -> None:
    document = {**EXAMPLE, "output": {}, "data": {}}
    document["resource"] = {"aws_ssm_document": dict([next(iter(EXAMPLE["resource"]["aws_ssm_document"].items()))])}
    document = changed(document, "aws_ssm_document", name="other", content='{"schemaVersion": "2.2"}', depends_on=[])
    again(cloud, tmp_path / "state", document)
    other = changed(document, "aws_ssm_document", content='{"schemaVersion": "2.2", "mainSteps": []}', tags={"a": "b"})
    with writes(cloud) as written:
        assert again(cloud, tmp_path / "state", other) == {"aws_ssm_document": "update"}
    operations = [line.partition("#")[2] for line in written]
    assert operations == ["UpdateDocument", "UpdateDocumentDefaultVersion", "AddTagsToResource"]
    assert again(cloud, tmp_path / "state", other) == {}
    destroy(other, state=tmp_path / "state", environment=cloud.deployer_environment())


def test_a_local_value_is_what_it_says(cloud: LocalCloud, state: Path) -> None:
    (name, body), *_ = ((n, b) for n, b in EXAMPLE["resource"]["aws_ssm_document"].items() if n.startswith("delivery_"))
    other = changed(EXAMPLE, "aws_ssm_document")
    other["locals"] = {"text": body["content"].replace("my-project", "@PROJECT@")}
    documents = other["resource"]["aws_ssm_document"]
    documents[name] = {**body, "content": '${replace(local.text, "@PROJECT@", "my-project")}'}
    assert again(cloud, state, other) == {}
    documents[name] = {**body, "content": '${replace(local.text, "@PROJECT@", "other-project")}'}
    changes = plan(other, state=state, environment=cloud.deployer_environment()).actions
    assert changes == {f"aws_ssm_document.{name}": "update"}
    documents[name] = {**body, "content": "${local.texts}"}
    with pytest.raises(ApplyError, match=r"local\.texts: is not among the stack's locals"):
        again(cloud, state, other)


def test_a_disk_grows_in_place_and_another_key_is_ignored_or_replaces(cloud: LocalCloud, state: Path) -> None:
    (disk,) = (body["root_block_device"] for body in EXAMPLE["resource"]["aws_instance"].values())
    larger = changed(EXAMPLE, "aws_instance", root_block_device={**disk, "volume_size": 20})
    with writes(cloud) as written:
        assert again(cloud, state, larger) == {"aws_instance": "update"}
    assert any(line.endswith("#ModifyVolume") for line in written)
    assert again(cloud, state, larger) == {}
    keyed = changed(larger, "aws_instance", root_block_device={**disk, "volume_size": 20, "kms_key_id": KEY})
    assert plan(keyed, state=state, environment=cloud.deployer_environment()).actions.popitem()[1] == "replace"
    (ignored,) = (body["lifecycle"]["ignore_changes"] for body in EXAMPLE["resource"]["aws_instance"].values())
    kept = changed(keyed, "aws_instance", lifecycle={"ignore_changes": [*ignored, "root_block_device[0].kms_key_id"]})
    assert again(cloud, state, kept) == {}
    with pytest.raises(ApplyError, match="its disk has 20 GiB, and AWS shrinks no volume"):
        again(cloud, state, EXAMPLE)
    others = {kind: named for kind, named in EXAMPLE["resource"].items() if kind != "aws_instance"}
    assert again(cloud, state, {**EXAMPLE, "resource": others, "output": {}}) == {"aws_instance": "delete"}
    assert again(cloud, state, EXAMPLE) == {"aws_instance": "create"}


def test_what_is_ignored_changes_nothing(cloud: LocalCloud, state: Path) -> None:
    other = changed(EXAMPLE, "aws_instance", ami="ami-0123456789abcdef0", user_data_base64="bmV3")
    assert again(cloud, state, other) == {}
    assert again(cloud, state, EXAMPLE) == {}


def test_a_new_role_name_replaces_what_bears_it(cloud: LocalCloud, tmp_path: Path) -> None:
    kinds = ("aws_iam_role", "aws_iam_instance_profile", "aws_iam_role_policy_attachment")
    document = {**EXAMPLE, "output": {}, "data": {}, "resource": {kind: EXAMPLE["resource"][kind] for kind in kinds}}
    document = changed(document, "aws_iam_role", name="before")
    again(cloud, tmp_path / "state", document)
    other = changed(document, "aws_iam_role", name="after")
    with writes(cloud) as written:
        assert again(cloud, tmp_path / "state", other) == dict.fromkeys(kinds, "replace")
    operations = [line.partition("#")[2] for line in written]
    assert operations.index("DeleteInstanceProfile") < operations.index("DeleteRole") < operations.index("CreateRole")
    assert again(cloud, tmp_path / "state", other) == {}
    destroy(other, state=tmp_path / "state", environment=cloud.deployer_environment())


def test_what_somebody_deleted_is_made_anew(cloud: LocalCloud, state: Path) -> None:
    (route,) = (
        r for r in State.load(state).resources.values() if r.type == "aws_route" and r.arguments.get("gateway_id")
    )
    table, destination = route.id.split("_")
    client(cloud, "ec2").delete_route(RouteTableId=table, DestinationCidrBlock=destination)
    assert again(cloud, state, EXAMPLE) == {"aws_route": "create"}


def test_a_dropped_resource_ends(cloud: LocalCloud, state: Path) -> None:
    other = json.loads(json.dumps(EXAMPLE))
    other["resource"].pop("aws_iam_role_policy_attachment")
    other["resource"]["aws_instance"] = {
        name: {**body, "depends_on": [d for d in body["depends_on"] if "attachment" not in d]}
        for name, body in other["resource"]["aws_instance"].items()
    }
    assert again(cloud, state, other) == {"aws_iam_role_policy_attachment": "delete"}
    assert again(cloud, state, EXAMPLE) == {"aws_iam_role_policy_attachment": "create"}


def test_another_account_is_refused_before_anything_is_written(cloud: LocalCloud, tmp_path: Path) -> None:
    other = json.loads(json.dumps(EXAMPLE))
    other["provider"]["aws"][0]["allowed_account_ids"] = ["999999999999"]
    with writes(cloud) as written, pytest.raises(ApplyError, match="got account .*; allowed: 999999999999"):
        apply(other, state=tmp_path / "s", environment=cloud.deployer_environment())
    assert [line for line in written if "GetCallerIdentity" not in line] == []


def test_a_protected_address_stays(cloud: LocalCloud, state: Path) -> None:
    guarded = changed(EXAMPLE, "aws_eip", lifecycle={"prevent_destroy": True})
    with writes(cloud) as written, pytest.raises(ApplyError, match="aws_eip.* has prevent_destroy"):
        destroy(guarded, state=state, environment=cloud.deployer_environment())
    assert written == []


def test_a_real_cloud_is_never_written_to(state: Path) -> None:
    for proxy in ({}, {"HTTPS_PROXY": "http://proxy.example:3128"}):
        with pytest.raises(ApplyError, match="allowed: a local cloud on 127.0.0.1"):
            apply(EXAMPLE, state=state, environment=proxy)


@pytest.mark.parametrize(
    ("kind", "arguments", "said"),
    [
        ("aws_instance", {"key_name": "a"}, "key_name is not modelled"),
        ("aws_security_group", {"ingress": []}, "ingress and egress"),
        ("aws_route", {"gateway_id": None, "nat_gateway_id": None}, "a route needs"),
        ("aws_vpc", {"count": 2}, "count is not modelled"),
        (
            "aws_vpc",
            {"cidr_block": "${aws_vpc.nowhere.cidr_block}"},
            "refers to aws_vpc.nowhere, which is not in this stack",
        ),
    ],
)
def test_what_is_not_modelled_is_refused(
    kind: str, arguments: dict[str, Any], said: str, cloud: LocalCloud, state: Path
) -> None:
    with pytest.raises(ApplyError, match=said):
        plan(changed(EXAMPLE, kind, **arguments), state=state, environment=cloud.deployer_environment())


def test_an_unknown_type_is_refused(cloud: LocalCloud, state: Path) -> None:
    other = json.loads(json.dumps(EXAMPLE))
    other["resource"]["aws_s3_bucket"] = {"a": {}}
    with pytest.raises(ApplyError, match="aws_s3_bucket.a: the type aws_s3_bucket is not modelled"):
        apply(other, state=state, environment=cloud.deployer_environment())


@support.needs("hashicorp/aws")
@pytest.mark.xdist_group("terraform-aws")
def test_the_real_provider_finds_all_as_it_would_have_made_it(cloud: LocalCloud, tmp_path: Path) -> None:
    """Imported object by object: the plan changes nothing but what an import never knows."""
    document = synthesized('prefix = "other"\n[aws.network]\nflow_logs = true', support.HERE).aws
    path = state_file(document, tmp_path)
    apply(document, state=path, environment=cloud.deployer_environment())
    records = State.load(path).resources
    imports = [{"to": address, "id": import_id(record)} for address, record in records.items()]
    workspace = support.workspace(tmp_path / "terraform", ["hashicorp/aws"], cloud.deployer_environment())
    workspace.write(json.dumps({**document, "terraform": {**document["terraform"]}, "import": imports}))
    changes = {
        change["address"]: differing(change["change"])
        for change in workspace.plan().document["resource_changes"]
        if change["change"]["actions"] not in (["no-op"], ["read"])
    }
    instances = {address for address in records if address.startswith("aws_instance.")}
    assert changes == {address: {"root_block_device", "user_data_replace_on_change"} for address in instances}
    destroy(unprotected(document), state=path, environment=cloud.deployer_environment())


def import_id(record: Any) -> str:
    if record.type == "aws_route_table_association":
        return f"{record.attributes['subnet_id']}/{record.attributes['route_table_id']}"
    return str(record.id)


def differing(change: dict[str, Any]) -> set[str]:
    """Arguments that would change. An imported disk's tags are all of them: the default ones are compared as such."""
    before, after = change["before"], change["after"]
    for disk in before.get("root_block_device", []):
        disk["tags"] = after["root_block_device"][0]["tags"]
    assert before.get("root_block_device") == after.get("root_block_device")
    return {name for name, value in after.items() if before.get(name) != value} | {"root_block_device"}
