"""What a stack reads of the environment's other stack: each expression is replaced by what the output holds.

Only the state that the other stack keeps is read so. An expression that reads another one stays, and cannot be decided.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from access.objects import Object
from access.stack import keeps, other_stack, remote_states

# An expression of the kit's stacks: an output of the other stack, with its default while it does not exist.
_OUTPUT = re.compile(
    r'\$\{(?:try\()?data\.terraform_remote_state\.([\w-]+)\.outputs((?:\.[\w-]+)+)(?:, (?:\[\]|""|\{\})\))?\}'
)
Outputs = Mapping[str, Any]


@dataclass(frozen=True)
class Source:
    """Outputs, and the stack that has them; empty for a plan and a state, which do not say where the state is kept."""

    stack: Mapping[str, Any]
    outputs: Outputs


def resolved(objects: Iterable[Object], stack: Mapping[str, Any], sources: Sequence[Source]) -> list[Object]:
    """A stack's objects with what the other stack's outputs hold in place of what reads them. An output may read one, too."""
    further = [replace(one, outputs=_put(one.outputs, _read(one.stack, sources))) for one in sources]
    read = _read(stack, further)
    return [replace(one, values=_put(one.values, read)) for one in objects]


def _read(stack: Mapping[str, Any], sources: Sequence[Source]) -> dict[str, Outputs]:
    """By the name of each remote state that a stack reads the outputs that it holds."""
    other = other_stack(stack)
    return {
        name: _merged([one.outputs for one in sources if keeps(one.stack or other, body)])
        for name, body in remote_states(stack).items()
    }


def _merged(several: Iterable[Outputs]) -> dict[str, Any]:
    """Outputs by name; one that two sources have with other values is left out, since it is not known which one is read."""
    found: dict[str, Any] = {}
    unclear = set()
    for outputs in several:
        unclear |= {name for name, value in outputs.items() if name in found and found[name] != value}
        found |= outputs
    return {name: value for name, value in found.items() if name not in unclear}


def _put(value: Any, read: Mapping[str, Outputs]) -> Any:
    if isinstance(value, Mapping):
        return {name: _put(one, read) for name, one in value.items()}
    if isinstance(value, list):
        return [_put(one, read) for one in value]
    if not isinstance(value, str):
        return value
    if whole := _OUTPUT.fullmatch(value):
        found = _output(whole, read)
        return value if found is None else found
    return _OUTPUT.sub(lambda one: str(_output(one, read) or one[0]), value)


def _output(match: "re.Match[str]", read: Mapping[str, Outputs]) -> Any:
    found: Any = read.get(match[1])
    for word in match[2].strip(".").split("."):
        found = found.get(word) if isinstance(found, Mapping) else None
    return found
