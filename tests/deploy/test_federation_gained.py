"""Who in AWS newly gets a Google token, and what is said of it."""

from typing import Any

import pytest

from access.changes import POOL, PROVIDER
from constructs_lib.google.condition import AdmittedRole, attribute_condition, attribute_mapping
from deploy import widened
from tests.deploy.planned import Body, change, plan, sentences

ACCOUNT, ROLE_ID = "123456789012", "AROAEXAMPLEEXAMPLE123"
EVERY_ROLE = f"newly gives a token to every role of AWS account {ACCOUNT}"


def condition(*roles: str, account: str = ACCOUNT, pinned: str | None = None) -> str:
    return attribute_condition("aws", account, [AdmittedRole(role, pinned) for role in roles])


def role(name: str) -> str:
    return f"newly gives a token to arn:aws:sts::{ACCOUNT}:assumed-role/{name}/*"


def provider(attribute_condition: str | None = None, account: str = ACCOUNT, **more: Any) -> Body:
    return {
        "attribute_condition": condition("app") if attribute_condition is None else attribute_condition,
        "attribute_mapping": attribute_mapping(),
        "aws": [{"account_id": account}],
        "oidc": [],
        "disabled": None,
        **more,
    }


def admitted(before: Body, after: Body, unknown: Body | None = None) -> list[str]:
    """Whom the condition newly admits, without the example."""
    found = widened.notices(plan(change(PROVIDER, before, after, unknown)))
    return [notice.text.partition(": ")[2].partition("; ")[0] for notice in found]


@pytest.mark.parametrize(
    ("after", "notices"),
    [
        (provider(condition("app", "batch")), [role("batch")]),
        (provider(condition("a", "b")), [f"{role('a')}, arn:aws:sts::{ACCOUNT}:assumed-role/b/*"]),
        (provider("true"), [EVERY_ROLE]),
        (provider(f"{condition('app')} || true"), [EVERY_ROLE]),
        (provider(""), [EVERY_ROLE]),
        (provider(condition("app", account="9" * 12)), []),  # the provider takes callers of one account only
        (provider(condition("app").replace("startsWith", "contains")), ["its attribute_condition is new: "
            + condition("app").replace("startsWith", "contains")]),
    ],
)  # fmt: skip
def test_whom_a_condition_newly_admits_is_said(after: Body, notices: list[str]) -> None:
    assert admitted(provider(), after) == notices


def test_a_condition_that_is_gone_is_said_however_the_plan_writes_it() -> None:
    after = provider()
    del after["attribute_condition"]
    assert admitted(provider(), after) == admitted(provider(), {**after, "attribute_condition": None}) == [EVERY_ROLE]


def test_a_condition_that_is_known_only_later_is_said() -> None:
    (found,) = widened.notices(plan(change(PROVIDER, provider(), provider(), {"attribute_condition": True})))
    assert EVERY_ROLE in found.text
    assert found.missing == ("${" + f"{PROVIDER}.it.attribute_condition" + "}",)


def test_a_role_that_is_no_longer_pinned_to_its_id_is_said() -> None:
    assert admitted(provider(condition("app", pinned=ROLE_ID)), provider()) == [role("app")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (provider(), provider()),
        (provider(condition("app", "batch")), provider()),
        (provider(), provider(condition())),
        (provider(), provider(condition("app", pinned=ROLE_ID))),
        (provider(""), provider()),
        (provider(), provider(disabled=True)),
    ],
)
def test_nothing_is_said_of_a_provider_that_gains_nothing(before: Body, after: Body) -> None:
    assert admitted(before, after) == []


def test_a_first_role_after_none_is_said() -> None:
    assert admitted(provider(condition()), provider()) == [role("app")]


def test_quoted_text_is_not_taken_for_clauses() -> None:
    quoted = (
        f"assertion.account == '{ACCOUNT}' && (assertion.arn.startsWith('arn:aws:sts::{ACCOUNT}:assumed-role/{{}}/'))"
    )
    before = f"{quoted.format('a || b')[:-1]} || assertion.arn.startsWith('c || d'))"
    assert admitted(provider(before), provider(quoted.format("a || b"))) == []
    assert admitted(provider(before), provider(f"{quoted.format('a || b')} || {quoted.format('d')}")) == [role("d")]


EXISTING = change("google_project_service", {"service": "a"}, {"service": "a"})
POOL_IDS = {"project": "p", "workload_identity_pool_id": "pool"}
IDS = {**POOL_IDS, "workload_identity_pool_provider_id": "aws"}


def later(*items: Body) -> list[str]:
    """What is said where something else existed before."""
    return [notice.partition(": ")[2] for notice in sentences(plan(EXISTING, *items))]


def test_what_somebody_disabled_and_the_plan_enables_is_said() -> None:
    """Terraform takes `disabled` for drift, and ends what an operator did in an emergency."""
    assert admitted(provider(disabled=True), provider()) == [role("app")]
    # Providers of the pool may be in another stack.
    off, on = {**POOL_IDS, "disabled": True}, {**POOL_IDS, "disabled": None}
    assert later(change(POOL, off, on)) == ["is enabled again"]
    assert later(change(POOL, on, off)) == later(change(POOL, on, on)) == []


def test_another_account_and_another_mapping() -> None:
    """The condition names the account, too: of another one nobody is admitted, unless it is no longer pinned."""
    other = "999999999999"
    assert admitted(provider(), provider(account=other)) == []
    assert admitted(provider(), provider(condition("app", account=other), account=other)) != []
    mapping = {**attribute_mapping(), "attribute.aws_role": "'app'"}
    assert admitted(provider(), provider(attribute_mapping=mapping)) == []  # as before
    two = condition("app", "batch")
    assert admitted(provider(two), provider(two, attribute_mapping=mapping)) == [
        f"newly gives the principal attribute.aws_role/app to arn:aws:sts::{ACCOUNT}:assumed-role/batch/*"
    ]


def test_an_issuer_that_is_not_known_admits_somebody_maybe() -> None:
    (found,) = later(change(PROVIDER, None, provider(aws=[], **IDS)))
    assert found.startswith("newly gives a token to everybody that an issuer")
    assert "cannot be decided without" in found


def test_a_provider_whose_address_in_terraform_changes_is_the_same_provider() -> None:
    def moved(after: Body) -> list[str]:
        return later(change(PROVIDER, provider(**IDS), None, name="old"), change(PROVIDER, None, after, name="new"))

    assert moved(provider(**IDS)) == []
    (found,) = moved(provider("", **IDS))
    assert EVERY_ROLE in found


MANY = [f"role-{number:02}-{'x' * 12}" for number in range(60)]


def test_from_clauses_to_a_list_and_back_only_other_roles_are_said() -> None:
    """A 45th role changes the form of the condition, and admits one role."""
    few, many = provider(condition(*MANY[:44])), provider(condition(*MANY[:45]))
    assert " in [" in str(many["attribute_condition"])
    assert admitted(few, many) == [role(MANY[44])]
    assert admitted(many, few) == admitted(many, many) == []
    assert admitted(many, provider(condition(*MANY[:44], "other"))) == [role("other")]


def test_a_pinned_role_of_a_list_is_compared_with_its_id() -> None:
    def of(id: str | None) -> Body:
        return provider(attribute_condition("aws", ACCOUNT, [*map(AdmittedRole, MANY), AdmittedRole("app", id)]))

    assert admitted(of(ROLE_ID), of(ROLE_ID)) == admitted(of(None), of(ROLE_ID)) == []
    assert admitted(of(ROLE_ID), of(None)) == [role("app")]
    (found,) = widened.notices(plan(change(PROVIDER, of(ROLE_ID), of("AROA" + "9" * 17))))
    assert f"user ID AROA{'9' * 17}:session" in found.text


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        # Without the beginning a user may have the role's name in its path.
        ("assertion.arn.startsWith('arn:aws:sts::123456789012:assumed-role/') && ", "", ":user/assumed-role/role-00-"),
        ("assumed-role/')", "')", ""),
        ("attribute.aws_role in", "attribute.account in", ""),
        ("])", "] || true)", EVERY_ROLE),
        ("startsWith('arn:aws:sts::123456789012", "startsWith('arn:aws:sts::999999999999", ""),
    ],
)
def test_of_a_list_that_was_edited_only_what_it_newly_admits_is_said(old: str, new: str, text: str) -> None:
    ours = condition(*MANY)
    assert old in ours
    found = admitted(provider(ours), provider(ours.replace(old, new)))
    assert len(found) == bool(text)
    assert text in "".join(found)
