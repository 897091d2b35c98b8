"""What is created next to what exists, such as the rest of a first deploy that was interrupted."""

import pytest

from access.changes import CUSTOM_ROLE, LEVEL, PERIMETER, POOL, PROVIDER, SERVICE_ACCOUNT
from deploy.exit_codes import ExitCode
from deploy.judgement import judge
from tests.deploy.planned import Body, change, level, plan, ranges, sentences
from tests.deploy.test_rules_gained import GEMINI, ingress, perimeter
from tests.deploy.test_rules_gained import LEVEL as OF_LEVEL

EXISTING = change("google_project_service", {"service": "a"}, {"service": "a"})
POOL_BODY = {"project": "p", "workload_identity_pool_id": "pool"}
ACCOUNT = {"project": "p", "account_id": "caller"}
ROLE = {"project": "p", "role_id": "predict", "permissions": ["b.get", "a.get"]}
NAMED = {"name": "accessPolicies/1/servicePerimeters/it"}
ADMITS = f"ingress rule 'app calls' newly admits user:a from {OF_LEVEL} to {GEMINI} in projects/1"
CREATED: dict[str, tuple[str, Body, list[str]]] = {
    "a pool": (POOL, POOL_BODY, ["is created: p pool"]),
    "a service account": (SERVICE_ACCOUNT, ACCOUNT, ["is created: p caller"]),
    "a role": (CUSTOM_ROLE, ROLE, ["is created: p predict", "its holders newly get a.get, b.get"]),
    "a dry run": (
        PERIMETER,
        {**perimeter(ingress("user:a"), side="spec"), **NAMED},
        [f"is created: {NAMED['name']}, a dry run", ADMITS],
    ),
    "a perimeter with access_levels": (
        PERIMETER,
        {**perimeter(access_levels=[OF_LEVEL], side="spec"), **NAMED},
        [f"is created: {NAMED['name']}, a dry run", f"admits {OF_LEVEL} to everything, without a rule"],
    ),
    "a level": (LEVEL, level(ranges("203.0.113.7/32")), ["newly admits 203.0.113.7/32"]),
}  # fmt: skip


def said(*items: Body) -> list[str]:
    return [notice.partition(": ")[2] for notice in sentences(plan(EXISTING, *items))]


@pytest.mark.parametrize("name", CREATED)
def test_what_is_created_next_to_what_exists_is_wider(name: str) -> None:
    kind, body, expected = CREATED[name]
    assert said(change(kind, None, body)) == expected
    found = plan(EXISTING, change(kind, None, body))
    assert judge("prod", "google", {"applyable": True, **found}).code == ExitCode.WIDER


@pytest.mark.parametrize("name", CREATED)
def test_nothing_is_said_of_it_in_a_first_plan_which_is_wider_as_a_whole(name: str) -> None:
    kind, body, _ = CREATED[name]
    assert sentences(plan(change(kind, None, body))) == []


@pytest.mark.parametrize("name", CREATED)
def test_nothing_is_said_of_what_only_gets_another_address_in_terraform(name: str) -> None:
    kind, body, _ = CREATED[name]
    assert said(change(kind, body, None, name="old"), change(kind, None, body, name="new")) == []


def replaced(kind: str, before: Body, after: Body) -> Body:
    """What Terraform deletes and creates at one address in Terraform."""
    found = change(kind, before, after)
    found["change"]["actions"] = ["delete", "create"]
    return found


@pytest.mark.parametrize("name", CREATED)
def test_what_is_replaced_by_another_object_is_new(name: str) -> None:
    kind, body, expected = CREATED[name]
    identity = {"project": "another"} if "project" in body else {"name": "accessPolicies/1/another"}
    assert said(replaced(kind, {**body, **identity}, body)) == expected


@pytest.mark.parametrize("name", CREATED)
def test_an_object_that_is_created_again_with_the_same_values_gains_nothing(name: str) -> None:
    kind, body, _ = CREATED[name]
    assert said(replaced(kind, body, body)) == []


def test_a_provider_that_is_replaced_into_another_project_is_new() -> None:
    after = {**POOL_BODY, "workload_identity_pool_provider_id": "aws", "attribute_condition": "CONDITION"}
    found = said(replaced(PROVIDER, {**after, "project": "another"}, after))
    assert any("CONDITION" in sentence for sentence in found)
    assert said(replaced(PROVIDER, after, after)) == []


def test_a_dry_run_that_is_replaced_by_an_enforced_perimeter_is_wider() -> None:
    before = {**perimeter(ingress("user:b"), side="spec"), "name": "accessPolicies/1/servicePerimeters/another"}
    found = said(replaced(PERIMETER, before, {**perimeter(ingress("user:a")), **NAMED}))
    assert found == [
        "enforcement begins; Google takes up to 30 minutes",
        f"is created: {NAMED['name']}, enforced",
        ADMITS,
    ]


def test_a_role_that_is_created_again_with_more_permissions_is_said_once() -> None:
    more = {**ROLE, "permissions": ["a.get", "b.get", "c.get"]}
    assert said(replaced(CUSTOM_ROLE, ROLE, more)) == ["its holders newly get c.get"]


@pytest.mark.parametrize("kind", [LEVEL, PERIMETER])
def test_what_was_deleted_outside_of_terraform_and_comes_back_wider_is_said(kind: str) -> None:
    if kind == LEVEL:
        before, after = level(ranges("203.0.113.7/32")), level(ranges("203.0.113.7/32", "198.51.100.0/28"))
    else:
        before, after = (
            {**perimeter(ingress(*who), side="spec"), **NAMED} for who in (["user:b"], ["user:a", "user:b"])
        )
    gone = {"resource_drift": [change(kind, before, None)]}

    def wider(planned: Body) -> tuple[str, ...]:
        return judge("prod", "google", {**plan(EXISTING, change(kind, None, planned)), **gone}).widenings

    assert wider(before) == ()
    gained = "newly admits 198.51.100.0/28" if kind == LEVEL else ADMITS
    assert wider(after) == (f"{kind}.it: {gained}",)


@pytest.mark.parametrize(
    ("kind", "owner"), [("google_service_account_key", "service_account_id"), ("aws_iam_access_key", "user")]
)
def test_each_new_key_is_wider(kind: str, owner: str) -> None:
    key = {owner: "somebody"}
    new = change(kind, None, key, name="second")
    replaced = change(kind, key, {**key, "created": "later"})
    replaced["change"]["actions"] = ["delete", "create"]
    for items in ([new], [change(kind, key, key), new], [replaced]):
        assert said(*items) == ["is created: a key of somebody"]
    assert said(change(kind, key, key)) == said(change(kind, key, None)) == []


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


def test_an_enforced_perimeter_that_is_created_is_wider() -> None:
    found = said(change(PERIMETER, None, {**perimeter(ingress("user:a")), **NAMED}))
    assert found == [
        "enforcement begins; Google takes up to 30 minutes",
        f"is created: {NAMED['name']}, enforced",
        ADMITS,
    ]


def test_the_digest_is_about_what_a_new_level_admits() -> None:
    """The rule that names the level says its name alone."""
    one, other = (
        judge("prod", "google", plan(EXISTING, change(LEVEL, None, level(ranges(cidr))))).digest
        for cidr in ("198.51.100.0/28", "198.51.0.0/16")
    )
    assert one != other
