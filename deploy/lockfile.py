"""Dependency lock files: `locks/<environment>/<stack>.hcl`, committed, for linux and macOS; otherwise one that a run keeps."""

import os
import re
import shutil
import tempfile
from pathlib import Path

from deploy.errors import Failed
from deploy.stacks import SYNTHESIZED, Stack
from deploy.variables import asked

FOLDER = Path("locks")
KEPT = Path(".cache/locks")
TERRAFORMS = ".terraform.lock.hcl"
PLATFORMS = ("linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64")
_VERSION = re.compile(r'^\s*version\s*=\s*"([^"]*)"', re.MULTILINE)
_CHECKSUM = re.compile(r'"(\w+:[^"]+)"')
UNREACHABLE = ("could not connect to", "failed to request discovery document", "no such host", "failed to retrieve")


def lockfile(environment: str, stack: str) -> Path:
    return FOLDER / environment / f"{stack}.hcl"


def kept(environment: str, stack: str) -> Path:
    """Where a run keeps Terraform's lock for the next one, if none is committed."""
    return KEPT / environment / f"{stack}.hcl"


def in_use(environment: str, stack: str) -> bytes:
    """The lock that the next run starts from; empty without a lock."""
    for path in (lockfile(environment, stack), kept(environment, stack)):
        if path.exists():
            return path.read_bytes()
    return b""


def lock(environment: str, stacks: list[Stack], terraform: str) -> None:
    """Lock the newest providers that the constraints allow. The files of all stacks are written, or no file."""
    fresh = {stack.name: _locked(stack, terraform) for stack in stacks}
    for name, content in fresh.items():
        path = lockfile(environment, name)
        put(content, path)
        print(f"{path}: written for {', '.join(PLATFORMS)}")


def selected(lock: bytes) -> dict[str, tuple[str, frozenset[str]]]:
    """The version and the checksums of each provider in a lock: Terraform writes the same ones in another layout."""
    blocks = re.findall(r'^provider "([^"]+)" \{(.*?)^\}', lock.decode(errors="replace"), re.MULTILINE | re.DOTALL)
    return {name: ("".join(_VERSION.findall(body)), frozenset(_CHECKSUM.findall(body))) for name, body in blocks}


def put(content: bytes, path: Path) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _locked(stack: Stack, terraform: str) -> bytes:
    print(f"{stack.name}: fetching the providers' checksums (a minute or two)", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(stack.folder / SYNTHESIZED, folder)
        platforms = [f"-platform={platform}" for platform in PLATFORMS]
        done = asked(folder, terraform, "providers", "lock", "-no-color", *platforms)
        if done.returncode:
            raise Failed(f"{done.stderr.strip()}\n{stack.name}: not locked, no file was written{_why(done.stderr)}")
        return (folder / TERRAFORMS).read_bytes()


def _why(said: str) -> str:
    if any(sign in said for sign in UNREACHABLE):
        return ": the registry cannot be reached from here (checksums of four platforms come from there, not from a mirror)"
    return ""
