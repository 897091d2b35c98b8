"""The resource types that can decide a call, as a closed list of patterns. Every other type decides none.

A change to a type that decides and that is not read here is "cannot be decided", never silence. As whom a resource of
another type runs is in access/run_as.py.
"""

import re

_DECIDING = re.compile(
    r"""
    google_\w*iam_(member|binding|policy)        # grants on anything, authoritative ones too
    | google_\w*iam_custom_role
    | google_iam_\w+                             # pools, providers, deny policies, access boundaries, bindings of them
    | google_service_account(_key)?
    | google_project_(default_service_accounts|iam_member_remove)
    | google_access_context_manager_\w+
    | google_(org_policy|organization_policy|folder_organization_policy|project_organization_policy)\w*
    | google_apikeys_key
    | google_cloud_identity_group(_membership)?  # who is a `group:` that rules and grants name
    | google_compute_shared_vpc_\w+
    | google_tags_(location_)?tag_binding\w*       # conditions and denials ask for tags
    | google_privileged_access_manager_entitlement # grants a role to who asks for it
    | aws_iam_\w+
    | aws_rolesanywhere_\w+
    | aws_eks_pod_identity_association          # which pods are a role
    | aws_cognito_identity_pool_roles_attachment
    | aws_ssoadmin_\w+                          # who signs in as a role of the account
    | aws_organizations_policy(_attachment)?    # what no role of an account may do
    """,
    re.VERBOSE,
)
_DECIDES_NOTHING = re.compile(
    r"google_iam_(workforce_pool_provider_key)"
    r"|aws_iam_(account_alias|account_password_policy|organizations_features|server_certificate|signing_certificate"
    r"|service_linked_role|virtual_mfa_device)"
)


def decides(kind: str) -> bool:
    """Whether a resource of this type can decide who may call what from where."""
    return bool(_DECIDING.fullmatch(kind)) and not _DECIDES_NOTHING.fullmatch(kind)
