"""Who would get in at this very moment: a fixed set of callers, decided from what Google's state says, in process."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product

from localcloud.cloud import LocalCloud
from localcloud.faults import InjectedFault
from localcloud.google import seed
from localcloud.google.state import State
from localcloud.proxy import Request
from policy import rest, trust
from policy.call import Call
from policy.iam import allows
from policy.identity import Identity, service_account, user

ACCOUNTS = ("123456789012", "999999999999")
ROLES = ("app", "app2", "batch", "other")
ADDRESSES = ("203.0.113.7", "203.0.113.8", "198.51.100.1")
PREDICT, TOKEN = "aiplatform.endpoints.predict", "iam.serviceAccounts.getAccessToken"
WRITE = r"^(POST|PATCH|PUT|DELETE) (?!.*:getIamPolicy)"
Caller = tuple[str, ...]
"""Account, role, the service account that it acts through ("" for none) and address; or a user and an address."""


def admitted(state: State) -> set[Caller]:
    """The callers that would get an answer of Gemini. Whether APIs are enabled does not matter."""
    model = rest.model(state.access_levels, state.service_perimeters)
    inside = set()
    for caller, identity in [*_federated(state), *_users()]:
        if not _granted(state, [f"projects/{seed.PROJECT}"], identity, PREDICT):
            continue
        for address in ADDRESSES:
            call = Call(
                service="aiplatform.googleapis.com", method="google.cloud.aiplatform.v1.PredictionService.GenerateContent",
                permission=PREDICT, project_number=seed.NUMBER, address=address, identity=identity,
            )  # fmt: skip
            if model.decide(call).enforced.allowed:
                inside.add((*caller, address))
    return inside


def _users() -> Iterator[tuple[Caller, Identity]]:
    for email in (seed.DEPLOYER, "stranger@example.com"):
        yield (email,), user(email)


def _federated(state: State) -> Iterator[tuple[Caller, Identity]]:
    for name, provider in state.providers.items():
        pool = state.pools[name.partition("/providers/")[0]]
        for account, role in product(ACCOUNTS, ROLES):
            arn = f"arn:aws:sts::{account}:assumed-role/{role}/session"
            assertion = {"account": account, "arn": arn, "userid": "AROAEXAMPLEEXAMPLE123:session"}
            try:
                identity = trust.federate(provider, pool, assertion)
            except trust.Rejected:
                continue
            yield (account, role, ""), identity
            for email, body in state.service_accounts.items():
                where = [f"projects/{seed.PROJECT}/serviceAccounts/{email}", f"projects/{seed.PROJECT}"]
                if not body.get("disabled") and _granted(state, where, identity, TOKEN):
                    yield (account, role, email), service_account(email)


def _granted(state: State, where: list[str], identity: Identity, permission: str) -> bool:
    roles = {name: body.get("includedPermissions", ()) for name, body in state.roles.items() if not body.get("deleted")}
    policies = [state.iam_policies[name] for name in where if name in state.iam_policies]
    return allows(policies, roles, identity, permission) is not None


@contextmanager
def watched(cloud: LocalCloud) -> Iterator[list[tuple[str, set[Caller]]]]:
    """After each write during the block: the request, and whoever was admitted then but neither before nor at the end."""
    moments: list[tuple[str, set[Caller]]] = []
    gaps: list[tuple[str, set[Caller]]] = []

    def look(request: Request) -> None:
        if request.host.endswith(".googleapis.com"):
            with cloud.lock:
                moments.append((f"{request.method} {request.host}{request.path}", admitted(cloud.state)))

    old = admitted(cloud.state)
    cloud.faults.add(InjectedFault(WRITE, call=look, done=True, times=10**9))
    yield gaps
    cloud.faults.clear()
    either = old | admitted(cloud.state)
    gaps += [(write, more) for write, now in moments if (more := now - either)]
    assert moments or not gaps
