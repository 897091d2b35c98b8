"""Node first: it starts while Python imports jsii and cdktf, and as one process instead of two.

jsii starts Node at the first import of a construct library and waits for it, 110 ms; Python has as much to do before it
needs an answer. And jsii's `jsii-runtime.js` starts a second Node with `program.js`, to which it relays requests
through file descriptor 3, and output; here a socket is that descriptor, and there is no relay (48 MB less).

Gain: 10% of an example's time (0.73 to 0.66 s), and 48 MB.
"""

import atexit
import contextlib
import os
import select
import shutil
import socket
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import IO, Any

from ..cache import folder, read_whole, write_whole

_PROGRAM = ("program.js", "runtime-index-worker.js")  # the second is looked for beside the first
_started: list[tuple[Any, Path, tuple[dict[str, str], str]]] = []
"""Until jsii takes it: Node, the program it runs, and in which surroundings it was started."""
preloaded: list[Path] = []
"""Scripts that Node loads before the kernel."""
variables: dict[str, str] = {}
"""Environment variables for Node, where the user has not set them."""


def start(jsii: Path, version: str) -> None:
    """Start Node with the kernel of the jsii package in the folder `jsii`; before jsii itself is imported.

    Not on Windows, which has no file descriptor 3 to pass.
    """
    if os.name == "posix":
        program = _program(jsii / "_embedded" / "jsii", version)
        _started.append((_launch(program), program, _surroundings()))
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
        process._process = node_process
        process._process.wait = partial(_wait, process._process)
        process.sink_thread = threading.Thread(target=_forward, args=(process._process,), daemon=True)
        process.sink_thread.start()
        atexit.register(process.stop)
        process.handshake()

    node.start = start


def _taken() -> Any:
    """The Node that was started; or another, if the program has since set variables for it or gone elsewhere."""
    if not _started:
        return None
    node, program, surroundings = _started[0]
    if surroundings != _surroundings():
        _end_unused()
        node = _launch(program)
    _started.clear()
    return node


def _surroundings() -> tuple[dict[str, str], str]:
    return dict(os.environ), str(Path.cwd())


def _end_unused() -> None:
    """Without its word Node would wait for requests, and we for Node: closing our end of the socket is not enough."""
    for process, _, _ in _started:
        if process is not None:
            process.stdin.write(b'{"exit":0}\n')
            process.communicate()


def _wait(process: Any, timeout: float | None = None) -> int:
    """Popen.wait with a timeout looks ever more seldom, up to 8 ms late; the socket tells at once that Node is gone.

    Node reads our last word between two requests; where it is in a callback, that nothing more comes.
    """
    with contextlib.suppress(OSError, ValueError):  # closed already, or more than 1,024 files: without this hurry
        with socket.socket(fileno=os.dup(process.stdout.fileno())) as ours:
            ours.shutdown(socket.SHUT_WR)
        select.select([process.stdout], [], [], timeout)
    return subprocess.Popen.wait(process, timeout)


def _program(embedded: Path, version: str) -> Path:
    """`program.js` under the name it was built to have; jsii copies it into a temporary folder for each process."""
    target = folder(f"jsii-{version}", embedded / "lib__program.js")
    for name in _PROGRAM:
        if read_whole(target / name) is None:
            write_whole(target / name, (embedded / f"lib__{name}").read_bytes())
    return target / _PROGRAM[0]


def _launch(program: Path) -> Any:
    """None where jsii is told of another kernel, or there is no Node: jsii says so."""
    node = shutil.which(os.environ.get("JSII_NODE", "node"))
    if "JSII_RUNTIME" in os.environ or node is None:
        return None
    scripts = [word for script in preloaded for word in ("--require", os.fspath(script))]
    command = [node, "--max-old-space-size=4069", "--preserve-symlinks", *scripts, os.fspath(program)]
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process: Any = subprocess.Popen(
            ["/bin/sh", "-c", 'exec "$@" 3<&0 </dev/null', "sh", *command],
            stdin=theirs.fileno(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for Python, which ends Node; killed by it, Node leaves its folder
            env={**variables, **os.environ, "JSII_AGENT": f"Python/{sys.version.split()[0]}"},
        )
        process.printed = process.stdout
        process.stdin, process.stdout = os.fdopen(os.dup(ours.fileno()), "wb"), os.fdopen(os.dup(ours.fileno()), "rb")
    return process


def _forward(process: Any) -> None:
    """What Node prints, to where Python prints at that moment, as jsii does."""

    def forward(source: IO[bytes], name: str) -> None:
        for line in source:
            getattr(sys, name).buffer.write(line)
            getattr(sys, name).buffer.flush()

    other = threading.Thread(target=forward, args=(process.printed, "stdout"), daemon=True)
    other.start()
    forward(process.stderr, "stderr")
    other.join()
    process.printed.close()
