"""Each call of the client runs in a process that is forked from one that has imported the client.

Imports take four fifths of the time of a call.
"""

import atexit
import contextlib
import functools
import json
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence

from .settings import ROOT

_PROGRAM = """
import json, os, sys, tempfile
import client.model
from client.__main__ import run
for line in sys.stdin:
    arguments, environment = json.loads(line)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, open(os.devnull) as nothing:
        if not os.fork():
            for number, file in enumerate((nothing, out, err)):
                os.dup2(file.fileno(), number)
            os.environ.clear()
            os.environ.update(environment)
            sys.argv[1:] = arguments
            run()
        code = os.waitstatus_to_exitcode(os.wait()[1])
        out.seek(0), err.seek(0)
        print(json.dumps([code, out.read().decode(), err.read().decode()]), flush=True)
"""
_LOCK = threading.Lock()


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str, str]:
    """The exit code, standard output and standard error of `python -m client`, which has this environment alone."""
    with _LOCK:
        server = _server()
        assert server.stdin
        assert server.stdout
        with contextlib.suppress(BrokenPipeError):  # the server has ended, so the answer below is empty
            server.stdin.write(json.dumps([arguments, dict(environment)]) + "\n")
            server.stdin.flush()
        answer = server.stdout.readline()
    if not answer:
        raise RuntimeError(f"the client cannot be imported: exit code {server.wait()}")
    code, out, err = json.loads(answer)
    return code, out, err


@functools.cache
def _server() -> subprocess.Popen[str]:
    server = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    atexit.register(server.communicate)
    return server
