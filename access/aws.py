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
"""Types with a policy, and the field that says who has it; an attachment says who has a separate policy."""
PROFILE = "aws_iam_instance_profile"
OWNERS = {ATTACHMENT: ROLE, "aws_iam_user_policy": "aws_iam_user", "aws_iam_group_policy": "aws_iam_group"}
"""Whom a policy denies something, which ends with the policy; of a role's inline policy deploy/denials.py says it."""
READ = {ROLE, *POLICIES, ATTACHMENT, PROFILE}
# AWS's own policies that give no credentials.
HARMLESS = ("policy/AmazonSSMManagedInstanceCore", "policy/CloudWatchAgentServerPolicy")
LABELS = {"sts:tagsession", "sts:setsourceidentity", "sts:setcontext"}
"""Actions of a trust policy that do not assume the role."""
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
    yield from _gone(old, new)


def _gone(old: Sequence[Object], new: Sequence[Object]) -> Iterator[Gain]:
    """What is no longer denied because a policy goes, or is no longer attached, while who had it stays."""
    before, after = ({(one.kind, one.values.get("name")) for one in side} for side in (old, new))
    kept = {(one.kind, one.address) for one in new}
    attached = {(one.values.get("role"), one.values.get("policy_arn")) for one in new if one.kind == ATTACHMENT}
    managed = {one.values.get("arn"): one.values.get("policy") for one in old if one.kind == "aws_iam_policy"}
    for one in old:
        owner, arn = OWNERS.get(one.kind), str(one.values.get("policy_arn"))
        if not owner or (owner, one.values.get(owner.removeprefix("aws_iam_"))) in before - after:
            continue
        if one.kind != ATTACHMENT and (one.kind, one.address) not in kept:
            yield from _no_longer_denied(one, statements(one.values.get("policy")) or [], [])
        elif one.kind == ATTACHMENT and (one.values.get("role"), arn) not in attached and ":iam::aws:" not in arn:
            denied = statements(managed.get(arn))
            yield from _no_longer_denied(one, denied or [], [])
            if denied is None:
                yield Gain(one.address, f"{one.values.get('role')} no longer has {arn}", "", (f"what {arn} denies",))


def _role(one: Object, was: Mapping[str, Any] | None) -> Iterator[Gain]:
    boundary = (was or {}).get("permissions_boundary")
    if boundary and boundary != (now := one.values.get("permissions_boundary")):
        facts = (f"what {now} allows",) if now else ()
        yield Gain(
            one.address, f"{one.values.get('name')} no longer has the permissions boundary {boundary}", "", facts
        )
    text = one.values.get("assume_role_policy")
    known = statements((was or {}).get("assume_role_policy")) or []
    found = statements(text)
    if found is None:
        if was is None or text != was.get("assume_role_policy"):
            yield Gain(one.address, "its trust policy cannot be read", "", (f"who assumes the role: {text}",))
        return
    yield from _no_longer_denied(one, known, found)
    had = {who for statement in known for who in _trusted(statement)}
    for statement in found:
        fresh = [who for who in _trusted(statement) if who not in had and (*who[:2], "") not in had]
        news = [who for who in fresh if was is not None or who[0] != "Service"]
        if news:
            names = few(f"{kind} {name}" for kind, name, _ in news)
            limit = f" if {news[0][2]}" if news[0][2] else ""
            whole = tuple(f"{kind} {name} {condition}" for kind, name, condition in news)
            yield Gain(one.address, f"{names} may newly assume {one.values.get('name')}{limit}", whole=whole)


def _policy(one: Object, was: Mapping[str, Any]) -> Iterator[Gain]:
    text = one.values.get("policy")
    found = statements(text)
    if found is None:
        if text != was.get("policy"):
            yield Gain(one.address, "its policy cannot be read", "", (f"what {one.address} allows: {text}",))
        return
    had = statements(was.get("policy")) or []
    known = {text for statement in had if statement.get("Effect") == "Allow" for _, text in _each(statement)}
    if one.kind != POLICY:  # of a role's inline policy deploy/denials.py says it, by its actions
        yield from _no_longer_denied(one, had, found)
    for statement in found:
        fresh = [action for action, text in _each(statement) if text not in known]
        actions = [action for action in fresh if action.lower().startswith(CREDENTIALS)]
        if statement.get("Effect") == "Allow" and (actions or (fresh and "NotAction" in statement)):
            what = few(actions) or f"everything but {few(listed(statement['NotAction']))}"
            told = (
                f"{one.values.get(POLICIES[one.kind])} may newly do {what} on {few(listed(statement.get('Resource')))}"
            )
            yield Gain(one.address, told, whole=(_text(statement),))


def _no_longer_denied(
    one: Object, had: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]
) -> Iterator[Gain]:
    staying = {text for statement in found for _, text in _each(statement)}
    for statement in had:
        lost = [text for _, text in _each(statement) if statement.get("Effect") == "Deny" and text not in staying]
        yield from (Gain(one.address, f"its policy no longer has {text}") for text in lost)


def statements(text: Any) -> list[Mapping[str, Any]] | None:
    """The statements of a policy, in which an expression is a text like another; None if it is not known or is no policy."""
    try:
        found = listed(json.loads(text).get("Statement"))
    except (ValueError, TypeError, AttributeError):
        return None
    return [one for one in found if isinstance(one, dict)]


def _trusted(statement: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    actions = {str(action).lower() for action in listed(statement.get("Action"))}
    if statement.get("Effect") != "Allow" or (actions and actions <= LABELS):
        return
    condition = _text(statement["Condition"]) if statement.get("Condition") else ""
    principal = statement.get("Principal", {"everybody but": _text(statement.get("NotPrincipal"))})
    named = principal if isinstance(principal, dict) else {"AWS": principal}
    yield from ((kind, _root(str(name)), condition) for kind, names in named.items() for name in listed(names))


def _each(statement: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each action of a statement, with what else it says as text; a statement without actions once."""
    rest = {name: value for name, value in statement.items() if name != "Sid"}
    for action in listed(rest.pop("Action", None)):
        yield str(action), _text({**rest, "Action": action})
    if "Action" not in statement:
        yield "", _text(rest)


def _root(name: str) -> str:
    """A principal as AWS returns it: for an account's number, the ARN of its root."""
    return f"arn:aws:iam::{name}:root" if re.fullmatch(r"[0-9]{12}", name) else name


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
