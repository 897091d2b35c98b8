"""What the rules of an enforced perimeter newly leave open, one edit at a time."""

from typing import Any

import pytest

from access.changes import LEVEL as OF_LEVEL
from access.changes import PERIMETER
from access.gain import Gain
from access.objects import Object
from access.perimeter_gains import gains_with_levels as gains
from tests.deploy.planned import Body

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
    config = {
        "resources": ["projects/1"],
        "restricted_services": [GEMINI, STS],
        "ingress_policies": list(rules),
        **more,
    }
    return {"name": "p", "status": [], "spec": [], side: [config]}


def gained(was: Body, now: Body) -> list[Gain]:
    level = Object("l", OF_LEVEL, {"name": LEVEL, "basic": [{"conditions": [{"ip_subnetworks": ["203.0.113.7/32"]}]}]})
    return list(gains([Object("was", PERIMETER, was), level], [Object("it", PERIMETER, now), level]))


def said(was: Body, now: Body) -> str:
    """What is reported, one line for each gain, without what is only an example."""
    return "\n".join(str(gain).partition("; for example: ")[0] for gain in gained(was, now))


BEFORE = perimeter(ingress("user:a@example.com"))
GAINED = {
    "an identity": (
        perimeter(ingress("user:a@example.com", "user:b@example.com")),
        "it: ingress rule 'app calls' newly admits user:b@example.com from",
    ),
    "any identity": (
        perimeter(ingress(identity_type="ANY_IDENTITY")),
        "it: ingress rule 'app calls' newly admits every identity from",
    ),
    "any address": (
        perimeter(ingress("user:a@example.com", sources=[{"access_level": "*"}])),
        "it: ingress rule 'app calls' newly admits user:a@example.com from every other address",
    ),
    "a project": (
        perimeter(ingress("user:a@example.com", sources=[{"access_level": LEVEL}, {"resource": "projects/9"}])),
        "it: ingress rule 'app calls' newly admits user:a@example.com from projects/9 to",
    ),
    "a service": (
        perimeter(ingress("user:a@example.com", services=(STS, GEMINI))),
        f"it: ingress rule 'app calls' newly admits user:a@example.com from 203.0.113.7/32 to {STS} in projects/1",
    ),
    "a rule": (
        perimeter(ingress("user:a@example.com"), {**ingress("user:b@example.com"), "title": None}),
        "it: ingress rule 'without a title' newly admits user:b@example.com from",
    ),
    "what is inside": (
        perimeter(ingress("user:a@example.com"), resources=["projects/1", "projects/2"]),
        "it: it holds both sides, and newly admits every identity from projects/1, projects/2 to",
    ),
    "a level for everything": (
        perimeter(ingress("user:a@example.com"), access_levels=[LEVEL]),
        f"it: access level {LEVEL}, without a rule, newly admits every identity from",
    ),
    "an egress rule": (
        perimeter(ingress("user:a@example.com"), egress_policies=[egress("projects/9")]),
        "it: egress rule 'out' newly admits every identity from projects/1 to",
    ),
    "another kind of identity": (
        perimeter(
            ingress("user:a@example.com", "principalSet://iam.googleapis.com/locations/global/workforcePools/w/*")
        ),
        "it: ingress rule 'app calls' newly admits principalSet://iam.googleapis.com/locations/global/workforcePools/w/*",
    ),
}


@pytest.mark.parametrize("name", GAINED)
def test_what_an_enforced_perimeter_gains_is_said(name: str) -> None:
    after, text = GAINED[name]
    assert text in said(BEFORE, after)
    # A project that leaves is open.
    assert (said(after, BEFORE) == "") == (name != "what is inside")


@pytest.mark.parametrize("name", GAINED)
def test_nothing_is_said_of_what_is_only_tested(name: str) -> None:
    after, _ = GAINED[name]
    dry_run = {"status": [], "spec": BEFORE["status"]}
    assert said(dry_run, {"status": [], "spec": after["status"]}) == ""
    assert said(BEFORE, {**BEFORE, "spec": after["status"]}) == ""
    assert said(dry_run, after) == ""


def test_a_project_that_is_a_resource_of_its_own_is_inside() -> None:
    member = Object("m", f"{PERIMETER}_resource", {"perimeter_name": "p", "resource": "projects/1"})
    worlds = [
        [Object("it", PERIMETER, perimeter(*rules, resources=[])), member] for rules in ((), (ingress("user:b"),))
    ]
    (found,) = gains(*worlds)
    assert found.what.startswith("ingress rule 'app calls' newly admits user:b")


def test_an_identity_of_a_form_that_is_not_known_is_not_decided() -> None:
    (found,) = gained(BEFORE, perimeter(ingress("user:a@example.com", "robot:r")))
    assert found.missing == ("identity robot:r",)


def test_a_type_of_identity_that_is_not_known_is_not_decided() -> None:
    rule = ingress()
    rule["ingress_from"][0]["identity_type"] = "ANY_WORKLOAD"
    (found,) = gained(BEFORE, perimeter(rule))
    assert found.missing == ("identity_type ANY_WORKLOAD",)


def test_enforcement_that_ends_is_one_sentence() -> None:
    (found,) = gained(BEFORE, {"status": [], "spec": BEFORE["status"]})
    assert str(found).startswith("was: enforcement ends, which newly admits every identity from every address")
    (nobody,) = gained({"status": [{**BEFORE["status"][0], "resources": []}]}, {"status": []})
    assert str(nobody) == "was: enforcement ends"


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
        (to(operations=[], roles=["roles/aiplatform.user"]), 'roles = ["roles/aiplatform.user"]'),
        (selected("*"), f"{GEMINI} in projects/1"),
        (selected(), f"{GEMINI} in projects/1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_rule_is_about_is_told_apart(after: Body, what: str) -> None:
    other = selected(method="EndpointService.DeleteEndpoint")
    assert what in said(other, after) or what in gained(other, after)[0].missing[0]
    everything = to(operations=[{"service_name": "*"}], resources=["*"])
    assert "roles" in what or said(everything, after) == ""


@pytest.mark.parametrize(
    "after",
    [
        to(resources=["projects/2"]),
        to(resources=[], external_resources=["s3://bucket/key"]),
        perimeter(ingress("user:b", services=("storage.googleapis.com",))),
        perimeter(ingress("")),
    ],
)
def test_a_rule_about_what_no_perimeter_holds_or_restricts_lets_nobody_in(after: Body) -> None:
    """A call that it is about passes without it: docs/decisions/035-one-engine.md."""
    assert said(BEFORE, after) == ""


def test_order_and_titles_say_nothing() -> None:
    one, two = (
        ingress("user:a@example.com", "user:b@example.com"),
        ingress("user:c@example.com", services=(STS, GEMINI)),
    )
    swapped = ingress("user:c@example.com", services=(GEMINI, STS)), ingress("user:b@example.com", "user:a@example.com")
    renamed = [{**rule, "title": f"renamed {index}"} for index, rule in enumerate(swapped)]
    assert said(perimeter(one, two), perimeter(*renamed)) == ""


def test_a_rule_that_admits_nobody_gains_nobody() -> None:
    nobody = ingress(), ingress("user:b@example.com", sources=[])
    assert said(BEFORE, perimeter(ingress("user:a@example.com"), *nobody)) == ""


def test_an_egress_rule_without_its_sources_admits_everybody_inside() -> None:
    from_level = egress("projects/9", sources=[{"access_level": LEVEL}])
    found = said(perimeter(egress_policies=[from_level]), perimeter(egress_policies=[egress("projects/9")]))
    assert found.startswith("it: egress rule 'out' newly admits every identity from projects/1 to")


def operation(service: str, *methods: str) -> Body:
    return {"service_name": service, "method_selectors": [{"method": method} for method in methods]}


def test_the_digest_tells_apart_what_a_sentence_sums_up() -> None:
    """A digest covers `whole`."""
    one = to(operations=[operation(GEMINI, "Predict"), operation(STS, "Token", "Revoke")])
    other = to(operations=[operation(GEMINI, "Predict", "Revoke"), operation(STS, "Token")])
    first, second = (gained(perimeter(), after)[0].whole for after in (one, other))
    assert first != second


def test_what_was_admitted_before_does_not_hide_in_a_list() -> None:
    """a may do either already; b may do one of them."""
    everything = ingress("user:a", "user:b", services=(GEMINI, STS))
    (found,) = gained(perimeter(ingress("user:a"), ingress("user:b", services=(STS,))), perimeter(everything))
    assert [text.partition(" from ")[0] + text[text.index(" to ") :] for text in found.whole] == [
        f"user:a to {STS} in projects/1",
        f"user:b to {GEMINI} in projects/1",
    ]
