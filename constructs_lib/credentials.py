"""The credential document: what an AWS workload needs to get a Google token. It holds no secret."""

from typing import Any

from constructs_lib import limits

METADATA = "http://169.254.169.254/latest"


def credential_document(
    *, provider_name: str, service_account_email: str | None = None, token_lifetime_seconds: int | None = None
) -> dict[str, Any]:
    """What `gcloud iam workload-identity-pools create-cred-config --aws --enable-imdsv2` writes, key by key, in its order.

    `provider_name` is `projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER`. Without
    `service_account_email` the document is for direct access. `token_lifetime_seconds` (600 to 43,200; over 3,600 needs
    the organization policy constraints/iam.allowServiceAccountCredentialLifetimeExtension) is of the impersonated token.
    """
    document: dict[str, Any] = {
        "universe_domain": "googleapis.com",
        "type": "external_account",
        "audience": f"//iam.googleapis.com/{provider_name}",
        "subject_token_type": "urn:ietf:params:aws:token-type:aws4_request",
        "token_url": "https://sts.googleapis.com/v1/token",
        "credential_source": {
            "environment_id": "aws1",
            "region_url": f"{METADATA}/meta-data/placement/availability-zone",
            "url": f"{METADATA}/meta-data/iam/security-credentials",
            "regional_cred_verification_url": "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
            "imdsv2_session_token_url": f"{METADATA}/api/token",
        },
    }
    if service_account_email is None:
        return document | {"token_info_url": "https://sts.googleapis.com/v1/introspect"}
    document["service_account_impersonation_url"] = (
        f"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{service_account_email}:generateAccessToken"
    )
    if token_lifetime_seconds is not None:
        lifetime = limits.token_lifetime_seconds(token_lifetime_seconds)
        document["service_account_impersonation"] = {"token_lifetime_seconds": lifetime}
    return document
