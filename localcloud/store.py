"""The state of both clouds in a folder, so that it outlives the process: Google's as JSON, moto's as moto keeps it.

Each save is a separate folder; the link `current`, which is replaced at once, leads to the last one that is whole.
"""

import fcntl
import json
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from .aws import backends
from .aws.cloud import LINK_LOCAL
from .google.state import State
from .proxy import Request

_EVERY = 1.0
"""Seconds between two looks whether there is something to write: what a killed process may lose."""
_READS = ("Describe", "Get", "List")


class Store:
    """A folder that one process uses at a time. Raises ValueError if another does, or if it cannot be read."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._owner = (folder / "lock").open("a")
        try:
            fcntl.flock(self._owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ValueError(f"state: {folder} is in use by another local cloud") from None
        self._changed, self._closing = threading.Event(), threading.Event()
        self._writer: threading.Thread | None = None
        self._problem = ""

    def read(self) -> State:
        """Put AWS's state in place, and give Google's; both empty if the folder is."""
        if (self._folder / "google.json").exists():
            raise ValueError(f"state: {self._folder} was written by an earlier version of the local cloud: remove it")
        saved = self._folder / "current"
        if not saved.exists():
            return State()
        written = (saved / "version").read_text()
        if written != backends.VERSION:
            raise ValueError(f"state: {self._folder} was written with {written}, this is {backends.VERSION}: remove it")
        backends.load((saved / "aws.pickle").read_bytes())
        return State(**json.loads((saved / "google.json").read_text()))

    def keep(self, snapshot: Callable[[], tuple[bytes, str]]) -> None:
        """From now on write what `snapshot` gives, soon after each `touch` and at the end.

        What cannot be written is said at once, and tried again after the next `touch`.
        """

        def run() -> None:
            while not self._closing.wait(_EVERY):
                if self._changed.is_set():
                    self._changed.clear()
                    self._try(snapshot)
            self._try(snapshot)

        self._writer = threading.Thread(target=run)
        self._writer.start()

    def touch(self, request: Request, action: str) -> None:
        """Note that a request may have changed something: `action` is AWS's, "" where method and path are all there is.

        The metadata services make keys when they are asked for them.
        """
        writes = not action.startswith(_READS) if action else request.method != "GET"
        if writes or request.host in LINK_LOCAL:
            self._changed.set()

    def close(self) -> None:
        """Write a last time, and let go of the folder. Raises OSError if that could not be written."""
        self._closing.set()
        if self._writer:
            self._writer.join()
        self._owner.close()
        if self._problem:
            raise OSError(self._problem)

    def _try(self, snapshot: Callable[[], tuple[bytes, str]]) -> None:
        try:
            self._write(*snapshot())
            self._problem = ""
        except Exception as problem:  # noqa: BLE001 (whatever it is, the next write may go well)
            self._problem = f"state: {self._folder} was not written: {problem}"
            print(f"localcloud: {self._problem}", file=sys.stderr, flush=True)

    def _write(self, aws: bytes, google: str) -> None:
        new = Path(tempfile.mkdtemp(prefix="saved-", dir=self._folder))
        (new / "version").write_text(backends.VERSION)
        (new / "aws.pickle").write_bytes(aws)
        (new / "google.json").write_text(google)
        link = self._folder / ".current"
        link.unlink(missing_ok=True)
        link.symlink_to(new.name)
        link.replace(self._folder / "current")
        for old in self._folder.glob("saved-*"):
            if old != new:
                shutil.rmtree(old)
