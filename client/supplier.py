"""Where the AWS credentials come from: environment, Lambda, ECS, or the instance's metadata service.

google-auth reads the environment and IMDS only, keeps nothing, takes `AWS_REGION=""` for a region, and cuts the last
letter of a zone, which is wrong in Local Zones (us-west-2-lax-1a lies in us-west-2).
"""

import datetime
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from google.auth import aws

from .fault import Fault, Layer
from .redact import clean, remember

MARGIN = datetime.timedelta(minutes=5)
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
_ECS = "http://169.254.170.2"
_NOT_YET = "neither Google nor its permissions: nothing was sent to Google yet"


class Supplier(aws.AwsSecurityCredentialsSupplier):
    """AWS credentials and region for google-auth, kept until five minutes before they expire.

    `kind` is one of environment, function, container, instance; the choice is that of the AWS SDKs: keys in the
    environment first, then a container's, then the instance's. `region` is a fixed region of the document, or "".
    Raises Fault.
    """

    def __init__(self, source: Mapping[str, str], environ: Mapping[str, str], region: str = "") -> None:
        self.source, self.environ, self.region, self.role = source, environ, region, ""
        self.zone = ""
        self.expiry: datetime.datetime | None = None
        self._kept: aws.AwsSecurityCredentials | None = None
        self._token: tuple[str, datetime.datetime] | None = None
        self._failed: tuple[object, Fault] | None = None
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
        found = self.fixed_region
        if not found:
            if "region_url" not in self.source:
                raise _metadata("the document has no region_url and AWS_REGION is not set", "set AWS_REGION")
            found = self._text(request, self.source["region_url"], "the availability zone").strip()
            self.zone = found if self.source["region_url"].endswith("availability-zone") else ""
        match = _REGION.match(found)
        if not match or (self.fixed_region and match[0] != found):
            layer = Layer.CONFIGURATION if self.fixed_region else Layer.METADATA
            raise Fault(
                layer,
                f"{clean(found, 60)!r} is no AWS region",
                "set AWS_REGION to one such as ap-northeast-1",
                _NOT_YET,
            )
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
            keys = self._parse(*self._container(request))
        else:
            url = self.source["url"].rstrip("/")
            self.role = self._text(request, url, "the role").strip()
            if not re.fullmatch(r"[\w+=,.@-]{1,64}", self.role, re.ASCII):
                raise _identity("the metadata service names no role", _PROFILE)
            keys = self._parse(self._text(request, f"{url}/{self.role}", "the role's credentials"), self.role)
        remember(keys[1], keys[2])
        self._kept = aws.AwsSecurityCredentials(*keys)
        return self._kept

    def session_token(self, request: Any) -> str:
        """The IMDSv2 session token, "" for a document that knows only IMDSv1."""
        if "imdsv2_session_token_url" not in self.source:
            return ""
        if self._failed and self._failed[0] is request:  # a silent service is asked once a renewal, not for ever
            raise self._failed[1]
        if not self._token or self._token[1] < _now():
            headers = {"X-aws-ec2-metadata-token-ttl-seconds": "300"}
            try:
                answer = request(self.source["imdsv2_session_token_url"], "PUT", None, headers)
                token = _decode(answer.data)
                if answer.status != 200 or not re.fullmatch(r"[\x21-\x7e]{1,1024}", token):
                    raise _status(answer.status, "a session token")
            except Fault as fault:
                self._failed = request, fault
                raise
            remember(token)
            self._token = (token, _now() + datetime.timedelta(seconds=240))
        return self._token[0]

    def _text(self, request: Any, url: str, what: str) -> str:
        token = self.session_token(request)
        answer = request(url, "GET", None, {"X-aws-ec2-metadata-token": token} if token else {})
        if answer.status == 401 and not token:
            raise _metadata(
                "the instance requires IMDSv2, and the document has no imdsv2_session_token_url",
                "write the document with `--enable-imdsv2`, or renew it with `make update`",
            )
        if answer.status == 404 and what != "the availability zone":
            raise _identity("the instance has no role: the metadata service answered 404", _PROFILE)
        if answer.status != 200:
            raise _status(answer.status, what)
        return _decode(answer.data)

    def _container(self, request: Any) -> tuple[str, str]:
        env, headers = self.environ, {}
        relative = env.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "")
        url = _ECS + relative if relative else env["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
        if not re.fullmatch(re.escape(_ECS) + r"(:80)?/[\x21-\x7e]*", url):
            raise _identity(
                f"AWS_CONTAINER_CREDENTIALS_{'RELATIVE' if relative else 'FULL'}_URI leads elsewhere than {_ECS}/",
                f"allowed is {_ECS}/..., as ECS sets it",
            )
        path = env.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
        try:
            token = (
                Path(path).read_text(encoding="ascii").strip()
                if path
                else env.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
            )
        except (OSError, ValueError):
            raise _identity(
                f"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE {path} cannot be read", "correct the path"
            ) from None
        if token:
            remember(token)
            headers["Authorization"] = token
        answer = request(url, "GET", None, headers)
        if answer.status != 200:
            raise _identity(
                f"the container's credentials endpoint answered {answer.status}", "give the task a task role"
            )
        return _decode(answer.data), ""

    def _parse(self, text: str, role: str) -> tuple[str, str, str | None]:
        try:
            data = json.loads(text)
            keys = tuple(data[name] for name in ("AccessKeyId", "SecretAccessKey", "Token"))
            expiry = datetime.datetime.fromisoformat(data["Expiration"])
        except (ValueError, TypeError, KeyError, RecursionError):
            keys, expiry = (), None
        if not keys or not all(isinstance(key, str) and re.fullmatch(r"[\x21-\x7e]+", key) for key in keys):
            raise _identity(
                "the role's credentials are not what AWS sends: " + (role or "no role name"),
                "try again; look for a proxy",
            )
        self.expiry = expiry if expiry and expiry.tzinfo else expiry and expiry.replace(tzinfo=datetime.UTC)
        if self.expiry and self.expiry < _now():
            remember(*keys)
            raise _identity(
                f"the role's credentials expired at {self.expiry:%Y-%m-%dT%H:%M:%SZ} by the local clock",
                "`chronyc makestep` if the clock is wrong, else wait for the metadata service to renew them",
            )
        self.role = role or str(data.get("RoleArn", "")).rpartition("/")[2][:64]
        return keys


def whoami(supplier: Supplier, request: Any) -> str:
    """The ARN that AWS itself gives this caller, "" if it does not say. For explanations: it costs a call."""
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


_PROFILE = "aws ec2 associate-iam-instance-profile --instance-id INSTANCE --iam-instance-profile Name=PROFILE"


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _metadata(cause: str, fix: str) -> Fault:
    return Fault(Layer.METADATA, cause, fix, _NOT_YET)


def _identity(cause: str, fix: str) -> Fault:
    return Fault(Layer.AWS_IDENTITY, cause, fix, _NOT_YET)


def _status(status: int, what: str) -> Fault:
    return _metadata(
        f"the metadata service answered {status}, not {what}",
        "look at `aws ec2 describe-instances` (MetadataOptions), and for a proxy that answers in its place (NO_PROXY=169.254.169.254)",
    )
