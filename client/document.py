"""The credential document is untrusted input: google-auth sends AWS signatures wherever it says.

google-auth leaves the validation to the caller ("Externally sourced credentials", Google Cloud documentation), so
everything that a document for AWS by `gcloud iam workload-identity-pools create-cred-config` cannot hold is refused.
"""

import hashlib
import json
import os
import re
import stat
from collections.abc import Callable, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .fault import Fault, Layer
from .redact import clean

MAX_BYTES = 65_536
IMDS = ("http://169.254.169.254", "http://[fd00:ec2::254]")
_AUDIENCE = re.compile(
    r"//iam\.googleapis\.com/projects/(?P<number>[1-9][0-9]{0,18})/locations/global"
    r"/workloadIdentityPools/(?P<pool>[a-z0-9-]{4,32})/providers/(?P<provider>[a-z0-9-]{4,32})"
)
_ACCOUNT = re.compile(r"/v1/projects/-/serviceAccounts/([a-z0-9][\w.-]*@[a-z0-9][a-z0-9.-]*):generateAccessToken")
_VERIFICATION = re.compile(
    r"https://sts\.(\{region\}|[a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com/?\?Action=GetCallerIdentity&Version=2011-06-15"
)
_PATHS = {
    "region_url": re.compile(r"/latest/meta-data/placement/(availability-zone|region)"),
    "url": re.compile(r"/latest/meta-data/iam/security-credentials/?"),
    "imdsv2_session_token_url": re.compile(r"/latest/api/token"),
}
_FIELDS = {
    "type",
    "audience",
    "subject_token_type",
    "token_url",
    "token_info_url",
    "credential_source",
    "universe_domain",
    "service_account_impersonation_url",
    "service_account_impersonation",
    "quota_project_id",
}


@dataclass(frozen=True)
class Document:
    """A document that passed. Its urls lead to Google, AWS and the metadata service, and nowhere else."""

    info: dict[str, Any]
    number: str
    pool: str
    provider: str
    service_account: str
    region: str
    warnings: list[str] = field(default_factory=list)

    @property
    def source(self) -> dict[str, str]:
        """The metadata urls."""
        return dict(self.info["credential_source"])


def load(path: str, *, digest: str = "", hosts: Set[str] = frozenset()) -> Document:
    """Read and validate a file of at most 64 KiB.

    `digest` is the expected SHA-256 of the file, `hosts` are further hosts in the place of Google's own.
    Raises Fault (layer CONFIGURATION) with everything that is wrong, in one sentence.
    """
    warnings: list[str] = []
    raw = _read(path, warnings)
    actual = hashlib.sha256(raw).hexdigest()
    if digest and actual != digest:
        raise _fault(
            [
                f"{path} has SHA-256 {actual[:16]}..., expected is {digest[:16]}...: it is not the document that was delivered"
            ],
            "deliver it again with `make update`, or correct KEYLESS_DOCUMENT_SHA256",
        )
    try:
        info = json.loads(raw)
    except (ValueError, RecursionError):
        raise _fault([f"{path} is not JSON"]) from None
    return validate(info, hosts=hosts, warnings=warnings)


def validate(info: object, *, hosts: Set[str] = frozenset(), warnings: list[str] | None = None) -> Document:
    """The document if every field is one that a real document can have; else Fault."""
    if not isinstance(info, dict):
        raise _fault([f"it is a {type(info).__name__}, allowed is an object"])
    if info.get("type") != "external_account":
        key = " (a service account key: remove it, this chain needs none)" if "private_key" in info else ""
        raise _fault([f"type is {_show(info.get('type'))}{key}, allowed is 'external_account'"])
    errors = [f"{_show(name)} is not a field of a document for AWS" for name in info if name not in _FIELDS]
    notes = [] if warnings is None else warnings

    def match(name: str, pattern: re.Pattern[str], got: object, allowed: str) -> re.Match[str] | None:
        found = pattern.fullmatch(got) if isinstance(got, str) else None
        if not found:
            errors.append(f"{name} is {_show(got)}, allowed is {allowed}")
        return found

    def url(name: str, service: str, path: str) -> re.Match[str] | None:
        good = {f"{service}.googleapis.com"} | hosts
        test = f"https://(?:{'|'.join(map(re.escape, sorted(good)))})(?::443)?(?:{path})"
        return match(
            name,
            re.compile(test),
            info.get(name),
            f"https://{' or '.join(sorted(good))} with the path that gcloud writes",
        )

    audience = match(
        "audience",
        _AUDIENCE,
        info.get("audience"),
        "//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER",
    )
    wanted = "urn:ietf:params:aws:token-type:aws4_request"
    match("subject_token_type", re.compile(re.escape(wanted)), info.get("subject_token_type"), wanted)
    url("token_url", "sts", "/v1/token")
    if "token_info_url" in info:
        url("token_info_url", "sts", "/v1/introspect")
    account = None
    if "service_account_impersonation_url" in info:
        account = url("service_account_impersonation_url", "iamcredentials", _ACCOUNT.pattern)
    domain = info.get("universe_domain", "googleapis.com")
    if domain != "googleapis.com" and f"sts.{domain}" not in hosts:
        errors.append(
            f"universe_domain is {_show(domain)}, allowed is 'googleapis.com' (others: --allow-host sts.DOMAIN)"
        )
    errors += _lifetime(info.get("service_account_impersonation", {}))
    if not isinstance(info.get("quota_project_id", ""), str):
        errors.append(f"quota_project_id is {_show(info['quota_project_id'])}, allowed is a project id")
    region = _source(info.get("credential_source"), errors, match)
    if errors or not audience:
        raise _fault(errors)
    if "imdsv2_session_token_url" not in info["credential_source"]:
        notes.append(
            "the document has no imdsv2_session_token_url: hosts that require IMDSv2 refuse it (gcloud: --enable-imdsv2)"
        )
    return Document(
        info, **audience.groupdict(), service_account=account[1] if account else "", region=region, warnings=notes
    )


def metadata_host(document: Document | None) -> str:
    """The host of the metadata service in a document."""
    return "fd00:ec2::254" if document and document.source["url"].startswith(IMDS[1]) else "169.254.169.254"


def _source(source: object, errors: list[str], match: Callable[..., re.Match[str] | None]) -> str:
    if not isinstance(source, dict):
        errors.append(f"credential_source is {_show(source)}, allowed is an object with environment_id 'aws1'")
        return ""
    known = {"environment_id", "regional_cred_verification_url", *_PATHS}
    errors += [
        f"credential_source.{clean(str(name), 40)} is not allowed (no executable, no file)"
        for name in source
        if name not in known
    ]
    match("credential_source.environment_id", re.compile("aws1"), source.get("environment_id"), "'aws1'")
    for name, path in _PATHS.items():
        if name in source or name == "url":
            base = "|".join(map(re.escape, IMDS))
            test = re.compile(f"(?:{base})(?::80)?{path.pattern}")
            match(f"credential_source.{name}", test, source.get(name), f"{IMDS[0]} or {IMDS[1]} with its path")
    found = match(
        "credential_source.regional_cred_verification_url",
        _VERIFICATION,
        source.get("regional_cred_verification_url"),
        "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
    )
    return found[1] if found and found[1] != "{region}" else ""


def _lifetime(options: object) -> list[str]:
    if not isinstance(options, dict) or set(options) - {"token_lifetime_seconds"}:
        return [
            f"service_account_impersonation is {_show(options)}, allowed is {{'token_lifetime_seconds': 600 to 43200}}"
        ]
    seconds = options.get("token_lifetime_seconds", 3600)
    if type(seconds) is not int or not 600 <= seconds <= 43_200:
        return [f"token_lifetime_seconds is {_show(seconds)}, allowed is 600 to 43200"]
    return []


def _read(path: str, warnings: list[str]) -> bytes:
    try:
        if Path(path).is_symlink():
            warnings.append(f"{path} is a symbolic link: whoever can change the link chooses the document")
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a FIFO would block for ever
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise _fault([f"{path} is not a regular file"])
            raw = file.read(MAX_BYTES + 1)
        folder = Path(path).absolute().parent.stat()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a file name"
        raise _fault([f"{path!r} cannot be read: {reason.lower()}"], "correct GOOGLE_APPLICATION_CREDENTIALS") from None
    if len(raw) > MAX_BYTES:
        raise _fault([f"{path} is larger than {MAX_BYTES} bytes"])
    if status.st_mode & stat.S_IWOTH:
        warnings.append(
            f"{path} is world-writable: every local user can redirect the AWS signature, run `chmod 644 {path}`"
        )
    if folder.st_mode & stat.S_IWOTH and not folder.st_mode & stat.S_ISVTX:
        warnings.append(f"the folder of {path} is world-writable: every local user can replace the document")
    return raw


def _fault(errors: list[str], fix: str = "") -> Fault:
    return Fault(
        Layer.CONFIGURATION,
        "credential document refused: "
        + "; ".join(errors[:5])
        + (f"; and {len(errors) - 5} more" if errors[5:] else ""),
        fix
        or "write it anew: gcloud iam workload-identity-pools create-cred-config ... --aws --enable-imdsv2, or `make update`",
        "nothing was sent, neither to AWS nor to Google",
    )


def _show(value: object) -> str:
    if isinstance(value, str):
        return repr(clean(value, 100))
    return (
        "missing"
        if value is None
        else f"a {type(value).__name__}"
        if isinstance(value, dict | list)
        else repr(value)[:40]
    )
