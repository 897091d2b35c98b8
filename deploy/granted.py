"""Grants of an environment that hands over: left out of a plan until the perimeter admits exactly their callers."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from access.admitted import admitted
from access.changes import SERVICE_ACCOUNT
from access.errors import Unreadable as UnreadablePart
from access.exact import differences
from access.grants import grants
from access.inputs import part
from access.objects import Object, of_stack
from access.origins import Network
from access.states import of_state
from deploy import described, hand_over, joinable, named_accounts
from deploy.described import Described, Files
from deploy.errors import DeployError, Refused
from deploy.google_api import NotRead
from deploy.guard import RUNBOOK
from deploy.hand_over import HandOver, NotYet, State
from deploy.joinable import SIDES
from deploy.stacks import Stack
from review.command import command

_PROJECT, _ACCOUNT = "google_project_iam_member", "google_service_account_iam_member"


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
    stack, name = stacks[-1], hand_over.perimeter(stacks[-1])
    callers = _callers(stack)
    state = states.get(stack.name) or {}
    applied = {grant.address for grant in grants(of_state(state))}
    held = [member for member, addresses in callers.items() if applied & addresses]
    try:
        live, levels = described.whole(stack, name, files)
        staying = stack.document["resource"].get(SERVICE_ACCOUNT, {})
        named_accounts.refuse(
            stack, [email for address, email in named_accounts.of_state(state) if address not in staying], live
        )
        wanted = hand_over.resolve(document, stacks, states)
        for text in joinable.notes(name, wanted.attached, live):
            print(f"note: {stack.name}: {text}", file=sys.stderr)
        found = dict(_found(wanted, callers, live, levels))
    except (NotYet, NotRead) as error:
        found = dict.fromkeys(callers, [str(error)])
        if held and not applies:
            what = "whether the perimeter admits exactly the callers"
            print(f"note: {stack.name}: {what} was not checked: {error}", file=sys.stderr)
            found = {member: why for member, why in found.items() if member not in held}
    if refused := {member: found[member] for member in held if found.get(member)}:
        lines = [f"{member}: {text}" for member, several in refused.items() for text in several]
        how = f"its owner applies what `{command(environment, 'handover')}` prints, or disabled = true takes the grants away"
        raise Refused(
            "\n".join(named_accounts.refusal(stack, f"{line}; its grants are applied: {how}") for line in lines)
        )
    for member, several in found.items():
        for text in several:
            print(f"note: {stack.name}: the grants of {member} are left out: {text}", file=sys.stderr)
    if any(found.values()):
        how = f"`{command(environment, 'handover')}` prints what its owner adds; deploy again after it"
        print(f"note: {stack.name}: {how}; see {RUNBOOK}#{named_accounts.SECTION}", file=sys.stderr)
    _leave_out(stack, {address for member, several in found.items() if several for address in callers[member]})


def admitted_addresses(stacks: Sequence[Stack], files: Files) -> set[Network]:
    """The networks that the enforced perimeter lets in: an address among them is not given back."""
    stack, name = stacks[-1], hand_over.perimeter(stacks[-1])
    try:
        live, levels = described.whole(stack, name, files, report=False)
    except NotRead as error:
        print(f"note: {stack.name}: which addresses the perimeter admits was not checked: {error}", file=sys.stderr)
        return set()
    return admitted(_objects(name, live, levels))


def _objects(name: str, live: Described, levels: Sequence[dict[str, Any]]) -> tuple[Object, ...]:
    """The perimeter and the levels; nothing if there is no such perimeter."""
    body = live.perimeters.get(name)
    try:
        return part([body, *levels], name).objects if body else ()
    except UnreadablePart as error:
        raise DeployError(str(error)) from None


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


def _found(
    wanted: HandOver, callers: Mapping[str, Any], live: Described, levels: Sequence[dict[str, Any]]
) -> Iterator[tuple[str, list[str]]]:
    """What differs for each caller; empty lists if nothing does."""
    name = wanted.perimeter
    objects = _objects(name, live, levels)
    (project,) = {one for each in wanted.attached for one in each.projects} or {""}
    for member in callers:
        if not objects:
            yield member, [f"{name} does not exist, or is not visible to these credentials"]
        else:
            several = differences(wanted.objects, objects, wanted.side, member, project)
            yield member, [f"{text}, in {SIDES[wanted.side]} of {name}" for text in several]


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
