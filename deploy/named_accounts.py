"""Service accounts that rules of a perimeter of others name: none of them is deleted before its owner deletes the rule."""

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from access import states
from access.changes import SERVICE_ACCOUNT
from deploy import described, hand_over
from deploy.attachments import of_perimeter
from deploy.described import Described, Files
from deploy.errors import Refused
from deploy.google_api import NotRead
from deploy.guard import RUNBOOK
from deploy.hand_over import State
from deploy.joinable import SIDES
from deploy.stacks import Stack

SECTION = "hand-a-rule-over"


def before_destroy(stacks: Sequence[Stack], state: State) -> None:
    """Raise Refused if a rule of the perimeter names a service account that would be deleted."""
    stack = stacks[-1]
    try:
        live, _ = described.whole(stack, hand_over.perimeter(stack), Files())
    except NotRead as error:
        print(
            f"note: {stack.name}: whether a rule names its service accounts was not checked: {error}", file=sys.stderr
        )
    else:
        refuse(stack, [email for _, email in of_state(state or {})], live)


def of_state(state: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Name in the stack and email of each service account of a state."""
    for one in states.of_state(state):
        if one.kind == SERVICE_ACCOUNT:
            yield one.address.partition(".")[2], str(one.values.get("email"))


def refuse(stack: Stack, emails: Sequence[str], live: Described) -> None:
    """Raise Refused if a rule names one of them: Google refuses every write of a perimeter whose rule names a deleted account."""
    found = []
    for body in live.perimeters.values():
        for side, where in SIDES.items():
            for one in of_perimeter(body, side):
                named = [email for email in emails if f'"serviceAccount:{email}"'.lower() in one.content.lower()]
                found += [
                    f"{email} would be deleted, and the rule {one.key!r} in {where} of {one.perimeter} names it: its owner"
                    " could not change the perimeter any more, and deletes the rule first"
                    for email in named
                ]
    if found:
        raise Refused("\n".join(refusal(stack, text) for text in found))


def refusal(stack: Stack, text: str) -> str:
    """A refusal with its section of the runbook."""
    return f"{stack.name}: refused: {text}; see {RUNBOOK}#{SECTION}"
