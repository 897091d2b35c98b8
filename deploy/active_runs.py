"""`python -m deploy.active_runs`: print the runs under way, one folder a line. Returns 1 if there is any, for `make clean`.

Needs the standard library alone, because `make clean` may run before set-up.
"""

import fcntl
import os
import sys
from pathlib import Path


def live(runs: Path) -> "list[Path]":
    """The folders in `runs` that a run holds a lock on."""
    return [folder for folder in sorted(runs.glob("*/")) if _locked(folder)]


def _locked(folder: Path) -> bool:
    number = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(number)
    return False


if __name__ == "__main__":
    found = live(Path(".runs"))
    for path in found:
        print(f"{path}: a run is under way")
    sys.exit(bool(found))
