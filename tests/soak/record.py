"""The table of docs/verification.md that the run writes: the latest result of each environment and mode, by provider."""

import datetime
import fcntl
import os
from pathlib import Path

from tests.soak.generations import Generation

PAGE = Path(__file__).parents[2] / "docs" / "verification.md"
HEAD = "| google | aws | environment or mode | result | seconds | date |"


def record(generation: Generation, what: str, result: str, seconds: float, page: Path = PAGE) -> None:
    """Put one row into the table, in the place of an earlier one of the same name. Nothing without SOAK."""
    if not os.environ.get("SOAK"):
        return
    google, aws = (one.version if one else "-" for one in (generation.google, generation.aws))
    with page.open("r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        before, _, table = file.read().partition(HEAD)
        rows = {tuple(row.split(" | ")[:3]): row for row in table.splitlines()[2:]}
        row = f"| {google} | {aws} | {what} | {result} | {seconds:.0f} | {datetime.date.today()} |"
        rows[tuple(row.split(" | ")[:3])] = row
        file.seek(0)
        file.truncate()
        file.write("\n".join([before + HEAD, "|---|---|---|---|---|---|", *(rows[key] for key in sorted(rows))]) + "\n")
