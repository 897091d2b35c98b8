"""Whether a perimeter of others admits a caller exactly as wanted: asked for addresses and calls, not compared as text."""

import copy
from typing import Any

import pytest

from access.exact import differences
from access.inputs import part
from access.objects import Object, of_stack

POLICY, PROJECT = "accessPolicies/1", "projects/9"
NAME, LEVEL = f"{POLICY}/servicePerimeters/shared", f"{POLICY}/accessLevels/ours"
APP, OTHER = "serviceAccount:app@p.iam.gserviceaccount.com", "user:b@example.com"
KIND = "google_access_context_manager"
ADDRESSES = ["203.0.113.6/32", "203.0.113.7/32"]
Body = dict[str, Any]


def wanted(side: str = "") -> tuple[Object, ...]:
    operations = [{"service_name": "aiplatform.googleapis.com", "method_selectors": [{"method": "*"}]}]
    rule = {
        "perimeter": NAME,
        "title": "ours (1)",
        "ingress_from": {"identities": [APP], "sources": [{"access_level": LEVEL}]},
        "ingress_to": {"resources": [PROJECT], "operations": operations},
    }
    level = {"name": LEVEL, "basic": {"conditions": [{"ip_subnetworks": ADDRESSES}]}}
    document = {
        f"{KIND}_access_level": {"it": level},
        f"{KIND}_service_perimeter{side}_resource": {"it": {"perimeter_name": NAME, "resource": PROJECT}},
        f"{KIND}_service_perimeter{side}_ingress_policy": {"it": rule},
    }
    return of_stack({"resource": document})


def rule(*levels: str, who: list[str] | None = None, method: str = "*", **more: Any) -> Body:
    operations = [{"serviceName": "aiplatform.googleapis.com", "methodSelectors": [{"method": method}]}]
    origin = {"identities": who or [APP], "sources": [{"accessLevel": one} for one in levels or (LEVEL,)]}
    return {"title": "theirs", "ingressFrom": {**origin, **more}, "ingressTo": {"resources": [PROJECT], "operations": operations}}  # fmt: skip


def level(*cidrs: str, name: str = LEVEL, **more: Any) -> Body:
    return {"name": name, "basic": {"conditions": [{"ipSubnetworks": list(cidrs or ADDRESSES), **more}]}}


def perimeter(*rules: Body, **more: Any) -> Body:
    config = {"resources": [PROJECT, "projects/8"], "restrictedServices": ["aiplatform.googleapis.com"]}
    return {"name": NAME, "status": {**config, "ingressPolicies": list(rules), **more}}


FIRST, SECOND = (level(one, name=f"{POLICY}/accessLevels/{name}") for name, one in zip("ab", ADDRESSES, strict=True))
WIDE = level("203.0.113.0/24")
WORLDS: dict[str, tuple[list[Body], list[str]]] = {
    "as wanted": ([perimeter(rule()), level()], []),
    "two levels in place of one": ([perimeter(rule(FIRST["name"], SECOND["name"])), FIRST, SECOND], []),
    "two rules": ([perimeter(rule(FIRST["name"]), rule(SECOND["name"])), FIRST, SECOND], []),
    "one range in place of two addresses": ([perimeter(rule()), level("203.0.113.6/31")], []),
    "others next to it": ([perimeter(rule(), rule(f"{POLICY}/accessLevels/wide", who=[OTHER])), level(), {**WIDE, "name": f"{POLICY}/accessLevels/wide"}], []),
    "any identity from these addresses": ([perimeter(rule(who=[], identityType="ANY_IDENTITY", identities=[])), level()], []),
    "no rule": ([perimeter(), level()], ["it is denied from 203.0.113.6/32, 203.0.113.7/32"]),
    "another caller": ([perimeter(rule(who=[OTHER])), level()], ["it is denied from 203.0.113.6/32, 203.0.113.7/32"]),
    "one address": ([perimeter(rule()), level("203.0.113.7/32")], ["it is denied from 203.0.113.6/32"]),
    "a method that is not called": ([perimeter(rule(method="google.cloud.aiplatform.v1.JobService.ListJobs")), level()], ["it is denied from 203.0.113.6/32, 203.0.113.7/32"]),
    "a range around them": ([perimeter(rule()), WIDE], ["it is also admitted from 203.0.113.0/24: ingress rule 'theirs'"]),
    "a second rule for the caller": ([perimeter(rule(), rule("*")), level()], ["it is also admitted from every other address, any other project: ingress rule 'theirs'"]),
    "a level without a rule": ([perimeter(rule(), accessLevels=[LEVEL, WIDE["name"]]), level()], []),
    "a wide level without a rule": ([perimeter(rule(), accessLevels=[f"{POLICY}/accessLevels/w"]), level(), {**WIDE, "name": f"{POLICY}/accessLevels/w"}], [f"it is also admitted from 203.0.113.0/24: access level {POLICY}/accessLevels/w, without a rule"]),
    "not restricted": ([perimeter(rule(), restrictedServices=[]), level()], ["it is also admitted from every other address, any other project: aiplatform.googleapis.com is not restricted"]),
    "not inside": ([perimeter(rule(), resources=["projects/8"]), level()], [f"it is also admitted from every other address, any other project: {PROJECT} is not inside"]),
    "a level that is not there": ([perimeter(rule())], ["it is denied from 203.0.113.6/32, 203.0.113.7/32", "it is also admitted from"]),
    "a level that is not read": ([perimeter(rule()), level(devicePolicy={"requireScreenlock": True})], ["it is denied from 203.0.113.6/32, 203.0.113.7/32"]),
    "a source in another project": ([perimeter(rule(), rule(sources=[{"resource": "projects/7"}])), level()], ["it is also admitted from projects/7: ingress rule 'theirs'"]),
    "a source inside": ([perimeter(rule(), rule(sources=[{"resource": "projects/8"}])), level()], []),
}  # fmt: skip


@pytest.mark.parametrize("name", WORLDS)
def test_what_differs_is_said(name: str) -> None:
    bodies, said = WORLDS[name]
    found = differences(wanted(), part(copy.deepcopy(bodies), "it").objects, "status", APP, PROJECT)
    assert len(found) == len(said), found
    assert all(one.startswith(text) for one, text in zip(found, said, strict=True)), found


def test_a_dry_run_is_compared_with_the_dry_run() -> None:
    body = perimeter() | {"spec": perimeter(rule())["status"], "useExplicitDryRunSpec": True}
    live = part([body, level()], "it").objects
    assert differences(wanted("_dry_run"), live, "spec", APP, PROJECT) == []
    assert differences(wanted(), live, "status", APP, PROJECT)


POOL = "iam.googleapis.com/projects/9/locations/global/workloadIdentityPools/p"
ROLE = f"principalSet://{POOL}/attribute.aws_role/app"


@pytest.mark.parametrize(
    ("member", "also"),
    [
        (f"principalSet://{POOL}/attribute.aws_role/other", False),
        (f"principalSet://{POOL}q/*", False),
        (f"principalSet://{POOL}/*", True),
        (f"principalSet://{POOL}/attribute.account/123456789012", True),
        (f"principal://{POOL}/subject/arn:aws:sts::123456789012:assumed-role/app/i-0", True),
    ],
)
def test_a_workload_may_be_what_else_a_rule_names_of_its_pool(member: str, also: bool) -> None:
    objects = [Object(one.address, one.kind, _renamed(one.values)) for one in wanted()]
    live = part([perimeter(rule(who=[ROLE]), rule("*", who=[member])), level()], "it").objects
    found = differences(objects, live, "status", ROLE, PROJECT)
    assert bool(found) == also, found


def _renamed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _renamed(one) for name, one in value.items()}
    return [_renamed(one) for one in value] if isinstance(value, list) else ROLE if value == APP else value
