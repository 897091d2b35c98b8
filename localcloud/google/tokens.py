"""Access tokens: random, and known to Google alone. The state keeps who holds one, until when, and for which scopes."""

import secrets
import time
from collections.abc import Sequence

from policy.identity import Identity

from .api_call import ApiCall, ApiError
from .errors import info
from .state import Body, State

CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"


def issue(state: State, identity: Identity, *, lifetime: float, scopes: Sequence[str], behind: str = "") -> str:
    """A new token, good for `lifetime` seconds; `behind` is the principal that impersonates a service account."""
    prefix = "ya29.d.c0" if identity.kind == "federated" else "ya29.c.c0"
    token = prefix + secrets.token_urlsafe(180)
    state.tokens[token] = {
        "identity": identity.to_json(), "expires": time.time() + lifetime, "scopes": list(scopes), "behind": behind,
    }  # fmt: skip
    return token


def held(state: State, token: str) -> Body | None:
    """What the state knows of a token that is good now.

    One that was exchanged is not while its pool is disabled or deleted ("Manage workload identity pools": a disabled
    pool's existing tokens are refused), nor a service account's while it is disabled (IAM REST, serviceAccounts.disable:
    existing access tokens are rejected, and accepted once more after `enable`).
    """
    body = state.tokens.get(token)
    if body is None or body["expires"] <= time.time():
        return None
    identity = Identity.from_json(body["identity"])
    if identity.kind == "service_account":
        return None if state.service_accounts.get(identity.email, {}).get("disabled") else body
    pool = state.pools.get(identity.pool, {}) if identity.kind == "federated" else {"state": "ACTIVE"}
    return body if pool.get("state") == "ACTIVE" and not pool.get("disabled") else None


def of(call: ApiCall) -> Body:
    """What is known of the token that a call came with; {} without a token."""
    return held(call.state, call.request.headers.get("authorization", "").removeprefix("Bearer ")) or {}


def require_scope(call: ApiCall, method: str, *others: str) -> None:
    """Refuse a token with neither the cloud-platform scope nor one of `others` (body: fluent-bit #5410)."""
    if {CLOUD_PLATFORM, *others} & set(of(call).get("scopes", [CLOUD_PLATFORM])):
        return
    detail = info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", service=call.service, method=method)
    raise ApiError(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.", [detail])
