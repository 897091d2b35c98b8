"""From `join` to `hand_over`: Terraform forgets what a join applied, without deleting it. The owner then manages it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from access.changes import LEVEL
from access.states import of_state as records
from deploy import hand_over, joinable, named_accounts
from deploy.attachments import of_state
from deploy.errors import Refused
from deploy.hand_over import State
from deploy.stacks import Stack


def prepare(document: dict[str, Any], stacks: Sequence[Stack], states: Mapping[str, State]) -> None:
    """Write `removed` blocks into the folder of the run, for what the last stack's state has of a join.

    `document` is what is handed over. Raises Refused if the state has anything else: nobody would delete it then.
    """
    stack = stacks[-1]
    state = states.get(stack.name)
    levels = {one.address: str(one.values.get("name")) for one in records(state or {}) if one.kind == LEVEL}
    attached = of_state(state)
    if not levels and not attached:
        return
    handed = hand_over.resolve(document, stacks, states)
    same = {(one.place, one.content) for one in handed.attached}
    others = [
        *(f"{one.address}: {joinable.said(one)} in {joinable.where(one)}" for one in attached if (one.place, one.content) not in same),
        *(f"{address}: {name}" for address, name in levels.items() if name not in {one["name"] for one in handed.levels}),
    ]  # fmt: skip
    if others:
        why = "is applied here by a join, and is not what is handed over"
        how = "first deploy with join in the place of hand_over, and the same settings"
        raise Refused("\n".join(named_accounts.refusal(stack, f"{one} {why}; {how}") for one in others))
    addresses = sorted([*levels, *(one.address for one in attached)])
    stack.document["removed"] = [{"from": address, "lifecycle": {"destroy": False}} for address in addresses]
    stack.file.write_text(json.dumps(stack.document, indent=2), encoding="utf-8")
