"""The small evaluator answers as cel-python does, for every expression that it takes."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from access.cel import Failed, Outside, exact, fold, literals, parsed, value
from policy.cel import CelError, evaluate
from policy.mapping import DEFAULT_MAPPING
from tests.synthesis import ENVIRONMENTS, environment, resources

ARN = "arn:aws:sts::1:assumed-role/app/session"
VARIABLES = {
    "assertion": {"account": "1", "arn": ARN, "userid": "AROA:session"},
    "google": {"groups": ["a", "b"]},
    "attribute": {"aws_role": "app"},
}
TEXTS = ["", "1", "app", "AROA", ARN, "arn:aws:sts::1:assumed-role/app", "assumed-role/{r}/", "{r}", "{", "a b"]

texts = st.one_of(
    st.sampled_from(TEXTS).map(lambda text: f"'{text}'"),
    st.sampled_from(
        ["assertion.account", "assertion.arn", "assertion['userid']", "attribute.aws_role", "assertion.none"]
    ),
)
lists = st.one_of(st.just("google.groups"), st.lists(texts, max_size=3).map(lambda items: f"[{', '.join(items)}]"))


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda three: f"({' '.join(three)})"),
        st.tuples(inner, st.sampled_from(["==", "!="]), inner).map(
            lambda three: f"(({three[0]}) {three[1]} ({three[2]}))"
        ),
        st.tuples(inner, inner, inner).map(lambda three: f"({three[0]} || {three[1]} ? {three[2]} : {three[0]})"),
        inner.map(lambda one: f"!({one})"),
    )


words = st.one_of(texts, st.tuples(texts, texts).map(lambda two: f"{two[0]}.extract({two[1]})"))
sums = st.tuples(words, words).map(lambda two: f"{two[0]} + {two[1]}")  # cel-python's sums have no functions
claims = st.one_of(
    st.tuples(words, st.sampled_from(["startsWith", "endsWith", "contains"]), words).map(
        lambda three: f"{three[0]}.{three[1]}({three[2]})"
    ),
    st.tuples(st.one_of(words, sums), st.sampled_from(["==", "!="]), words).map(lambda three: " ".join(three)),
    st.tuples(words, lists).map(lambda two: f"({two[0]} in {two[1]})"),
    st.sampled_from(["true", "false"]),
)
expressions = st.recursive(claims, grown, max_leaves=5)


def ours(expression: str) -> Any:
    try:
        return value(parsed(expression), VARIABLES)
    except Failed:
        return CelError


def oracle(expression: str) -> Any:
    try:
        return evaluate(expression, VARIABLES)
    except CelError:
        return CelError


@given(expressions)
@example("(''.startsWith(assertion.none) || (true ? ('' in []) : true)) ? true : ''.startsWith(assertion.none)")
def test_it_answers_as_cel_python_does(expression: str) -> None:
    assert ours(expression) == oracle(expression)


@given(expressions)
def test_the_arn_first_and_the_rest_later_is_the_same(expression: str) -> None:
    first = fold(parsed(expression), {"google": VARIABLES["google"], "attribute": VARIABLES["attribute"]})
    try:
        found = value(first, VARIABLES)
    except Failed:
        found = CelError
    assert found == ours(expression)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_expression_of_the_kit_is_inside(name: str) -> None:
    providers = resources(environment(name).google, "google_iam_workload_identity_pool_provider")
    assert providers or name == "owner"
    for body in providers:
        assert exact(parsed(body["attribute_condition"]))
        for expression in body["attribute_mapping"].values():
            assert ours(expression) == oracle(expression)


@pytest.mark.parametrize(
    "expression",
    ["assertion.arn == assertion.userid", "'a'.startsWith(assertion.arn)", "assertion.arn.extract('/{s}') == 'a'",
     "assertion.arn.endsWith('a')", "(true ? 'a' : 'b') == assertion.arn", "'a' in google.groups"],
)  # fmt: skip
def test_what_representatives_do_not_stand_for(expression: str) -> None:
    assert not exact(parsed(expression))


def test_googles_own_mapping_is_inside() -> None:
    for expression in DEFAULT_MAPPING.values():
        assert ours(expression) == oracle(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "", "'a", "a b", "1 == 1", "assertion.arn.matches('a')", "r'a' == 'a'", "'a\\n' == 'a'", "a.map(x, x)", "(", "a[0]",
        "size(a) == 'b'", "assertion.arn < 'a'", "'''a'''", "null == null", "true true", "{'a': 'b'}", "a.startsWith()",
        "assertion.arn.startsWith('a', 'b')", "'a' - 'b'", "has(assertion.arn)", "b'a' == 'a'",
    ],
)  # fmt: skip
def test_what_is_outside_is_said(expression: str) -> None:
    with pytest.raises(Outside):
        parsed(expression)


def test_literals_and_what_splits_no_callers() -> None:
    assert literals(parsed("assertion.arn in ['a', 'b'] || !assertion.arn.startsWith('c')")) == {"a", "b", "c"}
    assert not exact(parsed("assertion.arn.contains('a')"))


def test_a_clause_for_each_of_a_thousand_roles() -> None:
    condition = " || ".join(f"assertion.arn.startsWith('role-{number}/')" for number in range(1000))
    assert value(parsed(condition), {"assertion": {"arn": "role-999/"}}) is True
