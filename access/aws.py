"""AWS: who may become a role, by its trust policy, and which roles may take others' credentials, by their policies."""

import re
from collections.abc import Iterator, Sequence

from access import denials
from access.denials import ATTACHMENT, POLICY, ROLE
from access.gain import Gain, few
from access.inline import spread
from access.objects import Object, Values, known_after_apply
from access.policies import Statement, actions, many, statements, text

POLICIES = {POLICY: "role", "aws_iam_policy": "name", "aws_iam_user_policy": "user", "aws_iam_group_policy": "group"}
"""Types with a policy, and the field that says who has it; an attachment says who has a separate policy."""
PROFILE = "aws_iam_instance_profile"
ACTS = {
    PROFILE: "role",
    "aws_instance": "iam_instance_profile",
    "aws_lambda_function": "role",
    "aws_ecs_task_definition": "task_role_arn",
}
"""What runs as a role, or with a profile, and the field that names it."""
READ = {ROLE, *POLICIES, ATTACHMENT, PROFILE}
# AWS's own policies that give no credentials.
HARMLESS = ("policy/AmazonSSMManagedInstanceCore", "policy/CloudWatchAgentServerPolicy")
LABELS = {"sts:tagsession", "sts:setsourceidentity", "sts:setcontext"}
"""Actions of a trust policy that do not assume the role."""
CREDENTIALS = ("*", "sts:", "iam:")


def gains(old: Sequence[Object], new: Sequence[Object]) -> Iterator[Gain]:
    """Every gain. A new role that a service of AWS may use is not one: the role is made for that service."""
    old, new = spread(old), spread(new, old)
    existing = {(one.kind, one.address): one.values for one in old}
    attached = {
        (str(one.values.get("role")), str(one.values.get("policy_arn"))) for one in old if one.kind == ATTACHMENT
    }
    had, has = _role_names(old), _role_names(new)
    for one in new:
        was = existing.get((one.kind, one.address))
        if one.kind == ROLE:
            yield from _role(one, was)
        elif one.kind in POLICIES:
            field = POLICIES[one.kind]
            yield from _policy(one, was if was and was.get(field) == one.values.get(field) else {})
        elif one.kind in ACTS and was:
            then, now = (str(values.get(ACTS[one.kind]) or "") for values in (was, one.values))
            yield from _acts(one, had.get(then, then), has.get(now, now))
        elif one.kind == ATTACHMENT:
            arn = str(one.values.get("policy_arn"))
            if (str(one.values.get("role")), arn) not in attached and not arn.endswith(HARMLESS):
                yield Gain(one.address, f"{one.values.get('role')} newly has {arn}", "", (f"what {arn} allows",))
    yield from denials.gains(old, new)


def _role_names(side: Sequence[Object]) -> dict[str, str]:
    """By the expressions that refer to a role its name: two roles may exchange their names, and no reference changes."""
    named = [one for one in side if one.kind == ROLE and one.values.get("name")]
    return {
        "${" + f"{one.address}.{field}" + "}": one.values["name"] for one in named for field in ("name", "id", "arn")
    }


def _acts(one: Object, was: str, now: str) -> Iterator[Gain]:
    """What exists, and runs with another role or profile than before; a new one is made with its role."""
    if now and now != was:
        what = f"instances with the profile {one.values.get('name')} newly act" if one.kind == PROFILE else "newly acts"
        how = f"with the instance profile {now}" if one.kind == "aws_instance" else f"as {now}"
        yield Gain(one.address, f"{what} {how}", "", (now,) if known_after_apply(now) else ())


def _role(one: Object, was: Values | None) -> Iterator[Gain]:
    boundary = (was or {}).get("permissions_boundary")
    if boundary and boundary != (now := one.values.get("permissions_boundary")):
        facts = (f"what {now} allows",) if now else ()
        yield Gain(
            one.address, f"{one.values.get('name')} no longer has the permissions boundary {boundary}", "", facts
        )
    written = one.values.get("assume_role_policy")
    known = statements((was or {}).get("assume_role_policy")) or []
    found = statements(written)
    if found is None:
        if was is None or written != was.get("assume_role_policy"):
            yield Gain(one.address, "its trust policy cannot be read", "", (f"who assumes the role: {written}",))
        return
    had = {who for statement in known for who in _trusted(statement)}
    for statement in found:
        fresh = [who for who in _trusted(statement) if who not in had and (*who[:2], "") not in had]
        news = [who for who in fresh if was is not None or who[0] != "Service"]
        if news:
            names = few(f"{kind} {name}" for kind, name, _ in news)
            limit = f" if {news[0][2]}" if news[0][2] else ""
            whole = tuple(f"{kind} {name} {condition}" for kind, name, condition in news)
            yield Gain(one.address, f"{names} may newly assume {one.values.get('name')}{limit}", whole=whole)


def _policy(one: Object, was: Values) -> Iterator[Gain]:
    written = one.values.get("policy")
    found = statements(written)
    if found is None:
        if written != was.get("policy"):
            yield Gain(one.address, "its policy cannot be read", "", (f"what {one.address} allows: {written}",))
        return
    had = statements(was.get("policy")) or []
    known = {whole for statement in had if statement.get("Effect") == "Allow" for _, whole in actions(statement)}
    for statement in found:
        fresh = [action for action, whole in actions(statement) if whole not in known]
        credentials = [action for action in fresh if action.lower().startswith(CREDENTIALS)]
        if statement.get("Effect") == "Allow" and (credentials or (fresh and "NotAction" in statement)):
            what = few(credentials) or f"everything but {few(many(statement['NotAction']))}"
            told = f"{one.values.get(POLICIES[one.kind])} may newly do {what} on {few(many(statement.get('Resource')))}"
            yield Gain(one.address, told, whole=(text(statement),))


def _trusted(statement: Statement) -> Iterator[tuple[str, str, str]]:
    does = {str(action).lower() for action in many(statement.get("Action"))}
    if statement.get("Effect") != "Allow" or (does and does <= LABELS):
        return
    condition = text(statement["Condition"]) if statement.get("Condition") else ""
    principal = statement.get("Principal", {"everybody but": text(statement.get("NotPrincipal"))})
    named = principal if isinstance(principal, dict) else {"AWS": principal}
    yield from ((kind, _root(str(name)), condition) for kind, names in named.items() for name in many(names))


def _root(name: str) -> str:
    """A principal as AWS returns it: for an account's number, the ARN of its root."""
    return f"arn:aws:iam::{name}:root" if re.fullmatch(r"[0-9]{12}", name) else name
