"""What an enforced perimeter newly leaves open, and what is said of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.changes import PERIMETER
from deploy.rules import Way, _said
from tests.deploy.planned import Body, change, plan, sentences

LEVEL = "accessPolicies/1/accessLevels/a"
GEMINI = "aiplatform.googleapis.com"
STS = "sts.googleapis.com"


def ingress(*identities: str, services: tuple[str, ...] = (GEMINI,), **origin: Any) -> Body:
    operations = [{"service_name": name, "method_selectors": [{"method": "*"}]} for name in services]
    return {
        "title": "app calls",
        "ingress_from": [{"identities": list(identities), "sources": [{"access_level": LEVEL}], **origin}],
        "ingress_to": [{"operations": operations, "resources": ["projects/1"]}],
    }


def egress(*resources: str, **origin: Any) -> Body:
    operations = [{"service_name": "*", "method_selectors": []}]
    return {
        "title": "out",
        "egress_from": [{"identities": [], "identity_type": "ANY_IDENTITY", "sources": [], **origin}],
        "egress_to": [{"operations": operations, "resources": list(resources), "external_resources": []}],
    }


def perimeter(*rules: Body, side: str = "status", **more: Any) -> Body:
    config = {"resources": ["projects/1"], "restricted_services": [GEMINI], "ingress_policies": list(rules), **more}
    return {"status": [], "spec": [], side: [config]}


def said(before: Body | None, after: Body, unknown: Body | None = None) -> list[str]:
    return [notice.partition(": ")[2] for notice in sentences(plan(change(PERIMETER, before, after, unknown)))]


BEFORE = perimeter(ingress("user:a@example.com"))
GAINED = {
    "an identity": (
        perimeter(ingress("user:a@example.com", "user:b@example.com")),
        f"ingress rule 'app calls' newly admits user:b@example.com from {LEVEL} to {GEMINI} in projects/1",
    ),
    "any identity": (
        perimeter(ingress(identity_type="ANY_IDENTITY")),
        f"ingress rule 'app calls' newly admits ANY_IDENTITY from {LEVEL} to {GEMINI} in projects/1",
    ),
    "any address": (
        perimeter(ingress("user:a@example.com", sources=[{"access_level": "*"}])),
        f"ingress rule 'app calls' newly admits user:a@example.com from * to {GEMINI} in projects/1",
    ),
    "a project": (
        perimeter(ingress("user:a@example.com", sources=[{"access_level": LEVEL}, {"resource": "projects/9"}])),
        f"ingress rule 'app calls' newly admits user:a@example.com from projects/9 to {GEMINI} in projects/1",
    ),
    "a service": (
        perimeter(ingress("user:a@example.com", services=(STS, GEMINI))),
        f"ingress rule 'app calls' newly admits user:a@example.com from {LEVEL} to {STS} in projects/1",
    ),
    "a rule": (
        perimeter(ingress("user:a@example.com"), {**ingress("user:b@example.com"), "title": None}),
        f"ingress rule 'without a title' newly admits user:b@example.com from {LEVEL} to {GEMINI} in projects/1",
    ),
    "what is inside": (
        perimeter(ingress("user:a@example.com"), resources=["projects/1", "projects/2"]),
        "projects/2 joins: whoever is inside may call Gemini",
    ),
    "a level for everything": (
        perimeter(ingress("user:a@example.com"), access_levels=[LEVEL]),
        f"newly admits {LEVEL} to everything, without a rule",
    ),
    "a way out": (
        perimeter(ingress("user:a@example.com"), egress_policies=[egress("projects/9")]),
        "egress rule 'out' newly admits ANY_IDENTITY from * to * in projects/9",
    ),
}


@pytest.mark.parametrize("name", GAINED)
def test_what_an_enforced_perimeter_gains_is_said(name: str) -> None:
    after, notice = GAINED[name]
    assert said(BEFORE, after) == [notice]


@pytest.mark.parametrize("name", GAINED)
def test_nothing_is_said_the_other_way_round(name: str) -> None:
    after, _ = GAINED[name]
    assert said(after, BEFORE) == []


@pytest.mark.parametrize("name", GAINED)
def test_nothing_is_said_of_what_is_only_tested(name: str) -> None:
    after, _ = GAINED[name]
    dry_run = {"status": [], "spec": BEFORE["status"]}
    assert said(dry_run, {"status": [], "spec": after["status"]}) == []
    assert said(BEFORE, {**BEFORE, "spec": after["status"]}) == []
    assert said(None, after) == said(dry_run, after) == ["enforcement begins; Google takes up to 30 minutes"]


def to(**target: Any) -> Body:
    """A rule for other methods, services or projects."""
    rule = ingress("user:a@example.com")
    return perimeter({**rule, "ingress_to": [{**rule["ingress_to"][0], **target}]})


def selected(service: str = GEMINI, **selector: str) -> Body:
    return to(operations=[{"service_name": service, "method_selectors": [selector] if selector else []}])


@pytest.mark.parametrize(
    ("after", "what"),
    [
        (selected(method="PredictionService.Predict"), f"{GEMINI} (PredictionService.Predict) in projects/1"),
        (selected(permission="aiplatform.endpoints.predict"), f"{GEMINI} (aiplatform.endpoints.predict) in projects/1"),
        (to(operations=[], roles=["roles/aiplatform.user"]), "roles/aiplatform.user in projects/1"),
        (to(resources=["projects/2"]), f"{GEMINI} in projects/2"),
        (to(resources=[], external_resources=["s3://bucket/key"]), f"{GEMINI} in s3://bucket/key"),
        (selected("*"), "* in projects/1"),
        (to(resources=["*"]), f"{GEMINI} in *"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_rule_is_about_is_told_apart(after: Body, what: str) -> None:
    other = selected(method="EndpointService.DeleteEndpoint")
    found = f"ingress rule 'app calls' newly admits user:a@example.com from {LEVEL} to {what}"
    assert said(other, after) == [found]
    everything = to(operations=[{"service_name": "*"}], resources=["*"])
    assert said(everything, after) == []


def test_order_and_titles_say_nothing() -> None:
    one, two = (
        ingress("user:a@example.com", "user:b@example.com"),
        ingress("user:c@example.com", services=(STS, GEMINI)),
    )
    swapped = ingress("user:c@example.com", services=(GEMINI, STS)), ingress("user:b@example.com", "user:a@example.com")
    renamed = [{**rule, "title": f"renamed {index}"} for index, rule in enumerate(swapped)]
    assert said(perimeter(one, two), perimeter(*renamed)) == []


def test_a_rule_that_admits_nobody_gains_nobody() -> None:
    nobody = ingress(), ingress("user:b@example.com", sources=[])
    assert said(BEFORE, perimeter(ingress("user:a@example.com"), *nobody)) == []


def test_an_egress_rule_without_its_sources_admits_everybody_inside() -> None:
    from_level = egress("projects/9", sources=[{"access_level": LEVEL}])
    found = said(perimeter(egress_policies=[from_level]), perimeter(egress_policies=[egress("projects/9")]))
    assert found == ["egress rule 'out' newly admits ANY_IDENTITY from * to * in projects/9"]


def test_a_source_that_is_known_only_later_is_said() -> None:
    after = perimeter(ingress("user:a@example.com", sources=[{}]))
    unknown = {"status": [{"ingress_policies": [{"ingress_from": [{"sources": [{"access_level": True}]}]}]}]}
    assert said(BEFORE, after, unknown)[0].startswith(
        "ingress rule 'app calls' newly admits user:a@example.com from (known after apply) to"
    )


def operation(service: str, *methods: str) -> Body:
    return {"service_name": service, "method_selectors": [{"method": method} for method in methods]}


def test_each_service_is_said_with_its_own_methods() -> None:
    """The digest that accepts a widening is one of its sentences."""
    one = to(operations=[operation(GEMINI, "Predict"), operation(STS, "Token", "Revoke")])
    other = to(operations=[operation(GEMINI, "Predict", "Revoke"), operation(STS, "Token")])
    start = f"ingress rule 'app calls' newly admits user:a@example.com from {LEVEL} to"
    assert said(perimeter(), one) == [f"{start} {GEMINI} (Predict), {STS} (Revoke, Token) in projects/1"]
    assert said(perimeter(), other) == [f"{start} {GEMINI} (Predict, Revoke), {STS} (Token) in projects/1"]


def test_what_was_admitted_before_does_not_hide_in_a_list() -> None:
    """a may do either already; b may do one of them."""
    everything = ingress("user:a", "user:b", services=(GEMINI, STS))
    found = said(perimeter(ingress("user:a"), ingress("user:b", services=(STS,))), perimeter(everything))
    start = "ingress rule 'app calls' newly admits"
    assert found == [
        f"{start} user:a from {LEVEL} to {STS} in projects/1; and user:b from {LEVEL} to {GEMINI} in projects/1"
    ]


PARTS = st.sampled_from("ab")


@given(*[st.sets(st.builds(Way, PARTS, PARTS, PARTS, PARTS, PARTS), min_size=1)] * 2)
def test_two_sets_of_ways_are_never_said_in_the_same_words(one: set[Way], other: set[Way]) -> None:
    assert (_said([*one]) == _said([*other])) == (one == other)
