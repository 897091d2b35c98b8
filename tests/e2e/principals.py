"""AWS identities: ours, and every kind of neighbour that may be taken for one of ours."""

import dataclasses
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition

from localcloud.aws import keys
from localcloud.aws.callers import Caller as AwsCaller
from localcloud.aws.sigv4 import Key

from .calls import SCOPE
from .intent import Intent

ELSEWHERE_ACCOUNT = "999999999999"
RECREATED = "AROARECREATEDRECREATD"
_RENEWED = 200
"""Seconds after which a request is signed anew: AWS takes one for 300."""


@dataclass(frozen=True)
class Principal:
    """An AWS identity: a role's session, of the role `recreated` under its name or made with a path, or a user's key.

    `pathed` is a path that ends in our role's name, which no ARN of a session shows, but a user's does.
    """

    role: str
    account: str
    region: str
    recreated: bool = False
    pathed: str = ""
    user: bool = False


def everybody(intent: Intent) -> Iterator[Principal]:
    """Every second one is one of ours, or few would get anywhere; the first is as it should be."""
    account, region = intent.aws["account_id"], intent.aws["region"]
    gov = get_partition(region) == "aws-us-gov"
    roles = [intent.role(name) for name in intent.workloads]
    ours = [Principal(role, account, region) for role in roles]
    strangers = [
        *(dataclasses.replace(one, recreated=True) for one in ours),
        *(dataclasses.replace(one, account=ELSEWHERE_ACCOUNT) for one in ours),
        *(dataclasses.replace(one, account=account[:-1] + str((int(account[-1]) + 1) % 10)) for one in ours[:1]),
        *(dataclasses.replace(one, region="us-east-1" if gov else "us-gov-west-1") for one in ours),
        *(dataclasses.replace(one, region="us-gov-east-1" if gov else "us-west-2") for one in ours[:1]),
        *(Principal(f"{kind}-for-{one.role}", account, region, pathed=path, user=kind == "user")
          for one in ours[:1] for kind in ("user", "role") for path in (f"assumed-role/{one.role}", one.role)),
    ]  # fmt: skip
    first = roles[0]
    names = [
        *(f"{role}2" for role in roles), *(f"{role}-x" for role in roles), *(role[:-1] for role in roles),
        f"x{first}", first.upper(), first.replace("-", "_"), first.partition("-")[2], first.partition("-")[0],
        f"{first}.{first}", "assumed-role", "other", ("z" * 63 + first)[-64:],
    ]  # fmt: skip
    others = [Principal(name, account, region) for name in dict.fromkeys(names) if name not in roles]
    far = [dataclasses.replace(one, account=ELSEWHERE_ACCOUNT) for one in others[:2]]
    neighbours = [*strangers, *others, *far]
    yield from [*ours * max(1, len(neighbours) // len(ours)), *neighbours]


class Signatures:
    """The keys of every principal's sessions, and token requests that they sign for one audience."""

    def __init__(self, audience: str) -> None:
        self.audience = audience
        self._callers: dict[tuple[Principal, str], AwsCaller] = {}
        self._requests: dict[tuple[Principal, str, bool], tuple[float, bytes]] = {}

    def key(self, principal: Principal, session: str) -> Key:
        """A session's key."""
        return self._caller(principal, session).key

    def token_request(self, principal: Principal, session: str, genuine: bool) -> bytes:
        """The form of a token exchange; if not genuine, of somebody who knows all of a key but its secret."""
        wanted = (principal, session, genuine)
        signed, body = self._requests.get(wanted, (0.0, b""))
        if time.time() - signed > _RENEWED:
            body = self._form(self._caller(principal, session), genuine)
            self._requests[wanted] = (time.time(), body)
        return body

    @contextmanager
    def existing(self, principal: Principal) -> Iterator[None]:
        """While AWS has deleted a role and made another one of its name; or as it is."""
        if not principal.recreated:
            yield
            return
        role = keys.role(principal.account, principal.role, principal.region)
        kept, role.id = role.id, RECREATED
        try:
            yield
        finally:
            role.id = kept

    def _caller(self, principal: Principal, session: str) -> AwsCaller:
        if (principal, session) not in self._callers:
            self._callers[principal, session] = AwsCaller(_made(principal, session), "", principal.region)
        return self._callers[principal, session]

    def _form(self, caller: AwsCaller, genuine: bool) -> bytes:
        signed = caller.signed(self.audience)
        for header in signed["headers"] if not genuine else ():
            if header["key"].lower() == "authorization":
                start, _, signature = header["value"].rpartition("Signature=")
                header["value"] = f"{start}Signature={signature[::-1]}"
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "audience": self.audience,
            "scope": SCOPE,
            "requested_token_type": "urn:ietf:params:oauth:token-type:access_token",
            "subject_token": quote(json.dumps(signed, separators=(",", ":"), sort_keys=True)),
            "subject_token_type": "urn:ietf:params:aws:token-type:aws4_request",
        }
        return urlencode(form).encode()


def _made(principal: Principal, session: str) -> Any:
    iam: Any = iam_backends[principal.account][get_partition(principal.region)]
    if principal.user:
        if principal.role not in iam.users:
            iam.create_user(principal.region, principal.role, f"/{principal.pathed}/")
            iam.create_access_key(principal.role)
        return keys.find(iam.users[principal.role].access_keys[0].access_key_id)
    if principal.pathed and not any(role.name == principal.role for role in iam.roles.values()):
        iam.create_role(principal.role, "{}", f"/{principal.pathed}/", None, "", [], 3600)
    return keys.assume(keys.role(principal.account, principal.role, principal.region), session, region=principal.region)
