"""The exit codes of every command: docs/reference/exit-codes.md explains each one, and a test compares the two."""

from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """What a command reports to the program that started it. The numbers are a contract."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    WIDER = 4
    UNDECIDED = 5
    PLAN_AGAIN = 6
    DENIED = 7
    NOT_READY = 8
    FINDINGS = 9
    CHANGES = 10
    INTERRUPTED = 130


_FIRST = (ExitCode.REFUSED, ExitCode.UNDECIDED, ExitCode.WIDER, ExitCode.CHANGES)


def strongest(codes: Iterable[ExitCode]) -> ExitCode:
    """The one code to return where several judgements hold: refused, then undecided, then wider, then changes."""
    found = set(codes)
    return next((code for code in _FIRST if code in found), ExitCode.DONE)
