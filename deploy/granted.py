"""Grants of an environment that hands over: left out of a plan until the perimeter admits exactly their callers."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from access.errors import Unreadable as UnreadablePart
from access.exact import differences
from access.grants import grants
from access.inputs import part
from access.objects import Object, of_stack
from access.states import of_state
from deploy import described, hand_over, joinable
from deploy.errors import DeployError, Refused
from deploy.google_api import NotRead
from deploy.guard import RUNBOOK
from deploy.hand_over import HandOver, NotYet, State
from deploy.stacks import Stack
from review.command import command

SECTION = "hand-a-rule-over"
_PROJECT, _ACCOUNT = "google_project_iam_member", "google_service_account_iam_member"
_SIDES = {"status": "the enforced configuration", "spec": "the dry run"}


@dataclass(frozen=True)
class Files:
    """Descriptions of the perimeter and of its policy's levels, where they cannot be read."""

    perimeter: Path | None = None
    levels: Path | None = None


def check(
    environment: str,
    document: dict[str, Any],
    stacks: Sequence[Stack],
    states: Mapping[str, State],
    files: Files,
    *,
    applies: bool,
) -> None:
    """Leave the grants out whose callers the perimeter does not admit exactly, and report each to standard error.

    `document` is what is handed over, as synthesis wrote it. The last stack has the grants. Raises Refused where such a
    grant is applied already, or where it cannot be checked before an apply.
    """
    stack = stacks[-1]
    callers = _callers(stack)
    applied = {grant.address for grant in grants(of_state(states.get(stack.name) or {}))}
    held = [member for member, addresses in callers.items() if applied & addresses]
    try:
        found = dict(_found(hand_over.known(document, stacks, states), stack, callers, files))
    except (NotYet, NotRead) as error:
        found = dict.fromkeys(callers, [str(error)])
        if held and not applies:
            print(
                f"note: {stack.name}: whether the perimeter admits exactly the callers was not checked: {error}",
                file=sys.stderr,
            )
            found = {member: why for member, why in found.items() if member not in held}
    if refused := {member: found[member] for member in held if found.get(member)}:
        lines = [f"{member}: {text}" for member, several in refused.items() for text in several]
        how = f"its owner applies what `{command(environment, 'handover')}` prints, or disabled = true takes the grants away"
        raise Refused(
            "\n".join(
                f"{stack.name}: refused: {line}; its grants are applied: {how}; see {RUNBOOK}#{SECTION}"
                for line in lines
            )
        )
    for member, several in found.items():
        for text in several:
            print(f"note: {stack.name}: the grants of {member} are left out: {text}", file=sys.stderr)
    if any(found.values()):
        how = f"`{command(environment, 'handover')}` prints what its owner adds; deploy again after it"
        print(f"note: {stack.name}: {how}; see {RUNBOOK}#{SECTION}", file=sys.stderr)
    _leave_out(stack, {address for member, several in found.items() if several for address in callers[member]})


def _callers(stack: Stack) -> dict[str, set[str]]:
    """By caller the addresses of its grants: on the project, and of a service account those to impersonate it."""
    found: dict[str, set[str]] = {}
    every = list(grants(of_stack({"resource": stack.document.get("resource")})))
    for one in every:
        if one.address.startswith(f"{_PROJECT}."):
            found.setdefault(one.member, set()).add(one.address)
    for one in every:
        member = f"serviceAccount:{one.on.rpartition('/')[2]}"
        if one.address.startswith(f"{_ACCOUNT}.") and member in found:
            found[member].add(one.address)
    return found


def _found(wanted: HandOver, stack: Stack, callers: Mapping[str, Any], files: Files) -> Iterator[tuple[str, list[str]]]:
    """What differs for each caller; empty lists if nothing does."""
    name = wanted.perimeter
    live = list(_live(wanted, stack, files))
    (project,) = {one for each in wanted.attached for one in each.projects} or {""}
    for member in callers:
        if not live:
            yield member, [f"{name} does not exist, or is not visible to these credentials"]
        else:
            several = differences(wanted.objects, live, wanted.side, member, project)
            yield member, [f"{text}, in {_SIDES[wanted.side]} of {name}" for text in several]


def _live(wanted: HandOver, stack: Stack, files: Files) -> Iterator[Object]:
    """The perimeter and the levels of its policy: from Google, and only where they cannot be read, from files."""
    name = wanted.perimeter
    given = described.from_file(files.perimeter, name) if files.perimeter else None
    if (files.levels is None) != (given is None):
        raise DeployError(
            "--perimeter and --levels: got one of them; allowed: both: a rule's addresses are in its level"
        )
    try:
        found, levels = described.read(stack, name), described.read_levels(stack, name)
        if given:
            print(
                f"note: {stack.name}: --perimeter and --levels are not used: {name} was read from Google",
                file=sys.stderr,
            )
    except NotRead as error:
        if given is None or files.levels is None:
            how = "give --perimeter FILE and --levels FILE"
            raise NotRead(f"{name} was not read: {error}; {how}") from None
        print(f"note: {stack.name}: {name} was not read: {error}; {files.perimeter} is taken for it", file=sys.stderr)
        found, levels = given, described.levels_from_file(files.levels)
    for text in joinable.notes(name, wanted.attached, found):
        print(f"note: {stack.name}: {text}", file=sys.stderr)
    if body := found.perimeters.get(name):
        try:
            yield from part([body, *levels], name).objects
        except UnreadablePart as error:
            raise DeployError(str(error)) from None


def _leave_out(stack: Stack, addresses: set[str]) -> None:
    """Take resources out of what this run plans, in its folder alone."""
    if not addresses:
        return
    resources = stack.document["resource"]
    for address in addresses:
        kind, _, name = address.partition(".")
        del resources[kind][name]
        if not resources[kind]:
            del resources[kind]
    stack.file.write_text(json.dumps(stack.document, indent=2), encoding="utf-8")
