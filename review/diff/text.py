"""The answer for a terminal."""

from collections.abc import Iterator

from access.gain import few
from review.diff.found import NOTHING_WIDER, Answer
from review.diff.parts import DIGEST, Line, environments, headline, sections, worst
from review.safe import text


def lines(answer: Answer, code: int) -> Iterator[str]:
    """Every finding on a line, its example below it."""
    yield headline(answer, code)
    yield from (each for line in worst(answer) for each in _said(line))
    for title, found in sections(answer):
        yield f"{title}:"
        yield from (f"  {each}" for line in found for each in _said(line))
    yield from (each for line in environments(answer) for each in _said(line))
    yield from (f"note: {text(note)}" for note in answer.notes)
    if answer.verdict != NOTHING_WIDER:
        yield f"note: {DIGEST}"


def _said(line: Line) -> Iterator[str]:
    yield ": ".join(part for part in (line.label, text(few(line.environments)), text(line.said)) if part)
    if line.example:
        yield f"  for example: {text(line.example)}"
