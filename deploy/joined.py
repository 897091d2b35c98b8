"""What a plan does to members and rules of a perimeter that others own. Plan JSON in, refusals and sentences out; pure."""

from collections.abc import Iterator
from typing import Any

from access.attached import DRY_RUN_MEMBER, ENFORCED_MEMBER, RULES
from access.changes import Change, changes
from access.values import block, listed

Part = tuple[str, str, str, str]
"""Of a refusal: address, change, why, section of the runbook."""
ENFORCED_RULES, DRY_RUN_RULES = (
    [kind for kind, place in RULES.items() if place == (side, "ingress")] for side in ("status", "spec")
)


def refusals(plan: dict[str, Any]) -> Iterator[Part]:
    """A project that leaves an enforced perimeter, and a rule that is written in place."""
    for change in changes(plan, ENFORCED_MEMBER):
        if "delete" in change.actions and not (change.loss == "delete" and _demoted(change, plan)):
            name, project = _place(change.before)
            why = f"{project} would leave the enforced {name}, and Gemini in it would be open to every network"
            how = "first apply perimeter.dry_run = true, and destroy after it"
            if _stays(change, plan):
                how = "first apply perimeter.dry_run = true alone: its dry run would have no rule, as with disabled workloads"
            yield change.address, change.loss, f"{why}; {how}", "leave-a-perimeter-that-others-own"
    for kind in RULES:
        for change in changes(plan, kind):
            if change.actions == {"update"}:
                why = (
                    "the google provider would write all rules of the perimeter, and lose what others change meanwhile"
                )
                how = "give the rule another title, and it is added before the old one is deleted"
                yield change.address, "update in place", f"{why}; {how}", "leave-a-perimeter-that-others-own"


def notices(plan: dict[str, Any]) -> Iterator[str]:
    """Where enforcement begins or ends; that it is wider then is what the engine reports."""
    for change in changes(plan, ENFORCED_MEMBER):
        name, project = _place(change.after or change.before)
        if change.actions == {"create"}:
            yield f"{change.address}: enforcement of {name} begins for {project}; Google takes up to 30 minutes"
        elif change.loss == "delete":
            yield f"{change.address}: {project} leaves the enforced {name}: nothing will be denied"
        elif "forget" in change.actions:
            yield f"{change.address}: Terraform lets go of it: {project} stays in the enforced {name}, and nothing here keeps it there"


def _demoted(member: Change, plan: dict[str, Any]) -> bool:
    """Whether the project stays in the dry run, with a rule if it had one."""
    place = _place(member.before)
    had = any(_admits(one.before, place) for kind in ENFORCED_RULES for one in changes(plan, kind))
    has = any(_admits(one.after, place) for kind in DRY_RUN_RULES for one in changes(plan, kind))
    return _stays(member, plan) and (has or not had)


def _stays(member: Change, plan: dict[str, Any]) -> bool:
    """Whether the project is in the dry run of the same perimeter afterwards."""
    return any(_place(one.after) == _place(member.before) for one in changes(plan, DRY_RUN_MEMBER) if one.after)


def _place(member: dict[str, Any]) -> tuple[str, str]:
    return str(member.get("perimeter_name")), str(member.get("resource"))


def _admits(rule: dict[str, Any], place: tuple[str, str]) -> bool:
    return rule.get("perimeter") == place[0] and place[1] in listed(block(rule, "ingress_to")[0], "resources")[0]
