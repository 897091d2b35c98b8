"""A finished token and how long it lasts: one value that is replaced as a whole and never changed."""

import datetime
import itertools
import re
import time
from dataclasses import dataclass, field

LONGEST = 36 * 3600
"""Seconds: the longest life of any AWS session or Google token; an answer that promises more is not believed."""


def utcnow() -> datetime.datetime:
    """The wall clock as google-auth keeps it: UTC, without a time zone."""
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class Lease:
    """An expiry by the wall clock, and by the monotonic clock (`until`), which no administrator sets."""

    expiry: datetime.datetime
    until: float

    @classmethod
    def to(cls, expiry: datetime.datetime, longest: float = LONGEST) -> "Lease":
        """A lease to `expiry` (UTC without a zone), of at most `longest` seconds from now."""
        left = min((expiry - utcnow()).total_seconds(), longest)
        return cls(utcnow() + datetime.timedelta(seconds=left), time.monotonic() + left)

    @property
    def end(self) -> datetime.datetime:
        """The expiry; an earlier moment if the wall clock was set back meanwhile."""
        moved = utcnow() + datetime.timedelta(seconds=self.until - time.monotonic())
        return min(self.expiry, moved) if self.expiry - moved > datetime.timedelta(seconds=1) else self.expiry


@dataclass(frozen=True)
class Token:
    """The token of a whole chain. `number` is another one for every value that was ever published."""

    value: str = field(repr=False)
    lease: Lease
    number: int = field(default_factory=itertools.count(1).__next__)

    def __post_init__(self) -> None:
        """Raises ValueError: a token goes into a header, and a hostile answer must not add lines to it."""
        if not isinstance(self.value, str) or not re.fullmatch(r"[\x21-\x7e]{1,16384}", self.value):
            raise ValueError("no token")

    def until(self, expiry: datetime.datetime) -> "Token":
        """The same token with another expiry."""
        return Token(self.value, Lease.to(expiry))
