"""Ctrl-C, SIGTERM and SIGHUP while Terraform runs: Terraform stops in good order, and then so does this program."""

import signal
import sys
from subprocess import Popen
from typing import Any


def ended_by() -> list[signal.Signals]:
    """The signals that end a run as Ctrl-C does. A SIGHUP that is ignored, as with `nohup`, stays ignored."""
    hangup = [] if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN else [signal.SIGHUP]
    return [signal.SIGTERM, *hangup]


def run(command: list[str], **options: Any) -> tuple[int, str, str]:
    """Run Terraform, and return exit code and output. Raises KeyboardInterrupt if it was interrupted, also if it ended well.

    A terminal sends Ctrl-C to Terraform as well, which then stops in good order: killed, it loses what it just made. A
    SIGTERM, as pipelines send it, and a SIGHUP, as a terminal that is closed sends it, are passed on as an interrupt.
    Terraform itself ignores SIGHUP, which would kill it. `options` are those of Popen.
    """
    signals: list[int] = []
    process: Popen[str] | None = None

    def note(number: int, _frame: object) -> None:
        signals.append(number)
        if number != signal.SIGINT and process:
            process.send_signal(signal.SIGINT)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, *ended_by())}
    try:
        with Popen(command, text=True, preexec_fn=_ignore_hangup, **options) as process:  # noqa: PLW1509 - no threads here
            if {*signals} - {signal.SIGINT}:  # it came before there was a process
                process.send_signal(signal.SIGINT)
            out, error = process.communicate()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if signals:
        print(error or "", end="", file=sys.stderr, flush=True)
        raise KeyboardInterrupt
    return process.returncode, out or "", error or ""


def _ignore_hangup() -> None:
    """A terminal that is closed sends SIGHUP to Terraform too."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
