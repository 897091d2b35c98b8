"""Who AWS says the caller is, for explanations."""

import re
from typing import Any

from google.auth import aws

from .fault import Fault
from .supplier import Supplier


def whoami(supplier: Supplier, request: Any) -> str:
    """The ARN that AWS itself gives this caller, "" if it does not say. It costs a call."""
    if supplier.keys and supplier.keys.arn:
        return supplier.keys.arn
    try:
        region = supplier.get_aws_region(None, request)
        url = f"https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"
        keys = supplier.get_aws_security_credentials(None, request)
        signed = aws.RequestSigner(region).get_request_options(keys, url, "POST")  # type: ignore[no-untyped-call]
        answer = request(signed["url"], "POST", b"", signed["headers"])
    except Fault:
        return ""
    found = re.search(rb"<Arn>(arn:aws[\w-]*:(?:sts|iam)::\d{12}:[\w+=,.@/-]{1,300})</Arn>", answer.data)
    return found[1].decode() if found and answer.status == 200 else ""
