"""What a plan may do, but not silently. Plan JSON in, sentences out; pure."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from access.changes import (
    DRIFT,
    LEVEL,
    PERIMETER,
    Change,
    block,
    changes,
    enforced,
    existed,
    later,
    objects,
    prevented,
    texts,
)
from access.perimeters import BRIDGE
from deploy import created, denials, federation, grants, levels, rules


class Notice(NamedTuple):
    """A sentence about a plan. What is wider must be accepted before it is applied; the rest is information.

    `missing` are the facts without which it cannot be decided whether it is wider; `whole` is everything that
    the sentence sums up.
    """

    text: str
    wider: bool = True
    missing: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()


def notices(plan: dict[str, Any]) -> list[Notice]:
    """What the reviewer of a plan should know, beyond what the plan shows; nothing of what a first plan begins with."""
    wider = (
        *_levels(plan),
        *federation.notices(plan),
        *grants.notices(plan),
        *created.notices(plan),
        *denials.lost(plan),
    )
    return [
        *(notice for change in changes(plan, PERIMETER) for notice in _perimeter(change)),
        *map(Notice, wider),
        *(Notice(text, wider=False) for text in denials.gained(plan)),
        *(
            notice
            for kind in DRIFT
            for change in changes(plan, kind, "resource_drift")
            for notice in _drift(change, plan)
        ),
    ]


def _perimeter(change: Change) -> Iterator[Notice]:
    before, after = enforced(change.before), enforced(change.after)
    if prevented(change.after) and not after:
        why = "a destroy is refused until a deploy with [versions] google from 7.33 on writes DELETE"
        yield Notice(f"{change.address}: keeps deletion_policy PREVENT: {why}", wider=False)
    bridge = change.after.get("perimeter_type") == BRIDGE  # it enforces nothing: access/unread.py reports it
    if bridge or later(change.after, "status"):
        return
    if after and not before:
        yield Notice(f"{change.address}: enforcement begins; Google takes up to 30 minutes", wider=False)
    elif change.loss:
        return
    elif before and not after and block(change.after, "spec"):
        yield Notice(f"{change.address}: enforcement ends: violations will be logged, and nothing will be denied")
    elif after:
        yield from (Notice(f"{change.address}: {notice}") for notice in _opened(before, after))


def _opened(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """What an enforced perimeter leaves open and did not before."""
    if gone := _lost(before, after, "restricted_services"):
        yield f"no longer restricted: {gone}"
    if projects := _lost(after, before, "resources"):
        yield f"{projects} joins: whoever is inside may call Gemini"
    if names := _lost(after, before, "access_levels"):
        yield f"newly admits {names} to everything, without a rule"
    for direction in rules.DIRECTIONS:
        yield from rules.gained(before, after, direction)


def _levels(plan: dict[str, Any]) -> Iterator[str]:
    for change, before in objects(plan, LEVEL, "name"):
        # A first plan is accepted as a whole.
        if (before or existed(plan)) and (networks := levels.gained(before, change.after)):
            yield f"{change.address}: newly admits {', '.join(networks)}"


def _drift(change: Change, plan: dict[str, Any]) -> Iterator[Notice]:
    """What happened outside of Terraform is wider where enforcement ended and the plan does not bring it back."""
    ended = bool(enforced(change.before)) and not enforced(change.after)
    planned = next((one.after for one in changes(plan, change.kind) if one.address == change.address), {})
    wider = ended and not enforced(planned)
    if "delete" in change.actions:
        until = "this plan does not create it again" if not planned else "until this plan is applied it does not exist"
        yield Notice(f"{change.address}: was deleted outside of Terraform; {until}", wider)
    elif ended:
        yield Notice(f"{change.address}: somebody ended its enforcement outside of Terraform", wider)


def _lost(before: dict[str, Any], after: dict[str, Any], name: str) -> str:
    if later(after, name):
        return ""
    return ", ".join(sorted(set(texts(before, name)) - set(texts(after, name))))
