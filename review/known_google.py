"""What the kit writes for Google; see `known_types` for the signs."""

from .known_types import Types

_ADDRESSES = r"\$\{try\(data\.terraform_remote_state\.aws\.outputs\.egress_cidrs, \[\]\)\}"
_HELD = (
    r"\$\{\(length\(try\(data\.terraform_remote_state\.aws\.outputs\.egress_cidrs, \[\]\)\) >= 1\)\}"
    r'|\$\{can\(regex\("\^\(\[1-9\]\[0-9\.\]\*/32 \?\)\+\$", '
    r'join\(" ", try\(data\.terraform_remote_state\.aws\.outputs\.egress_cidrs, \[\]\)\)\)\)\}'
)
_POLICY = r"accessPolicies/(\d+|\$\{google_access_context_manager_access_policy\.[\w-]+\.name\})"
_PROJECT = {"depends_on[]": "*", "project": "@"}
_TEXTS = {**_PROJECT, "description": "*", "display_name": "*"}
_GRANT = {"depends_on[]": "*", "member": "!=", "role": "!="}
_BLOCK = {
    "restricted_services[]": "+=",
    "resources[]": "+=",
    "ingress_policies[].title": "=",
    "ingress_policies[].ingress_from.identities[]": "=",
    "ingress_policies[].ingress_from.identity_type": "=",
    "ingress_policies[].ingress_from.sources[].access_level": "=",
    "ingress_policies[].ingress_to.resources[]": "=",
    "ingress_policies[].ingress_to.operations[].service_name": "=",
    "ingress_policies[].ingress_to.operations[].method_selectors[].method": r"+\*",
    "egress_policies[].title": "=",
    "egress_policies[].egress_from.identities[]": "=",
    "egress_policies[].egress_to.resources[]": "=",
    "egress_policies[].egress_to.operations[].service_name": "=",
    "egress_policies[].egress_to.operations[].method_selectors[].method": "+=",
    "vpc_accessible_services.enable_restriction": "+true",
    "vpc_accessible_services.allowed_services[]": "+=",
}

GRANTED: Types = {
    "google_project_iam_member": {**_GRANT, "project": "!="},
    "google_service_account_iam_member": {**_GRANT, "service_account_id": "!="},
    "google_project_iam_custom_role": {
        **_PROJECT,
        "role_id": "!=",
        "permissions[]": "!=",
        "stage": "GA",
        "title": "*",
        "description": "*",
    },
}
TRUSTED: Types = {
    "google_iam_workload_identity_pool_provider": {
        **_TEXTS,
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
    "google_iam_workload_identity_pool": {
        **_TEXTS,
        "project": "=",
        "workload_identity_pool_id": "*",
        "lifecycle.ignore_changes[]": "disabled",
    },
    "google_service_account": {**_TEXTS, "account_id": "!=", "lifecycle.ignore_changes[]": "disabled"},
}
LEVELS: Types = {
    "google_access_context_manager_access_level": {
        "depends_on[]": "*",
        "description": "*",
        "title": "*",
        "name": "!=",
        "parent": f"!{_POLICY}",
        "basic.conditions[].ip_subnetworks": _ADDRESSES,
        "basic.conditions[].ip_subnetworks[]": "=",
        "lifecycle.create_before_destroy": "true",
        "lifecycle.precondition[].condition": _HELD,
        "lifecycle.precondition[].error_message": "*",
    }
}
_ATTACHED = {"depends_on[]": "*"}
_OF_OTHERS = r"(status|spec)\[0\]\.(resources|ingress_policies|egress_policies)"


def _rule(direction: str) -> dict[str, str]:
    """A rule of a direction that is a resource."""
    path, content = f"{direction}_policies[].", {"perimeter": "!=", "title": "!="}
    content |= {
        name.removeprefix(path): rule for name, rule in _BLOCK.items() if name.startswith(f"{path}{direction}_")
    }
    return {**_ATTACHED, **content, "lifecycle.create_before_destroy": "!true"}


_MEMBER = {**_ATTACHED, "perimeter_name": "!=", "resource": "!="}
PERIMETER: Types = {
    "google_access_context_manager_service_perimeter_resource": {**_MEMBER, "lifecycle.prevent_destroy": "!true"},
    "google_access_context_manager_service_perimeter_dry_run_resource": _MEMBER,
    **{
        f"google_access_context_manager_service_perimeter_{side}{direction}_policy": _rule(direction)
        for side in ("", "dry_run_")
        for direction in ("ingress", "egress")
    },
    "google_access_context_manager_service_perimeter": {
        "depends_on[]": "*",
        "description": "*",
        "title": "*",
        "name": "!=",
        "parent": f"!{_POLICY}",
        "perimeter_type": "!PERIMETER_TYPE_REGULAR",
        "use_explicit_dry_run_spec": "true",
        "deletion_policy": "PREVENT|DELETE",
        "lifecycle.prevent_destroy": "true",
        "lifecycle.ignore_changes[]": _OF_OTHERS,
        **{f"{block}.{path}": rule for block in ("status", "spec") for path, rule in _BLOCK.items()},
    },
    "google_access_context_manager_access_policy": {
        "depends_on[]": "*",
        "title": "*",
        "parent": "!=",
        "scopes[]": "!=",
        "deletion_policy": "PREVENT|DELETE",
    },
}
OTHERS: Types = {
    "google_project_iam_audit_config": {
        **_PROJECT,
        "service": "!=",
        "audit_log_config[].log_type": "!=",
    },
    "google_project_service": {
        "project": "&",
        "service": r"![a-z]+\.googleapis\.com",
        "disable_on_destroy": "!false",
    },
    "google_monitoring_alert_policy": {
        **_PROJECT,
        "display_name": "*",
        "notification_channels[]": "=",
        "conditions[].condition_matched_log.filter": "!#",
        "conditions[].condition_matched_log.label_extractors.*": r"EXTRACT\(protoPayload\.[\w.]+\)",
        "conditions[].display_name": "*",
        "alert_strategy.*": "=",
        "combiner": "OR",
        "documentation.*": "*",
        "user_labels.*": "*",
    },
    "data.google_service_account": {"account_id": "!=", "depends_on[]": "*"},
    "data.google_project": {
        "project_id": "&",
        "lifecycle.postcondition[].condition": r'!\$\{self\.number == "\d+"\}',
        "lifecycle.postcondition[].error_message": "*",
    },
    "data.terraform_remote_state": {"backend": "!=", "config.*": "="},
    "provider.google": {
        "project": "!=",
        "billing_project": "!=",
        "impersonate_service_account": "=",
        "user_project_override": "!true",
        "default_labels.*": "*",
    },
}
