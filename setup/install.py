"""Install locked packages with pip, each file by its hash: `.venv/bin/python -m setup.install Pipfile.lock [--dev]`.

The packages go where this Python installs. Exit codes: 1, pip failed; 2, the lock cannot be used as it is.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from setup import index
from setup.pipfile import digest

PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]


def requirements(lock: dict[str, Any], sections: list[str]) -> list[str]:
    """Return a Pipfile.lock's packages as pip's requirements: version, marker and hashes, one line for each package."""
    packages = {name: package for section in sections for name, package in lock[section].items()}
    return [_requirement(name, package) for name, package in sorted(packages.items())]


def _requirement(name: str, package: dict[str, Any]) -> str:
    if "version" not in package:
        raise SystemExit(f"Pipfile.lock: {name} has no version; allowed: packages of an index; change Pipfile")
    marker = f" ; {package['markers']}" if "markers" in package else ""
    return " ".join([f"{name}{package['version']}{marker}", *(f"--hash={one}" for one in sorted(package["hashes"]))])


def _stale(lock: dict[str, Any], pipfile: Path) -> bool:
    locked: dict[str, str] = lock["_meta"].get("pipfile", {})
    return locked != {"sha256": digest(pipfile)}


def install(file: Path) -> int:
    """Install a file of requirements with hashes and return pip's exit code."""
    if not importlib.util.find_spec("pip"):  # as in a virtual environment that uv made
        subprocess.run([sys.executable, "-m", "ensurepip"], check=True, stdout=subprocess.DEVNULL)
    code = index.run([*PIP, "--no-compile", "--no-deps", "--require-hashes", "--requirement", str(file)])
    if code:
        origin = index.source(os.environ) or "pip's own configuration (pip config debug lists its files)"
        print(f"the packages could not be installed; the index is that of {origin}", file=sys.stderr)
    return 1 if code else 0


def main() -> int:
    parser = argparse.ArgumentParser("python -m setup.install", description=__doc__, allow_abbrev=False)
    parser.add_argument("file", type=Path, help="a Pipfile.lock, or requirements with hashes")
    parser.add_argument("--dev", action="store_true", help="the development packages too")
    parser.add_argument("--print", action="store_true", help="print a Pipfile.lock's requirements instead")
    args = parser.parse_args()
    if args.file.suffix != ".lock":
        return install(args.file)
    lock = json.loads(args.file.read_text(encoding="utf-8"))
    if _stale(lock, args.file.with_name("Pipfile")):
        print(f"{args.file} is not of this Pipfile: run `make lock-packages`, or undo the change", file=sys.stderr)
        return 2
    lines = requirements(lock, ["default", *["develop"] * args.dev])
    if args.print:
        print("\n".join(lines))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder, "requirements.txt")
        written.write_text("\n".join(lines), encoding="utf-8")
        return install(written)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
