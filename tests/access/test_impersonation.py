"""A token of one service account may give the token of the next one: each link with its perimeter and its grant."""

from random import Random
from typing import Any

import pytest

from access.answer import Answer, Asked
from access.difference import gains
from access.impersonation import DELEGATE, TOKEN, Accounts
from access.inputs import Part, part
from access.objects import Object
from access.outcome import Gate, Outcome, rank
from access.permissions import Target
from access.question import method, who
from access.world import World, world
from policy.identity import Identity, service_account
from tests.access.test_answer import document, perimeter, rule

PROJECT = "my-project.iam.gserviceaccount.com"
ONE, TWO, THREE = f"office-app@{PROJECT}", f"two@{PROJECT}", f"three@{PROJECT}"
CREATOR, USER = "roles/iam.serviceAccountTokenCreator", "roles/aiplatform.user"
OPERATOR = "user:operator@example.com"
ROLE = "principalSet://iam.googleapis.com/projects/345678901234/locations/global/workloadIdentityPools/office-aws/attribute.aws_role/office-app"
AWS = {"egress_cidrs": {"value": ["192.0.2.7/32"]}}


def grant(member: str, account: str, role: str = CREATOR, **more: Any) -> Object:
    kind = "google_service_account_iam_member"
    name = f"projects/my-project/serviceAccounts/{account}"
    return Object(
        f"{kind}.{member}-{account}", kind, {"service_account_id": name, "role": role, "member": member, **more}
    )


def calls(account: str) -> Object:
    values = {"project": "my-project", "role": USER, "member": f"serviceAccount:{account}"}
    return Object(f"google_project_iam_member.{account}", "google_project_iam_member", values)


def ask(caller: str, *more: Object, call: str = "aiplatform", guarded: bool = False) -> Answer:
    """Account one calls nothing itself; accounts two and three are admitted by the perimeter's rule, and so is the operator."""
    body = document("on-premises.google")
    del body["resource"]["google_project_iam_member"]
    rule(body)["ingress_from"]["identities"] += [f"serviceAccount:{TWO}", f"serviceAccount:{THREE}"]
    if guarded:
        perimeter(body)["restricted_services"].append("iamcredentials.googleapis.com")
        operations = [{"service_name": "iamcredentials.googleapis.com", "method_selectors": [{"method": "*"}]}]
        admits = {"ingress_from": rule(body)["ingress_from"] | {"identities": [ROLE]},
                  "ingress_to": rule(body)["ingress_to"] | {"operations": operations}, "title": "tokens"}  # fmt: skip
        perimeter(body)["ingress_policies"].insert(0, admits)
    state = {"version": 4, "resources": [], "outputs": AWS}
    known = world([part(body, "google"), part(state, "aws"), Part(more)])
    return Asked(known, "192.0.2.7").answer(who(caller), method(call))


SECOND = (grant(f"serviceAccount:{ONE}", TWO), calls(TWO))


@pytest.mark.parametrize(
    ("caller", "more", "expected"),
    [
        ("role/office-app", SECOND, True),
        ("role/office-app", SECOND[1:], False),
        ("role/other", SECOND, False),
        (f"serviceAccount:{ONE}", SECOND, True),
        (f"serviceAccount:{ONE}", SECOND[1:], False),
        (OPERATOR, SECOND, False),
        (OPERATOR, (grant(OPERATOR, ONE), *SECOND), True),
        ("role/office-app", (SECOND[0], grant(f"serviceAccount:{TWO}", THREE), calls(THREE)), True),
        # What goes round in circles ends.
        ("role/office-app", (SECOND[0], grant(f"serviceAccount:{TWO}", ONE), grant(f"serviceAccount:{ONE}", ONE)), False),
        ("allUsers", (grant("allUsers", TWO), calls(TWO)), False),
    ],
)  # fmt: skip
def test_a_chain_counts_as_each_of_its_accounts(caller: str, more: tuple[Object, ...], expected: bool) -> None:
    assert ask(caller, *more).enforced.value is expected


def test_each_link_has_its_perimeter_and_its_grant() -> None:
    (best, *_) = ask("role/office-app", *SECOND).paths
    assert best.acts_as == f"serviceAccount:{TWO}"
    link = ["perimeter for iamcredentials", "impersonation"]
    assert [one.name for one in best.gates] == [
        "perimeter for sts", "token exchange", *link, *link, "perimeter for aiplatform", "IAM"
    ]  # fmt: skip
    assert best.gates[5].enforced.reason == f"serviceAccount:{ONE} has {CREATOR} on serviceAccount:{TWO}"


def test_a_link_that_is_not_known_is_named() -> None:
    limited = grant(f"serviceAccount:{ONE}", TWO, condition={"expression": "true"})
    found = ask("role/office-app", limited, calls(TWO)).enforced
    assert (found.value, found.missing, found.address) == (None, ("condition true",), limited.address)


def test_a_shorter_chain_is_shown_first() -> None:
    found = ask("role/office-app", calls(ONE), *SECOND)
    assert [one.acts_as for one in found.paths if one.enforced.value] == [
        f"serviceAccount:{ONE}",
        f"serviceAccount:{TWO}",
    ]


@pytest.mark.parametrize(
    ("role", "expected"),
    [(CREATOR, True), ("roles/iam.workloadIdentityUser", False)],
)
def test_a_request_that_names_delegates_passes_the_perimeter_once_as_its_caller(role: str, expected: bool) -> None:
    first = grant(ROLE, THREE, role)
    found = ask("role/office-app", first, grant(f"serviceAccount:{THREE}", TWO), calls(TWO), guarded=True).enforced
    assert (found.value, found.gate) == (expected, "IAM" if expected else found.gate)


def test_who_may_delegate_alone_gets_no_token_of_the_first_account() -> None:
    role = Object("google_project_iam_custom_role.it", "google_project_iam_custom_role",
                  {"project": "my-project", "role_id": "pass", "permissions": ["iam.serviceAccounts.implicitDelegation"]})  # fmt: skip
    first = grant(OPERATOR, THREE, "projects/my-project/roles/pass")
    assert ask(OPERATOR, role, first, calls(THREE)).enforced.value is False
    assert ask(OPERATOR, role, first, grant(f"serviceAccount:{THREE}", TWO), calls(TWO)).enforced.value is True


@pytest.mark.parametrize(("caller", "expected"), [(f"serviceAccount:{ONE}", True), (OPERATOR, False)])
def test_a_call_for_a_token_is_allowed_with_a_grant_on_any_account(caller: str, expected: bool) -> None:
    assert ask(caller, *SECOND, call="iamcredentials").enforced.value is expected


def test_every_account_that_may_act_as_every_other_one_is_answered_in_time() -> None:
    names = [f"a{number}@{PROJECT}" for number in range(12)]
    every = [grant(f"serviceAccount:{one}", other) for one in names for other in names]
    found = ask(f"serviceAccount:{names[0]}", *every, calls(TWO))
    assert found.enforced.value is False
    assert len(found.paths) <= 2 * len(names)


def test_the_guard_names_the_second_grant_as_a_gain() -> None:
    old = [grant(ROLE, ONE), calls(TWO)]
    (found,) = gains(old, [*old, SECOND[0]])
    assert (found.address, found.missing) == (SECOND[0].address, ())
    assert f"to serviceAccount:{ONE}" in found.what


@pytest.mark.parametrize("seed", range(40))
def test_the_best_answer_for_each_account_is_that_of_all_ways(seed: int) -> None:
    """The oracle tries every way of up to five links, circles too, and takes the best worst gate of each."""
    random, names = Random(seed), [f"a{number}@{PROJECT}" for number in range(3)]
    outcomes = [Outcome(True, ""), Outcome(False, ""), Outcome(False, "", "", ("a fact",))]
    edges = {(one, other, verb): random.choice([*outcomes, outcomes[1]])
             for one in names for other in names for verb in (TOKEN, DELEGATE)}  # fmt: skip
    guards = {one: (random.choice(outcomes), random.choice(outcomes)) for one in names}
    known = World(tuple(grant(f"serviceAccount:{one}", other) for one in names for other in names), {})

    def granted(caller: Identity | None, permission: str, target: Target) -> Outcome:
        return edges[caller.name if caller else "", target.account, permission]

    def guarded(_: str, caller: Identity | None) -> Gate:
        return Gate("perimeter", *guards[caller.name if caller else ""])

    best: dict[str, list[tuple[int, int]]] = {}

    def walk(holder: str, at: str, worst: tuple[int, int], links: int) -> None:
        for other in names if links else ():
            for verb in (TOKEN, DELEGATE):
                more = [rank(edges[at, other, verb])] * 2
                if verb == TOKEN:
                    more = [max(one, rank(guard)) for one, guard in zip(more, guards[holder], strict=True)]
                now = max(worst[0], more[0]), max(worst[1], more[1])
                if verb == TOKEN:
                    best.setdefault(other, []).append(now)
                if now != (2, 2):
                    walk(other if verb == TOKEN else holder, other, now, links - 1)

    walk(names[0], names[0], (0, 0), 5)
    found: dict[str, list[tuple[int, int]]] = {}
    for step in Accounts(known, granted, guarded).reached(service_account(names[0])):
        found.setdefault(step.holder.name, []).append(step.ranks)
    for side in (0, 1):
        least = {name: min(one[side] for one in best.get(name, [(2, 2)])) for name in names[1:]}
        assert {name: min((one[side] for one in found.get(name, ())), default=2) for name in names[1:]} == least
