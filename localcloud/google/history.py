"""Optional eventual consistency: for some seconds after a write, reads answer what was true before it."""

import copy
from dataclasses import fields

from .state import State

_NOW = ("tokens", "log_entries", "operations", "sequence")
"""What is never behind."""


class History:
    """Copies of a state, as old as `lag` seconds at most and one older; none at all without a lag."""

    def __init__(self, state: State, lag: float) -> None:
        self.lag = lag
        self._copies: list[tuple[float, State]] = []
        if lag:
            self.keep(state, float("-inf"))

    def keep(self, state: State, now: float) -> None:
        """Remember the state after a write."""
        if not self.lag:
            return
        held = {f.name: copy.deepcopy(getattr(state, f.name)) for f in fields(State) if f.name not in _NOW}
        self._copies.append((now, State(**held)))

    def seen(self, state: State, now: float) -> State:
        """The state as a read sees it."""
        if not self.lag:
            return state
        while len(self._copies) > 1 and self._copies[1][0] <= now - self.lag:
            self._copies.pop(0)
        stale = self._copies[0][1]
        for name in _NOW:
            setattr(stale, name, getattr(state, name))
        return stale
