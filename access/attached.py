"""Members and rules that are resources, read as parts of the perimeter that they are in. Pure.

A perimeter that others own is in no plan. What stands for it here holds the projects that are attached or that attached rules
name, and restricts Gemini and the services of those rules: a difference of two sides then is about what is attached alone.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from access.changes import PERIMETER
from access.objects import Object, later
from access.values import block, blocks, listed

GEMINI = "aiplatform.googleapis.com"
ENFORCED_MEMBER, DRY_RUN_MEMBER = f"{PERIMETER}_resource", f"{PERIMETER}_dry_run_resource"
MEMBERS = {ENFORCED_MEMBER: "status", DRY_RUN_MEMBER: "spec"}
RULES = {
    f"{PERIMETER}_ingress_policy": ("status", "ingress"),
    f"{PERIMETER}_egress_policy": ("status", "egress"),
    f"{PERIMETER}_dry_run_ingress_policy": ("spec", "ingress"),
    f"{PERIMETER}_dry_run_egress_policy": ("spec", "egress"),
}
ATTACHED = {*MEMBERS, *RULES}
_PLACE = {
    "perimeter",
    "access_policy_id",
    "id",
    "etag",
    "timeouts",
    "deletion_policy",
    "depends_on",
    "lifecycle",
    "provider",
}
"""What an attached rule has in addition to a rule in a perimeter, and decides nothing."""


def readable(one: Object) -> bool:
    """Whether it is a member or a rule that says which perimeter it is attached to."""
    return one.kind in ATTACHED and bool(one.values.get("perimeter_name" if one.kind in MEMBERS else "perimeter"))


def perimeter_of(one: Object) -> str:
    """The name of the perimeter that a member or rule is attached to."""
    return str(one.values.get("perimeter_name" if one.kind in MEMBERS else "perimeter"))


def folded(objects: Sequence[Object], others: Sequence[Object]) -> tuple[Object, ...]:
    """One side of a difference, with what is attached in its perimeters. `others` is the other side.

    A project that only rules name, on both sides, was inside already and stays.
    """
    every = [one for one in (*objects, *others) if readable(one)]
    if not every:
        return tuple(objects)
    here = [one for one in objects if readable(one)]
    whole = {name for one in (*objects, *others) if one.kind == PERIMETER for name in _names(one)}
    rest = [_joined(one, here) for one in objects if not readable(one)]
    names = [name for name in dict.fromkeys(map(perimeter_of, every)) if name not in whole]
    return (*rest, *(_standing_for(name, here, every) for name in names))


def _joined(one: Object, here: Sequence[Object]) -> Object:
    """A perimeter of the plan with what is attached to it."""
    mine = [each for each in here if one.kind == PERIMETER and perimeter_of(each) in _names(one)]
    values = dict(one.values)
    for side in dict.fromkeys(_side(each) for each in mine):
        found, unknown = block(values, side)
        if unknown:
            continue  # nothing that is attached makes it known
        body = dict(found)
        more = _projects([each for each in mine if _side(each) == side and each.kind in MEMBERS])
        body["resources"] = [*_many(body.get("resources")), *more]
        for direction in ("ingress", "egress"):
            rules = [_rule(each) for each in mine if RULES.get(each.kind) == (side, direction)]
            if not later(body.get(f"{direction}_policies")):
                body[f"{direction}_policies"] = [*_many(body.get(f"{direction}_policies")), *rules]
        values[side] = [body]
    return Object(one.address, one.kind, values, one.unread)


def _standing_for(name: str, here: Sequence[Object], every: Sequence[Object]) -> Object:
    """What stands for a perimeter that is in no plan."""
    mine = [one for one in every if perimeter_of(one) == name]
    values: dict[str, object] = {"name": name}
    for side in dict.fromkeys(map(_side, mine)):
        on_side = [one for one in mine if _side(one) == side]
        members = [one for one in on_side if one.kind in MEMBERS]
        rules = [one for one in on_side if one.kind in RULES]
        inside = {*_projects([one for one in members if one in here]), *(_named(rules) - set(_projects(members)))}
        if not (_projects(members) or _named(rules)):
            inside.add(f"projects/a project in {name.rpartition('/')[2]}")  # the perimeter of others holds some
        body: dict[str, object] = {
            "resources": sorted(inside),
            "restricted_services": sorted({GEMINI, *_services(rules)}),
        }
        for direction in ("ingress", "egress"):
            found = [one for one in rules if RULES[one.kind] == (side, direction) and one in here]
            body |= {f"{direction}_policies": [_rule(one) for one in found]}
        values |= {side: [body]} | ({"use_explicit_dry_run_spec": True} if side == "spec" else {})
    first = min(mine, key=lambda one: (one.kind not in MEMBERS, _side(one) != "status"))
    return Object(first.address, PERIMETER, values)


def _many(value: Any) -> list[Any]:
    """A list with what is not known in it; a text is the expression that will give all of it."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _names(perimeter: Object) -> set[str]:
    """What a member or a rule may call the perimeter."""
    return {str(perimeter.values.get("name")), *perimeter.references}


def _rule(one: Object) -> dict[str, object]:
    return {name: value for name, value in one.values.items() if name not in _PLACE}


def _side(one: Object) -> str:
    return MEMBERS.get(one.kind) or RULES[one.kind][0]


def _projects(members: Sequence[Object]) -> list[str]:
    return [str(one.values.get("resource")) for one in members]


def _named(rules: Sequence[Object]) -> set[str]:
    """The projects that ingress rules let calls into; egress rules name projects outside."""
    targets = [block(one.values, "ingress_to")[0] for one in rules]
    return {name for target in targets for name in listed(target, "resources")[0] if name.startswith("projects/")}


def _services(rules: Sequence[Object]) -> Iterator[str]:
    for one in rules:
        for name in ("ingress_to", "egress_to"):
            for operation in blocks(block(one.values, name)[0], "operations")[0]:
                service = str(operation.get("service_name") or "*")
                yield from () if service == "*" else (service,)
