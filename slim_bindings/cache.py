"""The cache folder: where it is, whether it may be trusted, and files that are whole or absent.

What lies in it is code that Node will run, so a folder is used only if nobody but its owner, the present user (or root,
for the folders above it), could have written to it: the rule jsii applies to its own package cache.
"""

import contextlib
import functools
import hashlib
import os
import re
import shutil
import stat
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from importlib.util import MAGIC_NUMBER
from pathlib import Path

from .messages import warn

try:
    import fcntl
except ImportError:  # Windows: no lock, so two cold processes do the same work twice
    fcntl = None  # type: ignore[assignment]


_RANGES = "-short" if "no_debug_ranges" in sys._xoptions or os.environ.get("PYTHONNODEBUGRANGES") else ""
PYTHON = f"{sys.implementation.cache_tag}-{MAGIC_NUMBER[:2].hex()}-{sys.flags.optimize}{_RANGES}"
"""What the code that Python compiles depends on."""
_FOLDER = re.compile(r"-[0-9a-f]{20}$")


@functools.cache
def root() -> Path:
    """The cache folder: SLIM_BINDINGS_CACHE, else slim_bindings in XDG_CACHE_HOME, else in ~/.cache.

    A folder that cannot be written or trusted is passed by, with one line on stderr, for a temporary one that
    disappears with this process.
    """
    chosen = os.environ.get("SLIM_BINDINGS_CACHE")
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    folder = Path(chosen or Path(home if Path(home).is_absolute() else "~/.cache", "slim_bindings"))
    try:
        folder = folder.expanduser().absolute()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        objection = _objection(folder)
    except (OSError, RuntimeError) as error:  # RuntimeError: the user has no home
        objection = str(error)
    if not objection:
        return folder
    warn(f"the cache {folder} is not used, because {objection}; this run builds its own, in some seconds")
    return Path(_temporary().name)


@functools.cache
def folder(label: str, source: Path, *makers: str) -> Path:
    """The folder in `root` for what the modules `makers` make of the file `source`: a new one if any of them changes.

    `label` is for people who look into the cache. Makers are given as `__file__`.
    """
    state = [(path.stat().st_size, path.stat().st_mtime_ns) for path in (source, *map(Path, makers))]
    path = root() / f"{label}-{digest(f'{source} {state}')}"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def digest(text: str) -> str:
    """A short name for `text`."""
    return hashlib.sha256(text.encode()).hexdigest()[:20]


@functools.cache
def _temporary() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="slim_bindings-")


def _objection(folder: Path) -> str | None:
    """Why `folder` may not be used, or None. A sticky folder (/tmp) protects the entries of others."""
    if not hasattr(os, "geteuid"):
        return None
    if not os.access(folder, os.W_OK | os.X_OK):
        return "it is not writable"
    resolved = folder.resolve()
    for place in (resolved, *resolved.parents):
        status = place.stat()
        owners = {os.geteuid()} if place == resolved else {os.geteuid(), 0}
        if status.st_uid not in owners:
            return f"{place} belongs to another user ({status.st_uid})"
        shared = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if shared and (place == resolved or not status.st_mode & stat.S_ISVTX):
            return f"others may write to {place}"
    return None


def read_whole(path: Path) -> bytes | None:
    """What `write_whole` wrote, or None if it is missing or damaged."""
    try:
        content = path.read_bytes()
        if path.with_suffix(".sum").read_bytes() != _sum(content):
            return None
        for used in (path, path.with_suffix(".sum"), path.parent):
            os.utime(used)
        return content
    except OSError:
        return None


def write_whole(path: Path, content: bytes) -> None:
    """Write by temporary file and rename, and a checksum next to it: a killed writer leaves nothing that is believed."""
    for target, data in ((path, content), (path.with_suffix(".sum"), _sum(content))):
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
            try:
                file.write(data)
                file.close()
                Path(file.name).replace(target)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise


def _sum(content: bytes) -> bytes:
    return b"%08x" % zlib.crc32(content)


def sweep() -> None:
    """Remove the folders, and the files in them, that have not been read for two months."""
    oldest = time.time() - 60 * 24 * 3600
    folders = [path for path in root().iterdir() if _FOLDER.search(path.name)]  # somebody's own files may be there too
    files = [file for folder in folders for file in folder.iterdir() if file.name != ".lock"]
    for path in (*folders, *files):
        with contextlib.suppress(OSError):  # somebody else was faster
            if path.stat().st_mtime < oldest:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextlib.contextmanager
def lock(folder: Path) -> Iterator[None]:
    """One builder at a time; the system releases the lock of a process that is killed."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # it may have been removed since
    if fcntl is None:
        yield
        return
    with (folder / ".lock").open("w") as file:
        with contextlib.suppress(OSError):  # a file system without locks: the same work twice, the same result
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
