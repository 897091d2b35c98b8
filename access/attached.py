"""Members and rules that are resources, read as parts of the perimeter that they are in. Pure.

A shared perimeter ignores members and rules in its configuration: a stack has those that it attaches, and the others are not
known. A plan has them all. A perimeter that others own is in no plan. What stands for it here holds the projects that are attached or that attached rules
name, and restricts Gemini and the services of those rules: a difference of two sides then is about what is attached alone.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from access.changes import PERIMETER
from access.objects import Object, known_after_apply
from access.values import block, blocks, listed, plain
from resources import PARTS

GEMINI = "aiplatform.googleapis.com"
ENFORCED_MEMBER, DRY_RUN_MEMBER = f"{PERIMETER}_resource", f"{PERIMETER}_dry_run_resource"
MEMBERS = {kind: side for kind, (side, items) in PARTS.items() if items == "resources"}
RULES = {kind: (side, items.removesuffix("_policies")) for kind, (side, items) in PARTS.items() if kind not in MEMBERS}
UNTOLD = "PERIMETER_TYPE_NOT_KNOWN"
"""The type of a perimeter of others to which only projects are attached: a rule would show that it is no bridge."""
OF_OTHERS = re.compile(r"(status|spec)\[0\]\.(resources|(ingress|egress)_policies)")
_NOT_OF_A_RULE = {
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
    return one.kind in PARTS and bool(one.values.get("perimeter_name" if one.kind in MEMBERS else "perimeter"))


def perimeter_of(one: Object) -> str:
    """The name of the perimeter that a member or rule is attached to."""
    return str(one.values.get("perimeter_name" if one.kind in MEMBERS else "perimeter"))


def folded(objects: Sequence[Object], others: Sequence[Object]) -> tuple[Object, ...]:
    """One side of a difference, with what is attached in its perimeters. `others` is the other side.

    A project that only rules name, on both sides, was inside already and stays.
    """
    every = [one for one in (*objects, *others) if readable(one)]
    if not every and not any(map(_ignored, objects)):
        return tuple(objects)
    here = [one for one in objects if readable(one)]
    whole = {name for one in (*objects, *others) if one.kind == PERIMETER for name in _names(one)}
    rest = [_joined(one, here, every) for one in objects if not readable(one)]
    names = [name for name in dict.fromkeys(map(perimeter_of, every)) if name not in whole]
    return (*rest, *(_standing_for(name, here, every) for name in names))


def _joined(one: Object, here: Sequence[Object], every: Sequence[Object]) -> Object:
    """A perimeter of the plan with what is attached to it, and without what was: a plan has both in the perimeter, too."""
    mine = [each for each in every if one.kind == PERIMETER and perimeter_of(each) in _names(one)]
    values, ignored = dict(one.values), _ignored(one)
    for side in dict.fromkeys((*(PARTS[each.kind][0] for each in mine), *(path.partition("[")[0] for path in ignored))):
        found, unknown = block(values, side)
        if unknown:
            continue  # nothing that is attached makes it known
        body = dict(found)
        for field in ("resources", "ingress_policies", "egress_policies"):
            parts = [each for each in mine if PARTS[each.kind] == (side, field)]
            attached = [plain(_part(each)) for each in parts]
            inline = [item for item in _many(body.get(field)) if plain(item) not in attached]
            others = ["${" + f"{one.address}.{path}" + "}" for path in ignored if path == f"{side}[0].{field}"]
            if not known_after_apply(body.get(field)):
                body[field] = [*inline, *(_part(each) for each in parts if each in here), *others]
        values[side] = [body]
    return Object(one.address, one.kind, values, one.unread)


def _ignored(one: Object) -> list[str]:
    """The lists of a perimeter of which a configuration says nothing, and others decide; no plan and no state tells."""
    paths = block(one.values, "lifecycle")[0].get("ignore_changes") if one.kind == PERIMETER else None
    return [path for path in paths if OF_OTHERS.fullmatch(str(path))] if isinstance(paths, list) else []


def _part(one: Object) -> Any:
    return _projects([one])[0] if one.kind in MEMBERS else _rule(one)


def _standing_for(name: str, here: Sequence[Object], every: Sequence[Object]) -> Object:
    """What stands for a perimeter that is in no plan."""
    mine = [one for one in every if perimeter_of(one) == name]
    values: dict[str, object] = {"name": name}
    if all(one.kind in MEMBERS for one in mine):
        values["perimeter_type"] = UNTOLD
    for side in dict.fromkeys(PARTS[each.kind][0] for each in mine):
        on_side = [one for one in mine if PARTS[one.kind][0] == side]
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
    first = min(mine, key=lambda one: (one.kind not in MEMBERS, PARTS[one.kind][0] != "status"))
    return Object(first.address, PERIMETER, values)


def _many(value: Any) -> list[Any]:
    """A list with what is not known in it; a text is the expression that will give all of it."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _names(perimeter: Object) -> set[str]:
    """What a member or a rule may call the perimeter."""
    return {str(perimeter.values.get("name")), *perimeter.references}


def _rule(one: Object) -> dict[str, object]:
    return {name: value for name, value in one.values.items() if name not in _NOT_OF_A_RULE}


def _projects(members: Sequence[Object]) -> list[str]:
    """The projects; of a member that may be many, or absent, what is not known in place of one."""
    return ["${" + one.unread + "}" if one.unread else str(one.values.get("resource")) for one in members]


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
