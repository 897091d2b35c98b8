"""A shared perimeter: what its owner's plan would write back, and what of others an apply would lose or has lost; pure."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from access.attached import MEMBERS, OF_OTHERS, RULES
from access.changes import PERIMETER, changes
from deploy.attachments import Attachment, configuration, of_perimeter, of_resource, of_stack, of_values
from deploy.joinable import said, update, where

Body = dict[str, Any]
Key = tuple[tuple[str, str, str, str], str]


@dataclass(frozen=True)
class Written:
    """A shared perimeter that a plan writes: with what the plan saw in it, and with what it writes."""

    name: str
    saw: tuple[Attachment, ...]
    writes: tuple[Attachment, ...]


def names(document: Body) -> Iterator[str]:
    """The shared perimeters that a synthesized stack makes: members and rules are ignored, or are resources."""
    attached = {one.perimeter for one in of_stack(document)}
    for body in document.get("resource", {}).get(PERIMETER, {}).values():
        ignored = (body.get("lifecycle") or {}).get("ignore_changes") or []
        if body.get("name") in attached or any(OF_OTHERS.fullmatch(str(one)) for one in ignored):
            yield str(body["name"])


def written(document: Body, plan: Body) -> Iterator[Written]:
    """The shared perimeters of a stack that a plan updates in place. Nothing else of a plan writes what it saw."""
    shared = set(names(document))
    for change in changes(plan, PERIMETER):
        if "update" in change.actions and change.before.get("name") in shared:
            yield Written(str(change.before["name"]), tuple(of_values(change.before)), tuple(of_values(change.after)))


def of_body(body: Body) -> list[Attachment]:
    """What is in a perimeter now."""
    return [one for side in ("status", "spec") for one in of_perimeter(body, side)]


def since(one: Written, now: Iterable[Attachment]) -> Iterator[str]:
    """What joined, left or was changed after the plan: the apply would write back what the plan saw."""
    live, saw = _by_key(now), _by_key(one.saw)
    yield from (f"{said(each)} is new in {where(each)}" for key, each in live.items() if key not in saw)
    yield from (f"{said(each)} is in {where(each)} no longer" for key, each in saw.items() if key not in live)


def lost(one: Written, seen: Iterable[Attachment], plan: Body, now: Iterable[Attachment]) -> list[Attachment]:
    """What had joined and is missing. `seen` is what was there at any look before and during the apply.

    What the plan itself takes out is not missing: of the owner's own, and with `others = "remove"` of everybody.
    """
    live, saw = _by_key(now), _by_key(one.saw)
    expected = _by_key(one.writes) | {key: each for key, each in _by_key(seen).items() if key not in saw}
    own = set(_deleted(plan))
    return [each for key, each in expected.items() if key not in live and each.place not in own]


def of_others(body: Body, applied: Iterable[Attachment], sides: Iterable[str] = ("status", "spec")) -> list[Attachment]:
    """What others have in a perimeter. `applied` is what the owner's state attached."""
    own = {one.place for one in applied}
    return [one for one in of_body(body) if one.place not in own and one.side in sides]


def commands(missing: list[Attachment], body: Body) -> Iterator[tuple[str, str, str]]:
    """What puts it back: for each list the command, and for rules the name and the text of the file that it reads.

    A command for rules has the etag of `body`: if somebody changes the perimeter first, Google refuses it.
    """
    for side in dict.fromkeys(one.side for one in missing):
        mine = [one for one in missing if one.side == side]
        if projects := [one for one in mine if one.field == "resources"]:
            yield update(projects[0], f"--add-resources={','.join(one.key for one in projects)}"), "", ""
        for field in ("ingress", "egress"):
            if rules := [one for one in mine if one.field == field]:
                every = configuration(body, side).get(f"{field}Policies", []) + [_rule(one) for one in rules]
                file = f"{body['name'].rpartition('/')[2]}.{side}.{field}.json"
                arguments = f"--set-{field}-policies=FILE --etag={body.get('etag')}"
                yield update(rules[0], arguments), file, json.dumps(every, indent=2) + "\n"


def _rule(one: Attachment) -> Body:
    return {"title": one.key, **json.loads(one.content)}


def _by_key(several: Iterable[Attachment]) -> dict[Key, Attachment]:
    return {(one.place, one.content): one for one in several}


def _deleted(plan: Body) -> Iterator[tuple[str, str, str, str]]:
    """The places of what the plan detaches."""
    for kind in (*MEMBERS, *RULES):
        for change in changes(plan, kind):
            if "delete" in change.actions and change.before:
                yield of_resource(change.address, kind, change.before).place
