"""`adopt`: after an apply whose answers were lost, how Terraform gets to know what it made. Changes nothing."""

from collections.abc import Iterator

from access.changes import ADDRESS
from deploy import lookups, neighbours, read_only_plan
from deploy.ids import Ids
from deploy.stacks import Stack
from deploy.terraform import Terraform
from resources import described
from review.command import command, terraform

_ABSENT = "Cannot import non-existent remote object"


def commands(environment: str, stacks: list[Stack]) -> Iterator[str]:
    """Lines to read and run: an import for each resource that is there and in no state, then what nobody knows.

    What needs no import is left out: the default security group, which Terraform takes over by itself.
    """
    for stack in stacks:
        terraform = Terraform(stack, environment)
        terraform.init()
        lines = list(_adopted(environment, Ids(stack, terraform.state())))
        yield from lines or [f"# {stack.name}: nothing to adopt"]


def _adopted(environment: str, ids: Ids) -> Iterator[str]:
    orphans, notes = _look_up(ids)
    candidates = {address: id for address in ids.absent if (id := ids.id(address))}
    blocks = [{"to": address, "id": id} for address, id in candidates.items()]
    reading = read_only_plan.read(ids.stack, {"import": blocks}) if blocks else read_only_plan.Reading({}, {}, [])
    others = neighbours.others_ids(ids)
    found = {address: id for address, id in candidates.items() if reading.ids.get(address)}
    theirs = {address: other for address, id in found.items() if (other := neighbours.owner(id, others))}
    there = {address: id for address, id in found.items() if address not in theirs}
    unsure = [address for address in candidates if address not in reading.ids]
    if there:
        then = command(environment, "deploy")
        yield f"# {ids.stack.name}: there, and not in the state; run these, then `{then}`:"
    for address, id in there.items():
        yield terraform(environment, ids.stack.name, "import", address, id)
    for address, other in theirs.items():
        why = f"environments/{other}.toml makes it as well; not offered"
        yield f"# {ids.stack.name}: {address}: {found[address]} is there, and {why}"
    for id, why in orphans.items():
        yield f"# {ids.stack.name}: orphaned: {id}: {why}"
    yield from (f"# {ids.stack.name}: {note}" for note in notes)
    if unsure:
        yield f"# {ids.stack.name}: nobody could tell whether these are there: {', '.join(unsure)}"
        for text in sorted({f"{summary}: {detail}" for address, summary, detail in reading.errors if not address}):
            if not text.startswith(_ABSENT):
                yield f"#   {' '.join(text.split())}"
    for address, body in ids.resources.items():
        if by_hand := described(address).by_hand:
            state = "a second one" if address in ids.applied else "it"
            yield f"# {ids.stack.name}: {address}: whether {state} is there is seen by hand only; `terraform import` or delete:"
            yield "#   " + by_hand.format(**body)


def _look_up(ids: Ids) -> tuple[dict[str, str], list[str]]:
    """Find the ids that clouds gave out. What remains: ids that no state has, and notes about failed look-ups."""
    without: set[str] = set()
    notes: list[str] = []
    while True:
        document, about = lookups.document(ids, without)
        if not document:
            return {}, notes
        reading = read_only_plan.read(ids.stack, document)
        failed = {(about.get(address.rpartition(".")[2], ""), text) for address, text, _ in reading.errors}
        notes += [f"{address or 'a look-up'}: {text}" for address, text in failed if not lookups.is_absence(text)]
        if not reading.errors:
            break
        without |= {address for address, _ in failed}
        if without & {"", lookups.ALL_ADDRESSES}:
            return {}, notes
    known = {str(attributes.get("id")) for attributes in ids.applied.values()}
    orphans: dict[str, str] = {}
    for name, value in reading.outputs.items():
        address = about[name]
        there = [id for id in lookups.found(address.partition(".")[0], value) if id not in known]
        if address in ids.absent and there:
            ids.found[address] = there.pop(0)
        orphans |= {id: _orphan(address, id) for id in there}
    for id in ids.found.values():
        orphans.pop(id, None)
    return orphans, notes


def _orphan(address: str, id: str) -> str:
    if id.startswith("eipalloc-"):
        release = f"aws ec2 release-address --allocation-id {id}"
        return f"an address of this deployment that costs money; if no access level names it: {release}"
    return f"one more that is named like {address}" if address.partition(".")[0] != ADDRESS else ""
