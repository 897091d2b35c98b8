"""A provider's pruned tarballs, kept in the cache."""

import contextlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from .. import cache, messages

_Made = TypeVar("_Made")


@dataclass(frozen=True)
class Provider:
    """An installed provider package: the assembly's name ("@cdktf/provider-aws") and version, and its tarball."""

    name: str
    version: str
    tarball: Path

    @property
    def folder(self) -> Path:
        """Its folder in the cache."""
        label = f"{self.name.removeprefix('@').replace('/', '-')}@{self.version}"
        makers = [str(Path(__file__).with_name(name)) for name in ("store.py", "assembly.py", "bundle.py", "bundle.js")]
        return cache.folder(label, self.tarball, *makers)

    def pruned(self, submodules: Collection[str], name: str) -> Path | None:
        """The tarball with these submodules as the assembly `name`, if it is in the cache."""
        path = self._path(submodules, name)
        return path if cache.read_whole(path) is not None else None

    def make(self, submodules: Collection[str], name: str) -> Path:
        """Put that tarball into the cache.

        Raises Unprunable, or OSError if neither the cache nor a temporary folder can be written.
        """
        from .assembly import assemble  # it imports tarfile and more: only when something is made

        path = self._path(submodules, name)
        with cache.lock(self.folder):
            if cache.read_whole(path) is None:
                cache.write_whole(path, self._of_store(lambda store: assemble(store, submodules, name)))
                cache.sweep()
        return path

    def closure(self, submodules: Collection[str]) -> frozenset[str]:
        """These submodules and those they refer to: what a tarball made for them holds."""
        from .assembly import closure

        with cache.lock(self.folder):
            return self._of_store(lambda store: closure(store, submodules))

    def _of_store(self, make: Callable[[bytes], _Made]) -> _Made:
        from .assembly import DAMAGED

        try:
            return make(self._store())
        except DAMAGED:  # in a way that its checksum does not show
            (self.folder / "store.zip").unlink()
            return make(self._store())

    def prepare(self) -> None:
        """Split the tarball, if that has not been done. What goes wrong here goes wrong again, and is said, in make."""
        with contextlib.suppress(Exception), cache.lock(self.folder):
            self._store()

    def _path(self, submodules: Collection[str], name: str) -> Path:
        return self.folder / f"{cache.digest(' '.join([name, *sorted(submodules)]))}.tgz"

    def _store(self) -> bytes:
        from .store import split

        path = self.folder / "store.zip"
        content = cache.read_whole(path)
        if content is None:
            messages.say(f"splitting {self.name} {self.version} by resource, once for this version (a few seconds)")
            content = split(self.tarball)
            cache.write_whole(path, content)
        return content
