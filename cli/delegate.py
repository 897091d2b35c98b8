"""Run another package's program in this process, as `python -m` does, with its own arguments, output and exit code."""

import io
import os
import runpy
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

from cli.environments import HELP
from cli.verbs import Verb


def run(verb: Verb, arguments: list[str]) -> int:
    """Run a verb's module. Every argument is handed on: the module refuses what it does not know."""
    sys.argv = [verb.module, *verb.prefix, *arguments]
    try:
        runpy.run_module(verb.module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def help_of(verb: Verb) -> str:
    """Return a module's help, under this command's name and with `-e`."""
    with io.StringIO() as text, redirect_stdout(text):
        run(verb, ["--help"])
        shown = text.getvalue()
    shared = (
        f"\n  -e ENVIRONMENT, --environment ENVIRONMENT\n                        {HELP}\n" if verb.environment else ""
    )
    return f"./keyperim {verb.name}: {verb.help}\n\n{shown}{shared}"


def open_streams() -> None:
    """Open /dev/null for each standard stream that is closed: a file, such as a state, must not get its number."""
    for name, mode in {"stdin": "r", "stdout": "w", "stderr": "w"}.items():
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: PTH123, SIM115 - as long as the process
            os.set_inheritable(stream.fileno(), True)
            setattr(sys, name, stream)


@contextmanager
def quiet_pipe() -> Iterator[None]:
    """End without a traceback if the reader of standard output has ended, as with `| head`: exit code 1."""
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        if not _reader_has_gone():  # then it is a connection's error
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _reader_has_gone() -> bool:
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return bool(poll.poll(0))  # POLLERR and POLLHUP are always reported
