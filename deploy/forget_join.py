"""From `join` to `hand_over`: Terraform forgets what a join applied, without deleting it. The owner then manages it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from access.changes import LEVEL
from access.levels import levels as access_levels
from access.objects import Object
from access.states import of_state as records
from deploy import hand_over, joinable, named_accounts
from deploy.attachments import of_state
from deploy.errors import Refused
from deploy.hand_over import State
from deploy.stacks import Stack


def prepare(document: dict[str, Any], stacks: Sequence[Stack], states: Mapping[str, State]) -> None:
    """Write `removed` blocks into the folder of the run, for what the last stack's state has of a join.

    `document` is what is handed over. Raises Refused if the state has anything else, which would remain at Google for good.
    """
    stack = stacks[-1]
    state = states.get(stack.name)
    levels = [one for one in records(state or {}) if one.kind == LEVEL]
    attached = of_state(state)
    if not levels and not attached:
        return
    handed = hand_over.resolve(document, stacks, states)
    same = {(one.place, one.content) for one in handed.attached}
    admitting = _admitting(handed.objects)
    others = [
        *(f"{one.address}: {joinable.said(one)} in {joinable.where(one)}" for one in attached if (one.place, one.content) not in same),
        *(f"{one.address}: {one.values.get('name')}" for one in levels if not _admitting([one]).items() <= admitting.items()),
    ]  # fmt: skip
    if others:
        why = "is applied here by a join, and is not what is handed over"
        how = "first deploy with join in the place of hand_over, and the same settings"
        raise Refused("\n".join(named_accounts.refusal(stack, f"{one} {why}; {how}") for one in others))
    found = [*(one.address for one in levels), *(one.address for one in attached)]
    addresses = sorted({address.removesuffix(" (deposed)") for address in found})
    stack.document["removed"] = [{"from": address, "lifecycle": {"destroy": False}} for address in addresses]
    stack.file.write_text(json.dumps(stack.document, indent=2), encoding="utf-8")


def _admitting(objects: Sequence[Object]) -> dict[str, tuple[Any, ...]]:
    """By name what each level admits."""
    return {one: (level.conditions, level.every, level.facts) for one, level in access_levels(objects).items()}
