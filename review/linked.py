"""Two stacks as one: what one reads of the other's outputs, put in its place, and a stand-in for each address and unique id.

A synthesized stack does not know an Elastic IP or the unique id of a role. Each expression gets a stand-in that the
engine can compare, an address of 240.0.0.0/4 or an id AROA0..., and what is printed names the expression.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from access.objects import later
from review.leaves import text

Document = dict[str, Any]

_READ = re.compile(
    r"\$\{try\(data\.terraform_remote_state\.[\w-]+\.outputs\.([\w-]+)(?:\.([\w-]+))?, (?:\[\]|\"\")\)\}"
)
_ADDRESS = re.compile(r"(\$\{[^{}]+\.public_ip\})/32")
_ID = re.compile(r"\$\{[^{}]+\.unique_id\}")
_STAND_IN = re.compile(r"240\.0\.(\d+)\.(\d+)/32|240\.0\.(\d+)\.(\d+)|AROA0KEYPERIM(\d{4})")
_FORGED = re.compile(r"\b240\.0\.|AROA0KEYPERIM")


class StandIns:
    """Stand-ins for the expressions of both sides; equal expressions are one."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def address(self, expression: str) -> str:
        """An address that no host has."""
        number = self._number(expression)
        return f"240.0.{number // 256}.{number % 256}/32"

    def id(self, expression: str) -> str:
        """A unique id that no role has."""
        return f"AROA0KEYPERIM{self._number(expression):04}"

    def named(self, line: str) -> str:
        """A line with the expressions in place of their stand-ins."""
        names = {number: expression for expression, number in self._numbers.items()}

        def name(found: "re.Match[str]") -> str:
            whole, one, other = found[1] or found[3], found[2] or found[4], found[5]
            number = int(other) if other else int(whole) * 256 + int(one)
            shown = text(names.get(number, found[0])).removeprefix("${").removesuffix("}")
            return f"the address of {shown.removesuffix('.public_ip')}" if whole else f"{{{shown}}}"

        return _STAND_IN.sub(name, line) if names else line

    def _number(self, expression: str) -> int:
        return self._numbers.setdefault(expression, len(self._numbers) + 1)


def linked(stacks: Mapping[str, Document], stand_ins: StandIns) -> list[Document]:
    """The resources of synthesized stacks with each other's outputs. As they are where somebody wrote a stand-in by hand."""
    resources = [{"resource": stack.get("resource") or {}} for stack in stacks.values()]
    written = [*resources, *({"output": stack.get("output")} for stack in stacks.values())]
    if any(_FORGED.search(leaf) for one in written for leaf in _texts(one)):
        return resources
    outputs = {name: body for stack in stacks.values() for name, body in (stack.get("output") or {}).items()}
    return [_replaced(one, outputs, stand_ins) for one in resources]


def _replaced(value: Any, outputs: Mapping[str, Any], stand_ins: StandIns) -> Any:
    if isinstance(value, dict):
        return {name: _replaced(one, outputs, stand_ins) for name, one in value.items()}
    if isinstance(value, list):
        return [_replaced(one, outputs, stand_ins) for one in value]
    if not later(value):
        return value
    if (whole := _READ.fullmatch(value)) and isinstance(found := _output(whole, outputs), list):
        return [_known(one, stand_ins) for one in found]
    return _known(_READ.sub(lambda one: str(_output(one, outputs) or one[0]), value), stand_ins)


def _output(found: "re.Match[str]", outputs: Mapping[str, Any]) -> Any:
    body = outputs.get(found[1])
    value = body.get("value") if isinstance(body, dict) else None
    return value.get(found[2]) if found[2] and isinstance(value, dict) else None if found[2] else value


def _known(value: Any, stand_ins: StandIns) -> Any:
    if not isinstance(value, str):
        return value
    if whole := _ADDRESS.fullmatch(value):
        return stand_ins.address(whole[1])
    return _ID.sub(lambda found: stand_ins.id(found[0]), value)


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str):
        yield value
