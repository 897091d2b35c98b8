"""What is protected, and who comes in from where."""

import json
import re
from typing import Any

import pytest

from constructs_lib.google.access import SINGLE_ADDRESSES
from tests.graph import dependencies
from tests.synthesis import BASE, ENVIRONMENTS, NO_PERIMETER, environment, only, resources, synthesized

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


PROPOSAL = f'{ENFORCED}\nproposed = {{ egress_cidrs = ["203.0.113.8/32"] }}'


@pytest.mark.parametrize(("more", "value"), [(ENFORCED, "PREVENT"), (PROPOSAL, "PREVENT"), ("", "DELETE")])
@pytest.mark.parametrize("constraint", ["~> 7.45", ">= 7.33", "> 7.32.9, != 7.32.10, ~> 7.33", "= 8.0.0-dev"])
def test_the_provider_refuses_to_delete_what_is_enforced(more: str, value: str, constraint: str) -> None:
    stack = synthesized(f'[versions]\ngoogle = "{constraint}"', more).google
    written = {
        kind: [body.get("deletion_policy") for body in named.values()] for kind, named in stack["resource"].items()
    }
    assert {kind: values for kind, values in written.items() if any(values)} == {PERIMETER: [value], POLICY: [value]}


@pytest.mark.parametrize("constraint", ["~> 6.50", ">= 6.50, < 9", "> 7.32", "!= 7.20.0", "7.32.0", "= 7.33.0-beta1"])
def test_what_an_admitted_provider_does_not_know_is_not_written(constraint: str) -> None:
    text = json.dumps(synthesized(f'[versions]\ngoogle = "{constraint}"', ENFORCED).google)
    assert "deletion_policy" not in text


def test_an_access_policy_of_others_is_not_guarded() -> None:
    stack = synthesized(ENFORCED, base=BASE.replace("organization_id", "access_policy")).google
    assert json.dumps(stack).count("deletion_policy") == 1
    assert only(stack, PERIMETER)["deletion_policy"] == "PREVENT"


def test_a_proposal_is_tested_beside_what_is_enforced_with_a_level_of_its_own() -> None:
    stack = synthesized(PROPOSAL).google
    body = only(stack, PERIMETER)
    assert body["use_explicit_dry_run_spec"] is True
    assert body["status"] == perimeter(ENFORCED)["status"]
    assert {rule[0] for rule in admissions(body["spec"]).values()} == {"demo_workloads_proposed"}
    levels = {level["title"]: level["basic"]["conditions"][0]["ip_subnetworks"] for level in resources(stack, LEVEL)}
    assert levels["demo_workloads_proposed"] == ["203.0.113.8/32"]
    assert levels["demo_workloads"] == "${try(data.terraform_remote_state.aws.outputs.egress_cidrs, [])}"


@pytest.mark.parametrize("enforced", [True, False])
def test_a_proposal_changes_only_what_it_names(enforced: bool) -> None:
    now, then = str(enforced).lower(), str(not enforced).lower()
    body = perimeter(f"[perimeter]\ndry_run = false\nany_identity = {now}\nproposed = {{ any_identity = {then} }}")
    who = {"true": "ANY_IDENTITY", "false": [CALLER]}
    assert admissions(body["status"])["workloads call Gemini"] == (
        "demo_workloads",
        who[now],
        ["aiplatform.googleapis.com"],
    )
    assert admissions(body["spec"])["workloads call Gemini"] == (
        "demo_workloads",
        who[then],
        ["aiplatform.googleapis.com"],
    )
    assert body["spec"]["restricted_services"] == body["status"]["restricted_services"]
    assert body["lifecycle"] == {"prevent_destroy": True}


def test_without_the_table_there_is_no_perimeter_no_level_and_no_policy() -> None:
    stack = synthesized().google
    assert all(resources(stack, kind) for kind in (PERIMETER, LEVEL, POLICY))
    none = synthesized(base=NO_PERIMETER).google
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


def test_each_office_has_its_own_addresses() -> None:
    stack = environment("on-premises").google
    rules = admissions(only(stack, PERIMETER)["status"])
    levels = {level["title"]: level["basic"]["conditions"][0]["ip_subnetworks"] for level in resources(stack, LEVEL)}
    assert (rules["on-premises osaka calls Gemini"][0], levels["office_on_premises_osaka"]) == (
        "office_on_premises_osaka",
        ["203.0.113.0/28"],
    )
    assert (rules["on-premises tokyo calls Gemini"][0], levels["office_on_premises_tokyo"]) == (
        "office_on_premises_tokyo",
        ["198.51.100.0/24", "2001:db8::/48"],
    )


def test_the_deployer_comes_from_its_own_addresses() -> None:
    levels = {
        level["title"]: level["basic"]["conditions"][0]["ip_subnetworks"]
        for level in resources(synthesized(LADDER).google, LEVEL)
    }
    assert levels["demo_deployer"] == ["198.51.100.7/32"]


def test_a_machine_on_premises_may_exchange_and_impersonate_and_a_person_need_not() -> None:
    machines = '[[on_premises]]\nname = "x"\ncidrs = ["198.51.100.0/24"]\nidentities = ["user:a@example.com", "serviceAccount:b@my-project.iam.gserviceaccount.com"]'
    rules = admissions(perimeter(LADDER, machines)["spec"])
    assert rules["on-premises x exchanges tokens"] == ("demo_on_premises_x", "ANY_IDENTITY", ["sts.googleapis.com"])
    assert rules["on-premises x impersonates"] == (
        "demo_on_premises_x",
        ["serviceAccount:b@my-project.iam.gserviceaccount.com"],
        ["iamcredentials.googleapis.com"],
    )
    assert {title for title in admissions(perimeter(LADDER, PEOPLE)["spec"]) if title.startswith("on-premises")} == {
        "on-premises tokyo calls Gemini"
    }


def test_people_may_be_allowed_named_methods_and_permissions_alone() -> None:
    named = 'methods = ["PredictionService.GenerateContent"]\npermissions = ["aiplatform.endpoints.predict"]\n'
    for more, wanted in (
        ("", [{"method": "*"}]),
        (named, [{"method": "PredictionService.GenerateContent"}, {"permission": "aiplatform.endpoints.predict"}]),
    ):
        rules = {rule["title"]: rule for rule in perimeter(PEOPLE + more)["spec"]["ingress_policies"]}
        selectors = {
            title: rule["ingress_to"]["operations"][0]["method_selectors"] for title, rule in sorted(rules.items())
        }
        assert selectors == {"on-premises tokyo calls Gemini": wanted, "workloads call Gemini": [{"method": "*"}]}


def test_a_stopped_workload_is_in_no_rule() -> None:
    two = '[[workload]]\nname = "app"\ndisabled = true\n[[workload]]\nname = "batch"'
    rules = admissions(perimeter(LADDER, two)["spec"])
    assert rules["workloads impersonate"][1] == [PRINCIPAL_SET.replace("demo-app", "demo-batch")]
    assert rules["workloads call Gemini"][1] == [CALLER.replace("demo-app", "demo-batch")]


def test_an_existing_policy_is_named_and_none_is_made() -> None:
    stack = synthesized(base=BASE.replace('organization_id = "111111111111"', 'access_policy = "987654321"')).google
    assert resources(stack, POLICY) == []
    assert only(stack, PERIMETER)["name"] == "accessPolicies/987654321/servicePerimeters/demo_perimeter"
    assert only(stack, LEVEL)["name"] == "accessPolicies/987654321/accessLevels/demo_workloads"


def test_an_own_policy_is_scoped_to_the_project() -> None:
    policy = only(synthesized().google, POLICY)
    assert (policy["parent"], policy["scopes"]) == ("organizations/111111111111", ["projects/345678901234"])


def test_an_empty_list_of_addresses_stops_the_plan() -> None:
    count, single = only(synthesized().google, LEVEL)["lifecycle"]["precondition"]
    cidrs = "try(data.terraform_remote_state.aws.outputs.egress_cidrs, [])"
    assert count["condition"] == f"${{(length({cidrs}) >= 1)}}"
    assert single["condition"] == f'${{can(regex("{SINGLE_ADDRESSES}", join(" ", {cidrs})))}}'


@pytest.mark.parametrize(
    ("cidrs", "taken"),
    [
        (["203.0.113.7/32"], True),
        (["203.0.113.7/32", "198.51.100.7/32"], True),
        ([], False),
        (["0.0.0.0/0"], False),
        (["203.0.113.7/32", "0.0.0.0/0"], False),
        (["203.0.113.0/24"], False),
        (["/32"], False),
        (["::/32"], False),
    ],
)
def test_only_single_addresses_are_taken_from_the_aws_stack(cidrs: list[str], taken: bool) -> None:
    """The pattern has no syntax in which Go's regular expressions and Python's differ."""
    assert bool(re.search(SINGLE_ADDRESSES, " ".join(cidrs))) is taken


def test_every_level_is_replaced_before_it_is_destroyed() -> None:
    for name in ("several", "on-premises", "proposal", "direct"):
        levels = resources(environment(name).google, LEVEL)
        assert levels
        assert all(level["lifecycle"]["create_before_destroy"] for level in levels)


def test_the_rules_are_sorted_by_title() -> None:
    """The API keeps their order; that a list's order in the settings means nothing is test_order's."""
    two = PEOPLE + '[[on_premises]]\nname = "osaka"\ncidrs = ["203.0.113.0/28"]\nidentities = ["user:b@example.com"]'
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


LONELY = """
[[workload]]
name = "app"
auth = "direct"
disabled = true
"""


@pytest.mark.parametrize("name", [*ENVIRONMENTS, "nobody calls"])
def test_every_resource_waits_for_the_apis_and_no_data_source_that_guards_the_plan_waits(name: str) -> None:
    existing = BASE.replace('organization_id = "111111111111"', 'access_policy = "987654321"')
    graph = dependencies((environment(name) if name in ENVIRONMENTS else synthesized(LONELY, base=existing)).google)
    services = {address for address in graph if address.startswith("google_project_service.")}
    apis = {address for address in services if ".apis_" in address}
    assert len(apis) >= (3 if name == "owner" else 6)
    for address, needed in graph.items():
        if address.startswith("data.") and not address.startswith("data.google_service_account."):
            assert needed == set()
        elif address not in services:
            assert apis <= needed, address
        if address.startswith("google_iam_workload_identity_pool"):
            assert services <= needed, address
