"""Who in AWS gets a Google token."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.google.condition import AdmittedRole, attribute_condition
from tests.cel import assertion, evaluate
from tests.synthesis import environment, only, resources, synthesized

ACCOUNT, OTHER = "123456789012", "210987654321"
TWO = '[[workload]]\nname = "app"\n[[workload]]\nname = "batch"\nrole_name = "batch"\nmax_session_length = 30'
UNIQUE = (
    '[[workload]]\nname = "app"\nrole_name = "app"\nmax_session_length = 30\nrole_unique_id = "AROAEXAMPLEEXAMPLE123"'
)


def admitted(stack: dict, **who: str) -> bool:
    provider = only(stack, "google_iam_workload_identity_pool_provider")
    return bool(evaluate(provider["attribute_condition"], assertion(**who)))


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ({"account": ACCOUNT, "role": "demo-app"}, True),
        ({"account": ACCOUNT, "role": "batch"}, True),
        ({"account": ACCOUNT, "role": "demo-app", "session": "any-other"}, True),
        ({"account": ACCOUNT, "role": "demo-app2"}, False),
        ({"account": ACCOUNT, "role": "demo"}, False),
        ({"account": ACCOUNT, "role": "x-demo-app"}, False),
        ({"account": ACCOUNT, "role": "DEMO-APP"}, False),
        ({"account": ACCOUNT, "role": "other", "session": "demo-app"}, False),
        ({"account": ACCOUNT, "role": "other", "session": "assumed-role/demo-app/"}, False),
        ({"account": OTHER, "role": "demo-app"}, False),
        ({"account": ACCOUNT, "role": "demo-app", "partition": "aws-us-gov"}, False),
    ],
)
def test_exactly_the_declared_roles_of_the_account_are_admitted(who: dict[str, str], expected: bool) -> None:
    assert admitted(synthesized(TWO).google, **who) is expected


def test_the_accounts_root_and_its_users_are_not_admitted() -> None:
    condition = only(synthesized().google, "google_iam_workload_identity_pool_provider")["attribute_condition"]
    for arn in (
        f"arn:aws:iam::{ACCOUNT}:root",
        f"arn:aws:iam::{ACCOUNT}:user/demo-app",
        f"arn:aws:sts::{ACCOUNT}:federated-user/demo-app",
    ):
        assert not evaluate(condition, {"account": ACCOUNT, "arn": arn, "userid": ACCOUNT})


@given(name=st.from_regex(r"[A-Za-z0-9+=,.@_-]{1,64}", fullmatch=True), account=st.sampled_from([ACCOUNT, OTHER]))
def test_no_other_role_is_ever_admitted(name: str, account: str) -> None:
    condition = attribute_condition("aws", ACCOUNT, [AdmittedRole("app"), AdmittedRole("batch")])
    expected = account == ACCOUNT and name in ("app", "batch")
    assert bool(evaluate(condition, assertion(account=account, role=name))) is expected


def test_a_role_of_the_same_name_that_came_later_is_refused_by_its_unique_id() -> None:
    stack = synthesized(UNIQUE).google
    assert admitted(stack, account=ACCOUNT, role="app", user="AROAEXAMPLEEXAMPLE123")
    assert not admitted(stack, account=ACCOUNT, role="app", user="AROAEXAMPLEEXAMPLE999")
    assert not admitted(stack, account=ACCOUNT, role="other", user="AROAEXAMPLEEXAMPLE123")


def test_an_own_roles_unique_id_is_read_from_the_aws_stack_and_admits_nobody_while_that_is_empty() -> None:
    result = synthesized('[[workload]]\nname = "app"\npin_unique_id = true')
    condition = only(result.google, "google_iam_workload_identity_pool_provider")["attribute_condition"]
    reference = '${try(data.terraform_remote_state.aws.outputs.role_unique_ids.app, "")}'
    assert f"assertion.userid.startsWith('{reference}:')" in condition
    assert result.aws["output"]["role_unique_ids"]["value"].keys() == {"app"}
    assert not evaluate(condition.replace(reference, ""), assertion(account=ACCOUNT, role="demo-app"))


def test_without_a_role_nobody_is_admitted() -> None:
    assert not evaluate(attribute_condition("aws", ACCOUNT, []), assertion(account=ACCOUNT, role="app"))


def test_the_mapping_gives_the_bare_role_name_the_instance_and_the_account() -> None:
    mapping = only(synthesized().google, "google_iam_workload_identity_pool_provider")["attribute_mapping"]
    who = assertion(account=ACCOUNT, role="demo-app")
    assert {key: evaluate(value, who) for key, value in mapping.items()} == {
        "google.subject": who["arn"],
        "attribute.account": ACCOUNT,
        "attribute.aws_role": "demo-app",
        "attribute.aws_ec2_instance": "i-0123456789abcdef0",
    }


def test_the_subject_can_be_the_user_id_where_names_are_too_long() -> None:
    mapping = only(environment("direct").google, "google_iam_workload_identity_pool_provider")["attribute_mapping"]
    assert mapping["google.subject"] == "assertion.userid"


def test_nothing_is_granted_to_a_whole_pool_and_every_principal_is_a_literal() -> None:
    for name in ("example", "several", "direct", "article"):
        stack = environment(name).google
        grants = resources(stack, "google_project_iam_member") + resources(stack, "google_service_account_iam_member")
        members = [grant["member"] for grant in grants]
        assert members
        assert not [member for member in members if member.endswith("/*") or "${" in member]
