"""Which Pipfile a lock was made of."""

import hashlib
import json
import tomllib
from pathlib import Path


def digest(pipfile: Path) -> str:
    """Return the SHA-256 of what a Pipfile declares, whatever its comments, its order and the machine's index.

    pipenv's own hash contains the index of the machine on which it locked.
    """
    declared = tomllib.loads(pipfile.read_text(encoding="utf-8"))
    packages = {name: declared.get(name, {}) for name in ("packages", "dev-packages", "requires")}
    return hashlib.sha256(json.dumps(packages, sort_keys=True).encode()).hexdigest()
