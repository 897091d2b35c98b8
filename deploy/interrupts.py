"""Ctrl-C and SIGTERM while Terraform runs: Terraform stops in good order, and then so does this program."""

import signal
import sys
from subprocess import Popen
from typing import Any


def wait(process: Popen[Any]) -> tuple[int, str, str]:
    """Exit code and output, once Terraform has ended. Raises KeyboardInterrupt if it failed since it was interrupted.

    A terminal sends Ctrl-C to Terraform as well, which then stops in good order: killed, it loses what it just made. A
    SIGTERM, as pipelines send it, is passed on as an interrupt.
    """
    signals: list[int] = []

    def note(number: int, _frame: object) -> None:
        signals.append(number)
        if number == signal.SIGTERM:
            process.send_signal(signal.SIGINT)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        out, error = process.communicate()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if signals and process.returncode:
        print(error or "", end="", file=sys.stderr, flush=True)
        raise KeyboardInterrupt
    return process.returncode, out or "", error or ""
