"""A question: who calls what from where, as people write it."""

import re
from dataclasses import dataclass
from ipaddress import ip_address

from access.callers import PARTITIONS
from policy.identity import Identity, service_account, user
from policy.methods import EXCHANGE, GENERATE_ACCESS_TOKEN, GENERATE_CONTENT, STREAM_GENERATE_CONTENT

WHO = (
    "role/NAME or role/NAME/SESSION, an ARN of a role or of its session, user:EMAIL, group:EMAIL (a member of it), "
    "serviceAccount:EMAIL (its token in hand), or allUsers (a request without a credential)"
)
SESSION = "session"
"""The session of a role that is named without one."""
STS, CREDENTIALS, GEMINI = "sts.googleapis.com", "iamcredentials.googleapis.com", "aiplatform.googleapis.com"
_KNOWN = {STS: (EXCHANGE,), CREDENTIALS: (GENERATE_ACCESS_TOKEN,), GEMINI: (GENERATE_CONTENT, STREAM_GENERATE_CONTENT)}
_ARN = re.compile(
    rf"arn:({'|'.join(PARTITIONS)}):(?:iam|sts)::([0-9]{{12}}):(?:role|assumed-role)/(?:[\w+=,.@/-]+/)?([\w+=,.@-]{{1,64}})"
)
_SESSION_ARN = re.compile(
    rf"arn:({'|'.join(PARTITIONS)}):sts::([0-9]{{12}}):assumed-role/([\w+=,.@-]{{1,64}})/([\w+=,.@-]{{1,64}})"
)
_ROLE = re.compile(r"role/([\w+=,.@-]{1,64})(?:/([\w+=,.@-]{1,64}))?")
_EMAIL = re.compile(r"[^\s@:/]+@[^\s@:/]+")


@dataclass(frozen=True)
class Role:
    """An AWS role's session. `account` is empty if it is the one that the provider trusts."""

    name: str
    session: str = SESSION
    account: str = ""
    partition: str = "aws"


@dataclass(frozen=True)
class Method:
    """What is called. `permission` is empty where it is not known; `name` is empty for a permission alone."""

    service: str
    name: str
    permission: str

    def __str__(self) -> str:
        detail = self.name or self.permission
        return f"{self.service} ({detail})" if detail else self.service


Who = Role | Identity | None


def who(text: str) -> Who:
    """The caller. Raises ValueError with what is allowed."""
    if found := _ROLE.fullmatch(text):
        return Role(found[1], found[2] or SESSION)
    if found := _SESSION_ARN.fullmatch(text):
        return Role(found[3], found[4], found[2], found[1])
    if found := _ARN.fullmatch(text):
        return Role(found[3], SESSION, found[2], found[1])
    kind, _, email = text.partition(":")
    if text == "allUsers":
        return None
    if kind in ("user", "group", "serviceAccount") and _EMAIL.fullmatch(email):
        if kind == "serviceAccount":
            return service_account(email)
        return user(email) if kind == "user" else user(f"a-member-of-{email}", [email])
    raise ValueError(f"--who: got {text!r}; allowed: {WHO}")


def method(text: str) -> Method:
    """The call: a service, and after a colon a method or a permission of it. Raises ValueError."""
    short, _, detail = text.partition(":")
    service = short if short.endswith(".googleapis.com") else f"{short}.googleapis.com"
    if not re.fullmatch(r"[a-z][a-z0-9.-]*\.googleapis\.com", service):
        raise ValueError(f"--call: got {text!r}; allowed: SERVICE or SERVICE:METHOD, such as aiplatform")
    known = _KNOWN.get(service, ())
    if not detail:
        name, permission = known[0] if known else ("", "")
        return Method(service, name.format(version="v1"), permission)
    if re.fullmatch(rf"{re.escape(service.partition('.')[0])}\.[a-zA-Z]+\.[a-zA-Z]+", detail):
        return Method(service, "", detail)
    for name, permission in known:
        for version in ("v1", "v1beta1"):
            full = name.format(version=version)
            if detail in (full, full.split(".", 4)[-1]) or detail.lower() == full.rpartition(".")[2].lower():
                return Method(service, full, permission)
    return Method(service, detail, "")


def origin(text: str) -> str:
    """The address, or the expression that will give one. Raises ValueError."""
    if re.fullmatch(r"[a-z]\w*[.(].+", text):
        return "${" + text + "}"
    try:
        return str(ip_address(text))
    except ValueError:
        allowed = "an IPv4 or IPv6 address, or an address of Terraform that will give one, as --matrix lists them"
        raise ValueError(f"--from: got {text!r}; allowed: {allowed}") from None
