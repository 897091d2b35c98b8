"""What AWS policies deny: a denial that goes admits more, a new one can stop what runs."""

from collections.abc import Iterator, Sequence

from access.gain import Gain
from access.objects import Object
from access.policies import denied, statements

ROLE, POLICY, MANAGED = "aws_iam_role", "aws_iam_role_policy", "aws_iam_policy"
ATTACHMENT = "aws_iam_role_policy_attachment"
TRUST = "assume_role_policy"
OWNERS = {
    POLICY: (ROLE, "role"),
    ATTACHMENT: (ROLE, "role"),
    "aws_iam_user_policy": ("aws_iam_user", "user"),
    "aws_iam_group_policy": ("aws_iam_group", "group"),
}
"""Whom a policy is for: the type, and the field that has the name. An attachment says it of a separate policy."""


def gains(old: Sequence[Object], new: Sequence[Object]) -> Iterator[Gain]:
    """Every denial that goes while its owner stays."""
    after = {(one.kind, one.address): one for one in new}
    before, kept = ({(one.kind, str(one.values.get("name"))) for one in side} for side in (old, new))
    gone = before - kept
    managed = {str(one.values.get("arn")): one for one in old if one.kind == MANAGED}
    attached = {
        (str(one.values.get("role")), str(one.values.get("policy_arn"))) for one in new if one.kind == ATTACHMENT
    }
    for one in old:
        kind, field = OWNERS.get(one.kind, ("", ""))
        owner = (kind, str(one.values.get(field)))
        if owner in gone:
            continue  # it goes, too
        if one.kind == ATTACHMENT:
            arn = str(one.values.get("policy_arn"))
            if (owner[1], arn) not in attached and ":iam::aws:" not in arn:
                yield from _detached(one, arn, managed.get(arn))
        elif now := _same(after.get((one.kind, one.address)), one, field) or (_nothing(one) if kind else None):
            for name, what in (("policy", ""), (TRUST, " in its trust policy")):
                if one.values.get(name) and not _unknown(now, name):
                    whom = _whom(one) or f" to the {_word(kind)} {owner[1]}"
                    yield from _lost(one, denied(one.values[name]) - denied(now.values.get(name)), what or whom)


def gained(old: Sequence[Object], new: Sequence[Object]) -> Iterator[str]:
    """What a role that exists is newly denied."""
    before = {one.address: one for one in old if one.kind == POLICY}
    fresh = {str(one.values.get("name")) for one in new if one.kind == ROLE}
    fresh -= {str(one.values.get("name")) for one in old if one.kind == ROLE}
    for one in new:
        role = str(one.values.get("role"))
        if one.kind == POLICY and role not in fresh:
            was = before.get(one.address) or _nothing(one)
            if actions := denied(one.values.get("policy")) - denied(was.values.get("policy")):
                yield f"{one.address}: newly denies {', '.join(sorted(actions))} to the role {role}, which exists"


def _same(now: Object | None, was: Object, field: str) -> Object | None:
    """What is at the same address, if it is for the same owner."""
    return now if now and (not field or now.values.get(field) == was.values.get(field)) else None


def _detached(one: Object, arn: str, policy: Object | None) -> Iterator[Gain]:
    text = policy and policy.values.get("policy")
    if statements(text) is None:
        yield Gain(one.address, f"{one.values.get('role')} no longer has {arn}", "", (f"what {arn} denies",))
    yield from _lost(one, denied(text), f" to the role {one.values.get('role')}")


def _lost(one: Object, actions: set[str], whom: str) -> Iterator[Gain]:
    if actions:
        yield Gain(one.address, f"no longer denies {', '.join(sorted(actions))}{whom}")


def _unknown(now: Object, name: str) -> bool:
    """Whether it cannot be read, which access/aws.py reports."""
    return bool(now.values.get(name)) and statements(now.values[name]) is None


def _nothing(one: Object) -> Object:
    return Object(one.address, one.kind, {})


def _whom(one: Object) -> str:
    return " to its holders" if one.kind == MANAGED else ""


def _word(kind: str) -> str:
    return kind.removeprefix("aws_iam_")
