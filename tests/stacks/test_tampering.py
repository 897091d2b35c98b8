"""The queries for tampering, in the query language as the local cloud reads it, on entries as Google logs them."""

import pytest

from constructs_lib.google.tampering import METHODS, perimeter_changes_filter, tampering_filters
from localcloud.google.logging_query import parse
from tests.synthesis import synthesized

IAM, ADMIN = "iam.googleapis.com", "google.iam.admin.v1."
POOLS = "google.iam.v1.WorkloadIdentityPools."
FOUND = [
    ("federation", IAM, f"{POOLS}CreateWorkloadIdentityPoolProvider"),
    ("federation", IAM, f"{POOLS}UpdateWorkloadIdentityPoolProvider"),
    ("federation", IAM, f"{POOLS}UndeleteWorkloadIdentityPool"),
    ("federation", IAM, "google.iam.v1beta.WorkloadIdentityPools.UpdateWorkloadIdentityPool"),
    ("service_account_keys", IAM, f"{ADMIN}CreateServiceAccountKey"),
    ("service_account_keys", IAM, f"{ADMIN}UploadServiceAccountKey"),
    ("service_accounts", IAM, f"{ADMIN}SetIAMPolicy"),
    ("service_accounts", IAM, f"{ADMIN}EnableServiceAccount"),
    ("custom_roles", IAM, f"{ADMIN}UpdateRole"),
    ("project_grants", "cloudresourcemanager.googleapis.com", "SetIamPolicy"),
    ("api_keys", "apikeys.googleapis.com", "google.api.apikeys.v2.ApiKeys.CreateKey"),
    ("organization_policies", "orgpolicy.googleapis.com", "google.cloud.orgpolicy.v2.OrgPolicy.DeletePolicy"),
    ("log_sinks", "logging.googleapis.com", "google.logging.v2.ConfigServiceV2.UpdateSink"),
]
READS = [
    (IAM, f"{POOLS}GetWorkloadIdentityPool"), (IAM, f"{ADMIN}GetServiceAccountKey"), (IAM, f"{ADMIN}GetIAMPolicy"),
    (IAM, f"{ADMIN}ListRoles"), ("cloudresourcemanager.googleapis.com", "GetIamPolicy"),
    ("apikeys.googleapis.com", "google.api.apikeys.v2.ApiKeys.GetKeyString"),
    ("logging.googleapis.com", "google.logging.v2.ConfigServiceV2.GetSink"),
    ("aiplatform.googleapis.com", "google.cloud.aiplatform.v1.PredictionService.GenerateContent"),
]  # fmt: skip


def entry(service: str, method: str, parent: str = "projects/my-project") -> dict[str, object]:
    log = f"{parent}/logs/cloudaudit.googleapis.com%2Factivity"
    return {"logName": log, "protoPayload": {"serviceName": service, "methodName": method}}


def found_by(service: str, method: str) -> list[str]:
    return [name for name, query in tampering_filters().items() if parse(query)(entry(service, method))]


@pytest.mark.parametrize(("name", "service", "method"), FOUND)
def test_a_change_is_found_by_its_query_alone(name: str, service: str, method: str) -> None:
    assert found_by(service, method) == [name]


@pytest.mark.parametrize(("service", "method"), READS)
def test_who_reads_is_not_found(service: str, method: str) -> None:
    assert found_by(service, method) == []


def test_each_query_has_an_example() -> None:
    assert {name for name, *_ in FOUND} == set(METHODS)


@pytest.mark.parametrize(
    "method",
    [
        "google.identity.accesscontextmanager.v1.AccessContextManager.UpdateServicePerimeter",
        "google.identity.accesscontextmanager.v1.AccessContextManager.DeleteAccessLevel",
        "google.identity.accesscontextmanager.v1.AccessContextManager.ReplaceServicePerimeters",
        "google.identity.accesscontextmanager.v1.AccessContextManager.CommitServicePerimeters",
        "SetIamPolicy",
    ],
)
def test_the_perimeters_changes_are_in_the_organizations_log(method: str) -> None:
    query = parse(perimeter_changes_filter("1"))
    service = "accesscontextmanager.googleapis.com"
    assert query(entry(service, method, "organizations/1"))
    assert not query(entry(service, method))
    assert not query(
        entry(service, "google.identity.accesscontextmanager.v1.AccessContextManager.GetAccessLevel", "organizations/1")
    )


def test_the_queries_are_outputs_where_they_are_asked_for() -> None:
    outputs = synthesized("[audit]\ntampering_queries = true").google["output"]
    assert outputs["tampering_filters"]["value"] == tampering_filters()
    assert "organizations/111111111111/logs" in outputs["perimeter_changes_filter"]["value"]
    assert "tampering_filters" not in synthesized().google["output"]
