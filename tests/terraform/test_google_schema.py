"""Every Google stack against the schema of provider 6.50.0, where a copy of it lies beside this repository."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.terraform.google_stacks import ENFORCED, google_stack
from tests.terraform.google_variants import EVERY_STACK, every_stack
from tests.terraform.provider_schema import problems

PATH = Path(__file__).parents[3] / "shared/facts/google-6.50.0-schema.json"
pytestmark = pytest.mark.skipif(
    not PATH.exists(),
    reason=f"{PATH.name} is not in shared/facts beside this repository; make it with `terraform providers schema -json`",
)


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(PATH.read_text())
    return value


@pytest.mark.parametrize("name", sorted(EVERY_STACK))
def test_a_stack_is_what_the_provider_takes(name: str, schema: dict[str, Any]) -> None:
    """6.50 does not know deletion_policy, which the stacks write for the newer default (docs/decisions/032-provider-versions.md)."""
    found = list(problems(json.loads(every_stack(name)), schema))
    assert [one for one in found if not one.endswith(".deletion_policy: no such argument")] == []


@pytest.mark.parametrize(
    ("kind", "values", "problem"),
    [
        ("access_context_manager_access_level", {"ip": []}, "ip: no such argument"),
        ("access_context_manager_access_level", {"basic": [{}]}, "basic.conditions: is required"),
        ("access_context_manager_access_level", {"basic": [{"conditions": []}]}, "basic.conditions: at least 1, got 0"),
        ("access_context_manager_access_level", {"title": None}, "title: is required"),
        ("access_context_manager_access_policy", {"scopes": "projects/1"}, "scopes: list is needed, got 'projects/1'"),
        ("access_context_manager_access_policy", {"name": "1"}, "name: is computed, not to be set"),
        (
            "access_context_manager_service_perimeter",
            {"status": [{}, {}]},
            "status: at most 1, got 2",
        ),
        (
            "access_context_manager_service_perimeter",
            {"use_explicit_dry_run_spec": "true"},
            "use_explicit_dry_run_spec: bool is needed, got 'true'",
        ),
        (
            "access_context_manager_service_perimeter",
            {"status": {"ingress_policies": [{"ingress_to": {"operations": [{"service": "x"}]}}]}},
            "status.ingress_policies.ingress_to.operations.service: no such argument",
        ),
        ("iam_workload_identity_pool_provider", {"aws": {}}, "aws.account_id: is required"),
    ],
)
def test_the_check_sees_what_is_wrong(kind: str, values: dict[str, Any], problem: str, schema: dict[str, Any]) -> None:
    document = json.loads(google_stack(ENFORCED))
    for body in document["resource"][f"google_{kind}"].values():
        body.update(values)
    assert any(found.endswith(problem) for found in problems(document, schema))


def test_the_check_sees_a_type_that_does_not_exist(schema: dict[str, Any]) -> None:
    document: dict[str, Any] = {"resource": {"google_perimeter": {"a": {}}}, "data": {"google_policy": {"b": {}}}}
    assert list(problems(document, schema)) == [
        "google_perimeter.a: no such type",
        "data.google_policy.b: no such type",
    ]
