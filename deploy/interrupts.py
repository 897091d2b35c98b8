"""Ctrl-C and SIGTERM while Terraform runs: Terraform stops in good order, and then so does this program."""

import signal
import sys
from subprocess import Popen
from typing import Any


def run(command: list[str], **options: Any) -> tuple[int, str, str]:
    """Run Terraform, and return exit code and output. Raises KeyboardInterrupt if it was interrupted, also if it ended well.

    A terminal sends Ctrl-C to Terraform as well, which then stops in good order: killed, it loses what it just made. A
    SIGTERM, as pipelines send it, is passed on as an interrupt. `options` are those of Popen.
    """
    signals: list[int] = []
    process: Popen[str] | None = None

    def note(number: int, _frame: object) -> None:
        signals.append(number)
        if number == signal.SIGTERM and process:
            process.send_signal(signal.SIGINT)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with Popen(command, text=True, **options) as process:
            if signal.SIGTERM in signals:  # it came before there was a process
                process.send_signal(signal.SIGINT)
            out, error = process.communicate()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if signals:
        print(error or "", end="", file=sys.stderr, flush=True)
        raise KeyboardInterrupt
    return process.returncode, out or "", error or ""
