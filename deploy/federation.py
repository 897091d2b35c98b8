"""What the pool and its provider newly trust, map and enable; whom their conditions admit is access/tokens.py. Pure."""

import json
from collections.abc import Iterator
from typing import Any

from access.changes import KNOWN_LATER, POOL, PROVIDER, block, existed, objects

ISSUERS = ("aws", "oidc", "saml", "x509")


def notices(plan: dict[str, Any]) -> Iterator[str]:
    """What a pool or provider newly lets in; all that a new provider lets in, unless the plan is a first one."""
    pool = ("project", "workload_identity_pool_id")
    provider = (*pool, "workload_identity_pool_provider_id")
    for change, before in (*objects(plan, POOL, *pool), *objects(plan, PROVIDER, *provider)):
        gains = _gains(before, change.after) if before else _all(change.after) if change.kind == PROVIDER else ()
        if before or existed(plan):
            yield from (f"{change.address}: {gain}" for gain in gains)


def _gains(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    if before.get("disabled") and after.get("disabled") is not True:
        yield "is enabled again"
    yield from _trusts(before, after)
    yield from _maps(before, after)


def _all(provider: dict[str, Any]) -> Iterator[str]:
    condition = provider.get("attribute_condition")
    limit = f"if {condition}" if condition else "without an attribute_condition: every role of the account gets a token"
    yield from (f"{trust}, {limit}" for trust in list(_trusts({}, provider)) or ["is created"])
    yield from _maps({}, provider)


def _trusts(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for issuer in ISSUERS:
        if after.get(issuer) == KNOWN_LATER:
            yield f"newly trusts {issuer} {KNOWN_LATER}"
        elif block(after, issuer) and block(after, issuer) != block(before, issuer):
            yield f"newly trusts {issuer} {json.dumps(block(after, issuer), sort_keys=True)}"


def _maps(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    old, new = before.get("attribute_mapping") or {}, after.get("attribute_mapping") or {}
    if new == KNOWN_LATER:
        yield f"newly maps {KNOWN_LATER}"
        return
    yield from (f"newly maps {name} to {new[name]}" for name in sorted(new) if new[name] != old.get(name))
