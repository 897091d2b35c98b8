"""Keys of accounts and users, and service accounts that work again."""

import hashlib
import json
from collections.abc import Iterator, Sequence

from access.changes import SERVICE_ACCOUNT
from access.gain import Gain
from access.objects import Object, Values, known_after_apply

OWNERS = {"google_service_account_key": "service_account_id", "aws_iam_access_key": "user"}
"""Types of keys, and the field that names who the holder of one acts as."""


def gains(old: Sequence[Object], new: Sequence[Object]) -> Iterator[Gain]:
    """Each key that is new, takes the place of another one, or works again; each account that works again."""
    existing = {(one.kind, one.address): one.values for one in old}
    stopped = {_account(one.values) for one in old if one.kind == SERVICE_ACCOUNT and one.values.get("disabled")}
    for one in new:
        works = one.values.get("status") != "Inactive"
        if one.kind in OWNERS and works and one.values != existing.get((one.kind, one.address)):
            owner = one.values.get(OWNERS[one.kind])
            yield Gain(one.address, f"newly lets the holder of this key act as {owner}", whole=(_digest(one.values),))
        disabled = one.values.get("disabled")
        if one.kind == SERVICE_ACCOUNT and disabled is not True and _account(one.values) in stopped:
            yield Gain(one.address, "is enabled again", "", (disabled,) if known_after_apply(disabled) else ())


def _digest(values: Values) -> str:
    """What tells one key from another, such as the public key that somebody uploads; a secret one is not repeated."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _account(values: Values) -> tuple[str, str]:
    return str(values.get("project")), str(values.get("account_id"))
