"""What only one API refuses: the token exchange, the impersonation; Gemini is in gemini_refusal.py."""

import re

from .error_body import ErrorBody
from .facts import Facts
from .fault import Fault, Layer

IMPERSONATE = "iam.serviceAccounts.getAccessToken"
OR_DENIED = (
    "; if it is there, a deny policy or a principal access boundary hides behind this answer: Policy Troubleshooter"
)
_CLOCK = "sudo chronyc makestep (time server: 169.254.169.123)"


def role_refused(text: bytes, role: str, instance: str = "INSTANCE") -> tuple[str, str] | None:
    """Cause and fix of what EC2 sends in place of keys, or as iam/info; None if it names no such error.

    Source of the codes: AWS IAM User Guide, "Troubleshoot IAM and Amazon EC2". `role` and `instance` are checked names.
    """
    found = re.search(rb'"Code"\s*:\s*"(AssumeRoleUnauthorizedAccess|InstanceProfileNotFound)"', text[:4096])
    if not found:
        return None
    if found[1] == b"InstanceProfileNotFound":
        cause = "the instance's profile does not exist any more: EC2 reports InstanceProfileNotFound"
        return (
            cause,
            f"aws ec2 associate-iam-instance-profile --instance-id {instance} --iam-instance-profile Name=PROFILE; if EC2 reports "
            "an association that exists, replace-iam-instance-profile-association",
        )
    return (
        f"EC2 may not assume the instance's role{' ' * bool(role)}{role}: it reports AssumeRoleUnauthorizedAccess",
        f"let the trust policy of the role name ec2.amazonaws.com: aws iam get-role --role-name {role or 'ROLE'}; a role that "
        "was made again under its name must be taken out of the instance profile and put into it again",
    )


def exchange_refused(error: ErrorBody, facts: Facts) -> Fault:
    """sts.googleapis.com: Google let AWS confirm who this is, and compared it with the provider."""
    text, layer = error.message.lower(), Layer.TOKEN_EXCHANGE
    where = f"{facts.provider} --workload-identity-pool={facts.pool} --location=global --project={facts.number}"
    describe = f"gcloud iam workload-identity-pools providers describe {where}"
    who = facts.arn or (f"role {facts.role}" if facts.role else "this caller")
    skew = facts.skew if facts.skew is not None and abs(facts.skew) > 240 else 0
    transient = False
    if "127 bytes" in text:
        cause = f"the name of {who} is too long for Google: google.subject may have 127 bytes"
        fix = 'subject = "userid" in [google] (at most 86 bytes), or a shorter name of the role or of its session'
        not_cause = "the AWS signature: AWS confirmed it"
    elif "attribute condition" in text:
        cause = f"{who} is rejected by the attribute condition of provider {facts.provider}{error.said}"
        fix = f"compare `{describe} --format='value(attributeCondition)'` with the ARN that `aws sts get-caller-identity` shows"
        not_cause = "the AWS signature: AWS confirmed it; IAM roles are looked at later"
    elif error.code == "invalid_target":
        cause = f"pool {facts.pool} or provider {facts.provider} in project {facts.number} does not exist, is disabled or was deleted"
        fix = f"{describe}; a deleted one can be undeleted for 30 days"
        not_cause = "the AWS credentials: Google did not look at them yet"
    elif re.search(r"regiondisabled|not activated in this region", text):
        cause = "AWS STS is not activated for this account in the region that signs"
        fix = "activate it in AWS IAM (Account settings), or set AWS_REGION to an active one; us-east-1 always is"
        not_cause = "role, keys, provider and condition: AWS did not look at them"
    elif re.search(r"throttl|rate exceeded|too ?many ?requests|slowdown", text):
        cause = f"AWS STS throttles this account{error.said}"
        fix = "try again later, with growing pauses; if it stays, let fewer processes start at once"
        not_cause, transient = "role, keys, provider and condition", True
    elif skew or re.search(r"signature (expired|not yet)|requestexpired|timetooskewed", text):
        off = f"{abs(skew):.0f} s {'ahead' if skew > 0 else 'behind'}" if skew else "wrong, or was when it signed"
        cause, fix = f"AWS rejected the signature's date: the local clock is {off}", _CLOCK
        not_cause = "role, provider and condition: they are looked at only after the signature"
    elif error.code == "invalid_grant" and re.search(r"expiredtoken|token .{0,40}expired|is expired", text):
        cause = "AWS rejected the credentials: the security token is expired"
        fix = "unset AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN if a person set them; else restart the task or function"
        not_cause = "provider and condition: Google got no answer about who this is"
    elif error.code == "invalid_grant":
        cause = f"AWS or the provider rejected the signed identity{error.said}"
        fix = f"see that the keys are valid (`aws sts get-caller-identity`), and that the account is that of `{describe} --format='value(aws.accountId)'`"
        not_cause = "the network, and IAM roles on Google's side"
    else:
        code = error.code if re.fullmatch(r"[\w.-]{1,60}", error.code) else ""
        cause = f"sts.googleapis.com refused the exchange: {error.status} {code}{error.said}"
        fix, not_cause = f"compare the document with `{describe}`", "the network"
    return Fault(layer, cause, fix, not_cause, transient=transient)


def impersonation_refused(error: ErrorBody, facts: Facts) -> Fault:
    """iamcredentials.googleapis.com."""
    layer, account = Layer.IMPERSONATION, facts.service_account
    not_cause = "AWS, pool, provider and condition: the token exchange passed"
    if error.status == 404:
        cause = f"the service account {account} does not exist"
        fix = f"gcloud iam service-accounts describe {account}, or correct the document"
    elif error.status == 403 and error.permission == IMPERSONATE:
        cause = (
            f"{facts.principal_set} may not impersonate {account}: {IMPERSONATE} is missing on it, or it does not exist"
        )
        fix = (
            "see that the TOML has this workload without `disabled = true`, and deploy it; by hand: gcloud iam service-accounts "
            f"add-iam-policy-binding {account} --role=roles/iam.workloadIdentityUser --member='{facts.principal_set}'{OR_DENIED}"
        )
        not_cause += "; and not the perimeter"
    elif error.status == 401:
        cause = f"iamcredentials.googleapis.com does not take the federated token{error.said}"
        fix = f"see that the pool is enabled: {pool(facts)}"
    elif error.status == 400 and "lifetime" not in error.message.lower():
        cause = f"iamcredentials.googleapis.com refused a token for {account}: 400{error.said}"
        fix = f"compare the credential document with `gcloud iam service-accounts describe {account}`"
    elif error.status == 400:
        cause = f"the document asks for a longer token than {account} may get{error.said}"
        fix = (
            "token_lifetime_seconds = 3600 in [google]; more, up to 43200, needs the organization policy "
            "iam.allowServiceAccountCredentialLifetimeExtension with this account"
        )
    else:
        cause = f"iamcredentials.googleapis.com refused a token for {account}: {error.status}{error.said}"
        fix = f"see that `gcloud iam service-accounts get-iam-policy {account}` names '{facts.principal_set}'"
    return Fault(layer, cause, fix, not_cause)


def pool(facts: Facts) -> str:
    """The command that shows whether the pool is enabled."""
    return f"gcloud iam workload-identity-pools describe {facts.pool} --location=global --project={facts.number}"
