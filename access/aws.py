"""AWS: who may become a role, by its trust policy, and which roles may take others' credentials, by their policies."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from access.gain import Gain, few
from access.objects import Object

ROLE = "aws_iam_role"
POLICY = "aws_iam_role_policy"
ATTACHMENT = "aws_iam_role_policy_attachment"
POLICIES = {POLICY: "role", "aws_iam_policy": "name", "aws_iam_user_policy": "user", "aws_iam_group_policy": "group"}
"""Types with a policy, and the field that says who has it; who has a policy of its own is an attachment's to say."""
PROFILE = "aws_iam_instance_profile"
READ = {ROLE, *POLICIES, ATTACHMENT, PROFILE}
# AWS's own policies that give nobody's credentials.
HARMLESS = ("policy/AmazonSSMManagedInstanceCore", "policy/CloudWatchAgentServerPolicy")
CREDENTIALS = ("*", "sts:", "iam:")


def gains(old: Sequence[Object], new: Sequence[Object]) -> Iterator[Gain]:
    """Every gain. A new role that a service of AWS may use is not one: the role is made for that service."""
    existing = {(one.kind, one.address): one.values for one in old}
    for one in new:
        was = existing.get((one.kind, one.address))
        if one.kind == ROLE:
            yield from _role(one, was)
        elif one.kind in POLICIES:
            yield from _policy(one, was or {})
        elif one.kind == PROFILE:
            role = one.values.get("role")
            if was and was.get("role") != role:
                yield Gain(one.address, f"instances with the profile {one.values.get('name')} newly act as {role}")
        elif one.kind == ATTACHMENT:
            arn = str(one.values.get("policy_arn"))
            if arn != (was or {}).get("policy_arn") and not arn.endswith(HARMLESS):
                yield Gain(one.address, f"{one.values.get('role')} newly has {arn}", "", (f"what {arn} allows",))


def _role(one: Object, was: Mapping[str, Any] | None) -> Iterator[Gain]:
    boundary = (was or {}).get("permissions_boundary")
    if boundary and boundary != (now := one.values.get("permissions_boundary")):
        facts = (f"what {now} allows",) if now else ()
        yield Gain(
            one.address, f"{one.values.get('name')} no longer has the permissions boundary {boundary}", "", facts
        )
    text = one.values.get("assume_role_policy")
    known = _statements((was or {}).get("assume_role_policy")) or []
    found = _statements(text)
    if found is None:
        if was is None or text != was.get("assume_role_policy"):
            yield Gain(one.address, "its trust policy cannot be read", "", (f"who assumes the role: {text}",))
        return
    yield from _no_longer_denied(one, known, found)
    had = {who for statement in known for who in _trusted(statement)}
    for statement in found:
        news = [who for who in _trusted(statement) if who not in had and (was is not None or who[0] != "Service")]
        if news:
            names = few(f"{kind} {name}" for kind, name, _ in news)
            limit = f" if {news[0][2]}" if news[0][2] else ""
            yield Gain(one.address, f"{names} may newly assume {one.values.get('name')}{limit}")


def _policy(one: Object, was: Mapping[str, Any]) -> Iterator[Gain]:
    text = one.values.get("policy")
    found = _statements(text)
    if found is None:
        if text != was.get("policy"):
            yield Gain(one.address, "its policy cannot be read", "", (f"what {one.address} allows: {text}",))
        return
    had = _statements(was.get("policy")) or []
    known = {_text(statement) for statement in had}
    if one.kind != POLICY:  # of a role's inline policy deploy/denials.py says it, by its actions
        yield from _no_longer_denied(one, had, found)
    for statement in found:
        actions = [action for action in _list(statement.get("Action")) if str(action).lower().startswith(CREDENTIALS)]
        if (
            statement.get("Effect") == "Allow"
            and _text(statement) not in known
            and (actions or "NotAction" in statement)
        ):
            what = few(actions) or f"everything but {few(_list(statement['NotAction']))}"
            told = (
                f"{one.values.get(POLICIES[one.kind])} may newly do {what} on {few(_list(statement.get('Resource')))}"
            )
            yield Gain(one.address, told, whole=(_text(statement),))


def _no_longer_denied(
    one: Object, had: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]
) -> Iterator[Gain]:
    staying = {_text(statement) for statement in found}
    for text in (_text(statement) for statement in had if statement.get("Effect") == "Deny"):
        if text not in staying:
            yield Gain(one.address, f"its policy no longer has {text}")


def _statements(text: Any) -> list[Mapping[str, Any]] | None:
    """The statements of a policy, in which an expression is a text like another; None if it is not known or is no policy."""
    try:
        found = _list(json.loads(text).get("Statement"))
    except (ValueError, TypeError, AttributeError):
        return None
    return [one for one in found if isinstance(one, dict)]


def _trusted(statement: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    if statement.get("Effect") != "Allow":
        return
    condition = _text(statement["Condition"]) if statement.get("Condition") else ""
    principal = statement.get("Principal", {"everybody but": _text(statement.get("NotPrincipal"))})
    named = principal if isinstance(principal, dict) else {"AWS": principal}
    yield from ((kind, _root(str(name)), condition) for kind, names in named.items() for name in _list(names))


def _root(name: str) -> str:
    """A principal as AWS returns it: for an account's number, the ARN of its root."""
    return f"arn:aws:iam::{name}:root" if re.fullmatch(r"[0-9]{12}", name) else name


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
