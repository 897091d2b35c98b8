"""Several processes for many environments: a process waits for Node, or Node for it, so that one of them uses one core.

What is printed, its order and the exit code are those of one process.
"""

import contextlib
import io
import multiprocessing
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from multiprocessing.connection import Connection, wait
from typing import TypeVar

Item = TypeVar("Item")
Done = tuple[str, str, int | BaseException]
"""What a task printed to standard error and standard output, and its result or what it raised."""
MOST = 4
"""Processes. Each takes about 0.4 GB together with its Node."""
PAYS = 4
"""Environments for each process: for fewer a further process takes longer to start than it saves."""


def processes(items: int) -> int:
    """How many processes work on so many environments."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, items // PAYS, MOST))


def each(start: Callable[[None], int], task: Callable[[Item], int], items: Sequence[Item]) -> Iterator[int]:
    """The results in the order of the items, printed in that order. `start` is what a process does first.

    An exception of a task is raised here in its turn.
    """
    number = processes(len(items))
    if number == 1:
        yield from map(task, items)
        return
    workers = [_Worker(start, task, first=at == 0) for at in range(number)]
    try:
        yield from _in_order(workers, items)
    except BaseException:
        for one in workers:
            one.process.terminate()  # its Node ends with it
        raise
    finally:
        for one in workers:
            one.pipe.close()
            one.process.join()


def _in_order(workers: "Sequence[_Worker]", items: Sequence[Item]) -> Iterator[int]:
    waiting, done = iter(enumerate(items)), dict[int, Done]()
    for one in workers:
        one.pipe.send(next(waiting))
    for at in range(len(items)):
        while at not in done:
            ready = wait([one.pipe for one in workers])
            for one in workers:
                if one.pipe in ready:
                    finished, result = one.received()
                    done[finished] = result
                    if following := next(waiting, None):
                        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # `received` reports its end
                            one.pipe.send(following)
        errors, text, code = done.pop(at)
        print(errors, end="", file=sys.stderr, flush=True)
        print(text, end="", flush=True)
        if isinstance(code, BaseException):
            raise code
        yield code


class _Worker:
    """A process that ignores Ctrl-C: the one that started it ends it. It also ends when that one is no more."""

    def __init__(self, start: Callable[[None], int], task: Callable[[Item], int], *, first: bool) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would share the pipe to a Node that runs already
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(start, task, theirs, first), daemon=True)
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self.process.start()
        finally:
            signal.signal(signal.SIGINT, before)
        theirs.close()

    def received(self) -> tuple[int, "Done"]:
        """The next result, with the place of its item."""
        try:
            found: tuple[int, Done] = self.pipe.recv()
        except EOFError:
            self.process.join()
            raise SystemExit(
                f"a process ended before its environment was done (exit code {self.process.exitcode}; -9: out of memory?)"
            ) from None
        return found


def _work(start: Callable[[None], int], task: Callable[[Item], int], pipe: Connection, first: bool) -> None:
    """Take one item after the other until the pipe ends. What the start prints is printed for the first process alone."""
    printed, _, started = _captured(start, None)
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            at, item = pipe.recv()
            errors, text, code = _captured(task, item) if not isinstance(started, Exception) else ("", "", started)
            pipe.send((at, (f"{printed if first else ''}{errors}", text, code)))
            printed = ""


def _captured(task: Callable[[Item], int], item: Item) -> Done:
    errors, text = io.StringIO(), io.StringIO()
    code: int | BaseException
    with redirect_stderr(errors), redirect_stdout(text):
        try:
            code = task(item)
        except Exception as error:
            code = _portable(error)
    return errors.getvalue(), text.getvalue(), code


def _portable(error: Exception) -> Exception:
    """The error, or one with its text where the other process cannot build it, such as one whose arguments are no text."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 - a class may raise anything here
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
