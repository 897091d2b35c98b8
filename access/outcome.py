"""What one gate answers: allowed, denied, or what is missing to decide; with the reason and the address that decides."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Outcome:
    """`missing` are the facts without which it cannot be decided; empty if it is decided. `address` may be empty.

    `gate` is the name of the gate, where this is the answer of a whole path.
    """

    allowed: bool
    reason: str
    address: str = ""
    missing: tuple[str, ...] = ()
    gate: str = ""

    @property
    def value(self) -> bool | None:
        """Allowed, denied, or None where it cannot be decided."""
        return None if self.missing else self.allowed


@dataclass(frozen=True)
class Gate:
    """One gate on the path of a call. A perimeter answers twice: what is enforced, and what the dry run would answer."""

    name: str
    enforced: Outcome
    dry_run: Outcome


@dataclass(frozen=True)
class CallPath:
    """The gates of one way to make the call, and the identity that passes the last one."""

    acts_as: str
    gates: tuple[Gate, ...]

    def with_texts(self, readable: Callable[[str], str]) -> "CallPath":
        """The path with each text as people read it."""
        return CallPath(
            readable(self.acts_as),
            tuple(
                Gate(
                    gate.name,
                    *(
                        replace(one, reason=readable(one.reason), missing=tuple(map(readable, one.missing)))
                        for one in (gate.enforced, gate.dry_run)
                    ),
                )
                for gate in self.gates
            ),
        )

    @property
    def enforced(self) -> Outcome:
        """The gate that decides what is enforced."""
        return _deciding([replace(gate.enforced, gate=gate.name) for gate in self.gates])

    @property
    def dry_run(self) -> Outcome:
        """The gate that decides if the dry run were enforced."""
        return _deciding([replace(gate.dry_run, gate=gate.name) for gate in self.gates])


def _deciding(outcomes: Sequence[Outcome]) -> Outcome:
    """The first that denies for sure, else the first that cannot be decided, else the last one."""
    for value in (False, None):
        if found := next((one for one in outcomes if one.value is value), None):
            return found
    return outcomes[-1]


def rank(outcome: Outcome) -> int:
    """Allowed comes first, then what cannot be decided, then denied."""
    return {True: 0, None: 1, False: 2}[outcome.value]
