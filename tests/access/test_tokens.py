"""Who newly gets a token, against an oracle that reads the settings with cel-python and tries everybody it can think of."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.changes import POOL, PROVIDER
from access.objects import Object
from access.tokens import gains
from constructs_lib.google.condition import AdmittedRole, attribute_condition, attribute_mapping
from policy.cel import CelError, evaluate

ACCOUNT, OTHER = "123456789012", "210987654321"
ID = "AROAEXAMPLEEXAMPLE123"


def provider(condition: str = "", name: str = "a", account: str = ACCOUNT, **more: Any) -> Object:
    values = {
        "workload_identity_pool_id": "pool", "workload_identity_pool_provider_id": name, "attribute_condition": condition,
        "attribute_mapping": attribute_mapping(), "aws": [{"account_id": account}], "oidc": [], "disabled": None, **more,
    }  # fmt: skip
    return Object(f"{PROVIDER}.{name}", PROVIDER, values)


def said(old: list[Object], new: list[Object]) -> list[str]:
    return [str(gain).partition(": ")[2] for gain in gains(old, new)]


def kit(*roles: str, pinned: str | None = None) -> str:
    return attribute_condition("aws", ACCOUNT, [AdmittedRole(role, pinned) for role in roles])


BATCH = (
    f"newly gives a token to arn:aws:sts::{ACCOUNT}:assumed-role/batch/*; for example: "
    f"arn:aws:sts::{ACCOUNT}:assumed-role/batch/session (user ID AROAOTHER:session)"
)


@pytest.mark.parametrize(
    ("new", "text"),
    [
        ([provider(kit("app", "batch"))], BATCH),
        ([provider("true")], f"newly gives a token to every role of AWS account {ACCOUNT}; for example: "),
        ([provider("")], f"newly gives a token to every role of AWS account {ACCOUNT}; for example: "),
        ([provider(kit("app")), provider("true", "b")], f"newly gives a token to every role of AWS account {ACCOUNT}"),
        ([provider(kit("app")), provider("true", "b", OTHER)], f"newly gives a token to every role of AWS account {OTHER}"),
        (
            [provider(kit("app")), provider("true", "b", aws=[], oidc=[{"issuer_uri": "https://e.com"}])],
            'newly gives a token to everybody that oidc {"issuer_uri": "https://e.com"} signs for, if true',
        ),
        (
            [provider(kit("app")), provider("assertion.sub == 'a'", "b", aws=[], oidc=[{"issuer_uri": "https://e.com"}])],
            'if assertion.sub == \'a\'; cannot be decided without oidc {"issuer_uri"',
        ),
        ([provider(kit("app"), attribute_mapping={**attribute_mapping(), "attribute.aws_role": "'x'"})],
         "newly gives the principal attribute.aws_role/x to"),
        ([provider(kit("app").replace("/'", "'"))], "newly gives a token to arn:aws:sts::123456789012:assumed-role/app-x/*"),
        ([provider(kit("app") + " || assertion.arn.matches('x')")], "cannot be decided without attribute_condition"),
        ([provider("assertion.arn.contains('/app/')")], "its attribute_condition is new: assertion.arn.contains"),
        ([provider("${x.y}")], f"newly gives a token to every role of AWS account {ACCOUNT}; for example: "),
        ([provider(kit("app"), attribute_mapping="${x.y}")], "newly gives the principal attributes/(${x.y})"),
        ([provider("true", aws="${x.y}")], "newly gives a token to"),
    ],
)  # fmt: skip
def test_who_gains_is_said(new: list[Object], text: str) -> None:
    found = said([provider(kit("app"))], new)
    assert any(text in one for one in found), found


A_ROLE = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/s"


def mapped(**more: str) -> dict[str, str]:
    return {**attribute_mapping(), **{f"attribute.{name}": text for name, text in more.items()}}


@pytest.mark.parametrize(
    ("condition", "old", "new"),
    [
        ("attribute.x == 'good'", "assertion.arn.contains('/zq') ? 'good' : ''", "assertion.arn.contains('/zz') ? 'good' : ''"),
        (kit("app"), "assertion.arn.contains('/zq') ? 'good' : ''", "assertion.arn.contains('/zz') ? 'good' : ''"),
        (kit("app"), "assertion.arn.extract('/zq-{x}/')", "assertion.arn.extract('/zz-{x}/')"),
        ("!attribute.x.matches('foo')", "assertion.arn", "''"),
        ("attribute.x != '${aws_iam_role.a.name}'", "assertion.arn", "''"),
    ],
)  # fmt: skip
def test_another_mapping_under_an_equal_condition_is_not_decided(condition: str, old: str, new: str) -> None:
    was, now = (provider(condition, attribute_mapping=mapped(x=text)) for text in (old, new))
    assert [gain for gain in gains([was], [now]) if gain.missing]
    assert not list(gains([now], [now]))


def test_a_mapping_of_claims_alone_is_decided() -> None:
    """Every caller is mapped alike, so representatives decide: the kit's own mapping is such a one."""
    old = provider(kit("app"), attribute_mapping={"google.subject": "assertion.arn"})
    found = list(gains([old], [provider(kit("app"))]))
    assert found
    assert not [gain for gain in found if gain.missing]


def test_a_condition_with_a_templates_directive_is_not_known() -> None:
    """Terraform renders `A' || assertion.arn.startsWith('a'`, which everybody fits."""
    new = f"assertion.arn == '{A_ROLE}%{{ if true }}' || assertion.arn.startsWith('a%{{ endif }}')"
    (found,) = gains([provider(f"assertion.arn == '{A_ROLE}'")], [provider(new)])
    assert found.missing == (new,)


def test_what_is_not_known_yet_is_not_decided() -> None:
    (found,) = gains([provider(kit("app"))], [provider("${x.y}")])
    assert found.missing == ("${x.y}",)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (kit("app", "batch"), kit("app")),
        (kit("app"), kit("app", pinned=ID)),
        (kit("app"), f"assertion.arn.startsWith('arn:aws:sts::{ACCOUNT}:assumed-role/app/')"),  # of this account anyhow
        (kit("app"), f"!(!({kit('app')}))"),
        (kit("app", "batch"), kit("batch", "app")),
        ("assertion.arn.matches('x')", "assertion.arn.matches('x')"),
        ("", "true"),
    ],
)
def test_nothing_is_said_where_nobody_gains(old: str, new: str) -> None:
    assert said([provider(old)], [provider(new)]) == []


def test_what_was_disabled_gives_tokens_again() -> None:
    off = provider(kit("app"), disabled=True)
    pool = Object("pool.it", POOL, {"workload_identity_pool_id": "pool", "disabled": True})
    on = Object("pool.it", POOL, {"workload_identity_pool_id": "pool", "disabled": False})
    for old, new in (([off], [provider(kit("app"))]), ([provider(kit("app")), pool], [provider(kit("app")), on])):
        assert "a token to arn:aws:sts::123456789012:assumed-role/app/*" in said(old, new)[0]
        assert said(new, old) == []


ROLES = f"arn:aws:sts::{ACCOUNT}:assumed-role/"
NAMED = "assertion.arn.extract('assumed-role/{role}/')"


@pytest.mark.parametrize(
    ("claim", "begins", "excluded", "admitted"),
    [
        (NAMED, "team", ["team/"], "team"),
        ("attribute.aws_role", "team", ["team/", "team-x", "team-"], "team"),
        ("assertion.arn", ROLES, [f"{ROLES}{name}" for name in ("session", "-x", "x", "other-role")], ROLES),
        ("assertion.arn", f"{ROLES}batch/", [f"{ROLES}batch/{name}" for name in ("session", "-x", "x", "-")], f"{ROLES}batch/"),
        ("assertion.userid", "AROA", [f"AROA{name}" for name in (":", "X", "OTHER")], f"{ROLES}other-role/"),
    ],
)  # fmt: skip
def test_a_condition_cannot_leave_out_who_stands_for_the_others(
    claim: str, begins: str, excluded: list[str], admitted: str
) -> None:
    without = " && ".join(
        f"{claim} != '{one[:-1]}'" if one == "team/" else f"!{claim}.startsWith('{one}')" for one in excluded
    )
    old, new = provider(kit("app")), provider(f"{kit('app')} || {claim}.startsWith('{begins}') && {without}")
    (found,) = [gain for gain in gains([old], [new]) if "a token" in gain.what]
    assert any(admitted in witness for witness in found.whole)


CLAUSES = [
    "assertion.arn.startsWith('arn:aws:sts::1:assumed-role/')",
    "assertion.arn.startsWith('arn:aws:sts::1:assumed-role/o')",
    "assertion.arn.extract('assumed-role/{r}/').startsWith('a')",
    "assertion.arn.startsWith('arn:aws:sts::1:assumed-role/a/')",
    "assertion.arn.startsWith('arn:aws:sts::1:assumed-role/a')",
    "assertion.arn.startsWith('arn:aws:sts::1:assumed-role/ab/')",
    "assertion.arn.startsWith('arn:aws:sts::1:')",
    "assertion.arn == 'arn:aws:sts::1:assumed-role/a/session'",
    "assertion.arn.extract('assumed-role/{r}/') == 'ab'",
    "assertion.arn.extract('assumed-role/{r}/') in ['a', 'c']",
    "attribute.aws_role == 'a'",
    "assertion.userid.startsWith('AROAA:')",
    "assertion.userid.startsWith('AROAB:')",
    "assertion.account == '1'",
    "assertion.account != '1'",
    "true",
    "false",
]
conditions = st.recursive(
    st.sampled_from(CLAUSES),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda three: f"({' '.join(three)})"),
        inner.map(lambda one: f"!{one}" if one.startswith("(") else f"!({one})"),
    ),
    max_leaves=5,
)
sides = st.lists(st.tuples(conditions, st.sampled_from(["1", "2"]), st.booleans()), max_size=2)
EVERYBODY = [
    {"account": account, "arn": arn.replace("::1:", f"::{account}:"), "userid": f"{id}:{arn.rpartition('/')[2]}"}
    for account, role, session, id in product("12", ["a", "ab", "abc", "b", "c", "z"], ["session", "x"], ["AROAA", "AROAB", "AROAC"])
    for arn in [f"arn:aws:sts::1:assumed-role/{role}/{session}"]
]  # fmt: skip


def tokens(side: list[tuple[str, str, bool]], claims: dict[str, str]) -> bool:
    """The oracle: whether any provider of a side gives a token."""
    role = claims["arn"].split("/")[1]
    for condition, account, disabled in side:
        try:
            fits = evaluate(condition, {"assertion": claims, "attribute": {"aws_role": role}}) is True
        except CelError:
            fits = False
        if fits and account == claims["account"] and not disabled:
            return True
    return False


@given(sides, sides)
def test_the_difference_is_exact(old: list[tuple[str, str, bool]], new: list[tuple[str, str, bool]]) -> None:
    sides = [
        [provider(condition, str(at), account, disabled=off) for at, (condition, account, off) in enumerate(side)]
        for side in (old, new)
    ]
    found = [gain for gain in gains(*sides) if "a token" in gain.what]
    gainers = [claims for claims in EVERYBODY if tokens(new, claims) and not tokens(old, claims)]
    assert not gainers or found
    for gain in found:
        arn, _, userid = gain.witness.removesuffix(")").partition(" (user ID ")
        claims = {"account": arn.split(":")[4], "arn": arn, "userid": userid}
        if ":assumed-role/" in arn:
            assert tokens(new, claims)
            assert not tokens(old, claims)
