"""Parts of a stack that hold no resource and decide what expressions mean: which state and look-up is read, and modules."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from access.gain import Gain
from access.stack import keeps, remote_states
from review.diff.side import STACK, Side

STATES, PROGRAM = "terraform_remote_state", "external"
OWN = "the state of another stack of this side"
_RESOURCES = {"resource", "data", "output", "provider", "terraform", "//"}
"""Sections that the rest of the comparison reads."""
_HARMLESS = {"aws_ssm_parameter", "aws_caller_identity"}
"""Look-ups of an image, and of who runs Terraform: nothing admits what they find."""


def gains(old: Side | None, new: Side | None) -> Iterator[Gain]:
    """One for each that is new or another one. A state is as expected if it is that of another stack of its side."""
    if new is None or new.kind != STACK:
        return
    before = {} if old is None else _parts(old)
    for (stack, address), now in _parts(new).items():
        was = before.get((stack, address))
        if now not in (was, OWN) and (was is not None or not address.startswith("data.") or _is_new_input(address)):
            digest = hashlib.sha256(json.dumps(now, sort_keys=True).encode()).hexdigest()[:16]
            verb = "is new" if was is None else "changes"
            yield Gain(address, f"{verb}, and expressions may mean something else", "", (f"what it gives ({digest})",))


def _parts(side: Side) -> dict[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = {}
    for stack, document in side.stacks.items():
        found |= {(stack, name): body for name, body in document.items() if name not in _RESOURCES and body}
        for kind, named in (document.get("data") or {}).items():
            for name, body in named.items() if kind not in (*_HARMLESS, STATES) else ():
                ignored = ("lifecycle", "depends_on", "//")
                found[stack, f"data.{kind}.{name}"] = {key: body[key] for key in body if key not in ignored}
        for name, body in remote_states(document).items():
            found[stack, f"data.{STATES}.{name}"] = (
                OWN if any(keeps(one, body) for one in side.stacks.values()) else body
            )
    return found


def _is_new_input(address: str) -> bool:
    """Whether it matters before an expression names it: every expression for an output may, and a program runs at once."""
    return address.startswith((f"data.{STATES}.", f"data.{PROGRAM}."))
