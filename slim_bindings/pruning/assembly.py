"""A jsii assembly with some of a provider's submodules, put together from its store."""

import gzip
import io
import json
import tarfile
import zipfile
import zlib
from collections.abc import Collection
from typing import Any

from .bundle import bundle
from .unprunable import Unprunable

DAMAGED = (zipfile.BadZipFile, zlib.error, KeyError)
"""What reading a damaged store ends in."""


def assemble(store: bytes, submodules: Collection[str], name: str) -> bytes:
    """A tarball that the jsii kernel loads as the assembly `name`, with these submodules and those they refer to.

    The bytes depend on the arguments alone. `name` is the provider's own ("@cdktf/provider-aws"), or another one for
    submodules that join after that has been loaded: the kernel loads each name only once. These may not refer to
    others, which would be there twice.
    Raises Unprunable if they do, or if the provider lacks a submodule, and one of DAMAGED if the store is.
    """
    with zipfile.ZipFile(io.BytesIO(store)) as members:
        header = json.loads(members.read("header.json"))
        known = header.pop("slim_bindings")
        chosen = sorted(_closure(known, submodules))
        others = sorted(set(chosen) - set(submodules))
        if others and name != header["name"]:
            raise Unprunable(f"{', '.join(sorted(submodules))} refers to {', '.join(others)}")
        folders = {submodule: known[submodule][0] for submodule in chosen}
        rename = _Rename(header["name"], name)
        prefixes = tuple(f"lib/{folder}/" for folder in folders.values())
        code = sorted(member for member in members.namelist() if member.startswith(prefixes))
        script = bundle({member.removeprefix("lib/"): members.read(member) for member in code}, folders)
        files = {
            ".jsii": rename(json.dumps(_with_types(header, members, folders)).encode()),
            "package.json": rename(members.read("package.json")),
            "lib/index.js": rename(script),
        }
    return _tarball(files)


class _Rename:
    """Replaces the assembly's name where it is in quotes, alone or before a type's name."""

    def __init__(self, old: str, new: str) -> None:
        self._pairs = [(f'"{old}{end}'.encode(), f'"{new}{end}'.encode()) for end in ('"', ".")]

    def __call__(self, content: bytes) -> bytes:
        for old, new in self._pairs:
            content = content.replace(old, new)
        return content


def closure(store: bytes, submodules: Collection[str]) -> frozenset[str]:
    """These submodules and those they refer to."""
    with zipfile.ZipFile(io.BytesIO(store)) as members:
        return frozenset(_closure(json.loads(members.read("header.json"))["slim_bindings"], submodules))


def _closure(known: dict[str, Any], submodules: Collection[str]) -> set[str]:
    missing = sorted(set(submodules) - known.keys())
    if missing:
        raise Unprunable(f"it has no submodule {', '.join(missing)}")
    found, new = set(submodules), set(submodules)
    while new:
        new = {other for submodule in new for other in known[submodule][1]} - found
        found |= new
    return found


def _with_types(header: dict[str, Any], members: zipfile.ZipFile, folders: dict[str, str]) -> dict[str, Any]:
    texts = [members.read(f"types/{submodule}") for submodule in folders]
    fqns = [f"{header['name']}.{submodule}" for submodule in folders]
    return header | {
        "types": json.loads(b"{" + b",".join(texts) + b"}"),
        "submodules": {fqn: header["submodules"][fqn] for fqn in fqns},
    }


def _tarball(files: dict[str, bytes]) -> bytes:
    output = io.BytesIO()
    compressed = gzip.GzipFile(fileobj=output, mode="wb", compresslevel=6, mtime=0)
    with compressed, tarfile.open(fileobj=compressed, mode="w", format=tarfile.USTAR_FORMAT) as tarball:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(content)
            tarball.addfile(entry, io.BytesIO(content))
    return output.getvalue()
