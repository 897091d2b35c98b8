"""Take every host out of the lock files: pip and npm install by hash, from the machine's own index."""

import json
import sys
from pathlib import Path
from typing import Any

from setup.pipfile import digest


def strip(lock: dict[str, Any], pipfile: Path) -> None:
    """A Pipfile.lock loses its sources and indexes, and gains its Pipfile's digest; a package-lock.json loses its funding."""
    if "_meta" in lock:
        lock["_meta"]["sources"] = []
        lock["_meta"]["pipfile"] = {"sha256": digest(pipfile)}
    for section in ("default", "develop", "packages"):
        for package in lock.get(section, {}).values():
            package.pop("index", None)
            package.pop("funding", None)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        indent = 4 if path.name == "Pipfile.lock" else 2
        lock = json.loads(path.read_text())
        strip(lock, path.with_name("Pipfile"))
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_text(json.dumps(lock, indent=indent, ensure_ascii=False) + "\n")
        fresh.replace(path)
