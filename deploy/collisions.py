"""Before a first plan at Google: what is there already under the names that the plan would make. Reads, with Terraform."""

import sys
from typing import Any

from deploy import lookups, scratch
from deploy.changes import LEVEL, PERIMETER, POLICY, POOL, PROVIDER
from deploy.command import command
from deploy.errors import Refused
from deploy.guard import RUNBOOK
from deploy.ids import Ids
from deploy.kept import ACCOUNT
from deploy.stacks import Stack

KINDS = (PERIMETER, LEVEL, POOL, PROVIDER, ACCOUNT)
"""Not the custom role: one that was deleted is still read, and comes back by itself."""
_ABSENT = "Cannot import non-existent remote object"


def check(environment: str, stack: Stack) -> None:
    """Raise Refused if something exists that the stack would make. What cannot be read is reported as not checked.

    Otherwise the apply would end at the first 409, with a pool whose id is blocked for 30 days after a destroy.
    """
    ids = Ids(stack, None)
    known = {address: id for address in ids.absent if address.partition(".")[0] in KINDS and (id := ids.id(address))}
    if not known:
        return
    policies = _policies(ids)
    reading = scratch.read(stack, {"import": [{"to": address, "id": id} for address, id in known.items()]})
    there = [f"{address} ({id})" for address, id in known.items() if reading.ids.get(address)]
    if there or policies:
        how = f"if an apply made it whose answer was lost, `{command(environment, 'adopt')}` prints the imports"
        why = "if another state or team has it, use other names, or join what is there"
        found = ", ".join([*policies, *there])
        raise Refused(
            f"{stack.name}: refused: its state is empty, and {found} exists; {how}; {why} (see {RUNBOOK}#what-exists-already)"
        )
    errors = {" ".join(f"{summary} {detail}".split()) for _, summary, detail in reading.errors}
    for text in sorted(one for one in errors if _ABSENT not in one):
        print(f"note: {stack.name}: whether its names are free was not checked: {text:.300}", file=sys.stderr)


def _policies(ids: Ids) -> list[str]:
    """The access policy of the same scope, which an own policy would collide with."""
    found = []
    for address, body in ids.resources.items():
        if address.partition(".")[0] == POLICY:
            document: dict[str, Any] = {
                "data": {POLICY: {"it": {name: body[name] for name in ("parent", "scopes") if name in body}}},
                "output": {"it": {"value": f"${{data.{POLICY}.it.name}}"}},
            }
            reading = scratch.read(ids.stack, document)
            found += [
                f"access policy {one} of {', '.join(body.get('scopes', []))}"
                for one in lookups.found(POLICY, reading.outputs.get("it"))
            ]
    return found
