"""The smallest role that lets an AWS role act as a service account."""

from constructs_lib.google.one_permission import OnePermissionRole

WORKLOAD_IDENTITY_USER = "roles/iam.workloadIdentityUser"
GET_ACCESS_TOKEN = "iam.serviceAccounts.getAccessToken"


class ImpersonationRole(OnePermissionRole):
    """A custom role with the one permission of generateAccessToken (IAM Service Account Credentials API, generateAccessToken).

    `roles/iam.workloadIdentityUser` adds getOpenIdToken, and ID tokens open other services, such as Cloud Run. The role can be
    granted only on service accounts of the same project.
    """

    TITLE = "Gemini impersonator"
    DESCRIPTION = "May get access tokens of a service account, nothing else"
    PERMISSION = GET_ACCESS_TOKEN
