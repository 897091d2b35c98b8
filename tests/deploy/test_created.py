"""What is created next to what exists, such as the rest of a first deploy that was interrupted."""

import pytest

from access.changes import CUSTOM_ROLE, LEVEL, PERIMETER, POOL, PROVIDER, SERVICE_ACCOUNT
from deploy.exit_codes import ExitCode
from deploy.judgement import judge
from tests.access.test_rules import LEVEL as OF_LEVEL
from tests.access.test_rules import ingress, perimeter
from tests.deploy.planned import Body, change, level, plan, ranges, sentences

EXISTING = change("google_project_service", {"service": "a"}, {"service": "a"})
POOL_BODY = {"project": "p", "workload_identity_pool_id": "pool"}
ACCOUNT = {"project": "p", "account_id": "caller"}
ROLE = {"project": "p", "role_id": "predict", "permissions": ["b.get", "a.get"]}
NAMED = {"name": "accessPolicies/1/servicePerimeters/it"}
CREATED: dict[str, tuple[str, Body, list[str]]] = {
    "a pool": (POOL, POOL_BODY, ["is new", "is created: p pool"]),
    "a service account": (SERVICE_ACCOUNT, ACCOUNT, ["is created: p caller"]),
    "a role": (CUSTOM_ROLE, ROLE, ["newly allows its holders a.get, b.get", "is created: p predict"]),
    "a dry run": (
        PERIMETER,
        {**perimeter(ingress("user:a"), side="spec"), **NAMED},
        [f"is created: {NAMED['name']}, a dry run"],
    ),
    "an enforced perimeter": (
        PERIMETER,
        {**perimeter(access_levels=[OF_LEVEL]), **NAMED},
        [f"is created: {NAMED['name']}, enforced", "enforcement begins; Google takes up to 30 minutes"],
    ),
    "a level": (LEVEL, level(ranges("203.0.113.7/32")), ["newly admits 203.0.113.7/32"]),
}  # fmt: skip
ALONE = {"a pool", "a role", "a level"}
"""What others may use or name: it is wider alone. An account, or a perimeter, lets nobody in by itself."""


def said(*items: Body) -> list[str]:
    return [notice.partition(": ")[2] for notice in sentences(plan(EXISTING, *items))]


@pytest.mark.parametrize("name", CREATED)
def test_what_is_created_next_to_what_exists_is_reported(name: str) -> None:
    kind, body, expected = CREATED[name]
    assert sorted(said(change(kind, None, body))) == sorted(expected)
    found = plan(EXISTING, change(kind, None, body))
    code = ExitCode.WIDER if name in ALONE else ExitCode.CHANGES
    assert judge("prod", "google", {"applyable": True, **found}).code == code


@pytest.mark.parametrize("name", CREATED)
def test_nothing_is_said_of_it_in_a_first_plan_which_is_wider_as_a_whole(name: str) -> None:
    kind, body, _ = CREATED[name]
    found = [text.partition(": ")[2] for text in sentences(plan(change(kind, None, body)))]
    assert found == ["enforcement begins; Google takes up to 30 minutes"] * (name == "an enforced perimeter")


@pytest.mark.parametrize("name", CREATED)
def test_nothing_is_said_of_what_only_gets_another_address_in_terraform(name: str) -> None:
    kind, body, _ = CREATED[name]
    found = said(change(kind, body, None, name="old"), change(kind, None, body, name="new"))
    assert [text for text in found if not text.startswith("enforcement begins")] == []


def replaced(kind: str, before: Body, after: Body) -> Body:
    """What Terraform deletes and creates at one address in Terraform."""
    found = change(kind, before, after)
    found["change"]["actions"] = ["delete", "create"]
    return found


@pytest.mark.parametrize("name", sorted(ALONE - {"a level"}))
def test_what_is_replaced_by_another_object_is_new(name: str) -> None:
    kind, body, expected = CREATED[name]
    assert sorted(said(replaced(kind, {**body, "project": "another"}, body))) == sorted(expected)
    assert said(replaced(kind, body, body)) == []


def test_a_provider_that_is_replaced_into_another_project_is_new() -> None:
    after = {**POOL_BODY, "workload_identity_pool_provider_id": "aws", "aws": [{"account_id": "123456789012"}]}
    (found,) = said(replaced(PROVIDER, {**after, "project": "another"}, after))
    assert "every role of AWS account 123456789012" in found
    assert said(replaced(PROVIDER, after, after)) == []


def test_a_role_that_is_created_again_with_more_permissions_is_said_once() -> None:
    more = {**ROLE, "permissions": ["a.get", "b.get", "c.get"]}
    assert said(replaced(CUSTOM_ROLE, ROLE, more)) == ["newly allows its holders c.get"]


def test_what_was_deleted_outside_of_terraform_and_comes_back() -> None:
    """A perimeter keeps out; a level, as a pool, may have been deleted in an emergency."""

    def wider(kind: str, was: Body, planned: Body) -> tuple[str, ...]:
        gone = {"resource_drift": [change(kind, was, None)]}
        return judge("prod", "google", {**plan(EXISTING, change(kind, None, planned)), **gone}).widenings

    enforced = {**perimeter(ingress("user:a")), **NAMED}
    one, two = level(ranges("203.0.113.7/32")), level(ranges("203.0.113.7/32", "198.51.100.0/28"))
    assert wider(PERIMETER, enforced, enforced) == ()
    assert wider(LEVEL, one, two) == (f"{LEVEL}.it: newly admits 198.51.100.0/28, 203.0.113.7/32",)


@pytest.mark.parametrize(
    ("kind", "owner"), [("google_service_account_key", "service_account_id"), ("aws_iam_access_key", "user")]
)
def test_each_new_key_is_wider(kind: str, owner: str) -> None:
    key = {owner: "somebody"}
    new = change(kind, None, key, name="second")
    exchanged = change(kind, key, {**key, "created": "later"})
    exchanged["change"]["actions"] = ["delete", "create"]
    for items in ([new], [change(kind, key, key), new], [exchanged]):
        assert said(*items) == ["newly lets the holder of this key act as somebody"]
    assert said(change(kind, key, key)) == said(change(kind, key, None)) == []


def test_a_key_of_aws_that_works_again_is_wider() -> None:
    off, on = ({"user": "somebody", "status": status} for status in ("Inactive", "Active"))
    assert said(change("aws_iam_access_key", off, on)) == ["newly lets the holder of this key act as somebody"]
    assert said(change("aws_iam_access_key", on, off)) == []


def test_the_rest_of_an_aws_stack_is_not_wider_and_that_of_a_google_stack_is() -> None:
    """No caller reaches Gemini by an AWS stack alone: CHANGELOG.md and the runbook say so."""
    ec2 = '{"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}'
    rest = [
        change("aws_iam_role", None, {"name": "demo-app", "assume_role_policy": ec2}),
        change("aws_iam_instance_profile", None, {"name": "demo-app", "role": "demo-app"}),
        change("aws_instance", None, {"iam_instance_profile": "demo-app"}),
        change("aws_vpc_security_group_egress_rule", None, {"cidr_ipv4": "0.0.0.0/0", "from_port": 443}),
    ]
    vpc = change("aws_vpc", {"id": "vpc-1"}, {"id": "vpc-1"})
    pool = change(POOL, None, POOL_BODY)
    codes = [
        judge("prod", "s", {"applyable": True, **plan(vpc, *items)}).code for items in (rest, [*rest, pool], [pool])
    ]
    assert codes == [ExitCode.CHANGES, ExitCode.WIDER, ExitCode.WIDER]


def test_the_digest_is_about_what_a_new_level_admits() -> None:
    """The rule that names the level says its name alone."""
    one, other = (
        judge("prod", "google", plan(EXISTING, change(LEVEL, None, level(ranges(cidr))))).digest
        for cidr in ("198.51.100.0/28", "198.51.0.0/16")
    )
    assert one != other
