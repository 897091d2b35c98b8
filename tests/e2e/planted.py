"""A mistake that is planted in a stack; each is one that a review may overlook."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Stack = dict[str, Any]
PERIMETER, LEVEL = (f"google_access_context_manager_{kind}" for kind in ("service_perimeter", "access_level"))


@dataclass(frozen=True)
class Bug:
    """What is wrong, in which environment it is planted, and how."""

    name: str
    environment: str
    plant: Callable[[Stack], None]

    def planted(self, stack: Stack) -> Stack:
        """The stack with the bug. ValueError if that is the same one, for then nothing would be tested."""
        broken = copy.deepcopy(stack)
        for kind in (PERIMETER, LEVEL):
            for body in resources(broken, kind):
                body.get("lifecycle", {}).pop("precondition", None)
        before = copy.deepcopy(broken)
        self.plant(broken)
        if before == broken:
            raise ValueError(f"{self.name}: is nowhere to be planted in {self.environment}")
        return broken


def resources(stack: Stack, kind: str, name: str = "") -> list[Stack]:
    """The resources of a type whose construct's path has `name` in it."""
    return [body for key, body in sorted(stack["resource"].get(kind, {}).items()) if name in key]
