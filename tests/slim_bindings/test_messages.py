"""slim_bindings' messages: two processes that report at once do not share a line."""

import io
import sys

import pytest

from slim_bindings import messages


class Writes(io.StringIO):
    """A stream that keeps each write by itself, as an unbuffered one passes it on."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def write(self, text: str) -> int:
        self.parts.append(text)
        return len(text)


def test_a_message_and_the_end_of_its_line_are_one_write(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Writes()
    monkeypatch.setattr(sys, "stderr", stream)
    messages.warn("late")
    assert stream.parts == ["slim_bindings: warning: late\n"]
