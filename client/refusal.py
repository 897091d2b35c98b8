"""What only one API refuses: the token exchange, the impersonation, the call of Gemini."""

import re

from .error_body import ErrorBody
from .facts import Facts
from .fault import Fault, Layer


def exchange_refused(error: ErrorBody, facts: Facts) -> Fault:
    """sts.googleapis.com: Google let AWS confirm who this is, and compared it with the provider."""
    text, layer = error.message.lower(), Layer.TOKEN_EXCHANGE
    where = f"{facts.provider} --workload-identity-pool={facts.pool} --location=global --project={facts.number}"
    describe = f"gcloud iam workload-identity-pools providers describe {where}"
    who = facts.arn or (f"role {facts.role}" if facts.role else "this caller")
    if error.code == "unauthorized_client":
        return Fault(
            layer,
            f"the attribute condition of provider {facts.provider} does not admit {who}{error.said}",
            f"compare `{describe} --format='value(attributeCondition)'` with the ARN that `aws sts get-caller-identity` shows",
            "the AWS signature: AWS confirmed it; IAM roles are looked at later",
        )
    if error.code == "invalid_target":
        return Fault(
            layer,
            f"pool {facts.pool} or provider {facts.provider} in project {facts.number} does not exist, is disabled or was deleted",
            f"{describe}; a deleted one can be undeleted for 30 days",
            "the AWS credentials: Google did not look at them yet",
        )
    skew = facts.skew if facts.skew is not None and abs(facts.skew) > 240 else 0
    if skew or re.search(r"signature (expired|not yet)|requestexpired|timetooskewed", text):
        off = f"{abs(skew):.0f} s {'ahead' if skew > 0 else 'behind'}" if skew else "wrong, or was when it signed"
        return Fault(
            layer,
            f"AWS rejected the signature's date: the local clock is {off}",
            "sudo chronyc makestep (time server: 169.254.169.123)",
            "role, provider and condition: they are looked at only after the signature",
        )
    if error.code == "invalid_grant" and re.search(r"expiredtoken|token .{0,40}expired|is expired", text):
        return Fault(
            layer,
            "AWS rejected the credentials: the security token is expired",
            "unset AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN if they are set, so that the role's own are used; else restart the task",
            "provider and condition: Google got no answer about who this is",
        )
    if error.code == "invalid_grant":
        return Fault(
            layer,
            f"AWS or the provider rejected the signed identity{error.said}",
            f"see that the keys are valid (`aws sts get-caller-identity`), and that the account is that of `{describe} --format='value(aws.accountId)'`",
            "the network, and IAM roles on Google's side",
        )
    code = error.code if re.fullmatch(r"[\w.-]{1,60}", error.code) else ""
    return Fault(
        layer,
        f"sts.googleapis.com refused the exchange: {error.status} {code}{error.said}",
        f"compare the document with `{describe}`",
        "the network",
    )


def impersonation_refused(error: ErrorBody, facts: Facts) -> Fault:
    """iamcredentials.googleapis.com."""
    layer, account = Layer.IMPERSONATION, facts.service_account
    if error.status == 404:
        return Fault(
            layer,
            f"the service account {account} does not exist",
            f"gcloud iam service-accounts describe {account}, or correct the document",
            "the token exchange: it passed",
        )
    if error.status == 403:
        return Fault(
            layer,
            f"{facts.principal_set} may not impersonate {account}: iam.serviceAccounts.getAccessToken is missing, or the account is disabled",
            f"gcloud iam service-accounts add-iam-policy-binding {account} --role=roles/iam.workloadIdentityUser --member='{facts.principal_set}'",
            "AWS, pool, provider and condition: the token exchange passed; and not the perimeter",
        )
    if error.status == 401:
        return Fault(
            layer,
            f"iamcredentials.googleapis.com does not take the federated token{error.said}",
            f"see that the pool is enabled: {_pool(facts)}",
            "AWS, provider and condition: the token exchange passed",
        )
    return Fault(
        layer,
        f"iamcredentials.googleapis.com refused a token for {account}: {error.status}{error.said}",
        "see the lifetime in the document: above 3600 s needs the organization policy iam.allowServiceAccountCredentialLifetimeExtension",
        "the token exchange: it passed",
    )


def gemini_refused(error: ErrorBody, facts: Facts) -> Fault:
    """aiplatform.googleapis.com, or the host of the location."""
    message = error.message
    if error.status == 404 or (error.status == 400 and re.search(r"\blocation\b", message.lower())):
        return Fault(
            Layer.MODEL_OR_LOCATION,
            f"there is no model {facts.model} at location {facts.location} ({facts.host} answered {error.status})",
            "try GCP_LOCATION=global, or GEMINI_MODEL with a model that the location serves",
            "credentials, permissions and perimeter: they passed",
        )
    if error.status == 403:
        found = re.search(r"ermission '([A-Za-z0-9_.]{1,100})'", message)
        missing = found[1] if found else "aiplatform.endpoints.predict"
        role = (
            "roles/serviceusage.serviceUsageConsumer"
            if "serviceusage" in message or error.reason == "USER_PROJECT_DENIED"
            else "roles/aiplatform.user"
        )
        return Fault(
            Layer.IAM,
            f"IAM denied {facts.principal}: {missing} is missing in project {facts.project}",
            f"gcloud projects add-iam-policy-binding {facts.project} --member='{facts.principal}' --role={role}, then wait a few minutes",
            "the perimeter: the answer has no violation; token exchange and impersonation passed",
        )
    if error.status == 401:
        account = f", gcloud iam service-accounts describe {facts.service_account}" if facts.service_account else ""
        return Fault(
            Layer.GEMINI,
            f"{facts.host} does not take the token{error.said}",
            f"see that pool and service account are enabled: {_pool(facts)}{account}",
            "the perimeter",
        )
    return Fault(
        Layer.GEMINI,
        f"{facts.host} refused the request: {error.status}{error.said}",
        "correct prompt or model",
        "credentials and perimeter: it was let in",
    )


def _pool(facts: Facts) -> str:
    return f"gcloud iam workload-identity-pools describe {facts.pool} --location=global --project={facts.number}"
