"""Accounts and roles that a plan deletes while a grant or a rule still names them. Pure."""

import json
from collections.abc import Iterator
from typing import Any

from access.attached import RULES
from access.changes import CUSTOM_ROLE, PERIMETER, Change, changes
from access.grants import GRANT
from access.objects import after

ACCOUNT = "google_service_account"


def deleted_and_named(plan: dict[str, Any]) -> Iterator[tuple[Change, str]]:
    """Each change that deletes what a grant or a rule of the same plan names afterwards, and that name.

    As where the settings now call it existing.
    """
    users = [one for one in after(plan) if one.kind in (PERIMETER, *RULES) or one.kind.endswith(GRANT)]
    named = json.dumps([dict(one.values) for one in users])
    for kind in (ACCOUNT, CUSTOM_ROLE):
        for change in changes(plan, kind):
            if "delete" in change.actions and (name := _name(change)) and f'{name}"' in named:
                yield change, name


def deleted_in_no_order(plan: dict[str, Any]) -> Iterator[tuple[Change, str, Change]]:
    """Each change that deletes an account that a deposed rule names, the account's name, and the rule's own change.

    Terraform knows of a deposed object no dependency but those of its successor (tried with 1.11.4 and google 7.45.0).
    """
    deposed = [one for kind in RULES for one in changes(plan, kind) if one.address.endswith(" (deposed)")]
    for change in changes(plan, ACCOUNT):
        if "delete" in change.actions and (name := _name(change)):
            yield from ((change, name, rule) for rule in deposed if f'{name}"' in json.dumps(rule.before))


def _name(change: Change) -> str:
    """As grants and rules write it."""
    before = change.before
    if change.kind == ACCOUNT:
        return f"serviceAccount:{before['email']}" if before.get("email") else ""
    return f"projects/{before['project']}/roles/{before['role_id']}" if before.get("role_id") else ""
