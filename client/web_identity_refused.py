"""Why AWS STS gives no keys for a web identity, each reason with its own fix."""

from collections.abc import Mapping

from .fault import Fault, Layer
from .redact import clean
from .source import NO_NODE

_TRY = "try again"
_THROTTLED = ("{host} throttles this account's calls", "try again later, and have fewer programs start at once")
_REASONS = {
    "InvalidIdentityToken": (
        "AWS does not accept the token of {iss} for {aud}",
        "eksctl utils associate-iam-oidc-provider --cluster CLUSTER --approve, in the account of {arn}; the token's audience "
        "must be sts.amazonaws.com",
    ),
    "ExpiredTokenException": (
        "the token of {sub} has expired",
        "`date -u` if the clock is wrong; else start the pod again: the kubelet renews the file while the pod runs",
    ),
    "AccessDenied": (
        "AWS does not let {sub} be {arn}",
        "let the role's trust policy name it: Principal.Federated the OIDC provider of {iss}, Condition :sub = {sub}, "
        ":aud = sts.amazonaws.com",
    ),
    "IDPRejectedClaim": ("{iss} has revoked or rejected the token of {sub}", "start the pod again, for another token"),
    "IDPCommunicationError": (
        "AWS could not reach {iss} to verify the token",
        "try again; if it stays, let the internet reach {iss}/.well-known/openid-configuration",
    ),
    "RegionDisabledException": (
        "AWS STS is not activated in {region} for this account",
        "activate it: IAM console, Account settings, Security Token Service; or `aws account enable-region --region-name {region}`; "
        "or set AWS_REGION to another region",
    ),
    "ValidationError": ("AWS STS finds the request wrong", "correct AWS_ROLE_ARN and AWS_ROLE_SESSION_NAME"),
    "Throttling": _THROTTLED,
    "ThrottlingException": _THROTTLED,
    "RequestLimitExceeded": _THROTTLED,
}
_TRANSIENT = ("IDPCommunicationError", "Throttling", "ThrottlingException", "RequestLimitExceeded")


def refused(status: int, fields: Mapping[str, str], claims: Mapping[str, str], arn: str, region: str) -> Fault:
    """`fields` are those of STS's answer, `claims` those of the token."""
    host, code = f"sts.{region}.amazonaws.com", clean(fields.get("Code", ""), 60)
    names = {"iss": "its issuer", "sub": "this service account", "aud": "its audience"} | dict(claims)
    names |= {"arn": arn, "region": region, "host": host}
    said = clean(fields.get("Message", ""), 300)
    if code in _REASONS:
        cause, fix = (text.format_map(names) for text in _REASONS[code])
    elif code and status < 500:
        cause, fix = f"{host} gives no keys for {arn}", "see what AWS says"
    else:
        cause, fix = f"{host} answered {status}", "try again; if it stays, look for a proxy in between"
    return Fault(
        Layer.AWS_IDENTITY,
        cause + (f" ({code}: {said})" if code else ""),
        f"{fix}; {NO_NODE}",
        "Google: nothing was sent to it yet",
        transient=code in _TRANSIENT or status >= 500,
    )
