"""What leaves a perimeter of our own: egress rules and accessible services, and what the settings refuse."""

from typing import Any

import pytest

from constructs_lib.limits import LimitError
from stacks.settings import SettingsError
from stacks.settings.load import parse
from tests.stacks.test_join import JOIN, KIND
from tests.stacks.test_share import ENFORCED
from tests.synthesis import BASE, NO_PERIMETER, only, resources, synthesized, tables

SERVICES = 'restricted_services = ["aiplatform.googleapis.com", "storage.googleapis.com", "bigquery.googleapis.com"]'
RULE = """
[[perimeter.egress]]
name = "{name}"
projects = ["456789012346", "456789012345"]
services = ["{service}"]
methods = {methods}
workloads = {workloads}
"""


def egress(
    name: str = "prompts",
    service: str = "storage.googleapis.com",
    methods: str = '["google.storage.objects.list", "google.storage.objects.get"]',
    workloads: str = '["app"]',
) -> str:
    return RULE.format(name=name, service=service, methods=methods, workloads=workloads)


def perimeter(*rules: str, more: str = "") -> dict[str, Any]:
    found = synthesized(f"[perimeter]\n{SERVICES}\n{more}\n{''.join(rules)}").google
    return dict(only(found, KIND)["spec"])


def test_a_rule_names_callers_projects_services_and_methods_and_nothing_more() -> None:
    (rule,) = perimeter(egress())["egress_policies"]
    assert rule == {
        "title": "egress prompts",
        "egress_from": {"identities": ["serviceAccount:demo-app@my-project.iam.gserviceaccount.com"]},
        "egress_to": {
            "resources": ["projects/456789012345", "projects/456789012346"],
            "operations": [
                {
                    "service_name": "storage.googleapis.com",
                    "method_selectors": [
                        {"method": "google.storage.objects.get"},
                        {"method": "google.storage.objects.list"},
                    ],
                }
            ],
        },
    }


def test_the_order_in_the_file_means_nothing() -> None:
    one, two = egress("a"), egress("b", "bigquery.googleapis.com", '["*"]')
    assert perimeter(one, two) == perimeter(two, one)
    assert [rule["title"] for rule in perimeter(two, one)["egress_policies"]] == ["egress a", "egress b"]


def test_a_workload_that_is_stopped_is_in_no_rule() -> None:
    stopped = '[[workload]]\nname = "app"\ndisabled = true\n[[workload]]\nname = "batch"'
    both = egress(workloads='["app", "batch"]')
    found = synthesized(f"[perimeter]\n{SERVICES}\n{both}", stopped).google
    (rule,) = only(found, KIND)["spec"]["egress_policies"]
    assert rule["egress_from"]["identities"] == ["serviceAccount:demo-batch@my-project.iam.gserviceaccount.com"]
    assert (
        "egress_policies" not in only(synthesized(f"[perimeter]\n{SERVICES}\n{egress()}", stopped).google, KIND)["spec"]
    )


def test_accessible_services() -> None:
    found = perimeter(more='accessible_services = ["storage.googleapis.com", "RESTRICTED-SERVICES"]')
    assert found["vpc_accessible_services"] == {
        "allowed_services": ["RESTRICTED-SERVICES", "storage.googleapis.com"],
        "enable_restriction": True,
    }


def test_in_a_shared_perimeter_a_rule_is_a_resource_and_accessible_services_are_not() -> None:
    more = f'{SERVICES}\naccessible_services = ["RESTRICTED-SERVICES"]\n{egress()}'
    document = synthesized(f"{ENFORCED}\n{more}", base=NO_PERIMETER).google
    for side, kind in (("status", "egress_policy"), ("spec", "dry_run_egress_policy")):
        (rule,) = resources(document, f"{KIND}_{kind}")
        assert rule["title"].startswith("demo: egress prompts (")
        assert rule["lifecycle"] == {"create_before_destroy": True}
        assert set(only(document, KIND)[side]) == {"restricted_services", "vpc_accessible_services"}


def problems(*more: str, base: str = BASE) -> str:
    with pytest.raises(SettingsError) as error:
        parse(tables(*more, base=base), "test.toml")
    return str(error.value)


REFUSED = {
    "no method": (egress(methods="[]"), "perimeter.egress[0].methods: got []; allowed: at least one entry"),
    "no workload": (egress(workloads="[]"), "perimeter.egress[0].workloads: got []; allowed: at least one entry"),
    "another workload": (egress(workloads='["batch"]'), 'perimeter.egress[0].workloads[0]: got "batch"; allowed: a workload, app'),
    "a project's id": (egress().replace("456789012345", "my-project"), "perimeter.egress[0].projects[1]: got"),
    "its own project": (egress().replace("456789012345", "345678901234"), "which is inside the perimeter"),
    "what is not restricted": (egress(service="pubsub.googleapis.com"), "has no effect: the perimeter does not restrict it"),
    "every method and one": (egress(methods='["*", "google.storage.objects.get"]'), "'*' alone"),
    "methods of two services": (egress(service='storage.googleapis.com", "bigquery.googleapis.com'), "write one table for each service"),
    "one name": (egress() + egress(), 'perimeter.egress: got 2 times the name "prompts"'),
    "one project twice": (egress().replace("456789012346", "456789012345"), "perimeter.egress[0].projects: got 2 times"),
    "a name of a method": (egress(methods='["get"]'), "perimeter.egress[0].methods[0]: got"),
    "a missing key": (egress().replace('projects = ["456789012346", "456789012345"]', ""), "perimeter.egress[0].projects: missing"),
    "no service": ("accessible_services = []", "perimeter.accessible_services: got []; allowed: at least one entry"),
    "an unknown service": ('accessible_services = ["storage"]', "perimeter.accessible_services[0]: got"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_effect_or_opens_more_than_it_says_is_refused(name: str) -> None:
    more, text = REFUSED[name]
    assert text in problems(f"[perimeter]\n{SERVICES}\n{more}")


@pytest.mark.parametrize(
    "more", [egress(), 'accessible_services = ["RESTRICTED-SERVICES"]'], ids=["egress", "accessible"]
)
def test_what_leaves_a_perimeter_that_others_own_is_theirs(more: str) -> None:
    assert "cannot be with join: what leaves the perimeter is its owner's" in problems(
        f"{JOIN}\n{more}", base=NO_PERIMETER
    )


def test_more_attributes_than_google_admits_are_counted() -> None:
    """An egress rule of 2 workloads' projects: each project is one attribute of the configuration's 6,000."""

    def projects(count: int) -> str:
        return egress().replace(
            '["456789012346", "456789012345"]', str([str(10**11 + one) for one in range(count)]).replace("'", '"')
        )

    # 4 of the workload's own rule; 1 identity and 2 methods of this one.
    assert perimeter(projects(6000 - 4 - 3))
    with pytest.raises(LimitError, match=r"got 6001, .*the rule 'egress prompts' takes 5997"):
        perimeter(projects(6000 - 4 - 2))
