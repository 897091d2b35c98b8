"""What an apply will do, decided before it writes anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

from .document import ApplyError, Arguments, Block
from .expressions import evaluate
from .functions import UNKNOWN, ExpressionError, NotModelled, unknown
from .graph import closure
from .kind import Found, Kind, Provider
from .state import Record, State

CREATE, UPDATE, REPLACE, DELETE, READ, NOTHING = "create", "update", "replace", "delete", "read", "nothing"


class Planned(dict[str, Any]):
    """Attributes of an object to come: what the configuration does not say is known after the apply."""

    def __missing__(self, _: str) -> Any:
        return UNKNOWN


@dataclass(frozen=True)
class Locals:
    """Local values, each evaluated where it is used: what it refers to is known then."""

    given: Mapping[str, Any]
    scope: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return evaluated(f"local.{name}", self.given[name], self.scope)


@dataclass
class Plan:
    """`actions` by address; `values` by reference as far as they are known; `outputs` likewise."""

    blocks: Mapping[str, Block]
    provider: Provider
    state: State
    locals: Mapping[str, Any] = field(default_factory=dict)
    actions: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=lambda: {"data": {}})
    outputs: dict[str, Any] = field(default_factory=dict)
    gone_last: set[str] = field(default_factory=set)

    def kind(self, type: str) -> Kind:
        return self.provider.kinds[type]

    def remember(self, block: Block, attributes: Mapping[str, Any]) -> None:
        """Let references see what is known of a block."""
        group = self.values["data"] if block.data else self.values
        group.setdefault(block.type, {})[block.address.rpartition(".")[2]] = attributes

    def arguments(self, block: Block) -> Arguments:
        """A block's arguments, resolved with what is known now."""
        scope = {**self.values, "local": Locals(self.locals, self.values)}
        return dict(evaluated(block.address, block.arguments, scope))

    def check(self, block: Block, when: str, attributes: Mapping[str, Any] | None = None) -> None:
        """Its preconditions or postconditions, as far as they are known. ApplyError with Terraform's message."""
        scope = self.values if attributes is None else {**self.values, "self": attributes}
        for condition in block.conditions(when):
            if evaluated(block.address, condition["condition"], scope) is False:
                raise ApplyError(f"{block.address}: {evaluated(block.address, condition['error_message'], scope)}")

    def changed(self, block: Block, record: Record, found: Found) -> frozenset[str]:
        """Fields in which an object is not what the configuration says."""
        kind = self.kind(block.type)
        actual = {**kind.wanted(record.arguments), **found.fields}
        ignored = block.lifecycle.get("ignore_changes", ())
        if ignored == "all":
            return frozenset()
        wanted = kind.wanted(with_ignored(block, self.arguments(block), found))
        return frozenset(n for n, value in wanted.items() if n not in ignored and value != actual.get(n))


def with_ignored(block: Block, arguments: Arguments, found: Found) -> Arguments:
    """The arguments with what the object has of those that a path of `ignore_changes` such as `status[0].resources` names."""
    result = dict(arguments)
    for outer, dot, inner in (path.partition("[0].") for path in block.lifecycle.get("ignore_changes", ())):
        if dot and isinstance(result.get(outer), dict):
            kept = (found.attributes.get(outer) or {}).get(inner)
            rest = {name: value for name, value in result[outer].items() if name != inner}
            result[outer] = rest | ({} if kept is None else {inner: kept})
    return result


def evaluated(address: str, value: Any, scope: Mapping[str, Any]) -> Any:
    """`evaluate`, whose errors name the block."""
    try:
        return evaluate(value, scope)
    except (ExpressionError, NotModelled) as error:
        raise ApplyError(f"{address}: {error}") from None


def make(
    blocks: Mapping[str, Block],
    provider: Provider,
    state: State,
    outputs: Mapping[str, Any],
    locals: Mapping[str, Any],
) -> Plan:
    """Read everything, decide everything. ApplyError for a condition that fails or an end that is prevented."""
    plan = Plan(blocks, provider, state, locals)
    needs = {address: block.needs for address, block in blocks.items()}
    firm = [address for address, block in blocks.items() if block.lifecycle.get("create_before_destroy")]
    plan.gone_last = closure(firm, needs) | {a for a, record in state.resources.items() if record.gone_last}
    try:
        sorted_addresses = list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        raise ApplyError(f"{error.args[1][0]}: depends on itself, by {' -> '.join(error.args[1])}") from None
    for address in sorted_addresses:
        (_plan_data if blocks[address].data else _plan_resource)(plan, blocks[address])
    for address, record in state.resources.items():
        if address not in blocks:
            plan.actions[address] = DELETE if plan.kind(record.type).read(record.id) else NOTHING
    plan.outputs = {name: evaluated(f"output.{name}", one["value"], plan.values) for name, one in outputs.items()}
    return plan


def _plan_data(plan: Plan, block: Block) -> None:
    """Read now, unless it needs what is still to come."""
    pending = any(plan.actions.get(needed, NOTHING) != NOTHING for needed in block.needs)
    arguments = plan.arguments(block)
    plan.actions[block.address] = READ if pending or unknown(arguments) else NOTHING
    if plan.actions[block.address] == NOTHING:
        read_data(plan, block)
    else:
        plan.remember(block, Planned(arguments))


def read_data(plan: Plan, block: Block) -> None:
    """Read a data source and check its postconditions."""
    try:
        attributes = plan.provider.readers[block.type](plan.arguments(block))
    except ApplyError as error:
        raise ApplyError(f"{block.address}: {error}") from None
    plan.remember(block, attributes)
    plan.check(block, "postcondition", attributes)


def _plan_resource(plan: Plan, block: Block) -> None:
    plan.check(block, "precondition")
    record = plan.state.resources.get(block.address)
    found = plan.kind(block.type).read(record.id) if record else None
    if record is None or found is None:
        plan.actions[block.address] = CREATE
        plan.remember(block, Planned(plan.arguments(block)))
        return
    changed = plan.changed(block, record, found)
    if changed & plan.kind(block.type).forces:
        if block.lifecycle.get("prevent_destroy"):
            raise ApplyError(
                f"{block.address}: has prevent_destroy, and a change of {', '.join(sorted(changed))} ends it"
            )
        plan.actions[block.address] = REPLACE
        plan.remember(block, Planned(plan.arguments(block)))
        return
    plan.actions[block.address] = UPDATE if changed else NOTHING
    plan.remember(block, {**found.attributes, **{n: v for n, v in plan.arguments(block).items() if n in changed}})
