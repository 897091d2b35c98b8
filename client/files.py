"""Small files that other programs write: credential documents, tokens, profiles."""

import os
import stat


def read(path: str, limit: int) -> tuple[bytes, os.stat_result]:
    """The bytes of a regular file, at most `limit`, and its status. Raises OSError and ValueError with a reason."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a FIFO would block for ever
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise ValueError("it is not a regular file")
    with os.fdopen(descriptor, "rb") as file:
        raw = file.read(limit + 1)
    if len(raw) > limit:
        raise ValueError(f"it is larger than {limit} bytes")
    return raw, status


def reason(error: OSError | ValueError) -> str:
    """Why a file was not read, in lower case."""
    if isinstance(error, UnicodeDecodeError):
        return "it is not text"
    known = getattr(error, "strerror", None) or (str(error) if str(error).startswith("it is") else "")
    return known.lower() or "not a file name"
