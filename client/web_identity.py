"""Web identity (EKS: IAM roles for service accounts): a token in a file for the keys of a role, by one unsigned call."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from . import files
from .fault import Fault
from .imds import identity_fault
from .keys import Keys, keys_of
from .redact import clean, remember
from .source import NO_NODE, ROLE, TOKEN_FILE
from .web_identity_refused import refused

_ARN = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/(?:[\x21-\x7e]{1,511}/)?([\w+=,.@-]{1,64})", re.ASCII)
_SESSION = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
MAX_TOKEN = 20_000  # AWS STS's limit
MAX_ANSWER = 65_536


def web_identity_keys(environ: Mapping[str, str], region: str, request: Any) -> Keys:
    """The keys of AWS_ROLE_ARN. The token is read again each time: the kubelet renews it. Raises Fault."""
    arn, session = environ[ROLE], environ.get("AWS_ROLE_SESSION_NAME") or "keyless"
    role = _ARN.fullmatch(arn)
    if not role:
        raise _wrong(f"{ROLE} is {arn!r}", "allowed is arn:aws:iam::ACCOUNT:role/NAME")
    if not _SESSION.fullmatch(session):
        raise _wrong(f"AWS_ROLE_SESSION_NAME is {session!r}", "allowed are 2 to 64 letters, digits and _+=,.@-")
    token = _token(environ[TOKEN_FILE])
    form = {"Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": arn}
    form |= {"RoleSessionName": session, "WebIdentityToken": token}
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "Accept": "application/xml"}
    answer = request(f"https://sts.{region}.amazonaws.com/", "POST", urlencode(form).encode(), headers)
    fields = _fields(answer.data)
    if answer.status != 200:
        raise refused(answer.status, fields, _claims(token), arn, region)
    fields["Token"] = fields.get("SessionToken", "")
    named = re.fullmatch(r"arn:aws[\w-]*:sts::\d{12}:assumed-role/[\w+=,.@/-]{1,200}", fields.get("Arn", ""), re.ASCII)
    return keys_of(fields, role[1], named[0] if named else "")


def _token(path: str) -> str:
    try:
        token = files.read(path, MAX_TOKEN)[0].decode("ascii").strip()
    except (OSError, ValueError) as error:
        raise _wrong(
            f"{TOKEN_FILE} is {path!r}: {files.reason(error)}", "mount the service account's token there"
        ) from None
    remember(token)
    if not re.fullmatch(r"[\x21-\x7e]{4,}", token):
        raise _wrong(
            f"{path}, which {TOKEN_FILE} names, {'is empty' if not token else 'holds no token'}",
            "mount the service account's token there",
        )
    return token


def _wrong(cause: str, fix: str) -> Fault:
    return identity_fault(cause, f"{fix}; {NO_NODE}")


def _fields(data: bytes) -> dict[str, str]:
    """The text of each element by its name; {} for what is no answer of STS. No entity is expanded: none is let in."""
    try:
        text = data[: MAX_ANSWER + 1].decode()
        if len(data) > MAX_ANSWER or "<!" in text:
            return {}
        return {e.tag.rpartition("}")[2]: (e.text or "").strip() for e in ElementTree.fromstring(text).iter()}
    except (ValueError, ElementTree.ParseError):
        return {}


def _claims(token: str) -> dict[str, str]:
    """Issuer, subject and audience of a token, for the explanation of a refusal only."""
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return {name: clean(str(claims[name]), 200) for name in ("iss", "sub", "aud") if name in claims}
    except (IndexError, TypeError, ValueError, RecursionError, binascii.Error):
        return {}
