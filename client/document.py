"""The credential document is untrusted input: google-auth sends AWS signatures wherever it says.

google-auth leaves the validation to the caller ("Externally sourced credentials", Google Cloud documentation), so
everything that a document for AWS by `gcloud iam workload-identity-pools create-cred-config` cannot hold is refused.
"""

import hashlib
import json
import re
from collections.abc import Set
from dataclasses import dataclass, field, replace
from typing import Any

from . import files
from .document_file import MAX_BYTES, read, refused
from .document_rules import ACCOUNT, AUDIENCE, IMDS, PROJECT, Rules, show


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
    path: str = ""
    digest: str = ""

    def moved(self) -> str:
        """What became of the file since it was read; "" if nothing."""
        try:
            raw = files.read(self.path, MAX_BYTES)[0] if self.path else b""
        except (OSError, ValueError):
            return f"{self.path} is not there any more"
        changed = self.path and hashlib.sha256(raw).hexdigest() != self.digest
        return f"{self.path} has changed since this program read it" if changed else ""

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
    raw = read(path, warnings)
    actual = hashlib.sha256(raw).hexdigest()
    if digest and actual != digest:
        raise refused(
            [
                f"{path} has SHA-256 {actual[:16]}..., expected is {digest[:16]}...: it is not the document that was delivered"
            ],
            "deliver it again with `make update`, or correct KEYLESS_DOCUMENT_SHA256",
        )
    try:
        info = json.loads(raw)
    except (ValueError, RecursionError):
        raise refused([f"{path} is not JSON"]) from None
    return replace(validate(info, hosts=hosts, warnings=warnings), path=path, digest=actual)


def validate(info: object, *, hosts: Set[str] = frozenset(), warnings: list[str] | None = None) -> Document:
    """The document if every field is one that a real document can have; else Fault."""
    if not isinstance(info, dict):
        raise refused([f"it is a {type(info).__name__}, allowed is an object"])
    if info.get("type") != "external_account":
        key = " (a service account key: remove it, this chain needs no key)" if "private_key" in info else ""
        raise refused([f"type is {show(info.get('type'))}{key}, allowed is 'external_account'"])
    rules = Rules(info, hosts)
    audience = rules.match(
        "audience",
        AUDIENCE,
        info.get("audience"),
        "//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER",
    )
    wanted = "urn:ietf:params:aws:token-type:aws4_request"
    rules.match("subject_token_type", re.compile(re.escape(wanted)), info.get("subject_token_type"), wanted)
    rules.google_url("token_url", "sts", "/v1/token")
    if "token_info_url" in info:
        rules.google_url("token_info_url", "sts", "/v1/introspect")
    account = None
    if "service_account_impersonation_url" in info:
        account = rules.google_url("service_account_impersonation_url", "iamcredentials", ACCOUNT.pattern)
    domain = info.get("universe_domain", "googleapis.com")
    if domain != "googleapis.com" and f"sts.{domain}" not in hosts:
        rules.errors.append(
            f"universe_domain is {show(domain)}, allowed is 'googleapis.com' (others: --allow-host sts.DOMAIN)"
        )
    rules.lifetime()
    if "quota_project_id" in info:  # it goes into a header
        rules.match("quota_project_id", PROJECT, info["quota_project_id"], "a project id")
    region = rules.source()
    if rules.errors or not audience:
        raise refused(rules.errors)
    notes = [] if warnings is None else warnings
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
