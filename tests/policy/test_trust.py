"""Which AWS identities become which Google identities."""

import json
import re
import time
from pathlib import Path
from typing import Any

import celpy
import pytest

from policy import cel, trust
from policy.trust import Rejected, federate
from tests import cel as others

ACCOUNT = "123456789012"
POOL: dict[str, Any] = {"name": "projects/345678901234/locations/global/workloadIdentityPools/aws", "state": "ACTIVE"}
SNAPSHOTS = Path(__file__).parent.parent / "snapshots"


def provider(snapshot: str = "example", **fields: Any) -> dict[str, Any]:
    """The provider that the kit makes, as a REST body."""
    resources = json.loads((SNAPSHOTS / f"{snapshot}.google.json").read_text())["resource"]
    values = next(iter(resources["google_iam_workload_identity_pool_provider"].values()))
    return {
        "aws": {"accountId": values["aws"]["account_id"]},
        "attributeMapping": values["attribute_mapping"],
        # Terraform's reference to the unique id of the role that was built, as it is once the role exists.
        "attributeCondition": re.sub(r"\$\{[^}]*\}", "AROAEXAMPLEEXAMPLE123", values["attribute_condition"]),
        "state": "ACTIVE",
    } | fields


def reason(body: dict[str, Any], assertion: dict[str, str], pool: dict[str, Any] | None = None) -> str:
    with pytest.raises(Rejected) as rejected:
        federate(body, pool or POOL, assertion)
    assert str(rejected.value) == rejected.value.reason
    return f"{rejected.value.error}: {rejected.value.reason}"


ALLOWED = others.assertion(account=ACCOUNT, role="demo-app")
CONDITION = "unauthorized_client: The given credential is rejected by the attribute condition."


def test_the_declared_role_gets_in_with_the_principals_that_grants_name() -> None:
    caller = federate(provider(), POOL, ALLOWED)
    root = f"iam.googleapis.com/{POOL['name']}"
    assert caller.name == f"principal://{root}/subject/{ALLOWED['arn']}"
    assert caller.principals == {
        "allUsers",
        caller.name,
        f"principalSet://{root}/*",
        f"principalSet://{root}/attribute.account/{ACCOUNT}",
        f"principalSet://{root}/attribute.aws_role/demo-app",
        f"principalSet://{root}/attribute.aws_ec2_instance/i-0123456789abcdef0",
    }


@pytest.mark.parametrize("role", ["demo-app2", "demo-ap", "x-demo-app", "demo-app-", "DEMO-APP", "other"])
def test_no_other_role_gets_in(role: str) -> None:
    assert reason(provider(), others.assertion(account=ACCOUNT, role=role)) == CONDITION


def test_no_user_and_no_other_partition_gets_in() -> None:
    for arn in (f"arn:aws:iam::{ACCOUNT}:user/demo-app/x", f"arn:aws-cn:sts::{ACCOUNT}:assumed-role/demo-app/x"):
        assert reason(provider(), ALLOWED | {"arn": arn}) == CONDITION


@pytest.mark.parametrize("account", ["210987654321", "", "12345678901"])
def test_no_other_account_gets_in(account: str) -> None:
    assertion = others.assertion(account=account, role="demo-app")
    assert reason(provider(), assertion).startswith("invalid_grant: The given credential is of an AWS account")
    assert reason(provider(aws={"accountId": ""}), assertion | {"account": ""}).startswith("invalid_grant: ")


@pytest.mark.parametrize("fields", [{"disabled": True}, {"state": "DELETED"}])
def test_a_disabled_or_deleted_provider_or_pool_admits_nobody(fields: dict[str, Any]) -> None:
    assert reason(provider(**fields), ALLOWED) == f"invalid_target: {trust.UNUSABLE}"
    assert reason(provider(), ALLOWED, POOL | fields) == f"invalid_target: {trust.UNUSABLE}"


@pytest.mark.parametrize(("length", "fits"), [(127, True), (128, False)])
def test_a_subject_has_at_most_127_bytes(length: int, fits: bool) -> None:
    prefix = f"arn:aws:sts::{ACCOUNT}:assumed-role/demo-app/"
    assertion = ALLOWED | {"arn": prefix + "é" * ((length - len(prefix)) // 2) + "s" * ((length - len(prefix)) % 2)}
    assert len(assertion["arn"].encode()) == length
    if fits:
        assert federate(provider(), POOL, assertion).name.endswith(assertion["arn"])
    else:
        assert reason(provider(), assertion) == f"invalid_request: {trust.TOO_LONG}"


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ({}, None),
        ({"attribute.x": "assertion.arn"}, "must be of type STRING"),
        ({"google.subject": "assertion.arn == ''"}, "'google.subject' must be of type STRING"),
        ({"google.subject": "assertion.arn.extract('nowhere/{x}')"}, "'google.subject' must not be empty"),
        ({"google.subject": "assertion.missing"}, "mapping google.subject cannot be evaluated"),
        ({"google.subject": "assertion.arn +"}, "it cannot be parsed"),
        ({"google.subject": "assertion.arn.extract('no template')"}, "cannot be evaluated"),
        ({"google.subject": "assertion.arn.extract('{a}{b}')"}, "cannot be evaluated"),
        ({"google.subject": "assertion.arn.nope()"}, "cannot be evaluated"),
        ({"google.subject": "assertion.arn", "attribute.n": "1"}, "'attribute.n' must be of type STRING"),
        ({"google.subject": "assertion.arn", "google.groups": "assertion.arn"}, "must be of type LIST"),
        ({"google.subject": "assertion.arn", "attribute.x": f"'{'x' * 9000}'"}, "exceed the 8192 bytes limit"),
    ],
)
def test_mappings_that_give_no_identity(mapping: dict[str, str], expected: str | None) -> None:
    body = provider(attributeMapping=mapping, attributeCondition="")
    if expected:
        assert expected in reason(body, ALLOWED)
    else:
        assert any(
            member.endswith(f"/attribute.aws_role/arn:aws:sts::{ACCOUNT}:assumed-role/demo-app")
            for member in federate(body, POOL, ALLOWED).principals
        )


@pytest.mark.parametrize(
    ("condition", "admitted"),
    [
        ("", True),
        ("true", True),
        ("false", False),
        ("google.subject == assertion.arn", True),
        ("attribute.aws_role == 'demo-app'", True),
        ("attribute.aws_role == 'other' || attribute.account == '123456789012'", True),
        ("'admins' in google.groups", False),
        ("has(assertion.tags)", False),
        ("assertion.userid.startsWith('AROAEXAMPLEEXAMPLE123:')", True),
        ("assertion.arn.matches('^arn:aws:sts::[0-9]{12}:assumed-role/demo-app/.*$')", True),
        ("['demo-app', 'x'].exists(role, role == attribute.aws_role)", True),
        ("!(attribute.aws_role in ['demo-app'])", False),
        ("assertion.arn", False),
        ("1", False),
    ],
)
def test_conditions(condition: str, admitted: bool) -> None:
    body = provider(attributeCondition=condition)
    if admitted:
        assert federate(body, POOL, ALLOWED)
    else:
        assert reason(body, ALLOWED) == CONDITION


def test_a_condition_without_a_value_admits_nobody() -> None:
    assert "attribute condition cannot be evaluated" in reason(
        provider(attributeCondition="assertion.x == ''"), ALLOWED
    )


def test_groups_become_principals() -> None:
    mapping = {"google.subject": "assertion.arn", "google.groups": "[assertion.account, 'g']"}
    caller = federate(provider(attributeMapping=mapping, attributeCondition="'g' in google.groups"), POOL, ALLOWED)
    assert caller.matches(f"principalSet://iam.googleapis.com/{POOL['name']}/group/{ACCOUNT}")


OBJECT = "projects/_/buckets/acme-orders-aaa/objects/data_lake/orders/order_date=2019-11-03/aef87g87ae0876"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        # Google's own examples ("Extract", attribute reference for IAM Conditions).
        ("/order_date={date}/", "2019-11-03"),
        ("buckets/{name}/", "acme-orders-aaa"),
        ("/orders/{empty}order_date", ""),
        ("{start}/objects/data_lake", "projects/_/buckets/acme-orders-aaa"),
        ("orders/{end}", "order_date=2019-11-03/aef87g87ae0876"),
        ("{all}", OBJECT),
        ("/orders/{none}/order_date=", ""),
        ("/orders/order_date=2019-11-03/{id}/data_lake", ""),
        ("nowhere{x}", ""),
    ],
)
def test_extract(template: str, expected: str) -> None:
    assert cel.evaluate(f"text.extract('{template}')", {"text": OBJECT}) == expected


def test_extract_takes_a_text_and_one_name() -> None:
    for expression in ("text.extract('{a}{b}')", "text.extract('')", "text.extract('{}')", "1.extract('{a}')"):
        with pytest.raises(cel.CelError):
            cel.evaluate(expression, {"text": OBJECT})


EXPRESSIONS = [
    "a && b || !c",
    "1 + 2 * 3 == 7 ? 'x' : 'y'",
    "-1 < 2",
    "[1, 2][1] + {'k': 3}['k']",
    "a || nope",
    "size('abc')",
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_shortened_tree_has_the_same_value(expression: str) -> None:
    variables = {"a": True, "b": False, "c": False}
    plain = celpy.Environment()
    value = plain.program(plain.compile(expression)).evaluate(
        {k: celpy.celtypes.BoolType(v) for k, v in variables.items()}
    )
    assert cel.evaluate(expression, variables) == value


def test_ten_thousand_federations_take_seconds() -> None:
    """CPU seconds, so that a busy machine does not matter; distinct assertions, so that none is remembered."""
    body = provider("several")
    start = time.process_time()
    for number in range(1000):
        federate(body, POOL, others.assertion(account=ACCOUNT, role="several-search", session=f"i-{number:017x}"))
    assert time.process_time() - start < 3
    start = time.process_time()
    for _ in range(10_000):
        federate(body, POOL, others.assertion(account=ACCOUNT, role="several-search"))
    assert time.process_time() - start < 2
