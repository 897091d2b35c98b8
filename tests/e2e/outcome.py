"""What came out of a run, for those who write it down."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Tell = Callable[[str, float], None]
"""Takes the result, and the seconds that it took."""


@contextmanager
def told(tell: Tell, success: str) -> Iterator[None]:
    """Tell `success` once the body has ended, or in bold what went wrong.

    Nothing is told of a run that was interrupted or skipped: it has no result.
    """
    began = time.monotonic()
    try:
        yield
    except Exception as error:
        tell(f"**{_difference(error)}**", time.monotonic() - began)
        raise
    tell(success, time.monotonic() - began)


def _difference(error: Exception) -> str:
    """What a plan changes, or else the error and its first line."""
    changes = re.findall(r"# (\S+) (?:will|must) be (\S+)", str(error))
    first = [line.replace("|", "/") for line in str(error).splitlines()[:1]]
    return ", ".join(f"{address} {done}" for address, done in changes) or ": ".join([type(error).__name__, *first])
