"""Pools, service accounts, and what is granted."""

from policy.identity import pool_name
from resources.description import Resource, Rest

IAM = "POST https://iam.googleapis.com/v1"
POOL = pool_name("{project}", "{workload_identity_pool_id}")
PROJECT = {"depends_on[]": "*", "project": "@"}
TEXTS = {**PROJECT, "description": "*", "display_name": "*"}
_GRANT = {"depends_on[]": "*", "member": "!=", "role": "!="}
_SWITCHED = ("display_name", "description", "disabled")

GRANTED = {
    "google_project_iam_member": Resource(
        section="granted",
        arguments={**_GRANT, "project": "!="},
        creation="POST https://cloudresourcemanager.googleapis.com/v1/projects/{project}:setIamPolicy",
        import_id="{project} {role} {member}",
    ),
    "google_service_account_iam_member": Resource(
        section="granted",
        arguments={**_GRANT, "service_account_id": "!="},
        creation=f"{IAM}/{{service_account_id}}:setIamPolicy",
        import_id="{service_account_id} {role} {member}",
    ),
    "google_project_iam_custom_role": Resource(
        section="granted",
        arguments={**PROJECT, "role_id": "!=", "permissions[]": "!=", "stage": "GA", "title": "*", "description": "*"},
        creation=f"{IAM}/projects/{{project}}/roles",
        import_id="projects/{project}/roles/{role_id}",
    ),
}
TRUSTED = {
    "google_iam_workload_identity_pool_provider": Resource(
        section="trusted",
        arguments={
            **TEXTS,
            "project": "&",
            "aws.account_id": "!=",
            "attribute_condition": "!=",
            "attribute_mapping.google.subject": "!=",
            "attribute_mapping.attribute.account": r"!assertion\.account",
            "attribute_mapping.attribute.aws_role": r"!assertion\.arn\.extract\('assumed-role/\{role_name\}/'\)",
            "attribute_mapping.attribute.aws_ec2_instance": r"!assertion\.arn\.extract\('assumed-role/\{role_and_session\}'\)\.extract\('/\{session\}'\)",
            "workload_identity_pool_id": "!=",
            "workload_identity_pool_provider_id": "!=",
            "lifecycle.ignore_changes[]": "disabled",
        },
        creation=f"{IAM}/{POOL}/providers",
        import_id=f"{POOL}/providers/{{workload_identity_pool_provider_id}}",
        api=Rest(
            (*_SWITCHED, "attribute_mapping", "attribute_condition", "aws"),
            places=("project", "workload_identity_pool_id", "workload_identity_pool_provider_id"),
            query={"workloadIdentityPoolProviderId": "workload_identity_pool_provider_id"},
        ),
    ),
    "google_iam_workload_identity_pool": Resource(
        section="trusted",
        arguments={**TEXTS, "project": "=", "workload_identity_pool_id": "*", "lifecycle.ignore_changes[]": "disabled"},
        creation=f"{IAM}/{POOL.rpartition('/')[0]}",
        import_id=POOL,
        api=Rest(
            _SWITCHED,
            places=("project", "workload_identity_pool_id"),
            query={"workloadIdentityPoolId": "workload_identity_pool_id"},
        ),
    ),
    "google_service_account": Resource(
        section="trusted",
        arguments={**TEXTS, "account_id": "!=", "lifecycle.ignore_changes[]": "disabled"},
        creation=f"{IAM}/projects/{{project}}/serviceAccounts",
        import_id="projects/{project}/serviceAccounts/{email}",
    ),
}
