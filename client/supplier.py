"""AWS keys and region for google-auth, from the source that the environment names.

google-auth reads the environment and IMDS only, keeps nothing, takes `AWS_REGION=""` for a region, and cuts the last
letter of a zone, which is wrong in Local Zones (us-west-2-lax-1a lies in us-west-2).
"""

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from google.auth import aws

from . import published
from .container import container_keys
from .fault import Fault, Layer
from .imds import NOT_YET, Metadata, identity_fault
from .keys import Keys, expired, keys_of, utc
from .redact import clean, remember
from .source import PAIR, Source, choose, metadata_fault
from .web_identity import web_identity_keys

MARGIN = 300  # seconds before their end at which keys are asked for again
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]")


def refuse_pickle(made: object, protocol: object) -> NoReturn:  # noqa: ARG001 (the signature of __reduce_ex__)
    """In the place of __reduce_ex__. Raises TypeError."""
    raise TypeError("a pickle would carry keys and tokens: make new credentials in the other process")


class Supplier(aws.AwsSecurityCredentialsSupplier):
    """AWS credentials and region, kept until five minutes before they expire, or until the environment names others.

    The environment is read again each time: a running process may change it. `region` is a fixed region of the
    document, or "". Raises Fault.
    """

    def __init__(self, source: Mapping[str, str], environ: Mapping[str, str], region: str = "") -> None:
        self.metadata, self.environ, self.region = Metadata(source), environ, region
        self.zone = ""
        self._kept: tuple[Source, Keys] | None = None

    @property
    def source(self) -> Source:
        """What the environment names now."""
        return choose(self.environ)

    @property
    def keys(self) -> Keys | None:
        """The keys at hand, if any."""
        return self._kept[1] if self._kept else None

    @property
    def role(self) -> str:
        """The name of the role whose keys are at hand, "" if it is not known."""
        return self.keys.role if self.keys else ""

    @property
    def fixed_region(self) -> str:
        """The region without asking the metadata service; "" if only that knows."""
        return self.region or self.environ.get("AWS_REGION") or self.environ.get("AWS_DEFAULT_REGION") or ""

    @property
    def uses_metadata(self) -> bool:
        """Whether the instance's metadata service is needed at all."""
        source = self.source
        needed = source.kind == "instance" or not self.fixed_region
        return needed and not source.fault and not metadata_fault(self.environ)

    def get_aws_region(self, context: object, request: Any) -> str:  # noqa: ARG002 (google-auth's signature)
        """Region such as ap-northeast-1; of a zone or Local Zone, the region it lies in."""
        fixed = self.fixed_region
        found = fixed or self._found_zone(request)
        match = _REGION.match(found)
        if not match or (fixed and match[0] != found):
            raise Fault(
                Layer.CONFIGURATION if fixed else Layer.METADATA,
                f"{clean(found, 60)!r} is no AWS region",
                "set AWS_REGION to one such as ap-northeast-1",
                NOT_YET,
            )
        if not fixed:
            self.zone = found
        return match[0]

    def get_aws_security_credentials(self, context: object, request: Any) -> aws.AwsSecurityCredentials:  # noqa: ARG002
        """Keys of the source; the ones at hand while they last."""
        source, kept = self.source, self._kept
        if source.fault:
            raise source.fault
        if not kept or kept[0] != source or not kept[1].last(MARGIN):
            self._kept = kept = source, self._fetch(source.kind, request)
        return kept[1].credentials

    def arn(self, request: Any) -> str:
        """The caller's ARN as AWS STS reports it, "" if it does not. It costs a call."""
        if self.keys and self.keys.arn:
            return self.keys.arn
        try:
            region, keys = self.get_aws_region(None, request), self.get_aws_security_credentials(None, request)
            url = f"https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"
            signed = aws.RequestSigner(region).get_request_options(keys, url, "POST")  # type: ignore[no-untyped-call]
            answer = request(signed["url"], "POST", b"", signed["headers"])
        except Fault:
            return ""
        found = re.search(rb"<Arn>(arn:aws[\w-]*:(?:sts|iam)::\d{12}:[\w+=,.@/-]{1,300})</Arn>", answer.data)
        return found[1].decode() if found and answer.status == 200 else ""

    def forget(self) -> None:
        """Ask for keys again next time, whatever those at hand promise."""
        self._kept = None

    __reduce_ex__ = refuse_pickle

    def _found_zone(self, request: Any) -> str:
        source = self.source
        if fault := source.fault or metadata_fault(self.environ):
            raise fault
        if self.zone:
            return self.zone
        try:
            return self.metadata.zone(request)
        except Fault as fault:
            if source.kind == "instance":
                raise
            cause = f"AWS_REGION is not set, and the metadata service does not know it either: {fault.cause}"
            raise Fault(fault.layer, cause, "set AWS_REGION", fault.not_cause) from None

    def _fetch(self, kind: str, request: Any) -> Keys:
        if kind in ("environment", "function"):
            return _given(self.environ)
        if kind == "web-identity":
            return web_identity_keys(self.environ, self.get_aws_region(None, request), request)
        if kind == "container":
            return keys_of(_json(container_keys(self.environ, request)))
        role = self.metadata.role(request)
        return keys_of(_json(self.metadata.keys(request, role)), role)


def _given(environ: Mapping[str, str]) -> Keys:
    """The keys in the environment, with the end that `aws configure export-credentials` writes next to them."""
    text = environ.get("AWS_CREDENTIAL_EXPIRATION", "")
    expiry = utc(text)
    if text and not expiry:
        raise identity_fault(f"AWS_CREDENTIAL_EXPIRATION is {text!r}", "allowed is a time such as 2026-11-26T21:00:00Z")
    if expiry and expiry < published.utcnow():
        raise expired("the keys in the environment (AWS_CREDENTIAL_EXPIRATION)", expiry, "export new ones")
    identifier, secret = (environ[name] for name in PAIR)
    token = environ.get("AWS_SESSION_TOKEN") or None
    remember(secret, token)
    return Keys(aws.AwsSecurityCredentials(identifier, secret, token), published.Lease.to(expiry) if expiry else None)


def _json(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None
