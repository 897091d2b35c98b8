"""Take every host out of the lock files: pipenv and npm verify and install the rest by hash, from the machine's own index."""

import json
import sys
from pathlib import Path


def strip(lock: dict) -> None:
    """A Pipfile.lock loses its sources and indexes, a package-lock.json where to send money."""
    if "_meta" in lock:
        lock["_meta"]["sources"] = []
    for section in ("default", "develop", "packages"):
        for package in lock.get(section, {}).values():
            package.pop("index", None)
            package.pop("funding", None)


for name in sys.argv[1:]:
    path = Path(name)
    indent = 4 if path.name == "Pipfile.lock" else 2
    lock = json.loads(path.read_text())
    strip(lock)
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(json.dumps(lock, indent=indent, ensure_ascii=False) + "\n")
    fresh.replace(path)
