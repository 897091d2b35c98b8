"""What a plan may do, judged as a whole: refusals, what is wider and its digest, and information. Pure."""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from access import errors
from access.changes import items
from access.objects import before
from deploy import disks, widened
from deploy.errors import Unreadable
from deploy.exit_codes import ExitCode
from deploy.guard import Admitted, Refusal, refusals
from deploy.notices import notices
from review import documents
from review.safe import Secrets, text

DIGITS = 32
"""Of the SHA-256, in hexadecimal: 128 bits."""


@dataclass(frozen=True)
class Judgement:
    """What one stack's plan was found to do, in sentences that are safe to print. `widenings` are accepted together, by `digest`."""

    stack: str
    changes: bool
    refusals: tuple[str, ...]
    widenings: tuple[str, ...]
    information: tuple[str, ...]
    digest: str
    undecided: bool = False

    @property
    def code(self) -> ExitCode:
        """What it takes to apply the plan, before anything is accepted."""
        if self.refusals:
            return ExitCode.REFUSED
        if self.undecided:
            return ExitCode.UNDECIDED
        if self.widenings:
            return ExitCode.WIDER
        return ExitCode.CHANGES if self.changes else ExitCode.DONE

    @property
    def lines(self) -> Iterator[str]:
        """The judgement as text, in the order in which a reviewer needs it."""
        yield from self.refusals
        yield from (f"wider: {text}" for text in self.widenings)
        yield from (f"note: {text}" for text in self.information)
        if self.widenings:
            yield f"{self.stack}: --accept {self.digest} accepts exactly what is wider here"


def judge(
    environment: str,
    stack: str,
    plan: dict[str, Any],
    admitted: Admitted = frozenset,
    taken: Collection[str] = (),
    acting: Mapping[str, str] = MappingProxyType({}),
) -> Judgement:
    """Judge `terraform show -json PLAN`. `admitted` reads the networks that an enforced perimeter lets in.

    `taken` are the perimeters that another state holds, `acting` the accounts of deploy/acting.py.

    Raises Unreadable for JSON of another shape.
    """
    try:
        return _judged(environment, stack, plan, [*refusals(plan, admitted, taken), *widened.refusals(plan, acting)])
    except errors.Unreadable as error:
        raise Unreadable(str(error)) from None


def _judged(environment: str, stack: str, plan: dict[str, Any], refusing: Sequence[Refusal]) -> Judgement:
    secrets = Secrets()
    found = [*widened.notices(plan), *notices(plan)]
    refused = [str(refusal) for refusal in refusing]
    others = list(widened.others(documents.plan(plan, secrets)))
    widenings = [notice.text for notice in found if notice.wider]
    incomplete = plan.get("complete") is False  # OpenTofu does not report it
    if incomplete:
        widenings = ["Terraform put changes off, so the plan is not complete: they are (known after apply)", *widenings]
    more = [(notice.missing, notice.whole) for notice in found if notice.wider and (notice.missing or notice.whole)]
    changes = _changes(plan)
    content: Any = [widenings, more] if more else widenings
    undecided = incomplete or any(notice.wider and notice.missing for notice in found)
    if undecided:  # what is not known depends on the other changes
        content = [content, sorted(_planned(plan))]
    if changes and not before(plan) and items(plan, "resource_changes"):
        widenings = ["this is a first plan: everything in it is new", *widenings]
        content = [widenings, sorted(_planned(plan)), *more]
    information = [notice.text for notice in found if not notice.wider]
    information += [*others, *disks.notices(environment, stack, plan)]
    return Judgement(
        stack,
        changes,
        tuple(map(text, secrets.masked(refused))),
        tuple(map(text, secrets.masked(widenings))),
        tuple(map(text, secrets.masked(information))),
        hashlib.sha256(json.dumps([environment, stack, content]).encode()).hexdigest()[:DIGITS],
        undecided,
    )


def _changes(plan: dict[str, Any]) -> bool:
    """Whether applying the plan would change anything, outputs included. OpenTofu does not report `applyable`."""
    if "applyable" in plan:
        return bool(plan["applyable"])
    parts = (
        *items(plan, "resource_changes"),
        *({"change": one} for one in (plan.get("output_changes") or {}).values()),
    )
    return any(one["change"]["actions"] not in (["no-op"], ["read"]) for one in parts)


def _deferred(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """The changes that Terraform put off, each without the reason."""
    found = [one.get("resource_change") for one in plan.get("deferred_changes") or () if isinstance(one, dict)]
    return items({"deferred_changes": found}, "deferred_changes")


def _planned(plan: dict[str, Any]) -> Iterator[str]:
    """Every change of resources and outputs, as text that another plan of the same configuration repeats."""
    outputs = (plan.get("output_changes") or {}).items()
    for address, found in (
        *((one["address"], one["change"]) for one in items(plan, "resource_changes")),
        *((one["address"], one["change"]) for one in _deferred(plan)),
        *((f"output.{name}", one) for name, one in outputs),
    ):
        change = {name: found.get(name) for name in ("actions", "before", "after", "after_unknown")}
        yield json.dumps([address, change], sort_keys=True)
