"""The report for a terminal: a line for each finding, then what is ignored, then the rules that are broken."""

from collections.abc import Iterator, Sequence

from access.lint import SEVERITIES
from review.lint.report import Entry, Linted
from review.safe import printed


def text(several: Sequence[Linted], code: int) -> str:
    """Several environments as one text, each line escaped."""
    return printed(_lines(several, code))


def _lines(several: Sequence[Linted], code: int) -> Iterator[str]:
    for one in several:
        shown = [entry for entry in one.entries if not entry.ignored]
        yield f"environment {one.environment}: {one.problem or _counted(shown)}"
        yield from (f"  {_said(entry)}" for entry in shown)
        for entry in one.entries:
            if entry.ignored:
                yield f"  ignored: {_said(entry)}"
                yield f"    reason: {entry.ignored}"
    rules = {entry.finding.rule.id: entry.finding.rule for one in several for entry in one.entries if not entry.ignored}
    for rule in rules.values():
        yield f"{rule.id}: {rule.what}"
        yield f"  why: {rule.why}"
        yield f"  source: {rule.title}, {rule.url}"
    yield f"exit code {code}"


def _said(one: Entry) -> str:
    rule = one.finding.rule
    return f"{one.file}:{one.line}: {rule.severity} {rule.id}: {one.finding}"


def _counted(entries: Sequence[Entry]) -> str:
    counts = {name: sum(one.finding.rule.severity == name for one in entries) for name in SEVERITIES}
    found = [f"{number} {name}{'s' * (number != 1)}" for name, number in counts.items() if number]
    return ", ".join(found) or "no findings"
