"""Policies that an AWS role has in its own arguments, as the resources that say the same. Pure."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from access.denials import ATTACHMENT, POLICY, ROLE
from access.objects import Object
from access.values import blocks, listed

INLINE, MANAGED = "inline_policy", "managed_policy_arns"


def spread(objects: Sequence[Object], existing: Sequence[Object] = ()) -> list[Object]:
    """The objects of one side, with a policy or an attachment for each that a role names and no other resource has.

    The provider also reads back what other resources give to the role, so these are left out. Both arguments are computed: of
    a role that is not among `existing`, what is not known as a whole was not written.
    """
    names = {(one.address, one.values.get("name")) for one in existing if one.kind == ROLE}
    others = {_same(one) for one in objects if one.kind in (POLICY, ATTACHMENT)}
    found = [
        each
        for one in objects
        if one.kind == ROLE
        for each in _named(one, known=(one.address, one.values.get("name")) in names)
    ]
    return [*objects, *(one for one in found if _same(one) not in others)]


def _named(role: Object, *, known: bool) -> Iterator[Object]:
    name = role.values.get("name")
    policies, unread = blocks(role.values, INLINE)
    arns, more = listed(role.values, MANAGED)
    computed = {f"${{{role.address}.{field}}}" for field in (INLINE, MANAGED) if not known}
    for one in [*policies, *({"name": fact, "policy": fact} for fact in unread if fact not in computed)]:
        address = f"{role.address}.{INLINE}[{one.get('name')}]"
        yield Object(address, POLICY, {"role": name, "name": one.get("name"), "policy": one.get("policy")})
    for arn in [*arns, *(fact for fact in more if fact not in computed)]:
        yield Object(f"{role.address}.{MANAGED}[{arn}]", ATTACHMENT, {"role": name, "policy_arn": arn})


def _same(one: Object) -> tuple[str, ...]:
    """What is equal in an argument of a role and in a resource of the same content."""
    content = one.values.get("policy_arn") if one.kind == ATTACHMENT else _read(one.values.get("policy"))
    return one.kind, str(one.values.get("role")), json.dumps(content, sort_keys=True)


def _read(policy: Any) -> Any:
    try:
        return json.loads(policy)
    except (TypeError, ValueError):
        return policy
