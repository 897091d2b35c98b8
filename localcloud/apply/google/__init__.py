"""The google provider's REST calls, read from terraform-provider-google v6.50.0."""

from collections.abc import Mapping
from typing import Any

from ..kind import Provider
from .attached import attached
from .audit_configs import AuditConfig
from .client import Client
from .data import project, service_account
from .members import ProjectMember, ServiceAccountMember
from .objects import objects
from .roles import CustomRole
from .service_accounts import ServiceAccount
from .services import ProjectService


def google(configuration: Mapping[str, Any], environment: Mapping[str, str]) -> Provider:
    """The provider, configured as in the stack; nothing is asked yet."""
    client = Client(configuration, environment)
    kinds = {
        **objects(client),
        **attached(client),
        "google_project_iam_audit_config": AuditConfig(client),
        "google_project_iam_custom_role": CustomRole(client),
        "google_project_iam_member": ProjectMember(client),
        "google_project_service": ProjectService(client),
        "google_service_account": ServiceAccount(client),
        "google_service_account_iam_member": ServiceAccountMember(client),
    }
    data = {
        "google_project": lambda arguments: project(client, arguments),
        "google_service_account": lambda arguments: service_account(client, arguments),
    }
    return Provider(kinds, data)
