"""What holds for any perimeter: hypothesis draws configurations and calls from few values, so that they meet often."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from policy import identity, rest
from policy.call import Call
from policy.decision import Model

Body = dict[str, Any]
POLICY = "accessPolicies/1"
LEVELS = [f"{POLICY}/accessLevels/{name}" for name in ("a", "b", "c")]
SERVICES = ["aiplatform.googleapis.com", "sts.googleapis.com"]
PROJECTS = ["1", "2"]
METHODS = ["m.S.Get", "m.S.Put"]
NETWORK = "//compute.googleapis.com/projects/p/global/networks/n"
WORKLOAD = identity.federated("projects/1/locations/global/workloadIdentityPools/p", "s", {"aws_role": "r"})
CALLERS = [None, identity.user("u@e.com", ["g@e.com"]), identity.service_account("s@e.com"), WORKLOAD]
MEMBERS = ["user:u@e.com", "group:g@e.com", "serviceAccount:s@e.com", *sorted(WORKLOAD.principals - {"allUsers"})]
ADDRESSES = ["203.0.113.1", "203.0.113.9", "198.51.100.1", "2001:db8::1", ""]


def some(values: list[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), max_size=3, unique_by=str)


conditions = st.fixed_dictionaries(
    {},
    optional={
        "ipSubnetworks": some(["203.0.113.1/32", "203.0.113.0/24", "2001:db8::/48", "0.0.0.0/0"]),
        "members": some(["user:u@e.com", "serviceAccount:s@e.com", "group:g@e.com"]),
        "requiredAccessLevels": some([*LEVELS, f"{POLICY}/accessLevels/gone"]),
        "devicePolicy": st.sampled_from([{}, {"requireCorpOwned": True}]),
        "regions": some(["JP", "US"]),
        "negate": st.booleans(),
    },
)
levels = st.fixed_dictionaries(
    {"conditions": st.lists(conditions, min_size=1, max_size=2)},
    optional={"combiningFunction": st.sampled_from(["AND", "OR"])},
).map(lambda basic: {"basic": basic})
all_levels = st.fixed_dictionaries(dict.fromkeys(LEVELS, levels))
sources = [{"accessLevel": name} for name in [*LEVELS, "*"]] + [{"resource": "projects/2"}, {"resource": NETWORK}]
selectors = some([{"method": "*"}, {"method": "S.Get"}, {"method": METHODS[1]}, {"permission": "p.get"}])
operations = st.builds(
    lambda service, chosen: {"serviceName": service, "methodSelectors": chosen},
    st.sampled_from([*SERVICES, "*"]),
    selectors,
)
targets = st.fixed_dictionaries(
    {"operations": st.lists(operations, max_size=2), "resources": some(["projects/1", "projects/2", "*"])}
)
types = st.sampled_from(["ANY_IDENTITY", "ANY_USER_ACCOUNT", "ANY_SERVICE_ACCOUNT"])
origins = st.fixed_dictionaries(
    {"sources": some(sources)}, optional={"identities": some(MEMBERS), "identityType": types}
)
ingress = st.fixed_dictionaries({"ingressFrom": origins, "ingressTo": targets})
egress = st.fixed_dictionaries({"egressFrom": origins, "egressTo": targets})
configurations = st.fixed_dictionaries(
    {"resources": some(["projects/1", "projects/2", NETWORK]), "restrictedServices": some(SERVICES)},
    optional={
        "accessLevels": some(LEVELS),
        "ingressPolicies": st.lists(ingress, max_size=3),
        "egressPolicies": st.lists(egress, max_size=2),
    },
)
calls = st.builds(
    Call,
    service=st.sampled_from(SERVICES),
    method=st.sampled_from(METHODS),
    permission=st.sampled_from(["", "p.get"]),
    project_number=st.sampled_from([*PROJECTS, ""]),
    address=st.sampled_from(ADDRESSES),
    identity=st.sampled_from(CALLERS),
    source_project=st.sampled_from(["", "", "2"]),
    network=st.sampled_from(["", "", NETWORK]),
    region=st.sampled_from(["", "JP"]),
)
SETTINGS = settings(max_examples=100, deadline=None)


def model(known: Body, *perimeters: Body) -> Model:
    return rest.model(known, {f"{POLICY}/servicePerimeters/{n}": body for n, body in enumerate(perimeters)})


def enforced(known: Body, status: Body, call: Call) -> bool:
    return model(known, {"status": status}).decide(call).enforced.allowed


def more(status: Body, key: str, item: Any) -> Body:
    return status | {key: [*status.get(key, []), item]}


@SETTINGS
@given(all_levels, configurations, calls, st.sampled_from(LEVELS))
def test_another_access_level_never_removes_access(known: Body, status: Body, call: Call, level: str) -> None:
    assert enforced(known, more(status, "accessLevels", level), call) >= enforced(known, status, call)


@SETTINGS
@given(all_levels, configurations, calls, ingress, egress)
def test_another_rule_never_removes_access(known: Body, status: Body, call: Call, inward: Body, out: Body) -> None:
    for key, rule in (("ingressPolicies", inward), ("egressPolicies", out)):
        assert enforced(known, more(status, key, rule), call) >= enforced(known, status, call)


@SETTINGS
@given(all_levels, configurations, calls, st.sampled_from(SERVICES))
def test_another_restricted_service_never_gives_access(known: Body, status: Body, call: Call, service: str) -> None:
    assert enforced(known, more(status, "restrictedServices", service), call) <= enforced(known, status, call)


@SETTINGS
@given(all_levels, configurations, configurations, calls)
def test_another_perimeter_never_gives_access(known: Body, status: Body, second: Body, call: Call) -> None:
    both = model(known, {"status": status}, {"status": second}).decide(call).enforced.allowed
    assert both <= enforced(known, status, call)


@SETTINGS
@given(all_levels, configurations, configurations, calls)
def test_spec_never_changes_what_is_enforced(known: Body, status: Body, spec: Body, call: Call) -> None:
    both = {"status": status, "spec": spec, "useExplicitDryRunSpec": True}
    decision = model(known, both).decide(call)
    assert decision.enforced == model(known, {"status": status}).decide(call).enforced
    # Promotion: what the dry run said is what is then enforced.
    assert decision.dry_run == model(known, {"status": spec}).decide(call).enforced
    assert model(known, {"spec": spec, "useExplicitDryRunSpec": True}).decide(call).enforced.allowed


@SETTINGS
@given(all_levels, configurations, calls)
def test_order_does_not_matter(known: Body, status: Body, call: Call) -> None:
    turned = {key: value[::-1] for key, value in status.items()}
    assert enforced(known, turned, call) == enforced(known, status, call)


@SETTINGS
@given(all_levels, configurations, calls)
def test_a_denial_has_a_reason_and_a_perimeter_and_a_pass_has_no_reason(known: Body, status: Body, call: Call) -> None:
    verdict = model(known, {"status": status}).decide(call).enforced
    assert bool(verdict.reason) is (not verdict.allowed)
    assert verdict.rule
    if not verdict.allowed:
        assert verdict.perimeter == f"{POLICY}/servicePerimeters/0"


@SETTINGS
@given(all_levels, configurations, calls)
def test_without_a_source_and_without_a_level_nobody_comes_in(known: Body, status: Body, call: Call) -> None:
    rules = [
        rule | {"ingressFrom": rule["ingressFrom"] | {"sources": []}} for rule in status.get("ingressPolicies", [])
    ]
    shut = status | {"accessLevels": [], "ingressPolicies": rules}
    protected = f"projects/{call.project_number}" in shut["resources"] and call.service in shut["restrictedServices"]
    inside = f"projects/{call.source_project}" in shut["resources"] or call.network in shut["resources"]
    if protected and not inside:
        assert not enforced(known, shut, call)


@SETTINGS
@given(configurations, calls, conditions)
def test_undecidable_levels_admit_nobody(status: Body, call: Call, fields: Body) -> None:
    """With a device policy in every level, only what needs no level gets through, negated or not."""
    decidable = {"ipSubnetworks", "members", "regions", "requiredAccessLevels"}
    bare = {key: value for key, value in fields.items() if key not in decidable}
    level = {"basic": {"conditions": [bare | {"devicePolicy": {"requireCorpOwned": True}}]}}
    gone = enforced({}, status, call)
    assert enforced(dict.fromkeys(LEVELS, level), status, call) == gone
