"""What slim_bindings says, on stderr, so that a program's own output stays its own."""

import sys


def say(text: str) -> None:
    """One line of progress."""
    # In one piece: print writes the end of a line separately, and two processes then share a line.
    sys.stderr.write(f"slim_bindings: {text}\n")
    sys.stderr.flush()


def warn(text: str) -> None:
    """One line on something that was passed by."""
    say(f"warning: {text}")
