"""Two stacks as one: what one reads of the other's outputs, put in its place, and a stand-in for each address and unique id.

A synthesized stack does not know an Elastic IP or the unique id of a role. Each expression gets a stand-in that the
engine can compare, an address of 240.0.0.0/4 or an id AROA0..., and what is printed names the expression.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from access.attached import perimeter_of, readable
from access.objects import Object, handed_over, is_handed_over, known_after_apply, of_stack
from access.outputs import Source, resolved
from review.blocks import text

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

    def put(self, value: Any) -> Any:
        """A value with stand-ins in place of addresses and unique ids that are not known yet."""
        if isinstance(value, Mapping):
            return {name: self.put(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.put(one) for one in value]
        if not known_after_apply(value):
            return value
        if whole := _ADDRESS.fullmatch(value):
            return self.address(whole[1])
        return _ID.sub(lambda found: self.id(found[0]), value)

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


def linked(stacks: Mapping[str, Mapping[str, Any]], stand_ins: StandIns) -> list[Object]:
    """The resources of synthesized stacks with each other's outputs. As they are where somebody wrote a stand-in by hand."""
    found = {
        name: [*of_stack({"resource": stack.get("resource")}), *handed_over(stack.get("output"))]
        for name, stack in stacks.items()
    }
    meant = {perimeter_of(one) for several in found.values() for one in several if readable(one)}
    found = {name: [one for one in several if not _is_meant(one, meant)] for name, several in found.items()}
    objects = [one for several in found.values() for one in several]
    outputs = [(stack, stack.get("output") or {}) for stack in stacks.values()]
    if any(
        _FORGED.search(leaf) for leaf in _texts([*(one.values for one in objects), [bodies for _, bodies in outputs]])
    ):
        return objects
    sources = [Source(stack, {name: one.get("value") for name, one in bodies.items()}) for stack, bodies in outputs]
    objects = [one for name, several in found.items() for one in resolved(several, stacks[name], sources)]
    return [replace(one, values=stand_ins.put(one.values)) for one in objects]


def _is_meant(one: Object, perimeters: set[str]) -> bool:
    """Whether it is the stand-in of a perimeter of which what is handed over says the levels and rules."""
    return is_handed_over(one) and one.values["name"] in perimeters


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str):
        yield value
