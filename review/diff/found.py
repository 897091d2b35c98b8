"""What a comparison found: findings, one environment's difference, and the answer for all of them."""

from dataclasses import dataclass, field

SAME, CHANGED, NEW, DELETED, RENAMED, UNREADABLE = "same", "changed", "new", "deleted", "renamed", "unreadable"
REFUSED, UNDECIDED, WIDER, NOTHING_WIDER = "refused", "cannot be decided", "wider", "nothing wider"


@dataclass(frozen=True)
class Finding:
    """One thing that differs. `where` says from where its callers can call, unless `what` does.

    `missing` are the facts without which it cannot be decided.
    """

    address: str
    what: str
    where: str = ""
    example: str = ""
    missing: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """All of it but the example, which is folded."""
        where = f"; {self.where}" if self.where else ""
        unknown = f"; cannot be decided without {self.missing[0]}" if self.missing else ""
        more = f" and {len(self.missing) - 1} more" if len(self.missing) > 1 else ""
        return f"{self.what}{where}{unknown}{more}{f' ({self.address})' if self.address else ''}"


@dataclass(frozen=True)
class Difference:
    """One environment. `was` is its former name; `notes` are about the environment as a whole."""

    environment: str
    change: str
    was: str = ""
    refused: tuple[Finding, ...] = ()
    wider: tuple[Finding, ...] = ()
    dry_run: tuple[Finding, ...] = ()
    facts: tuple[Finding, ...] = ()
    narrower: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def verdicts(self) -> tuple[str, ...]:
        """Every verdict that holds."""
        undecided = self.change == UNREADABLE or any(one.missing for one in self.wider)
        found = {
            REFUSED: bool(self.refused),
            UNDECIDED: undecided,
            WIDER: self.change in (NEW, RENAMED) or any(not one.missing for one in self.wider),
        }
        return tuple(verdict for verdict, holds in found.items() if holds)


@dataclass(frozen=True)
class Answer:
    """All environments. `notes` are about the two sides, such as another lock of packages."""

    differences: tuple[Difference, ...]
    notes: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        found = {verdict for one in self.differences for verdict in one.verdicts}
        ordered = tuple(one for one in (REFUSED, UNDECIDED, WIDER) if one in found)
        object.__setattr__(self, "verdicts", ordered or (NOTHING_WIDER,))

    @property
    def verdict(self) -> str:
        """The one that decides the exit code: refused, then undecided, then wider."""
        return self.verdicts[0]

    @property
    def same(self) -> int:
        """How many environments do not differ."""
        return sum(one.change == SAME for one in self.differences)
