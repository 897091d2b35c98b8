"""The table of what SOAK=1 found out: a row a mode, the latest result of each."""

import datetime
import fcntl
import os
from pathlib import Path

TABLE = Path(__file__).parent.parent.parent / "docs" / "soak.md"
HEAD = """# Soak

What `make soak` last said of each mode: both stacks applied with real Terraform 1.11 and both real providers against the
local cloud, then planned again. "No change" is that second plan. Seconds are those of plan, apply and plan of both
stacks, on whatever machine. Written by the run itself.

| Mode | Second plan | Seconds | Date |
|---|---|---|---|
"""


def record(mode: str, result: str, seconds: float) -> None:
    """Put one row into the table, in the place of an earlier one of this mode. Nothing without SOAK."""
    if not os.environ.get("SOAK"):
        return
    with TABLE.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        rows = {line.split(" | ")[0]: line for line in file.read().splitlines() if line.startswith("| ")}
        rows.pop("| Mode", None)
        rows[f"| {mode}"] = f"| {mode} | {result} | {seconds:.0f} | {datetime.date.today()} |"
        file.truncate(0)
        file.write(HEAD + "".join(f"{rows[name]}\n" for name in sorted(rows)))
