"""docs/faults.md: types and outcomes, from the last SOAK runs."""

import datetime
import fcntl
import tempfile
from pathlib import Path

from tests.faults.outcomes import ADOPTED, AT_ONCE, BY_HAND, FAULTS, LATER

PAGE = Path(__file__).parents[2] / "docs/faults.md"
HEAD = """# Faults

This page shows what one fault causes at the request that makes a resource, with real Terraform, real providers and the local cloud.
`SOAK=1 pytest tests/faults/test_faults.py` writes it cell by cell. A dash was not run. The newest cell is of {date}.
[Verification](verification.md) has the dates and the providers. Types with the same row share it.

- `1` the resource is as it should be after that apply: the provider repeated the request, or the answer was only slow.
- `2` the apply ends in an error (or was killed), and the next one converges.
- `A` the next apply ends in a clear error; after the commands that `make adopt` prints the state is right.
- `H` the same, and `make adopt` names a rule of a perimeter, which has no import and is deleted by hand.
- `+` something remains that is in no state; `make adopt` names it.
- `!` another outcome: a defect.

Each cell has separate clouds. On AWS, what the resource refers to exists before. The providers' retries and waits are
those of the kit's settings, except that google's collects requests for 200 ms, not 3 s. Terraform finds its providers running
already, with the types in use only (tests/faults/few_types.js). A Terraform that is to be killed starts its own providers. They end
with it, as at the end of a machine or of a CI job.

## Before the write

{before}

## Write done, answer lost

{after}

`+` is where a second request cannot be matched with the first one. EC2 matches a request that the provider itself repeats (after
429, 500, 503 and a lost connection) by its client token. Addresses, VPCs and internet gateways have no client token, and the next
apply sends another one. An alert policy has no unique name. `A` is where the name, the range or the rule is taken. Google's grants
and services are set to a given value, and setting them again changes nothing: no `A` there. A project is in a perimeter once, and two
rules of one have two titles: so the next apply of a membership or a rule is refused.

tests/faults/test_no_gap.py shows that no other caller is admitted meanwhile. It goes through a first apply, another address, a second
workload, a stop, a promotion and a destroy, with each write refused once. After every write it decides who would be admitted.
"""


def done_with(case: tuple[str, str, bool]) -> bool:
    """Whether a cell has a sign, and no `!`."""
    return _cells().get(case, "!") != "!"


def write(kind: str, fault: str, done: bool, text: str) -> None:
    """Renew the cell of one case; the others stay."""
    with Path(tempfile.gettempdir(), "keyless-faults.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _write(_cells() | {(kind, fault, done): _letter(text)})


def _write(cells: dict[tuple[str, str, bool], str]) -> None:
    kinds = sorted({kind for kind, _, _ in cells})
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    tables = {}
    for name, done in (("before", False), ("after", True)):
        rows: dict[tuple[str, ...], list[str]] = {}
        for kind in kinds:
            rows.setdefault(tuple(cells.get((kind, fault, done), "-") for fault in FAULTS), []).append(f"`{kind}`")
        lines = [[", ".join(same), *row] for row, same in rows.items()]
        head = [["type", *FAULTS], ["---"] * (len(FAULTS) + 1)]
        tables[name] = "\n".join(f"| {' | '.join(line)} |" for line in (*head, *lines))
    PAGE.write_text(HEAD.format(date=today, **tables), encoding="utf-8")


def _letter(text: str) -> str:
    letter = {AT_ONCE: "1", LATER: "2", ADOPTED: "A", BY_HAND: "H"}
    return letter.get(text.partition(";")[0], "!") + ("+" if "left over" in text else "")


def _cells() -> dict[tuple[str, str, bool], str]:
    cells: dict[tuple[str, str, bool], str] = {}
    if not PAGE.exists():
        return cells
    done, faults = False, list[str]()
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        done = done or line.startswith("## Write done")
        words = [word.strip() for word in line.strip("|").split("|")]
        if line.startswith("| type"):
            faults = words[1:]
        elif line.startswith("| `"):
            found = [(f, cell) for f, cell in zip(faults, words[1:], strict=True) if cell != "-"]
            cells |= {(kind.strip("`"), f, done): cell for kind in words[0].split(", ") for f, cell in found}
    return cells
