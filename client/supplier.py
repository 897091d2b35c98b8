"""Where the AWS credentials come from: environment, Lambda, ECS, or the instance's metadata service.

google-auth reads the environment and IMDS only, keeps nothing, takes `AWS_REGION=""` for a region, and cuts the last
letter of a zone, which is wrong in Local Zones (us-west-2-lax-1a lies in us-west-2).
"""

import datetime
import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from google.auth import aws

from .container import container_keys
from .fault import Fault, Layer
from .imds import NOT_YET, Metadata, identity_fault
from .redact import clean, remember

MARGIN = datetime.timedelta(minutes=5)
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]")


def refuse_pickle(made: object, protocol: object) -> NoReturn:  # noqa: ARG001 (the signature of __reduce_ex__)
    """In the place of __reduce_ex__. Raises TypeError."""
    raise TypeError("a pickle would carry keys and tokens: call client.credentials() in the other process")


class Supplier(aws.AwsSecurityCredentialsSupplier):
    """AWS credentials and region for google-auth, kept until five minutes before they expire.

    `kind` is one of environment, function, container, instance; the choice is that of the AWS SDKs: keys in the
    environment first, then a container's, then the instance's. `region` is a fixed region of the document, or "".
    Raises Fault.
    """

    def __init__(self, source: Mapping[str, str], environ: Mapping[str, str], region: str = "") -> None:
        self.metadata, self.environ, self.region = Metadata(source), environ, region
        self.role = self.zone = ""
        self.expiry: datetime.datetime | None = None
        self._kept: aws.AwsSecurityCredentials | None = None
        if environ.get("AWS_ACCESS_KEY_ID") and environ.get("AWS_SECRET_ACCESS_KEY"):
            self.kind = "function" if environ.get("AWS_LAMBDA_FUNCTION_NAME") else "environment"
        elif environ.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") or environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI"):
            self.kind = "container"
        else:
            self.kind = "instance"

    @property
    def fixed_region(self) -> str:
        """The region without asking the metadata service; "" if only that knows."""
        return self.region or self.environ.get("AWS_REGION") or self.environ.get("AWS_DEFAULT_REGION") or ""

    @property
    def uses_metadata(self) -> bool:
        """Whether the instance's metadata service is needed at all."""
        return self.kind == "instance" or not self.fixed_region

    def get_aws_region(self, context: object, request: Any) -> str:  # noqa: ARG002 (google-auth's signature)
        """Region such as ap-northeast-1; of a zone or Local Zone, the region it lies in."""
        fixed = self.fixed_region
        found = fixed or self.metadata.zone(request)
        match = _REGION.match(found)
        if not match or (fixed and match[0] != found):
            raise Fault(
                Layer.CONFIGURATION if fixed else Layer.METADATA,
                f"{clean(found, 60)!r} is no AWS region",
                "set AWS_REGION to one such as ap-northeast-1",
                NOT_YET,
            )
        if not fixed:
            self.zone = found if match[0] != found else ""
        self.region = match[0]
        return self.region

    def get_aws_security_credentials(self, context: object, request: Any) -> aws.AwsSecurityCredentials:  # noqa: ARG002
        """Keys of the role; the ones at hand while they last."""
        if self._kept and (self.expiry is None or self.expiry - MARGIN > _now()):
            return self._kept
        env = self.environ
        if self.kind in ("environment", "function"):
            keys = (env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], env.get("AWS_SESSION_TOKEN") or None)
        elif self.kind == "container":
            keys = self._parse(container_keys(env, request), "")
        else:
            self.role = self.metadata.role(request)
            keys = self._parse(self.metadata.keys(request, self.role), self.role)
        remember(keys[1], keys[2])
        self._kept = aws.AwsSecurityCredentials(*keys)
        return self._kept

    def forget(self) -> None:
        """Ask for keys again next time, whatever those at hand promise."""
        self._kept = None

    __reduce_ex__ = refuse_pickle

    def _parse(self, text: bytes, role: str) -> tuple[str, str, str | None]:
        try:
            data = json.loads(text)
            keys = tuple(data[name] for name in ("AccessKeyId", "SecretAccessKey", "Token"))
            expiry = datetime.datetime.fromisoformat(data["Expiration"])
        except (ValueError, TypeError, KeyError, RecursionError):
            keys, expiry = (), None
        if not keys or not all(isinstance(key, str) and re.fullmatch(r"[\x21-\x7e]+", key) for key in keys):
            raise identity_fault(
                "the role's credentials are not what AWS sends: " + (role or "no role name"),
                "try again; look for a proxy",
            )
        self.expiry = expiry if expiry and expiry.tzinfo else expiry and expiry.replace(tzinfo=datetime.UTC)
        if self.expiry and self.expiry < _now():
            remember(*keys)
            raise identity_fault(
                f"the role's credentials expired at {self.expiry:%Y-%m-%dT%H:%M:%SZ} by the local clock",
                "`chronyc makestep` if the clock is wrong, else wait for the metadata service to renew them",
            )
        named = re.fullmatch(
            r"arn:aws[\w-]*:iam::\d{12}:role/(?:.*/)?([\w+=,.@-]{1,64})", str(data.get("RoleArn")), re.A
        )
        self.role = role or (named[1] if named else "")  # it enters commands
        return keys


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
