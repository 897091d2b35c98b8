"""The answer as a comment on a pull request: at most 40 visible lines, and fewer characters than a comment may have."""

from collections.abc import Iterator

from access.gain import few
from review.diff.found import NOTHING_WIDER, Answer
from review.diff.parts import DIGEST, TITLE, Line, environments, headline, sections, worst
from review.safe import markdown

MOST_LINES, MOST_CHARACTERS = 40, 60_000
MOST_WORST, MOST_OF_A_SECTION, MOST_ENVIRONMENTS, MOST_NOTES = 10, 4, 3, 2
_LONGEST = 1_500
"""Characters of one line: more of it is in the text format."""


def comment(answer: Answer, code: int) -> str:
    """The comment. What does not fit is folded, then counted; `--format text` has all of it."""
    first = worst(answer)
    visible = [f"### {TITLE}: {headline(answer, code)}", *_listed(first, MOST_WORST)]
    folded = [_folded("more that widens", list(map(_item, first[MOST_WORST:])))]
    examples = [line for line in first if line.example]
    folded += [_folded("a call that is allowed now and was not before", [_example(line) for line in examples])]
    for title, found in sections(answer):
        visible += [*([""] if len(visible) > 1 else []), f"**{title}**", *_listed(found, MOST_OF_A_SECTION)]
        folded += [_folded(f"more: {title.lower()}", list(map(_item, found[MOST_OF_A_SECTION:])))]
    visible += ["", *_listed(environments(answer)[::-1], MOST_ENVIRONMENTS)]
    visible += [f"- note: {markdown(_cut(note))}" for note in answer.notes[:MOST_NOTES]]
    visible += [f"- note: {DIGEST}"] if answer.verdict != NOTHING_WIDER else []
    assert len(visible) <= MOST_LINES
    return _within(visible, [block for block in folded if block])


def _listed(lines: list[Line], most: int) -> list[str]:
    more = [f"- {len(lines) - most} more"] if len(lines) > most else []
    return [*map(_item, lines[:most]), *more]


def _item(line: Line) -> str:
    label = f"**{line.label}** " if line.label and not line.label.startswith("renamed (was") else ""
    if line.label.startswith("renamed (was"):
        label = f"**renamed** from {markdown(line.label.removeprefix('renamed (was ').removesuffix(')'))} to "
    where = f"{markdown(few(line.environments))}: " if line.environments else ""
    said = markdown(_cut(line.said)) if line.said else ""
    return f"- {label}{where}{said}".rstrip(": ")


def _example(line: Line) -> str:
    return f"- {markdown(few(line.environments))}: {markdown(_cut(line.example))}"


def _folded(summary: str, items: list[str]) -> list[str]:
    """A block that is closed at first. Its summary is our own words."""
    if not items:
        return []
    return ["", f"<details><summary>{len(items)}: {summary}</summary>", "", *items, "", "</details>"]


def _within(visible: list[str], folded: list[list[str]]) -> str:
    """What is visible, and of what is folded as much as a comment may have."""
    text = "\n".join(visible)
    for block in folded:
        kept = list(_kept(block, MOST_CHARACTERS - len(text) - 200))
        if kept:
            text += "\n" + "\n".join(kept)
    return text[:MOST_CHARACTERS] + "\n"


def _kept(block: list[str], room: int) -> Iterator[str]:
    """A folded block with as many items as there is room for."""
    items = block[3:-2]
    fitting: list[str] = []
    for item in items:
        room -= len(item) + 1
        if room < 0:
            break
        fitting.append(item)
    if fitting:
        more = [f"- {len(items) - len(fitting)} more: `--format text` has them"] if len(fitting) < len(items) else []
        yield from [*block[:3], *fitting, *more, *block[-2:]]


def _cut(said: str) -> str:
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST // 2]} [...] {said[-_LONGEST // 2 :]}"
