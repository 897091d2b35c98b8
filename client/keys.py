"""One set of AWS keys and how long they last: one value that is replaced as a whole."""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from google.auth import aws

from . import published
from .fault import Fault
from .imds import identity_fault
from .redact import remember


@dataclass(frozen=True)
class Keys:
    """Credentials with what is known of them: a lease (None: no end is known), the role's name, the caller's ARN."""

    credentials: aws.AwsSecurityCredentials = field(repr=False)
    lease: published.Lease | None = None
    role: str = ""
    arn: str = ""

    def last(self, seconds: float) -> bool:
        """Whether they are good for so long."""
        return self.lease is None or (self.lease.end - published.utcnow()).total_seconds() > seconds


def keys_of(data: object, role: str = "", arn: str = "") -> Keys:
    """Keys from what the metadata service, a container's endpoint or STS answers. Raises Fault."""
    fields = data if isinstance(data, Mapping) else {}
    values: list[Any] = [fields.get(name) for name in ("AccessKeyId", "SecretAccessKey", "Token")]
    remember(*(value for value in values if isinstance(value, str)))
    expiry = utc(fields.get("Expiration"))
    if not expiry or not all(isinstance(value, str) and re.fullmatch(r"[\x21-\x7e]+", value) for value in values):
        raise identity_fault(
            "the role's credentials are not what AWS sends: " + (role or "no role name"), "try again; look for a proxy"
        )
    if expiry < published.utcnow():
        raise expired("the role's credentials", expiry, "wait for the metadata service to renew them")
    named = re.fullmatch(r"arn:aws[\w-]*:iam::\d{12}:role/(?:.*/)?([\w+=,.@-]{1,64})", str(fields.get("RoleArn")), re.A)
    role = role or (named[1] if named else "")  # it enters commands
    return Keys(aws.AwsSecurityCredentials(*values), published.Lease.to(expiry), role, arn)


def expired(what: str, expiry: datetime.datetime, fix: str) -> Fault:
    """Keys that are past their end."""
    return identity_fault(
        f"{what} expired at {expiry:%Y-%m-%dT%H:%M:%SZ} by the local clock",
        f"`chronyc makestep` if the clock is wrong, else {fix}",
    )


def utc(text: object) -> datetime.datetime | None:
    """An ISO 8601 time as UTC without a zone, None for anything else."""
    try:
        found = datetime.datetime.fromisoformat(text) if isinstance(text, str) else None
        return found.astimezone(datetime.UTC).replace(tzinfo=None) if found and found.tzinfo else found
    except (ValueError, OverflowError):
        return None
