"""Carry a plan out, step by step; the state is on disk after each."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from graphlib import TopologicalSorter
from itertools import groupby
from typing import Any, cast

from .document import ApplyError, Arguments, Block
from .graph import APPLY, closure, order
from .kind import Batched, Change
from .plan import CREATE, DELETE, NOTHING, READ, REPLACE, UPDATE, Plan, evaluated, read_data, with_ignored
from .state import Record


def carry_out(plan: Plan, outputs: Mapping[str, Any]) -> None:
    """Do it. At an error nothing more is started; what is done is in the state."""
    state = plan.state
    gone = [
        a for a in state.resources if plan.actions[a] == CREATE or (a not in plan.blocks and plan.actions[a] == NOTHING)
    ]
    for address in gone:
        state.remove(address, state.resources[address])
    ending = {a for a, action in plan.actions.items() if action in (REPLACE, DELETE)} | set(state.replaced)
    needs = {address: block.needs for address, block in plan.blocks.items()}
    needed_before = {address: record.needs for address, record in state.resources.items()}
    steps = TopologicalSorter(order(needs, ending, needed_before, plan.gone_last))
    steps.prepare()
    while steps.is_active():
        ready = sorted((verb, address.rpartition(".")[0], address) for verb, address in steps.get_ready())
        for (verb, _), several in groupby(ready, key=lambda step: step[:2]):
            (_apply if verb == APPLY else _destroy)(plan, [address for _, _, address in several])
        steps.done(*((verb, address) for verb, _, address in ready))
    state.outputs = {name: evaluated(f"output.{name}", one["value"], plan.values) for name, one in outputs.items()}
    state.save()


def _apply(plan: Plan, addresses: list[str]) -> None:
    """Blocks of one type that nothing holds back any longer."""
    new = []
    for block in (plan.blocks[address] for address in addresses):
        plan.check(block, "precondition")
        match plan.actions[block.address]:
            case action if action in (CREATE, REPLACE):
                new.append(block)
            case action if block.data:
                if action == READ:
                    read_data(plan, block)
            case action:
                _update(plan, block, action)
    if new:
        _create(plan, new)


def _create(plan: Plan, blocks: list[Block]) -> None:
    kind = plan.kind(blocks[0].type)
    arguments = [plan.arguments(block) for block in blocks]
    if hasattr(kind, "create_all"):
        with _named(blocks[0].address):
            ids = iter(cast(Batched, kind).create_all(arguments))
    else:
        ids = (_created(plan, block, given) for block, given in zip(blocks, arguments, strict=True))
    for block, given, id in zip(blocks, arguments, ids, strict=False):
        if before := plan.state.resources.get(block.address):
            plan.state.replaced.setdefault(block.address, []).append(before)
        _record(plan, block, id, given)


def _created(plan: Plan, block: Block, arguments: Arguments) -> str:
    with _named(block.address):
        return plan.kind(block.type).create(arguments)


def _update(plan: Plan, block: Block, action: str) -> None:
    """In place, or not at all: what the plan knew may have changed since, when what it refers to was updated."""
    record, kind = plan.state.resources[block.address], plan.kind(block.type)
    ignored = block.lifecycle.get("ignore_changes", ())
    kept = {name: value for name, value in record.arguments.items() if ignored == "all" or name in ignored}
    arguments = {**plan.arguments(block), **kept}
    found, id = kind.read(record.id) if action == UPDATE else None, record.id
    if found and (changed := plan.changed(block, record, found)):
        arguments = with_ignored(block, arguments, found)
        with _named(block.address):
            id = kind.update(Change(id, arguments, changed)) or id
    _record(plan, block, id, arguments)


def _record(plan: Plan, block: Block, id: str, arguments: Arguments) -> None:
    """Keep an object in the state, at once, then what the cloud says of it."""
    needs = closure(block.needs, {address: other.needs for address, other in plan.blocks.items()})
    resources = sorted(address for address in needs if not plan.blocks[address].data)
    record = Record(block.type, id, arguments, {}, resources, block.address in plan.gone_last)
    plan.state.resources[block.address] = record
    plan.state.save()
    with _named(block.address):
        found = plan.kind(block.type).read(id)
        if found is None:
            raise ApplyError(f"{id} was made, but cannot be found")
    record.attributes = found.attributes
    plan.remember(block, found.attributes)
    plan.check(block, "postcondition", found.attributes)


def _destroy(plan: Plan, addresses: list[str]) -> None:
    """Ends of one type: of an object that is dropped, or that a replacement comes after, or before."""
    state, doomed = plan.state, []
    for address in addresses:
        doomed += [(address, record) for record in state.replaced.get(address, [])]
        first = plan.actions[address] == REPLACE and address not in plan.gone_last
        if first or plan.actions[address] == DELETE:
            doomed.append((address, state.resources[address]))
    kind = plan.kind(doomed[0][1].type) if doomed else None
    if hasattr(kind, "delete_all"):
        with _named(doomed[0][0]):
            cast(Batched, kind).delete_all([record.id for _, record in doomed])
    for address, record in doomed:
        if not hasattr(kind, "delete_all"):
            with _named(address):
                plan.kind(record.type).delete(record.id)
        state.remove(address, record)


@contextmanager
def _named(address: str) -> Iterator[None]:
    try:
        yield
    except ApplyError as error:
        raise ApplyError(f"{address}: {error}") from error
