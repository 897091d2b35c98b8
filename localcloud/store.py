"""The state of both clouds in a folder, so that it outlives the process: Google's as JSON, moto's as moto keeps it."""

import fcntl
import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from .aws import backends
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
        if not (self._folder / "google.json").exists():
            return State()
        written = (self._folder / "version").read_text()
        if written != backends.VERSION:
            raise ValueError(f"state: {self._folder} was written with {written}, this is {backends.VERSION}: remove it")
        backends.load((self._folder / "aws.pickle").read_bytes())
        return State(**json.loads((self._folder / "google.json").read_text()))

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
        """Note that a request may have changed something."""
        if request.method != "GET" and not action.startswith(_READS):
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
        for name, data in (
            ("version", backends.VERSION.encode()),
            ("aws.pickle", aws),
            ("google.json", google.encode()),
        ):
            new = self._folder / f".{name}"
            new.write_bytes(data)
            new.replace(self._folder / name)
