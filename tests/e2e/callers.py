"""Callers of every kind, and their calls: requests to the local cloud's handlers, from the signature to the answer.

A caller is one whole number, which `Callers.caller` takes apart; the first of each axis is the workload that calls as it
should. Roles, people and addresses that the deployed configuration names and this kit does not know call too.
"""

import ipaddress
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.aws import keys
from localcloud.proxy import Request, Response
from policy import identity as identities

from . import named
from .calls import METHODS, OPERATIONS, SCOPE, generate_access_token, said
from .deployed import FOREIGN_ACCOUNT, OTHERS_ACCOUNT, PROJECT, Deployed
from .intent import ANSWER, FEDERATION, NOBODY, Expected, Intent, Who
from .places import addresses
from .principals import Principal, Signatures, everybody

INSTANCE = "i-0123456789abcdef0"
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


@dataclass(frozen=True)
class Caller:
    """`kind` is "federated", "impersonated", one of the people or "anonymous"; the first two have a principal and a session,

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
        self.signatures = Signatures(
            f"//iam.googleapis.com/projects/{google.get('pool_project_number', google['project_number'])}/locations/global/workloadIdentityPools/{pool}"
            f"/providers/{provider}"
        )
        self.home = str(ipaddress.ip_network(self.intent.addresses()[0])[0])
        self._exist()
        own = [account for name in self.intent.workloads if (account := self.intent.account(name))]
        self.targets = [*own, OTHERS_ACCOUNT, FOREIGN_ACCOUNT]
        self._tokens: dict[tuple[Any, ...], str | Outcome] = {}
        self.look_again()

    def look_again(self) -> None:
        """The configuration is another one: nobody brings a token from before, and whoever it names now calls too."""
        self._tokens.clear()
        state, aws = self.deployed.state, self.intent.aws
        self.principals = list(everybody(self.intent))
        more = set(named.roles(state)) - {one.role for one in self.principals}
        self.principals += [Principal(role, aws["account_id"], aws["region"]) for role in sorted(more)]
        known = {member for one in PEOPLE.values() for member in one.principals}
        known |= {f"serviceAccount:{account}" for account in self.targets}
        self.people = PEOPLE | {member: one for member, one in named.people(state).items() if member not in known}
        self.addresses = list(dict.fromkeys([*addresses(self.deployed, self.intent), *named.addresses(state)]))
        kinds = ["impersonated", "federated", "impersonated", "federated", *self.people, "anonymous"]
        sessions = [INSTANCE, self.principals[0].role, "s" * 64]
        self.axes: tuple[Sequence[Any], ...] = (
            kinds,
            self.principals,
            sessions,
            self.targets,
            self.addresses,
            OPERATIONS,
        )

    @property
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
            case "generateContent elsewhere":
                return intent.ask_elsewhere(who)
            case operation if METHODS[operation].service == "aiplatform":
                return intent.ask(who, address)
            case operation:
                return intent.manage(f"{METHODS[operation].service}.googleapis.com", who, address)

    def observed(self, caller: Caller) -> Outcome:
        """What does come of it."""
        if caller.operation == "exchange":
            genuine = caller.kind in ("federated", "impersonated")
            return self.logged(lambda: said(self._exchange(caller.principal, caller.session, caller.address, genuine)))
        token = self._token(caller)
        if isinstance(token, Outcome):
            return token
        wanted = caller.operation
        method = generate_access_token(caller.target) if wanted == "generateAccessToken" else METHODS[wanted]
        return self.logged(lambda: said(self.cloud.answer(method.request(token, caller.address))))

    def logged(self, call: Callable[[], str]) -> Outcome:
        """What comes of a call, and what the policy log then has."""
        entries = self.deployed.state.log_entries
        entries.clear()
        outcome = call()
        metadata = [one["protoPayload"]["metadata"] for one in entries if one["logName"].endswith("%2Fpolicy")]
        return Outcome(outcome, "+".join("dry run" if one.get("dryRun") else "enforced" for one in metadata))

    # The oracle's side: whose token it is.

    def _who(self, caller: Caller) -> Who | Expected:
        if caller.kind in self.people:
            found = self.people[caller.kind]
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
        with self.signatures.existing(caller.principal):
            key = self.signatures.key(caller.principal, caller.session)
        return self.intent.workload(key.arn, key.userid)

    # The cloud's side.

    def _token(self, caller: Caller) -> str | Outcome:
        """The token that the caller comes with, or why it got none."""
        if caller.kind == "anonymous":
            return ""
        if caller.kind in self.people:
            token = f"ya29.{caller.kind.replace(' ', '-')}"
            body = {"identity": self.people[caller.kind].to_json(), "expires": time.time() + 3600, "scopes": [SCOPE]}
            self.deployed.state.tokens[token] = body
            return token
        wanted = (caller.principal, caller.session)
        if wanted not in self._tokens:
            self._tokens[wanted] = _token(self._exchange(*wanted, self.home), "access_token")
        federated = self._tokens[wanted]
        if caller.kind == "federated" or isinstance(federated, Outcome):
            return federated
        if (*wanted, caller.target) not in self._tokens:
            answer = self.cloud.answer(generate_access_token(caller.target).request(federated, self.home))
            self._tokens[(*wanted, caller.target)] = _token(answer, "accessToken")
        return self._tokens[(*wanted, caller.target)]

    def _exchange(self, principal: Principal, session: str, address: str, genuine: bool = True) -> Response:
        with self.signatures.existing(principal):
            form = self.signatures.token_request(principal, session, genuine)
            headers = {"content-type": "application/x-www-form-urlencoded"}
            return self.cloud.answer(
                Request("https", "sts.googleapis.com", "POST", "/v1/token", headers, form, address)
            )

    def _exist(self) -> None:
        """Existing roles that the file names are there, with the ids that it names."""
        for name, one in self.intent.workloads.items():
            role = keys.role(self.intent.aws["account_id"], self.intent.role(name), self.intent.aws["region"])
            role.id = one.get("role_unique_id") or role.id


def _token(answer: Response, field: str) -> str | Outcome:
    """The token in an answer, or why there is none."""
    return str(json.loads(answer.body)[field]) if answer.status == 200 else Outcome(said(answer), "")
