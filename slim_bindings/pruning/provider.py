"""A provider's pruned tarballs, kept in the cache."""

import contextlib
import hashlib
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .. import messages
from . import cache


@dataclass(frozen=True)
class Provider:
    """An installed provider package: the assembly's name ("@cdktf/provider-aws") and version, and its tarball."""

    name: str
    version: str
    tarball: Path

    @cached_property
    def folder(self) -> Path:
        """Its folder in the cache: another one whenever the installed tarball or this code changes."""
        status = self.tarball.stat()
        code = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
        state = f"{status.st_size} {status.st_mtime_ns} {zlib.crc32(code)}"
        label = f"{self.name.removeprefix('@').replace('/', '-')}@{self.version}"
        folder = cache.root() / f"{label}-{_digest(state)}"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def pruned(self, submodules: Collection[str], name: str) -> Path | None:
        """The tarball with these submodules as the assembly `name`, if it is in the cache."""
        path = self._path(submodules, name)
        return path if cache.read_whole(path) is not None else None

    def make(self, submodules: Collection[str], name: str) -> Path:
        """Put that tarball into the cache.

        Raises store.Unprunable, or OSError if neither the cache nor a temporary folder can be written.
        """
        from .assembly import assemble  # zipfile and tarfile take 15 ms to import: only when something is made

        path = self._path(submodules, name)
        with cache.lock(self.folder):
            if cache.read_whole(path) is None:
                try:
                    content = assemble(self._store(), submodules, name)
                except (zipfile.BadZipFile, zlib.error, KeyError):  # damaged in a way that its checksum does not show
                    (self.folder / "store.zip").unlink()
                    content = assemble(self._store(), submodules, name)
                cache.write_whole(path, content)
        return path

    def prepare(self) -> None:
        """Split the tarball, if that has not been done. What goes wrong here goes wrong again, and is said, in make."""
        with contextlib.suppress(Exception), cache.lock(self.folder):
            self._store()

    def _path(self, submodules: Collection[str], name: str) -> Path:
        return self.folder / f"{_digest(' '.join([name, *sorted(submodules)]))}.tgz"

    def _store(self) -> bytes:
        from .store import split

        path = self.folder / "store.zip"
        content = cache.read_whole(path)
        if content is None:
            messages.say(f"splitting {self.name} {self.version} by resource, once for this version (a few seconds)")
            content = split(self.tarball)
            cache.write_whole(path, content)
        return content


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
