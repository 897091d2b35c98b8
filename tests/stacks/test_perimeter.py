"""What is protected, and who comes in from where."""

from typing import Any

import pytest

from tests.graph import dependencies
from tests.synthesis import BASE, environment, only, resources, synthesized

PERIMETER = "google_access_context_manager_service_perimeter"
LEVEL = "google_access_context_manager_access_level"
POLICY = "google_access_context_manager_access_policy"
CALLER = "serviceAccount:demo-app@my-project.iam.gserviceaccount.com"
PRINCIPAL_SET = "principalSet://iam.googleapis.com/projects/345678901234/locations/global/workloadIdentityPools/demo-aws/attribute.aws_role/demo-app"
ENFORCED = "[perimeter]\ndry_run = false"
LADDER = """
[perimeter]
restricted_services = ["sts.googleapis.com", "iamcredentials.googleapis.com", "aiplatform.googleapis.com"]
[perimeter.deployer]
identities = ["user:operator@example.com"]
cidrs = ["198.51.100.7/32"]
"""
PEOPLE = """
[[on_premises]]
name = "tokyo"
cidrs = ["198.51.100.0/24"]
identities = ["group:ml@example.com"]
"""


def perimeter(*more: str) -> dict[str, Any]:
    return only(synthesized(*more).google, PERIMETER)


def admissions(config: dict[str, Any]) -> dict[str, tuple[str, Any, list[str]]]:
    """Rule by title: the level's short name, the identities (or their type), the services."""
    return {
        rule["title"]: (
            rule["ingress_from"]["sources"][0]["access_level"].rsplit("/", 1)[1],
            rule["ingress_from"].get("identities") or rule["ingress_from"]["identity_type"],
            [operation["service_name"] for operation in rule["ingress_to"]["operations"]],
        )
        for rule in config["ingress_policies"]
    }


def test_a_dry_run_is_a_spec_and_nothing_is_enforced() -> None:
    body = perimeter()
    assert "status" not in body
    assert body["use_explicit_dry_run_spec"] is True
    assert admissions(body["spec"]) == {
        "workloads call Gemini": ("demo_workloads", [CALLER], ["aiplatform.googleapis.com"])
    }
    assert "lifecycle" not in body


def test_enforced_is_a_status_alone_and_cannot_be_destroyed_by_accident() -> None:
    body = perimeter(ENFORCED)
    assert "spec" not in body
    assert "use_explicit_dry_run_spec" not in body
    assert body["status"] == perimeter()["spec"]
    assert body["lifecycle"] == {"prevent_destroy": True}


def test_a_proposal_is_tested_beside_what_is_enforced_with_a_level_of_its_own() -> None:
    proposed = '[perimeter]\ndry_run = false\nproposed = { egress_cidrs = ["203.0.113.8/32"] }'
    stack = synthesized(proposed).google
    body = only(stack, PERIMETER)
    assert body["use_explicit_dry_run_spec"] is True
    assert body["status"] == perimeter(ENFORCED)["status"]
    assert {rule[0] for rule in admissions(body["spec"]).values()} == {"demo_workloads_proposed"}
    levels = {level["title"]: level["basic"]["conditions"][0]["ip_subnetworks"] for level in resources(stack, LEVEL)}
    assert levels["demo_workloads_proposed"] == ["203.0.113.8/32"]
    assert levels["demo_workloads"] == "${try(data.terraform_remote_state.aws.outputs.egress_cidrs, [])}"


@pytest.mark.parametrize(
    ("change", "key", "value"),
    [
        ("any_identity = true", "identity_type", "ANY_IDENTITY"),
        ("any_identity = false", "identities", [CALLER]),
    ],
)
def test_a_proposal_changes_only_what_it_names(change: str, key: str, value: object) -> None:
    body = perimeter(f"[perimeter]\ndry_run = false\nany_identity = true\nproposed = {{ {change} }}")
    (rule,) = body["spec"]["ingress_policies"]
    assert rule["ingress_from"][key] == value
    assert body["spec"]["restricted_services"] == body["status"]["restricted_services"]
    assert admissions(body["status"])["workloads call Gemini"][1] == "ANY_IDENTITY"


def test_without_the_table_there_is_no_perimeter_no_level_and_no_policy() -> None:
    stack = synthesized().google
    assert all(resources(stack, kind) for kind in (PERIMETER, LEVEL, POLICY))
    none = synthesized(base=BASE.replace("[perimeter]", "")).google
    assert [kind for kind in (PERIMETER, LEVEL, POLICY) if resources(none, kind)] == []


def test_an_identity_and_any_identity_are_never_both_emitted() -> None:
    for more in ("", "[perimeter]\nany_identity = true", LADDER, PEOPLE):
        for rule in perimeter(more)["spec"]["ingress_policies"]:
            assert len({"identities", "identity_type"} & rule["ingress_from"].keys()) == 1


def test_each_link_of_the_chain_has_its_rule_once_its_service_is_restricted() -> None:
    assert admissions(perimeter(LADDER)["spec"]) == {
        "deployer exchanges tokens": ("demo_deployer", "ANY_IDENTITY", ["sts.googleapis.com"]),
        "deployer runs Terraform": ("demo_deployer", ["user:operator@example.com"], ["iamcredentials.googleapis.com"]),
        "workloads call Gemini": ("demo_workloads", [CALLER], ["aiplatform.googleapis.com"]),
        "workloads exchange tokens": ("demo_workloads", "ANY_IDENTITY", ["sts.googleapis.com"]),
        "workloads impersonate": ("demo_workloads", [PRINCIPAL_SET], ["iamcredentials.googleapis.com"]),
    }


def test_direct_access_needs_no_rule_to_impersonate() -> None:
    titles = admissions(perimeter(LADDER, '[[workload]]\nname = "app"\nauth = "direct"')["spec"])
    assert "workloads impersonate" not in titles
    assert titles["workloads call Gemini"][1] == [PRINCIPAL_SET]


def test_people_outside_aws_have_their_own_addresses_and_their_own_rule() -> None:
    rules = admissions(perimeter(PEOPLE)["spec"])
    assert rules["on-premises tokyo calls Gemini"] == (
        "demo_on_premises_tokyo",
        ["group:ml@example.com"],
        ["aiplatform.googleapis.com"],
    )
    assert rules["workloads call Gemini"] == ("demo_workloads", [CALLER], ["aiplatform.googleapis.com"])


def test_an_existing_policy_is_named_and_none_is_made() -> None:
    stack = synthesized(base=BASE.replace('organization_id = "111111111111"', 'access_policy = "987654321"')).google
    assert resources(stack, POLICY) == []
    assert only(stack, PERIMETER)["name"] == "accessPolicies/987654321/servicePerimeters/demo_perimeter"
    assert only(stack, LEVEL)["name"] == "accessPolicies/987654321/accessLevels/demo_workloads"


def test_an_own_policy_is_scoped_to_the_project() -> None:
    policy = only(synthesized().google, POLICY)
    assert (policy["parent"], policy["scopes"]) == ("organizations/111111111111", ["projects/345678901234"])


def test_an_empty_list_of_addresses_stops_the_plan() -> None:
    (condition,) = only(synthesized().google, LEVEL)["lifecycle"]["precondition"]
    assert condition["condition"] == "${(length(try(data.terraform_remote_state.aws.outputs.egress_cidrs, [])) >= 1)}"


def test_every_level_is_replaced_before_it_is_destroyed() -> None:
    for name in ("several", "on-premises", "proposal", "direct"):
        levels = resources(environment(name).google, LEVEL)
        assert levels
        assert all(level["lifecycle"]["create_before_destroy"] for level in levels)


def test_lists_whose_order_the_api_keeps_are_sorted() -> None:
    two = (
        PEOPLE
        + '[[on_premises]]\nname = "osaka"\ncidrs = ["203.0.113.16/28", "203.0.113.0/28"]\nidentities = ["user:b@example.com", "user:a@example.com"]'
    )
    swapped = (
        '[[on_premises]]\nname = "osaka"\ncidrs = ["203.0.113.0/28", "203.0.113.16/28"]\nidentities = ["user:a@example.com", "user:b@example.com"]'
        + PEOPLE
    )
    assert synthesized(two).google == synthesized(swapped).google
    titles = [rule["title"] for rule in perimeter(two)["spec"]["ingress_policies"]]
    assert titles == sorted(titles)
    assert len(titles) == 3


@pytest.mark.parametrize("name", ["example", "several", "direct", "proposal"])
def test_first_identities_and_levels_then_the_perimeter_then_the_grants(name: str) -> None:
    stack = environment(name).google
    graph = dependencies(stack)
    (perimeter,) = [address for address in graph if address.startswith(PERIMETER)]
    identities = {address for address in graph if address.startswith(("google_service_account.", LEVEL))}
    grants = [
        address
        for address in graph
        if address.startswith(("google_project_iam_member", "google_service_account_iam_member"))
    ]
    assert identities <= graph[perimeter]
    assert grants
    for grant in grants:
        assert perimeter in graph[grant]
        assert any(address.startswith("google_iam_workload_identity_pool_provider") for address in graph[grant])


@pytest.mark.parametrize("name", ["example", "several", "direct", "proposal", "existing-network"])
def test_every_resource_waits_for_the_apis_and_no_data_source_waits_for_anything(name: str) -> None:
    graph = dependencies(environment(name).google)
    apis = {address for address in graph if address.startswith("google_project_service.")}
    assert len(apis) >= 6
    for address, needed in graph.items():
        if address.startswith("data."):
            assert needed == set()
        elif address not in apis:
            assert apis <= needed, address
