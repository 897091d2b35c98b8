"""The access keys that moto knows: of users, and of role sessions in any account."""

import json
from typing import Any

from moto.iam.models import iam_backends
from moto.sts.models import AssumedRole, sts_backends
from moto.utilities.utils import get_partition

from .sigv4 import Key

_SESSIONS: dict[str, AssumedRole] = {}
_LIFETIME = 6 * 3600
"""Seconds: what the metadata service hands out lasts about six hours."""


def find(id: str) -> Key | None:
    """The key with this id, while its user or role exists.

    Unlike AWS's, a key of one partition is good in the others too, so the deployer has one key for all regions.
    """
    backends = [(account, iam) for account, partitions in iam_backends.items() for iam in partitions.values()]
    account, iam = next(((account, iam) for account, iam in backends if id in iam.access_keys), ("", None))
    if iam is None:
        return None
    key = iam.access_keys[id]
    if not key.role_arn:
        user = iam.get_user_from_access_key_id(id)
        active = user and key.status == "Active"
        return Key(id, key.secret_access_key, account, user.arn, user.id) if active else None
    session = _session(account, iam.partition, id)
    role = next((role for role in iam.roles.values() if role.arn == key.role_arn), None)
    if session is None or role is None or session.__dict__.get("role_id", role.id) != role.id:
        return None  # a role's sessions end with it, even if another one takes its name
    return Key(
        id, key.secret_access_key, account, session.arn, f"{role.id}:{session.session_name}",
        session.session_token, session.expiration.timestamp(),
    )  # fmt: skip


def assume(role: Any, session: str, *, region: str, lifetime: int = _LIFETIME) -> Key:
    """A new session of one of moto's roles, which moto's STS knows; `lifetime` in seconds."""
    sts: Any = sts_backends[role.account_id][get_partition(region)]
    assumed = sts.assume_role(region, session, role.arn, None, lifetime, None)
    assumed.role_id = role.id
    _SESSIONS[assumed.access_key_id] = assumed
    found = find(assumed.access_key_id)
    assert found
    return found


def role(account: str, name: str, region: str) -> Any:
    """The role of this name in the region's partition, made for EC2 if it is missing."""
    iam: Any = iam_backends[account][get_partition(region)]
    known = next((role for role in iam.roles.values() if role.name == name), None)
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}],
    }
    return known or iam.create_role(name, json.dumps(trust), "/", None, "", [], 3600)


def trusting(arn: str, policy: str) -> None:
    """Set the trust policy of a role in any account. A missing role is created."""
    _, partition, _, _, account, path = arn.split(":", 5)
    *folders, name = path.removeprefix("role/").split("/")
    iam: Any = iam_backends[account][partition]
    known = next((role for role in iam.roles.values() if role.arn == arn), None)
    made = known or iam.create_role(name, policy, "/".join(["", *folders, ""]), None, "", [], 3600)
    made.assume_role_policy_document = policy


def user(account: str, name: str) -> Key:
    """A user of this name with a key, made if it is missing."""
    iam: Any = iam_backends[account]["aws"]
    if name not in iam.users:
        iam.create_user("us-east-1", name)
        iam.create_access_key(name)
    found = find(iam.users[name].access_keys[0].access_key_id)
    assert found
    return found


def _session(account: str, partition: str, id: str) -> AssumedRole | None:
    if id not in _SESSIONS:
        sts: Any = sts_backends[account][partition]
        _SESSIONS.update({session.access_key_id: session for session in sts.assumed_roles})
    return _SESSIONS.get(id)


def forget() -> None:
    """Know no session any more."""
    _SESSIONS.clear()
