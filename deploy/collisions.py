"""Before a first plan at Google: what is there already under the names that the plan would make. Reads, with Terraform."""

import sys
from typing import Any

from access.changes import LEVEL, PERIMETER, POLICY, POOL, PROVIDER
from deploy import lookups, read_only_plan
from deploy.dangling_references import ACCOUNT
from deploy.errors import Refused
from deploy.guard import RUNBOOK
from deploy.ids import Ids
from deploy.stacks import Stack
from review.command import command

KINDS = (PERIMETER, LEVEL, POOL, PROVIDER, ACCOUNT)
"""Not the custom role: one that was deleted is still read, and comes back by itself."""
_ABSENT = "Cannot import non-existent remote object"


def check(environment: str, stack: Stack) -> None:
    """Raise Refused if something exists that the stack would make. What cannot be read is reported as not checked.

    Otherwise the apply would end at the first 409, with a pool whose id is blocked for 30 days after a destroy.
    """
    ids, errors = Ids(stack, None), []
    there = []
    for address, body in ids.resources.items():
        if address.partition(".")[0] == POLICY:
            reading = read_only_plan.read(stack, _policy(body))
            numbers = lookups.found(POLICY, reading.outputs.get("it"))
            there += [f"access policy {number} of {', '.join(body.get('scopes', []))}" for number in numbers]
            errors += reading.errors
    known = {address: id for address in ids.absent if address.partition(".")[0] in KINDS and (id := ids.id(address))}
    if known:
        reading = read_only_plan.read(stack, {"import": [{"to": address, "id": id} for address, id in known.items()]})
        there += [f"{address} ({id})" for address, id in known.items() if reading.ids.get(address)]
        errors += reading.errors
    if there:
        how = f"if an apply made it whose answer was lost, `{command(environment, 'adopt')}` prints the imports"
        why = "if another state or team has it, move the state, use other names, or join what is there"
        found = f"its state is empty, and {', '.join(there)} exists"
        raise Refused(f"{stack.name}: refused: {found}; {how}; {why} (see {RUNBOOK}#what-exists-already)")
    said = {" ".join(f"{summary} {detail}".split()) for _, summary, detail in errors}
    for text in sorted(one for one in said if _ABSENT not in one and not lookups.is_absence(one)):
        print(f"note: {stack.name}: whether its names are free was not checked: {text:.300}", file=sys.stderr)


def _policy(body: dict[str, Any]) -> dict[str, Any]:
    """A look-up of the access policy of the same scope, which an own policy would collide with."""
    arguments = {name: body[name] for name in ("parent", "scopes") if name in body}
    return {"data": {POLICY: {"it": arguments}}, "output": {"it": {"value": f"${{data.{POLICY}.it.name}}"}}}
