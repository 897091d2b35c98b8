"""Before a perimeter is created: whether its project is in another one. Reads with the provider's credentials."""

import sys
from collections.abc import Iterator
from typing import Any

from access.changes import PERIMETER, POLICY
from access.states import of_state
from deploy import described, joinable
from deploy.attachments import of_values
from deploy.errors import Refused
from deploy.google_api import NotRead, Reader
from deploy.guard import RUNBOOK
from deploy.stacks import Stack


def check(stack: Stack, state: dict[str, Any] | None) -> None:
    """Raise Refused if the project is in another perimeter. What cannot be read is a note.

    Otherwise Google would refuse the perimeter after the pool and the accounts are created.
    """
    applied = {one.address for one in of_state(state or {})}
    made = stack.document.get("resource", {}).get(PERIMETER, {})
    members = [
        one
        for name, body in made.items()
        if f"{PERIMETER}.{name}" not in applied
        for one in of_values(body)
        if one.field == "resources"
    ]
    if not members:
        return
    try:
        perimeters = _perimeters(stack)
    except NotRead as error:
        what = f"whether {members[0].key} is in another perimeter"
        print(f"note: {stack.name}: {what} was not checked: {error}", file=sys.stderr)
        return
    if found := list(
        dict.fromkeys(text for one in members for text in joinable.in_another(one, set(), perimeters, "perimeter"))
    ):
        raise Refused("\n".join(f"{stack.name}: refused: {text}; see {RUNBOOK}#what-exists-already" for text in found))


def _perimeters(stack: Stack) -> dict[str, dict[str, Any]]:
    """Return the perimeters of the named policy, or of every policy of the organization in which the stack creates one."""
    reader = Reader(stack)
    return {
        name: body
        for policy in _policies(stack, reader)
        for name, body in described.read(stack, policy, reader).perimeters.items()
    }


def _policies(stack: Stack, reader: Reader) -> Iterator[str]:
    resources = stack.document["resource"]
    for body in resources[PERIMETER].values():
        if "${" not in body["parent"]:
            yield body["parent"]
    for body in resources.get(POLICY, {}).values():
        yield from described.policies(reader, body["parent"])
