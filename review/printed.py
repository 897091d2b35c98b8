"""What goes to a terminal: nothing that an input holds moves the cursor, changes a color or turns the direction of text."""

import re
from collections.abc import Iterable

_UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def printed(lines: Iterable[str]) -> str:
    """The lines as one text, with a newline at its end. A line break within a line is shown as an escape."""
    return "".join(f"{shown(line)}\n" for line in lines)


def shown(line: str) -> str:
    """One line in which characters that a terminal obeys are escapes."""
    return _UNSAFE.sub(lambda one: one[0].encode("unicode_escape").decode(), line.replace("\n", "\\n"))
