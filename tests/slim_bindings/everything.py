"""Writes to a folder what all environments synthesize to, and the features. Run in a process of its own."""

import sys
import time
from pathlib import Path

import main  # installs slim_bindings, or not, as SLIM_BINDINGS says
from tests.slim_bindings import features


def write(folder: Path) -> None:
    """One folder an environment, and features.txt."""
    for environment in sorted(path.stem for path in Path("environments").glob("*.toml")):
        (folder / environment).mkdir(parents=True)
        main.synthesize(main.load(environment), environment, str(folder / environment))
    (folder / "features.txt").write_text(features.report())


if __name__ == "__main__":
    begin = time.monotonic()
    write(Path(sys.argv[1]))
    print(f"{time.monotonic() - begin:.1f} s")
