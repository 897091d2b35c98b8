"""Node first: it starts while Python imports jsii and cdktf, and as one process instead of two.

jsii starts Node at the first import of a construct library and waits for it, 110 ms; Python has as much to do before it
needs an answer. And jsii's `jsii-runtime.js` starts a second Node with `program.js`, to which it relays requests and
output; here there is no relay (48 MB less).

Gain: 10% of an example's time (0.73 to 0.66 s), and 48 MB.
"""

import _socket
import atexit
import contextlib
import os
import select
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import IO, Any

from ..messages import warn
from .interrupts import Requests, watch
from .launch import end, launch, preloaded, program, surroundings

VERSION = Path(__file__).with_name("node_version.js")
_started: list[tuple[Any, Path, Any]] = []
"""Until jsii takes it: Node, the program it runs, and in which surroundings it was started."""


def start(jsii: Path, version: str) -> None:
    """Start Node with the kernel of the jsii package in the folder `jsii`; before jsii itself is imported.

    Not on Windows, which has no file descriptor 3 to pass.
    """
    if os.name == "posix":
        preloaded.append(VERSION)
        kernel, given = program(jsii, version), surroundings()
        _started.append((launch(kernel), kernel, given))
        atexit.register(_end_unused)
        os.register_at_fork(after_in_child=_started.clear)


def install() -> None:
    """Let jsii use the Node that was started. jsii's own `stop` ends it."""
    from jsii._kernel.providers import process as plain

    node: Any = plain._NodeProcess
    plain_start = node.start

    def start(process: Any) -> None:
        node_process = _taken()
        if node_process is None:
            plain_start(process)
            return
        process.requests = node_process.stdin = Requests(node_process.stdin)
        process._process = node_process
        process._process.wait = partial(_wait, process._process)
        process.sink_thread = threading.Thread(target=_forward, args=(process._process,), daemon=True)
        process.sink_thread.start()
        atexit.register(process.stop)
        process.handshake()

    node.start = start
    watch(node)


def _taken() -> Any:
    """The Node that was started; or another, if the program has since set variables for it or changed the folder."""
    if not _started:
        return None
    node, kernel, given = _started.pop()
    if given == surroundings():
        return node
    try:
        if node is not None:
            end(node)
        return launch(kernel)
    except Exception as error:  # jsii's own way may still be open
        warn(f"without node_first, because {error}")
        return None


def _end_unused() -> None:
    while _started:
        node, _, _ = _started.pop()
        if node is not None:
            end(node)


def _wait(process: Any, timeout: float | None = None) -> int:
    """Popen.wait with a timeout looks ever more seldom, up to 8 ms late; the socket reports at once that Node has ended.

    Node reads our last word between two requests; where it is in a callback, that nothing more comes.
    """
    with contextlib.suppress(OSError, ValueError):  # closed already, or more than 1,024 files: without this hurry
        ours = _socket.socket(fileno=os.dup(process.stdout.fileno()))
        ours.shutdown(_socket.SHUT_WR)
        ours.close()
        select.select([process.stdout], [], [], timeout)
    return subprocess.Popen.wait(process, timeout)


def _forward(process: Any) -> None:
    """What Node prints, to where Python prints at that moment, as jsii does."""

    def forward(source: IO[bytes], name: str) -> None:
        for line in source:
            with contextlib.suppress(Exception):  # closed, or None: the next line may find another
                _print(line, getattr(sys, name))

    other = threading.Thread(target=forward, args=(process.printed, "stdout"), daemon=True)
    other.start()
    forward(process.stderr, "stderr")
    other.join()
    process.printed.close()


def _print(line: bytes, stream: Any) -> None:
    if hasattr(stream, "buffer"):
        stream.buffer.write(line)
        stream.buffer.flush()
    else:  # a StringIO, or a notebook's
        stream.write(line.decode(errors="replace"))
