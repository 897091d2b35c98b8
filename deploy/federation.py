"""Who in AWS newly gets a Google token, by a plan's changes to the pool and its provider. Pure."""

import json
from collections.abc import Iterator
from typing import Any

from deploy.changes import KNOWN_LATER, POOL, PROVIDER, block, existed, objects
from deploy.conditions import clauses

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
    if gain := _condition(before.get("attribute_condition") or "", after.get("attribute_condition") or ""):
        yield gain
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


def _condition(before: str, after: str) -> str:
    """What the condition newly admits; all of it where it is not one that this kit writes."""
    if before == after or not before:
        return ""
    if not after:
        return "loses its attribute_condition: every role of the account gets a token"
    old, new = clauses(before), clauses(after)
    if not old or not new or old[0] != new[0]:
        return f"its attribute_condition becomes {after}"
    gained = [one for one in new[1] if not any(_narrower(one, known) for known in old[1])]
    return f"newly admits {' || '.join(gained)}" if gained else ""


def _narrower(clause: str, known: str) -> bool:
    """The same, or the same role pinned to its unique id as well."""
    return clause == known or clause.startswith(f"({known} && ")
