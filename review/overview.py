"""The overview of a review: who may call Gemini from where, what is protected, what is open, and what is not included."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from access import values
from access.attached import folded
from access.bridges import Bridge, bridges
from access.changes import PERIMETER
from access.gain import few
from access.grants import grants
from access.invariants import breaches
from access.levels import Levels, levels
from access.objects import Object, is_handed_over
from access.perimeters import DRY_RUN, ENFORCED, configurations
from access.rules import Rule
from review.blocks import text
from review.callers import Group, groups
from review.linked import StandIns, linked

MOST_NAMES, MOST_ROLES, MOST_LINES = 4, 40, 12
_few = partial(few, most=MOST_NAMES)
SCOPE = "grants made outside these stacks (on the project, its folder, its organization) are not included"
_NUMBER = re.compile(r'self\.number == "(\d+)"')
_SERVICE = ".googleapis.com"


def overview(stacks: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, list[str]]]:
    """Titles and lines, from documents without secrets. JSON of an unknown shape has one: it cannot be decided."""
    try:
        return list(_overview(stacks))
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
        return [("who may call Gemini", [f"cannot be decided: {type(error).__name__} in the JSON: see the inventory"])]


def _overview(stacks: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, list[str]]]:
    stand_ins = StandIns()
    objects = linked(stacks, stand_ins)

    def said(lines: Iterator[str]) -> list[str]:
        found = [stand_ins.named(text(line)) for line in lines]
        more = [f"{len(found) - MOST_LINES} more: see the inventory"] if len(found) > MOST_LINES else []
        return [*found[:MOST_LINES], *more]

    found = groups(objects, _number(stacks))
    yield "who may call Gemini", said(map(_group, found)) or ["no caller has a grant in these stacks"]
    if others := said(_others(objects)):
        yield "others whom a rule admits; their grants are outside these stacks", others
    yield "protected", said(_protected(objects))
    yield "open", said(_open(objects, found))
    if broken := said(f"{one.address}: {one.what}" for one in breaches(objects)):
        yield "refused by every plan", broken
    yield "scope", [SCOPE]


def _group(one: Group) -> str:
    """One line: how many, who, as whom, from where."""
    number = len(one.names)
    kind = one.kind.replace("{s}", "s"[: number != 1])
    short = number <= MOST_NAMES  # of more the accounts are in the inventory
    names = few((f"{name} as {account}" if account and short else name for name, account in one.names), MOST_ROLES)
    who = f"{number} {kind} with Google's role {one.role.rpartition('/')[2]}"
    tested = f" (dry run: from {_few(one.tested)})" if one.tested and one.tested != one.enforced else ""
    return f"{who} from {_few(one.enforced)}{tested}: {names}"


def _others(objects: Sequence[Object]) -> Iterator[str]:
    """Members of rules without a grant here, and rules for any identity."""
    held, known = {grant.member for grant in grants(objects)}, levels(objects)
    for rule, tested in _rules(objects):
        who = [rule.identity_type] if rule.identity_type else [one for one in rule.members if one not in held]
        if who:
            where = [place for name in rule.levels for place in _places(name, known)]
            services = dict.fromkeys(service.removesuffix(_SERVICE) for service, _, _ in rule.operations)
            yield f"{tested}{_few(who)} from {_few(where) or 'resources in Google Cloud'} to {_few(services)}: {rule}"


def _places(name: str, known: Levels) -> Iterator[str]:
    """The addresses of a level, if addresses are all that it asks for; else its name."""
    level = known.get(name)
    conditions = level.conditions if level and not level.facts else ()
    plain = [one for one in conditions if one.cidrs and not (one.members or one.required or one.negate or one.facts)]
    if name == "*":
        yield "every address"
    elif plain and len(plain) == len(conditions) and (len(plain) == 1 or not level.every):  # type: ignore[union-attr]
        yield from (str(cidr) for one in plain for cidr in one.cidrs or ())
    else:
        yield f"access level {name.rpartition('/')[2]}"


def _rules(objects: Sequence[Object]) -> Iterator[tuple[Rule, str]]:
    seen: set[Rule] = set()
    for side, tested in ((ENFORCED, ""), (DRY_RUN, "dry run: ")):
        for one in configurations(objects, side):
            for rule in one.ingress:
                if rule not in seen:
                    seen.add(rule)
                    yield rule, tested


def _bridges(objects: Sequence[Object]) -> Iterator[tuple[str, Bridge]]:
    """Each bridge; what it would join comes once more where that is something else."""
    enforced = {one.name: one for one in bridges(objects, ENFORCED) if one.name}
    yield from (("", one) for one in enforced.values())
    for one in bridges(objects, DRY_RUN):
        if one.name and (one.name not in enforced or one.resources != enforced[one.name].resources):
            yield "dry run: ", one


def _protected(objects: Sequence[Object]) -> Iterator[str]:
    """Each perimeter: enforced or dry run, which services in which projects, and whether the provider deletes it."""
    handed_over = [str(one.values["name"]).rpartition("/")[2] for one in objects if is_handed_over(one)]
    for name in handed_over:
        yield f"{name}: its owner decides; deploy makes the grant of a caller once the perimeter admits exactly that caller"
    objects = [one for one in objects if not is_handed_over(one)]
    enforced = {one.address: one for one in configurations(objects, ENFORCED)}
    for one in configurations(objects, DRY_RUN):
        now = enforced.get(one.address)
        mode = "enforced" if now else "dry run, nothing is denied"
        if now and (now.restricted, now.ingress, now.resources) != (one.restricted, one.ingress, one.resources):
            mode = "enforced; a proposal is tested as dry run"
        what = now or one
        services = few(sorted(service.removesuffix(_SERVICE) for service in what.restricted), 6)
        yield f"{what.name.rpartition('/')[2]}: {mode}: {services} in {_few(sorted(what.resources))}"
    for perimeter in objects:
        if perimeter.kind == PERIMETER and perimeter.address in enforced:
            kept = perimeter.values.get("deletion_policy") == "PREVENT"
            yield f"its deletion is {'refused by the provider' if kept else 'NOT REFUSED by the provider'}"
    if not any(one.kind == PERIMETER for one in folded(objects, objects)) and not handed_over:
        yield "nothing: there is no perimeter"


def _open(objects: Sequence[Object], found: Sequence[Group]) -> Iterator[str]:
    """What is open to every address or every identity."""
    if not any(configurations(objects, ENFORCED)):
        yield "every address: no perimeter is enforced, so each caller above may call from anywhere"
    elif any("every address" in one.enforced for one in found):
        yield "every address: the enforced perimeter does not hold the project, or admits the callers from anywhere"
    for tested, one in _bridges(objects):
        yield f"{tested}calls between {_few(sorted(one.resources))} in both directions: bridge {one.name.rpartition('/')[2]}"
    for rule, tested in _rules(objects):
        if rule.identity_type == "ANY_IDENTITY":
            yield f"{tested}every identity that has a grant, from where {rule} admits"
    if not any(configurations(objects, ENFORCED)) or found:
        yield "the services that are not listed under protected"


def _number(stacks: Mapping[str, Mapping[str, Any]]) -> str:
    """The number of the project that is called, as the kit's check of it has it."""
    for document in stacks.values():
        configured, _ = values.blocks(document.get("provider") or {}, "google")
        projects = {str(one.get("project")) for one in configured}
        for body in ((document.get("data") or {}).get("google_project") or {}).values():
            if body.get("project_id") in projects and (match := _NUMBER.search(str(body.get("lifecycle")))):
                return match[1]
    return ""
