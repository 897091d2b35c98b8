"""Whether AWS would accept a signed request, and whose it is: Signature Version 4, computed again by botocore.

What it refuses, and by which code, is from AWS: "Troubleshoot Signature Version 4 signing of AWS API requests" and
"Common Errors" of the STS API reference.
"""

import datetime
import hashlib
import hmac
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=([^/,]+)/(\d{8})/([^/,]+)/([^/,]+)/aws4_request, *"
    r"SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})"
)
_GLOBAL = {"": "us-east-1", "us-gov": "us-gov-west-1"}
"""The region that signs for an endpoint of a whole partition (iam.amazonaws.com, iam.us-gov.amazonaws.com)."""
_UNSIGNED = ("UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
"""What S3 takes for a body's digest ("Signature calculations", Amazon S3 API reference): the body is TLS's to guard."""
_WINDOW = 5 * 60
"""Seconds that a signature is good for, before and after."""


@dataclass(frozen=True)
class Key:
    """An access key and whose it is: `token` is "" and `expires` endless for a user's own key.

    `arn` and `userid` are what GetCallerIdentity answers; `expires` is in seconds since the epoch.
    """

    id: str
    secret: str
    account: str
    arn: str
    userid: str
    token: str = ""
    expires: float = float("inf")


class Refused(Exception):
    """AWS refuses the request: `code` as in its error body (InvalidClientTokenId, SignatureDoesNotMatch, ...)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


def verify(
    method: str,
    url: str,
    headers: Mapping[str, str],
    keys: Callable[[str], Key | None],
    *,
    body: bytes = b"",
    now: float | None = None,
) -> dict[str, str]:
    """The caller of a signed request, as GetCallerIdentity names it: account, arn, userid. Raises Refused.

    `keys` finds a key by its id; `now`, in seconds since the epoch, is AWS's clock.
    """
    given = {name.lower(): value for name, value in headers.items()}
    found = _AUTHORIZATION.fullmatch(given.get("authorization", "").strip())
    if not found:
        missing = "authorization" not in given
        raise Refused(*(_NO_TOKEN if missing else ("IncompleteSignature", "the Authorization header is malformed")))
    key_id, day, region, service, signed_names, signature = found.groups()
    names = signed_names.split(";")
    when = given.get("x-amz-date", "")
    if not {"host", "x-amz-date"} <= set(names) <= set(given):
        raise Refused("IncompleteSignature", "host and x-amz-date must be there, and signed")
    key = keys(key_id)
    if key is None or given.get("x-amz-security-token", "") != key.token:
        raise Refused("InvalidClientTokenId", "The security token included in the request is invalid.")
    clock = time.time() if now is None else now
    if clock >= key.expires:
        raise Refused("ExpiredToken", "The security token included in the request is expired")
    _check_scope(url, given["host"], region, service)
    _check_date(when, day, clock)
    digest = hashlib.sha256(body).hexdigest()
    request = AWSRequest(method=method, url=url, data=body, headers={name: given[name] for name in names})
    request.context["timestamp"] = when
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    signer = kind(Credentials(key.id, key.secret, key.token or None), service, region)
    expected = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    taken = (digest, *(_UNSIGNED if service == "s3" else ()))
    if not hmac.compare_digest(expected, signature) or given.get("x-amz-content-sha256", digest) not in taken:
        raise Refused(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details.",
        )
    return {"account": key.account, "arn": key.arn, "userid": key.userid}


def _check_scope(url: str, host: str, region: str, service: str) -> None:
    """A regional endpoint takes signatures for its own region and service alone; a global one those of us-east-1."""
    address = urlsplit(url)
    if host != address.netloc:
        raise Refused("SignatureDoesNotMatch", "the signed host is another one than the request's")
    labels = (address.hostname or "").removesuffix(".amazonaws.com").split(".")
    if service not in labels:
        raise Refused("SignatureDoesNotMatch", f"Credential should be scoped to correct service: '{labels[0]}'.")
    place = (labels[labels.index(service) + 1 :] or [""])[0]
    if region != _GLOBAL.get(place, place):
        raise Refused("SignatureDoesNotMatch", f"Credential should be scoped to a valid region, not '{region}'.")


def _check_date(when: str, day: str, clock: float) -> None:
    try:
        signed = datetime.datetime.strptime(when, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC).timestamp()
    except ValueError:
        raise Refused("IncompleteSignature", "Date must be in ISO-8601 'basic format'.") from None
    if not when.startswith(day):
        raise Refused("SignatureDoesNotMatch", "Date in Credential scope does not match YYYYMMDD from x-amz-date.")
    if abs(clock - signed) > _WINDOW:
        word = "expired" if signed < clock else "not yet current"
        raise Refused("SignatureDoesNotMatch", f"Signature {word}: {when} is more than 5 min. from AWS's time.")


_NO_TOKEN = ("MissingAuthenticationToken", "Request is missing Authentication Token")
