"""Starts Node with jsii's kernel, as one process: a socket is the file descriptor 3 on which it takes requests."""

import _socket
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from ..cache import folder, read_whole, write_whole

_PROGRAM = ("program.js", "runtime-index-worker.js")  # the second is searched next to the first
preloaded: list[Path] = []
"""Scripts that Node loads before the kernel."""


def program(jsii: Path, version: str) -> Path:
    """`program.js` under the name it was built to have; jsii copies it into a temporary folder for each process."""
    embedded = jsii / "_embedded" / "jsii"
    target = folder(f"jsii-{version}", embedded / "lib__program.js")
    for name in _PROGRAM:
        if read_whole(target / name) is None:
            write_whole(target / name, (embedded / f"lib__{name}").read_bytes())
    return target / _PROGRAM[0]


def launch(program: Path) -> Any:
    """The process; None where jsii is told of another kernel, or there is no Node: jsii says so."""
    node = shutil.which(os.environ.get("JSII_NODE", "node"))
    if "JSII_RUNTIME" in os.environ or node is None:
        return None
    scripts = [word for script in preloaded for word in ("--require", os.fspath(script))]
    command = [node, "--max-old-space-size=4069", "--preserve-symlinks", *scripts, os.fspath(program)]
    ours, theirs = _socket.socketpair()  # `socket` may have a default timeout, or a test tool in its place
    try:
        ours.setblocking(True)
        theirs.setblocking(True)
        process: Any = subprocess.Popen(
            ["/bin/sh", "-c", 'exec "$@" 3<&0 </dev/null', "sh", *command],
            stdin=theirs.fileno(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for Python, which ends Node; killed by it, Node leaves its folder
            env={**os.environ, "JSII_AGENT": f"Python/{sys.version.split()[0]}"},
        )
        process.printed = process.stdout
        process.stdin, process.stdout = os.fdopen(os.dup(ours.fileno()), "wb"), os.fdopen(os.dup(ours.fileno()), "rb")
    finally:
        ours.close()
        theirs.close()
    return process


def end(process: Any) -> None:
    """Without its word Node would wait for requests, and we for Node: closing our end of the socket is not enough."""
    process.stdin.write(b'{"exit":0}\n')
    process.communicate()


def surroundings() -> Any:
    """What a process is given by the one that starts it, and a program may have changed since."""
    try:
        where = str(Path.cwd())
    except OSError:  # it was deleted
        where = ""
    return dict(os.environ), where, _umask(), os.geteuid(), os.getegid()


def _umask() -> int:
    mask = os.umask(0o077)  # it cannot be read without being set
    os.umask(mask)
    return mask
