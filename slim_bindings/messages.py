"""What slim_bindings says, on stderr, so that a program's own output stays its own."""

import sys


def say(text: str) -> None:
    """One line of progress."""
    print(f"slim_bindings: {text}", file=sys.stderr, flush=True)


def warn(text: str) -> None:
    """One line on something that was passed by."""
    say(f"warning: {text}")
