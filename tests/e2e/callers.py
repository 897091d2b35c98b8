"""Callers of every kind, and their calls: requests to the local cloud's handlers, from the signature to the answer.

A caller is one whole number, which `Callers.caller` takes apart; the first of each axis is the workload that calls as it
should.
"""

import dataclasses
import ipaddress
import json
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition

from localcloud.aws import keys
from localcloud.aws.callers import Caller as AwsCaller
from localcloud.proxy import Request, Response
from policy import identity as identities

from .deployed import FOREIGN_ACCOUNT, OTHER_PROJECT, OTHERS_ACCOUNT, PROJECT, Deployed
from .intent import ANSWER, FEDERATION, IAM, NOBODY, PERIMETER, Expected, Intent, Who

MODEL = "publishers/google/models/gemini-3.5-flash"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
ELSEWHERE_ACCOUNT = "999999999999"
INSTANCE = "i-0123456789abcdef0"
RECREATED = "AROARECREATEDRECREATD"
PEOPLE = {
    "operator": identities.user("operator@example.com"),
    "operator in capitals": identities.user("Operator@Example.com"),
    "member of ml": identities.user("engineer@example.com", ["ml@example.com"]),
    "ungranted user": identities.user("stranger@example.com"),
    "granted stranger": identities.user("mallory@example.com"),
    "owner": identities.user("deployer@example.com"),
    "member of another group": identities.user("clerk@example.com", ["ml@example.org", "xml@example.com"]),
    "reports": identities.service_account(f"reports@{PROJECT}.iam.gserviceaccount.com"),
    "terraform": identities.service_account(f"terraform@{PROJECT}.iam.gserviceaccount.com"),
    "others": identities.service_account(OTHERS_ACCOUNT),
    "foreign": identities.service_account(FOREIGN_ACCOUNT),
}
OPERATIONS = (
    "generateContent", "streamGenerateContent", "exchange", "generateAccessToken", "generateContent of v1beta1",
    "projects.get", "serviceAccounts.list", "entries.list", "generateContent elsewhere",
)  # fmt: skip


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


@dataclass(frozen=True)
class Caller:
    """`kind` is "federated", "impersonated", one of PEOPLE or "anonymous"; the first two have a principal and a session,

    and act through a service account if they impersonate one. `target` is whose token `generateAccessToken` asks for.
    """

    kind: str
    principal: Principal
    session: str
    target: str
    address: str
    operation: str


@dataclass(frozen=True)
class Outcome:
    """What happened, said as the oracle says it; anything else, as the cloud says it."""

    outcome: str
    logged: str


class Callers:
    """All callers of an environment, and what comes of each. Tokens are obtained from one of the workloads' own addresses,

    once for each session, and then carried to wherever the call is made from; a token exchange is made anew each time.
    """

    def __init__(self, deployed: Deployed) -> None:
        self.deployed, self.cloud = deployed, deployed.cloud
        self.intent = Intent(deployed.tables, deployed.facts)
        google, prefix = deployed.tables["google"], deployed.tables["prefix"]
        pool, provider = (google.get(key, f"{prefix}-aws") for key in ("pool_id", "provider_id"))
        self.audience = (
            f"//iam.googleapis.com/projects/{google['project_number']}/locations/global/workloadIdentityPools/{pool}"
            f"/providers/{provider}"
        )
        self.home = str(ipaddress.ip_network(self.intent.addresses()[0])[0])
        roles = [self.intent.role(name) for name in self.intent.workloads]
        self.principals = list(self._principals(roles))
        self.sessions = [INSTANCE, roles[0], "s" * 64]
        own = [account for name in self.intent.workloads if (account := self.intent.account(name))]
        self.targets = [*own, OTHERS_ACCOUNT, FOREIGN_ACCOUNT]
        self.addresses = list(dict.fromkeys(self._addresses()))
        self.kinds = ["impersonated", "federated", "impersonated", "federated", *PEOPLE, "anonymous"]
        self.axes = (self.kinds, self.principals, self.sessions, self.targets, self.addresses, OPERATIONS)
        self._signed: dict[tuple[Principal, str], tuple[float, AwsCaller, str]] = {}
        self._tokens: dict[tuple[Any, ...], str | Outcome] = {}

    @cached_property
    def size(self) -> int:
        """How many callers there are: 0 <= number < size."""
        return math.prod(map(len, self.axes))

    def caller(self, number: int) -> Caller:
        """The caller of this number."""
        chosen: list[Any] = []
        for axis in self.axes:
            number, index = divmod(number, len(axis))
            chosen.append(axis[index])
        return Caller(*chosen)

    def expected(self, caller: Caller) -> Expected:
        """What the file says should come of it."""
        who = self._who(caller)
        if isinstance(who, Expected):
            return who
        intent, address = self.intent, caller.address
        match caller.operation:
            case "exchange":
                genuine = caller.kind in ("federated", "impersonated")
                return intent.exchange(self._workload(caller) if genuine else "", address)
            case _ if caller.kind == "anonymous":
                return Expected(NOBODY)
            case "generateAccessToken":
                return intent.impersonate(who, caller.target, address)
            case "projects.get":
                return intent.read_project(who, address)
            case "serviceAccounts.list":
                return intent.manage("iam.googleapis.com", who, address)
            case "entries.list":
                return intent.manage("logging.googleapis.com", who, address)
            case "generateContent elsewhere":
                return intent.ask_elsewhere(who)
            case _:
                return intent.ask(who, address)

    def observed(self, caller: Caller) -> Outcome:
        """What does come of it."""
        genuine = caller.kind in ("federated", "impersonated")
        if caller.operation == "exchange":
            return self._final(lambda: self._exchange(caller.principal, caller.session, caller.address, genuine))
        token = self._token(caller)
        if isinstance(token, Outcome):
            return token
        return self._final(lambda: self._call(caller, token))

    def forget(self) -> None:
        """Bring no token from before: the configuration is another one."""
        self._tokens.clear()

    # The oracle's side: whose token it is.

    def _who(self, caller: Caller) -> Who | Expected:
        if caller.kind in PEOPLE:
            found = PEOPLE[caller.kind]
            return Who(members=frozenset(m for m in found.principals if m.startswith(("user:", "group:", "service"))))
        if caller.kind == "anonymous" or caller.operation == "exchange":
            return Who()
        workload = self._workload(caller)
        if not workload:
            return Expected(FEDERATION)
        if caller.kind == "federated":
            return Who(workload=workload)
        obtained = self.intent.impersonate(Who(workload=workload), caller.target, self.home)
        if obtained.outcome != ANSWER:
            return Expected(obtained.outcome)
        return Who(members=frozenset({f"serviceAccount:{caller.target}"}))

    def _workload(self, caller: Caller) -> str:
        with self._as(caller.principal):
            key = self._key(caller.principal, caller.session)[1].key
        return self.intent.workload(key.arn, key.userid)

    # The cloud's side.

    def _token(self, caller: Caller) -> str | Outcome:
        """The token that the caller comes with, or why it got none."""
        if caller.kind == "anonymous":
            return ""
        if caller.kind in PEOPLE:
            token = f"ya29.{caller.kind.replace(' ', '-')}"
            body = {"identity": PEOPLE[caller.kind].to_json(), "expires": time.time() + 3600, "scopes": [SCOPE]}
            self.deployed.state.tokens[token] = body
            return token
        wanted = (caller.principal, caller.session)
        if wanted not in self._tokens:
            self._tokens[wanted] = _token(self._exchange(*wanted, self.home), "access_token")
        federated = self._tokens[wanted]
        if caller.kind == "federated" or isinstance(federated, Outcome):
            return federated
        if (*wanted, caller.target) not in self._tokens:
            answer = self._impersonate(federated, caller.target, self.home)
            self._tokens[(*wanted, caller.target)] = _token(answer, "accessToken")
        return self._tokens[(*wanted, caller.target)]

    def _final(self, call: Callable[[], Response]) -> Outcome:
        entries = self.deployed.state.log_entries
        entries.clear()
        outcome = said(call())
        metadata = [one["protoPayload"]["metadata"] for one in entries if one["logName"].endswith("%2Fpolicy")]
        return Outcome(outcome, "+".join("dry run" if one.get("dryRun") else "enforced" for one in metadata))

    def _call(self, caller: Caller, token: str) -> Response:
        ask = {"contents": [{"role": "user", "parts": [{"text": "hello"}]}]}
        model = f"projects/{PROJECT}/locations/global/{MODEL}"
        match caller.operation:
            case "generateAccessToken":
                return self._impersonate(token, caller.target, caller.address)
            case "projects.get":
                host, method, path, body = "cloudresourcemanager", "GET", f"/v1/projects/{PROJECT}", None
            case "serviceAccounts.list":
                host, method, path, body = "iam", "GET", f"/v1/projects/{PROJECT}/serviceAccounts", None
            case "entries.list":
                named = {"resourceNames": [f"projects/{PROJECT}"], "filter": 'insertId="none"'}
                return self._send("logging", "POST", "/v2/entries:list", named, token, caller.address)
            case "generateContent elsewhere":
                elsewhere = model.replace(PROJECT, OTHER_PROJECT)
                host, method, path, body = "aiplatform", "POST", f"/v1/{elsewhere}:generateContent", ask
            case "generateContent of v1beta1":
                host, method, path, body = "aiplatform", "POST", f"/v1beta1/{model}:generateContent", ask
            case operation:
                host, method, path, body = "aiplatform", "POST", f"/v1/{model}:{operation}", ask
        return self._send(host, method, path, body, token, caller.address)

    def _exchange(self, principal: Principal, session: str, address: str, genuine: bool = True) -> Response:
        with self._as(principal):
            subject = self._key(principal, session)[2] if genuine else self._forged(principal, session)
            form = {
                "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
                "audience": self.audience,
                "scope": SCOPE,
                "requested_token_type": "urn:ietf:params:oauth:token-type:access_token",
                "subject_token": subject,
                "subject_token_type": "urn:ietf:params:aws:token-type:aws4_request",
            }
            headers = {"content-type": "application/x-www-form-urlencoded"}
            return self.cloud.answer(
                Request("https", "sts.googleapis.com", "POST", "/v1/token", headers, urlencode(form).encode(), address)
            )

    def _impersonate(self, token: str, account: str, address: str) -> Response:
        path = f"/v1/projects/-/serviceAccounts/{account}:generateAccessToken"
        return self._send("iamcredentials", "POST", path, {"scope": [SCOPE]}, token, address)

    def _send(self, service: str, method: str, path: str, body: Any, token: str, address: str) -> Response:
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
        data = b"" if body is None else json.dumps(body).encode()
        return self.cloud.answer(Request("https", f"{service}.googleapis.com", method, path, headers, data, address))

    # AWS identities.

    def _key(self, principal: Principal, session: str) -> tuple[float, AwsCaller, str]:
        """When it was signed, whose it is, and a signed GetCallerIdentity, signed anew before AWS calls it old."""
        kept = self._signed.get((principal, session))
        if kept is None or time.time() - kept[0] > 200:
            caller = kept[1] if kept else AwsCaller(self._made(principal, session), "", principal.region)
            kept = self._signed[principal, session] = (time.time(), caller, caller.subject_token(self.audience))
        return kept

    def _forged(self, principal: Principal, session: str) -> str:
        """Signed by somebody who knows all of a key but its secret."""
        signed = self._key(principal, session)[1].signed(self.audience)
        for header in signed["headers"]:
            if header["key"].lower() == "authorization":
                start, _, signature = header["value"].rpartition("Signature=")
                header["value"] = f"{start}Signature={signature[::-1]}"
        return quote(json.dumps(signed))

    def _made(self, principal: Principal, session: str) -> Any:
        iam: Any = iam_backends[principal.account][get_partition(principal.region)]
        if principal.user:
            if principal.role not in iam.users:
                iam.create_user(principal.region, principal.role, f"/{principal.pathed}/")
                iam.create_access_key(principal.role)
            return keys.find(iam.users[principal.role].access_keys[0].access_key_id)
        if principal.pathed and not any(role.name == principal.role for role in iam.roles.values()):
            iam.create_role(principal.role, "{}", f"/{principal.pathed}/", None, "", [], 3600)
        return keys.assume(
            keys.role(principal.account, principal.role, principal.region), session, region=principal.region
        )

    @contextmanager
    def _as(self, principal: Principal) -> Iterator[None]:
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

    def _principals(self, roles: list[str]) -> Iterator[Principal]:
        account, region = self.deployed.tables["aws"]["account_id"], self.deployed.tables["aws"]["region"]
        gov = get_partition(region) == "aws-us-gov"
        ours = [Principal(role, account, region) for role in roles]
        self._exist(ours)
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
        everybody = [*strangers, *others, *far]
        times = max(1, len(everybody) // len(ours))  # every second caller is one of ours, or few would get anywhere
        yield from [*ours * times, *everybody]

    def _exist(self, ours: list[Principal]) -> None:
        """Existing roles that the file names are there, with the ids that it names."""
        for name, one in self.intent.workloads.items():
            principal = next(each for each in ours if each.role == self.intent.role(name))
            role = keys.role(principal.account, principal.role, principal.region)
            role.id = one.get("role_unique_id") or role.id

    def _addresses(self) -> Iterator[str]:
        """Every admitted one or its first, last and middle, its neighbours, and others."""
        tables, perimeter = self.deployed.tables, self.deployed.tables.get("perimeter", {})
        named = [
            *self.intent.addresses(),
            *(cidr for entry in tables.get("on_premises", []) for cidr in entry["cidrs"]),
            *perimeter.get("proposed", {}).get("egress_cidrs", []),
            *perimeter.get("deployer", {}).get("cidrs", []),
        ]
        networks = [ipaddress.ip_network(cidr) for cidr in named]
        for network in networks:
            first, last = network[0], network[-1]
            yield from (str(first), str(last), str(network[network.num_addresses // 2]))
        for network in networks:
            first, last = network[0], network[-1]
            wide = network.supernet(8)
            yield from (str(first - 1), str(last + 1), str(wide[1]), str(wide[-2]))
        yield from sorted(self.deployed.facts.brought.values())
        yield from ("192.0.2.1", "8.8.8.8", "10.20.0.5", "2600:1900::1")


def _token(answer: Response, field: str) -> str | Outcome:
    """The token in an answer, or why there is none."""
    return str(json.loads(answer.body)[field]) if answer.status == 200 else Outcome(said(answer), "")


def said(answer: Response) -> str:
    """Who denied it, by the error's own form; or the whole of an answer that has none of these forms."""
    if answer.status == 200:
        return ANSWER
    body = json.loads(answer.body)
    error = body.get("error")
    if isinstance(error, str):
        refused = ("invalid_grant", "unauthorized_client", "invalid_request")
        return FEDERATION if answer.status == 400 and error in refused else f"{answer.status} {body}"
    reasons = {detail.get("reason") for detail in error.get("details", ())}
    if answer.status == 401:
        return NOBODY
    if answer.status == 403 and "SECURITY_POLICY_VIOLATED" in reasons:
        return PERIMETER
    if answer.status == 403 and "IAM_PERMISSION_DENIED" in reasons:
        return IAM
    return f"{answer.status} {error}"
