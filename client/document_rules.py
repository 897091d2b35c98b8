"""What the fields of a credential document for AWS may hold: what gcloud writes, and nothing else."""

import re
from collections.abc import Set
from typing import Any

from .redact import clean

IMDS = ("http://169.254.169.254", "http://[fd00:ec2::254]")
AUDIENCE = re.compile(
    r"//iam\.googleapis\.com/projects/(?P<number>[1-9][0-9]{0,18})/locations/global"
    r"/workloadIdentityPools/(?P<pool>[a-z0-9-]{4,32})/providers/(?P<provider>[a-z0-9-]{4,32})"
)
ACCOUNT = re.compile(r"/v1/projects/-/serviceAccounts/([a-z0-9][\w.-]*@[a-z0-9][a-z0-9.-]*):generateAccessToken")
_VERIFICATION = re.compile(
    r"https://sts\.(\{region\}|[a-z]{2}(?:-[a-z]+)+-[0-9])\.amazonaws\.com/?\?Action=GetCallerIdentity&Version=2011-06-15"
)
PROJECT = re.compile(r"([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]|[1-9][0-9]{0,18}")
_PATHS = {
    "region_url": re.compile(r"/latest/meta-data/placement/(availability-zone|region)"),
    "url": re.compile(r"/latest/meta-data/iam/security-credentials/?"),
    "imdsv2_session_token_url": re.compile(r"/latest/api/token"),
}
FIELDS = {
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


class Rules:
    """Compares fields with patterns and keeps a sentence in `errors` for each that does not match."""

    def __init__(self, info: dict[str, Any], hosts: Set[str]) -> None:
        self.info, self.hosts = info, hosts
        self.errors = [f"{show(name)} is not a field of a document for AWS" for name in info if name not in FIELDS]

    def match(self, name: str, pattern: re.Pattern[str], got: object, allowed: str) -> re.Match[str] | None:
        """The match of the whole value, or None and an error."""
        found = pattern.fullmatch(got) if isinstance(got, str) else None
        if not found:
            self.errors.append(f"{name} is {show(got)}, allowed is {allowed}")
        return found

    def google_url(self, name: str, service: str, path: str) -> re.Match[str] | None:
        """An https url of the service, or of a host in its place, with exactly this path."""
        good = sorted({f"{service}.googleapis.com"} | self.hosts)
        test = f"https://(?:{'|'.join(map(re.escape, good))})(?::443)?(?:{path})"
        allowed = f"https://{' or '.join(good)} with the path that gcloud writes"
        return self.match(name, re.compile(test, re.ASCII), self.info.get(name), allowed)

    def source(self) -> str:
        """credential_source: the metadata service and AWS STS. The region, if the document fixes one."""
        source = self.info.get("credential_source")
        if not isinstance(source, dict):
            self.errors.append(f"credential_source is {show(source)}, allowed is an object with environment_id 'aws1'")
            return ""
        known = {"environment_id", "regional_cred_verification_url", *_PATHS}
        self.errors += [
            f"credential_source.{clean(str(name), 40)} is not allowed (no executable, no file)"
            for name in source
            if name not in known
        ]
        self.match("credential_source.environment_id", re.compile("aws1"), source.get("environment_id"), "'aws1'")
        for name, path in _PATHS.items():
            if name in source or name == "url":
                base = "|".join(map(re.escape, IMDS))
                test = re.compile(f"(?:{base})(?::80)?{path.pattern}")
                self.match(f"credential_source.{name}", test, source.get(name), f"{IMDS[0]} or {IMDS[1]} with its path")
        found = self.match(
            "credential_source.regional_cred_verification_url",
            _VERIFICATION,
            source.get("regional_cred_verification_url"),
            "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
        )
        return found[1] if found and found[1] != "{region}" else ""

    def lifetime(self) -> None:
        """service_account_impersonation: how long the service account's token lives."""
        options = self.info.get("service_account_impersonation", {})
        if not isinstance(options, dict) or set(options) - {"token_lifetime_seconds"}:
            self.errors.append(
                f"service_account_impersonation is {show(options)}, allowed is {{'token_lifetime_seconds': 600 to 43200}}"
            )
            return
        seconds = options.get("token_lifetime_seconds", 3600)
        if type(seconds) is not int or not 600 <= seconds <= 43_200:
            self.errors.append(f"token_lifetime_seconds is {show(seconds)}, allowed is 600 to 43200")


def show(value: object) -> str:
    """A value for an error: text in quotes and cut, other types by name."""
    if isinstance(value, str):
        return repr(clean(value, 100))
    if isinstance(value, dict | list):
        return f"a {type(value).__name__}"
    return "missing" if value is None else repr(value)[:40]
