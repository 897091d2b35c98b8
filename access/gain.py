"""One thing that the new side of a difference allows and the old side does not."""

from collections.abc import Iterable
from dataclasses import dataclass

MOST_NAMED = 3


@dataclass(frozen=True)
class Gain:
    """`address` decides. `missing` are the facts without which it cannot be decided; empty where it is allowed for sure.

    `whole` is everything that the sentence sums up: two different gains are never equal.
    """

    address: str
    what: str
    witness: str = ""
    missing: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()

    def __str__(self) -> str:
        example = f"; for example: {self.witness}" if self.witness else ""
        unknown = f"; cannot be decided without {few(self.missing)}" if self.missing else ""
        return f"{self.address}: {self.what}{example}{unknown}"


def few(names: Iterable[str], most: int = MOST_NAMED) -> str:
    """The first of several names, and how many there are in addition."""
    found = list(names)
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more
