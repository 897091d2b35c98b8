"""Write client/requirements.txt: what pip takes for the client on each Python and architecture, in Pipfile.lock's versions.

pip resolves and names each wheel with its hash (`install --dry-run --report`); nothing is installed. Only hashes that are
in Pipfile.lock are written.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOTS = ["google-auth", "google-genai", "requests"]
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
ARCHITECTURES = ["x86_64", "aarch64"]
# Amazon Linux 2023 has glibc 2.34.
GLIBC = ["manylinux_2_34", "manylinux_2_31", "manylinux_2_28", "manylinux_2_27", "manylinux_2_26", "manylinux_2_24"]
OLDER = ["manylinux_2_17", "manylinux2014", "manylinux_2_12", "manylinux2010", "manylinux_2_5", "manylinux1"]
HEAD = (
    "# google-auth, google-genai and what they need: CPython 3.11 to 3.14 on manylinux x86_64 and aarch64. "
    "Versions as in Pipfile.lock."
)


def locked(path: Path) -> dict[str, dict[str, Any]]:
    """All packages of a Pipfile.lock by name."""
    lock = json.loads(path.read_text(encoding="utf-8"))
    return {**lock["develop"], **lock["default"]}


def platforms(architecture: str) -> list[str]:
    """pip's options for wheels that Amazon Linux 2023 can load, newest glibc first."""
    return [f"--platform={glibc}_{architecture}" for glibc in (*GLIBC, *OLDER)]


def resolved(roots: list[str], packages: dict[str, dict[str, Any]], python: str, architecture: str) -> dict[str, str]:
    """The hashes of the wheels that pip takes for the roots, by `name==version`; where a package is locked, in that version."""
    with tempfile.TemporaryDirectory() as folder:
        constraints, report = Path(folder, "constraints.txt"), Path(folder, "report.json")
        pins = [f"{name}{package['version']}" for name, package in packages.items() if "version" in package]
        constraints.write_text("\n".join(pins), encoding="utf-8")
        what = ["--dry-run", "--ignore-installed", "--only-binary=:all:", f"--target={folder}/none"]
        what += platforms(architecture)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *what]
        more = [f"--python-version={python}", f"--constraint={constraints}", f"--report={report}", *roots]
        subprocess.run([*pip, *more], check=True)
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
    return {
        f"{_normal(one['metadata']['name'])}=={one['metadata']['version']}": one["download_info"]["archive_info"][
            "hashes"
        ]["sha256"]
        for one in found
    }


def lines(packages: dict[str, dict[str, Any]]) -> list[str]:
    """One line a package, hashes sorted. Raises SystemExit for a hash that is not locked."""
    hashes: dict[str, set[str]] = {}
    for python in PYTHONS:
        for architecture in ARCHITECTURES:
            for pin, digest in resolved(ROOTS, packages, python, architecture).items():
                hashes.setdefault(pin, set()).add(digest)
    for pin, digests in hashes.items():
        for digest in digests:
            if f"sha256:{digest}" not in packages[pin.split("==")[0]]["hashes"]:
                raise SystemExit(f"{pin} with sha256:{digest} is not in Pipfile.lock: lock again")
    pins = sorted(hashes, key=lambda pin: pin.split("=="))
    return [" ".join([pin, *(f"--hash=sha256:{digest}" for digest in sorted(hashes[pin]))]) for pin in pins]


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


if __name__ == "__main__":
    lock, path = Path(sys.argv[1]), Path(sys.argv[2])
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text("\n".join([HEAD, *lines(locked(lock))]) + "\n", encoding="utf-8")
    fresh.replace(path)
