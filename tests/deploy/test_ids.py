"""Import ids and look-ups, read off the synthesized stacks."""

from pathlib import Path

import pytest

from deploy import lookups
from deploy.ids import Ids
from deploy.stacks import Stack
from resources import described
from stacks.settings import load
from tests.synthesis import ENVIRONMENTS, environment, synthesized

STACKS = [
    (name, kind) for name in ENVIRONMENTS for kind in ("aws", "google") if kind == "google" or load(name).has_aws_stack
]


def ids(name: str, kind: str, state: dict[str, object] | None = None) -> Ids:
    return Ids(Stack(kind, Path(kind), (), getattr(environment(name), kind)), state)


def one(every: Ids, kind: str) -> str:
    return sorted(address for address in every.resources if address.startswith(f"{kind}."))[0]


@pytest.mark.parametrize(("name", "kind"), STACKS)
def test_every_resource_is_found_one_way_or_another(name: str, kind: str) -> None:
    every = ids(name, kind)
    _, about = lookups.document(every, ())
    for address in every.resources:
        one = described(address)
        assert one.import_id or one.by_hand or one.taken_over or address in about.values(), address


def test_ids_that_hang_on_others() -> None:
    google, aws = ids("example", "google"), ids("example", "aws")
    level = one(google, "google_access_context_manager_access_level")
    assert google.id(level) is None
    google.found[one(google, "google_access_context_manager_access_policy")] = "42"
    assert google.id(level) == "accessPolicies/42/accessLevels/demo_workloads"
    assert google.id(one(google, "google_project_iam_member")) == (
        "my-project projects/my-project/roles/demo_gemini_caller"
        " serviceAccount:demo-app@my-project.iam.gserviceaccount.com"
    )
    attachment = one(aws, "aws_iam_role_policy_attachment")
    assert aws.id(attachment) == "demo-app/arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    route = one(aws, "aws_route")
    assert aws.id(route) is None


def test_the_account_of_a_project_with_a_domain_has_it_last() -> None:
    stack = synthesized('[google]\nproject_id = "example.com:my-project"').google
    google = Ids(Stack("google", Path("google"), (), stack), None)
    email = "demo-app@my-project.example.com.iam.gserviceaccount.com"
    assert (
        google.id(one(google, "google_service_account")) == f"projects/example.com:my-project/serviceAccounts/{email}"
    )


def test_of_what_has_the_same_tags_the_ids_of_one_type_are_taken() -> None:
    arns = ["vpc-flow-log/fl-2", "internet-gateway/igw-1", "vpc-flow-log/fl-1", "vpc/vpc-1"]
    tagged = [{"resource_arn": f"arn:aws:ec2:ap-northeast-1:123456789012:{arn}"} for arn in arns]
    assert lookups.found("aws_flow_log", tagged) == ["fl-1", "fl-2"]
    assert lookups.found("aws_internet_gateway", tagged) == ["igw-1"]
    assert lookups.found("aws_vpc", ["vpc-2", "vpc-1"]) == ["vpc-1", "vpc-2"]


def test_what_the_state_knows_is_not_adopted_and_tells_what_else_is_called() -> None:
    every = ids("example", "aws")
    table = every.resources[one(every, "aws_route")]["route_table_id"].removeprefix("${").removesuffix(".id}")
    kind, name = table.split(".")
    resource = {"mode": "managed", "type": kind, "name": name, "instances": [{"attributes": {"id": "rtb-1"}}]}
    applied = ids("example", "aws", {"resources": [resource]})
    assert table not in applied.absent
    assert applied.id(one(applied, "aws_route")) == "rtb-1_0.0.0.0/0"
