"""A condition that is read clause by clause is the one that is folded as a whole."""

from unittest.mock import Mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from access.cel import Node, fold
from access.clauses import Narrowing
from access.providers import providers
from tests.access.test_cel import ARN, expressions
from tests.access.test_tokens import ROLES, conditions, provider

ACCOUNT_CLAIM, ARN_CLAIM = "assertion.account", "assertion.arn"
arns = st.sampled_from(["", "1", ARN, "arn:aws:sts::1:assumed-role/a/session", "arn:aws:sts::1:assumed-role/ab/x"])


def narrowing(condition: str) -> tuple[Node, Narrowing]:
    (one,) = providers([provider(condition)])
    assert one.parsed is not None
    return one.parsed, Narrowing(one.parsed, frozenset((ACCOUNT_CLAIM, ARN_CLAIM)))


def without_reasons(node: Node) -> Node:
    """Of several errors each is an error of the whole, whichever is met first."""
    if node[0] == "error":
        return ("error",)
    return tuple(without_reasons(part) if isinstance(part, tuple) else part for part in node)


@given(st.one_of(expressions, conditions), st.sampled_from(["", "1", "2"]), arns)
@example("assertion.arn in ['a', ''] || '' != assertion.arn && assertion.userid == 'a'", "1", "")
@example("assertion.arn.x == 'a' || assertion.userid == 'a'", "1", ARN)
@example("assertion.arn in 'ab' || assertion.userid == 'a'", "1", ARN)
@example("assertion.arn.x.extract('assumed-role/{r}/') == 'a' || assertion.userid == 'a'", "1", ARN)
def test_each_caller_is_answered_as_by_the_whole_condition(condition: str, account: str, arn: str) -> None:
    node, narrowed = narrowing(condition)
    claims = {ACCOUNT_CLAIM: account, ARN_CLAIM: arn}
    assert without_reasons(narrowed(claims)) == without_reasons(fold(node, claims))


@pytest.mark.parametrize(
    "claim", ["assertion.arn", "attribute.aws_role", "assertion.arn.extract('assumed-role/{role}/')"]
)
def test_a_clause_is_read_for_those_whose_claim_begins_with_its_text_alone(
    claim: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = ROLES if claim == ARN_CLAIM else ""
    clauses = [f"{claim}.startsWith('{begin}role-{at:03}')" for at in range(200)]
    _, narrowed = narrowing(f"{ACCOUNT_CLAIM} == '1' && ({' || '.join(clauses)})")
    read = Mock(side_effect=fold)
    monkeypatch.setattr("access.clauses.fold", read)
    assert narrowed({ACCOUNT_CLAIM: "1", ARN_CLAIM: f"{ROLES}role-199/session"}) == ("value", True)
    assert read.call_count < 6
