"""The instance's metadata service, version 2: a session token by PUT, everything else with it."""

import re
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from .fault import Fault, Layer
from .redact import remember
from .refusal import role_refused

NOT_YET = "neither Google nor its permissions: nothing was sent to Google yet"
_LIFE = 300  # seconds of a session token; a minute before its end another one is asked for


class Metadata:
    """The metadata service at the urls of a credential document (`source`). Raises Fault."""

    def __init__(self, source: Mapping[str, str]) -> None:
        self.source = source
        self._token: tuple[str, float] | None = None
        self._failed: tuple[object, Fault] | None = None

    def session_token(self, request: Any) -> str:
        """The session token, "" for a document that knows only IMDSv1."""
        if "imdsv2_session_token_url" not in self.source:
            return ""
        if self._failed and self._failed[0] is request:  # a silent service is asked once a renewal, not for ever
            raise self._failed[1]
        if not self._token or self._token[1] < time.monotonic():
            try:
                token = self._new_token(request)
            except Fault as fault:
                self._failed = request, fault
                raise
            remember(token)
            self._token = token, time.monotonic() + _LIFE - 60
        return self._token[0]

    def zone(self, request: Any) -> str:
        """What region_url says: an availability zone, or a region."""
        if "region_url" not in self.source:
            raise metadata_fault("the document has no region_url and AWS_REGION is not set", "set AWS_REGION")
        return self._text(request, self.source["region_url"], "the availability zone").strip()

    def role(self, request: Any) -> str:
        """The name of the instance's role."""
        found = self._text(request, self._roles, "the role").strip()
        if not re.fullmatch(r"[\w+=,.@-]{1,64}", found, re.ASCII):
            raise self._no_role(request, "the metadata service names no role")
        return found

    def keys(self, request: Any, role: str) -> bytes:
        """The role's credentials, as JSON."""
        text = self._text(request, f"{self._roles}/{role}", "the role's credentials").encode()
        if refused := role_refused(text, role):
            raise identity_fault(*refused)
        return text

    @property
    def _roles(self) -> str:
        return self.source["url"].rstrip("/")

    def _new_token(self, request: Any) -> str:
        headers = {"X-aws-ec2-metadata-token-ttl-seconds": str(_LIFE)}
        answer = request(self.source["imdsv2_session_token_url"], "PUT", None, headers)
        token: str = answer.data.decode("utf-8", "replace")
        if answer.status == 403:
            raise metadata_fault(
                "the metadata service answered 403: it is turned off for this instance, or a proxy in between added X-Forwarded-For",
                "aws ec2 modify-instance-metadata-options --instance-id INSTANCE --http-endpoint enabled --http-tokens required, or NO_PROXY=169.254.169.254",
            )
        if answer.status != 200 or not re.fullmatch(r"[\x21-\x7e]{1,1024}", token):
            raise _status(answer.status, "a session token")
        return token

    def _text(self, request: Any, url: str, what: str) -> str:
        kept, token = self._token, self.session_token(request)
        answer = request(url, "GET", None, {"X-aws-ec2-metadata-token": token} if token else {})
        if answer.status == 401 and kept:  # from before a suspension, or from the instance that this one is a copy of
            self._token = None
            return self._text(request, url, what)
        if answer.status == 401 and not token:
            raise metadata_fault(
                "the instance requires IMDSv2, and the document has no imdsv2_session_token_url",
                "write the document with `--enable-imdsv2`, or renew it with `make update`",
            )
        if answer.status == 404 and what != "the availability zone":
            raise self._no_role(request, "the instance has no role: the metadata service answered 404")
        if answer.status != 200:
            raise _status(answer.status, what)
        text: str = answer.data.decode("utf-8", "replace")
        return text

    def _no_role(self, request: Any, cause: str) -> Fault:
        """With the instance's real name: one more call, only after a failure."""
        host, instance = urlsplit(self._roles).netloc, "INSTANCE"
        try:
            headers = {"X-aws-ec2-metadata-token": self.session_token(request)}
            answer = request(f"http://{host}/latest/meta-data/instance-id", "GET", None, headers)
            if found := re.fullmatch(rb"i-[0-9a-f]{8,17}", answer.data.strip()):
                instance = found[0].decode()
            info = request(f"http://{host}/latest/meta-data/iam/info", "GET", None, headers)
            if refused := role_refused(info.data, "", instance):
                return identity_fault(*refused)
        except Fault:
            pass
        fix = f"aws ec2 associate-iam-instance-profile --instance-id {instance} --iam-instance-profile Name=PROFILE"
        return identity_fault(cause, fix)


def metadata_fault(cause: str, fix: str) -> Fault:
    """The metadata service is what broke."""
    return Fault(Layer.METADATA, cause, fix, NOT_YET)


def identity_fault(cause: str, fix: str) -> Fault:
    """There are no AWS credentials that can be used."""
    return Fault(Layer.AWS_IDENTITY, cause, fix, NOT_YET)


def _status(status: int, what: str) -> Fault:
    return metadata_fault(
        f"the metadata service answered {status}, not {what}",
        "look at `aws ec2 describe-instances` (MetadataOptions), and for a proxy that answers in its place (NO_PROXY=169.254.169.254)",
    )
