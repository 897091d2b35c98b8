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


MANY = [AdmittedRole(f"role-{number:02}-{'x' * 12}") for number in range(60)]
PINNED = AdmittedRole("pinned", "AROAEXAMPLEEXAMPLE123")


def test_the_form_of_few_roles_is_kept_as_long_as_it_fits() -> None:
    """Another text would be a change of the provider at the next apply."""
    conditions = [attribute_condition("aws", ACCOUNT, MANY[:count]) for count in range(len(MANY))]
    few = [count for count, text in enumerate(conditions) if " in [" not in text]
    assert few == list(range(45))
    for count in few:
        by_name = [f"assertion.arn.startsWith('arn:aws:sts::{ACCOUNT}:assumed-role/{r.name}/')" for r in MANY[:count]]
        assert conditions[count] == f"assertion.account == '{ACCOUNT}' && ({' || '.join(by_name) or 'false'})"


def test_a_list_holds_about_170_roles() -> None:
    roles = [AdmittedRole(f"{number:020}") for number in range(173)]
    lengths = [len(attribute_condition("aws", ACCOUNT, roles[:count])) for count in (172, 173)]
    assert lengths[0] <= 4096 < lengths[1]


@pytest.mark.parametrize("partition", ["aws", "aws-us-gov"])
def test_a_list_admits_exactly_the_roles_of_the_account_and_partition(partition: str) -> None:
    condition = attribute_condition(partition, ACCOUNT, [*MANY, PINNED])
    assert " in [" in condition
    own = {"account": ACCOUNT, "partition": partition}
    for role in MANY:
        assert evaluate(condition, assertion(**own, role=role.name))
        for other in (f"{role.name}2", role.name[:-1], role.name.upper(), f"x{role.name}"):
            assert not evaluate(condition, assertion(**own, role=other))
        assert not evaluate(condition, assertion(**own | {"account": OTHER}, role=role.name))
    assert evaluate(condition, assertion(**own, role="pinned", user="AROAEXAMPLEEXAMPLE123"))
    assert not evaluate(condition, assertion(**own, role="pinned", user="AROAEXAMPLEEXAMPLE999"))
    assert not evaluate(condition, assertion(**own, role="other", user="AROAEXAMPLEEXAMPLE123"))
    for other in {"aws", "aws-us-gov", "aws-cn"} - {partition}:
        assert not evaluate(condition, assertion(account=ACCOUNT, partition=other, role=MANY[0].name))


@pytest.mark.parametrize("partition", ["aws", "aws-us-gov"])
def test_a_list_does_not_admit_a_user_whose_path_looks_like_a_role(partition: str) -> None:
    condition = attribute_condition(partition, ACCOUNT, [*MANY, AdmittedRole("demo-app")])
    for arn in (
        f"arn:{partition}:iam::{ACCOUNT}:user/assumed-role/demo-app/x",
        f"arn:{partition}:sts::{ACCOUNT}:federated-user/assumed-role/demo-app/x",
        f"arn:{partition}:sts::{ACCOUNT}:assumed-role/other/assumed-role/demo-app/x",
    ):
        assert not evaluate(condition, {"account": ACCOUNT, "arn": arn, "userid": "AIDAEXAMPLEEXAMPLE123"})


def test_a_long_list_of_pinned_roles_is_a_clause_each() -> None:
    pinned = [AdmittedRole(f"{number:020}", f"AROA{number:017}") for number in range(37)]
    condition = attribute_condition("aws", ACCOUNT, pinned)
    assert len(condition) <= 4096
    assert " in [" not in condition
    for role, other in zip(pinned, [pinned[-1], *pinned], strict=False):
        assert evaluate(condition, assertion(account=ACCOUNT, role=role.name, user=str(role.unique_id)))
        assert not evaluate(condition, assertion(account=ACCOUNT, role=role.name, user=str(other.unique_id)))


def test_the_form_depends_on_the_value_of_a_unique_id_and_not_on_the_reference_to_it() -> None:
    roles = [AdmittedRole(role.name, "${TfToken[" + "TOKEN" * 30 + "]}") for role in MANY[:27]]
    assert " in [" not in attribute_condition("aws", ACCOUNT, MANY[:10] + roles[:1]), "the reference alone is long"
    values = [AdmittedRole(role.name, "AROAEXAMPLEEXAMPLE123") for role in MANY[:27]]
    for count in range(1, 27):
        forms = {"&& (attribute" in attribute_condition("aws", ACCOUNT, some[:count]) for some in (roles, values)}
        assert len(forms) == 1
