"""What a forked process must not share with its parent: locks, threads and connections."""

import os
import weakref
from typing import Protocol


class _Forked(Protocol):
    def begin(self) -> None: ...


_made: weakref.WeakSet[_Forked] = weakref.WeakSet()


def begin_after_fork(made: _Forked) -> None:
    """Call `made.begin()` now, and in each process that is forked from this one."""
    made.begin()
    _made.add(made)


def _begin() -> None:
    for made in list(_made):
        made.begin()


os.register_at_fork(after_in_child=_begin)
