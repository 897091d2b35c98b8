"""The subject token of an AWS workload: a signed GetCallerIdentity that was not sent (sts v1, ExchangeTokenRequest).

What Google says of a bad one: google-api-python-client #1136; the rest of the texts is our own.
"""

import json
import re
from collections.abc import Callable
from urllib.parse import parse_qs, unquote, urlsplit

from localcloud.aws.sigv4 import Refused

_HEADERS = ("authorization", "x-amz-date", "host", "x-goog-cloud-target-resource")
_VERIFICATION = {"Action": ["GetCallerIdentity"], "Version": ["2011-06-15"]}


class Invalid(Exception):
    """The token is invalid, is not for this provider, or AWS refuses the request."""


def verified(token: str, audience: str, verify: Callable[..., dict[str, str]]) -> dict[str, str]:
    """Whose the signed request is, as AWS says: account, arn, userid. Raises Invalid.

    `token` is URL-encoded JSON: url, method, headers (key and value each). The header that names the provider need not
    be signed; Google only recommends it.
    """
    method, address, headers = _parsed(token)
    for name in _HEADERS:
        if name not in headers:
            raise Invalid(f"Invalid AWS credentials: the header {name} is missing.")
    if headers["x-goog-cloud-target-resource"].removeprefix("https:") != audience:
        raise Invalid("Invalid AWS credentials: x-goog-cloud-target-resource is not the audience.")
    url = urlsplit(address)
    aws_sts = re.fullmatch(r"sts(\.[a-z0-9-]+)?\.amazonaws\.com", url.netloc)
    plain = url.scheme == "https" and url.path in ("", "/") and parse_qs(url.query) == _VERIFICATION
    if method != "POST" or not aws_sts or not plain:
        raise Invalid("Invalid AWS credentials: this is no POST of GetCallerIdentity to AWS STS.")
    try:
        return verify(method, address, headers)
    except Refused as refused:
        raise Invalid(
            f"Received invalid AWS response of type UNAUTHENTICATED with error: {refused.code}: {refused.message}"
        ) from None


def _parsed(token: str) -> tuple[str, str, dict[str, str]]:
    """Method, URL and headers, these by their names in lower case."""
    try:
        signed = json.loads(unquote(token))
        headers = {str(header["key"]).lower(): str(header["value"]) for header in signed["headers"]}
        return str(signed["method"]), str(signed["url"]), headers
    except (ValueError, TypeError, KeyError) as error:
        raise Invalid(f"Invalid format of AWS credentials: {error}") from None
