"""A denial that comes to a role in use is told, and one that goes needs consent."""

import json

from deploy import notices as information
from deploy import widened
from deploy.notices import Notice
from tests.deploy.planned import Body, change, plan

POLICY = json.dumps({"Statement": [{"Effect": "Deny", "Action": ["ssm:GetParameter", "ssm:GetParameters"]}]})
DENIAL: Body = {"role": "demo-app", "policy": POLICY}
WRITES = json.dumps({"Statement": [{"Effect": "Allow", "Action": "logs:PutLogEvents"}]})
ROLE: Body = {"name": "demo-app"}
KIND = "aws_iam_role_policy"


def notices(body: Body) -> list[Notice]:
    """What is reported of denials."""
    return [one for one in (*widened.notices(body), *information.notices(body)) if "denies" in one.text]


def test_a_denial_of_a_role_that_exists_is_information() -> None:
    (said,) = notices(plan(change(KIND, None, DENIAL), change("aws_iam_role", ROLE, ROLE)))
    assert said == Notice(
        "aws_iam_role_policy.it: newly denies ssm:GetParameter, ssm:GetParameters to the role demo-app, which exists",
        False,
    )


def test_a_new_role_comes_with_its_denial() -> None:
    assert notices(plan(change(KIND, None, DENIAL), change("aws_iam_role", None, ROLE))) == []
    assert notices(plan(change(KIND, None, {**DENIAL, "policy": WRITES}), change("aws_iam_role", ROLE, ROLE))) == []


def test_a_denial_that_goes_is_wider_unless_the_role_goes_too() -> None:
    (said,) = notices(plan(change(KIND, DENIAL, None), change("aws_iam_role", ROLE, ROLE)))
    assert said.wider
    assert "no longer denies ssm:GetParameter, ssm:GetParameters to the role demo-app" in said.text
    assert [one.wider for one in notices(plan(change(KIND, DENIAL, {**DENIAL, "policy": WRITES})))] == [True]
    assert notices(plan(change(KIND, DENIAL, None), change("aws_iam_role", ROLE, None))) == []


def test_a_policy_that_is_known_later_may_deny_less() -> None:
    later = change(KIND, DENIAL, {"role": "demo-app"}, {"policy": True})
    (found,) = widened.notices(plan(later))
    assert found.missing


def _policy(**statement: object) -> Body:
    return {"role": "demo-app", "policy": json.dumps({"Statement": {"Effect": "Deny", **statement}})}


def test_a_denial_that_is_limited_or_was_of_all_but_some_actions_is_wider() -> None:
    """A statement need not be in a list."""
    everywhere = _policy(Action="iam:*", Resource="*")
    limited = _policy(Action="iam:*", Resource="*", Condition={"Bool": {"aws:SecureTransport": "false"}})
    for had, has, text in (
        (everywhere, _policy(Action="iam:*", Resource="arn:aws:iam::1:role/a"), "no longer denies iam:* to"),
        (everywhere, limited, "no longer denies iam:* to"),
        (_policy(NotAction="s3:*", Resource="*"), None, "no longer denies everything but s3:* to"),
    ):
        assert any(text in one.text and one.wider for one in notices(plan(change(KIND, had, has))))


def test_a_policy_in_another_form_denies_nothing() -> None:
    for policy in ("[]", '{"Statement": null}', '{"Statement": ["a"]}', "not JSON"):
        assert notices(plan(change(KIND, None, {"role": "demo-app", "policy": policy}))) == []
