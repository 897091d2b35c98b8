"""The order of an answer, the same in every format: what widens first, then dry run, other facts, and what is narrower."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from review.diff.found import DELETED, NEW, RENAMED, SAME, UNREADABLE, Answer, Difference, Finding

TITLE = "Keyless Perimeter"
DIGEST = (
    "the digest for --accept: `./keyperim -e NAME plan` prints it, since it covers the plan and the state that it reads"
)
_CHANGES = {NEW: "new", DELETED: "deleted", RENAMED: "renamed", UNREADABLE: "cannot be compared"}


@dataclass(frozen=True)
class Line:
    """One line. `label` and `environments` are ours; `said` is of the JSON, so each format escapes it."""

    label: str
    environments: tuple[str, ...]
    said: str
    example: str = ""


def headline(answer: Answer, code: int) -> str:
    """The verdict, for how many environments it holds, and the exit code."""
    holds = sum(answer.verdict in one.verdicts for one in answer.differences)
    total = len(answer.differences)
    environments = f"{total} environment{'s'[: total != 1]}"
    if not holds:
        return f"{answer.verdict} in {environments} (exit code {code})"
    return f"{answer.verdict}: {holds} of {environments} (exit code {code})"


def worst(answer: Answer) -> list[Line]:
    """What is refused and what is wider or may be, then environments that are new, renamed or cannot be compared."""
    found = _lines(answer, "refused", lambda one: one.refused)
    found += _lines(answer, "wider", lambda one: tuple(each for each in one.wider if not each.missing))
    found += _lines(answer, "cannot be decided", lambda one: tuple(each for each in one.wider if each.missing))
    environments = [one for one in answer.differences if one.change in (UNREADABLE, RENAMED, NEW)]
    whole = [Line(_label(one), (one.environment,), "; ".join(one.notes)) for one in environments]
    first = [line for line in whole if not line.label.startswith("new")]
    return first + found + [line for line in whole if line not in first]


def sections(answer: Answer) -> Iterator[tuple[str, list[Line]]]:
    """The other parts, without those that are empty."""
    parts = (
        ("Dry run: logged, and nothing is denied", lambda one: one.dry_run),
        ("Other security facts", lambda one: one.facts if one.change != NEW else ()),
        ("Narrower", lambda one: one.narrower),
    )
    for title, part in parts:
        if lines := _lines(answer, "", part):
            yield title, lines


def environments(answer: Answer) -> list[Line]:
    """Which environments do not differ, are deleted, or differ in names alone."""
    found = [
        Line(_label(one), (one.environment,), "; ".join(one.notes))
        for one in answer.differences
        if one.notes and one.change not in (UNREADABLE, RENAMED, NEW)
    ]
    total = len(answer.differences)
    return [*found, Line(f"no change in {answer.same} of {total} environment{'s'[: total != 1]}", (), "")]


def _label(one: Difference) -> str:
    was = f" (was {one.was})" if one.was else ""
    return f"{_CHANGES.get(one.change, 'changed')}{was}"


def _lines(answer: Answer, label: str, part: Callable[[Difference], tuple[Finding, ...]]) -> list[Line]:
    """A line for each finding; the same finding in several environments is one line."""
    found: dict[str, list[tuple[str, Finding]]] = {}
    for one in answer.differences:
        if one.change != SAME:
            for finding in part(one):
                found.setdefault(finding.line, []).append((one.environment, finding))
    return [
        Line(label, tuple(name for name, _ in several), said, several[0][1].example) for said, several in found.items()
    ]
