"""Logging queries for changes of the boundary's parts, by any identity."""

from collections.abc import Mapping

# Read on 2026-11-27. Each service's page has the title "... audit logging". All are Admin Activity: always on, and free.
METHODS: Mapping[str, tuple[str, str]] = {
    # Identity and Access Management audit logging
    "federation": (
        "iam.googleapis.com",
        r"^google\.iam\.v1(beta)?\.WorkloadIdentityPools\.(Create|Update|Delete|Undelete|SetIamPolicy)",
    ),
    "service_account_keys": (
        "iam.googleapis.com",
        r"^google\.iam\.admin\.v1\.(Create|Upload|Enable)ServiceAccountKey$",
    ),
    "service_accounts": (
        "iam.googleapis.com",
        r"^google\.iam\.admin\.v1\.((Create|Patch|Enable|Delete|Undelete)ServiceAccount|SetIAMPolicy)$",
    ),
    "custom_roles": ("iam.googleapis.com", r"^google\.iam\.admin\.v1\.(Create|Update|Delete|Undelete)Role$"),
    # Resource Manager audit logging: grants of the project, and its audit configs
    "project_grants": ("cloudresourcemanager.googleapis.com", r"SetIamPolicy$"),
    # API Keys audit logging
    "api_keys": ("apikeys.googleapis.com", r"^google\.api\.apikeys\.v2\.ApiKeys\.(Create|Update|Undelete)Key$"),
    # Organization Policy Service audit logging; the old API is Resource Manager's
    "organization_policies": (
        "orgpolicy.googleapis.com",
        r"^google\.cloud\.orgpolicy\.v2\.OrgPolicy\.(Create|Update|Delete)Policy$",
    ),
    # Cloud Logging audit logging
    "log_sinks": (
        "logging.googleapis.com",
        r"^google\.logging\.v2\.ConfigServiceV2\.((Update|Delete)Sink|(Create|Update)Exclusion|(Update|Delete)Bucket)",
    ),
}
# VPC Service Controls audit logging: the log is the organization's, so no query in the project finds these entries.
PERIMETER = (
    "accesscontextmanager.googleapis.com",
    r"(Create|Update|Delete|Replace|Commit).*(ServicePerimeter|AccessLevel|AccessPolic)|SetIamPolicy",
)


def tampering_filters() -> dict[str, str]:
    """A query by what it finds, for the project's log. A long-running method is logged twice, at its start and its end."""
    return {name: _query(*methods) for name, methods in METHODS.items()}


def perimeter_changes_filter(organization_id: str | None = None) -> str:
    """The query for changes of perimeters, access levels and access policies; it finds them in the organization's log only."""
    log = f"organizations/{organization_id or 'ORGANIZATION_ID'}/logs/cloudaudit.googleapis.com%2Factivity"
    return f'logName="{log}"\n{_query(*PERIMETER)}'


def _query(service: str, methods: str) -> str:
    escaped = methods.replace("\\", "\\\\")
    return f'log_id("cloudaudit.googleapis.com/activity")\nprotoPayload.serviceName="{service}"\nprotoPayload.methodName=~"{escaped}"'
