"""The table: what was expected, what happened, and under it the rule that decided."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_WIDTHS = (5, 39, 26)
_HEADS = ("", "who, from where", "expected", "happened")


@dataclass(frozen=True)
class Line:
    """One scenario. It is as expected if `happened` is `expected` and `rule` has `by` in it.

    `group` is the configuration; `detail` is what else happened: an address, an identifier.
    """

    group: str
    scenario: str
    expected: str
    happened: str
    rule: str = ""
    by: str = ""
    detail: str = ""

    @property
    def ok(self) -> bool:
        return self.happened == self.expected and self.by in self.rule

    @property
    def progress(self) -> str:
        """The line as it appears while the demo runs."""
        return f"{'ok' if self.ok else 'NOT AS EXPECTED'}: {self.scenario}: {self.happened}"


def table(lines: Iterable[Line], *, mark: str = "", width: int = 120) -> str:
    """The lines, numbered, `width` columns wide; `mark` is in each."""
    rows, group = [_row(_HEADS, mark and " " * len(mark)), "-" * width], ""
    for number, line in enumerate(lines, 1):
        if line.group != group:
            group = line.group
            rows.append(f"{group}:")
        happened = f"{line.happened}: {line.detail}" if line.detail else line.happened
        rows.append(_row((f"{number:2} {'ok' if line.ok else 'NO'}", line.scenario, line.expected, happened), mark))
        rule = line.rule or ("no rule" if line.by else "")
        if line.by not in line.rule:
            rule += f" (expected: {line.by})"
        rows += textwrap.wrap(rule, width, initial_indent=" " * 7 + "by: ", subsequent_indent=" " * 11) if rule else []
    return "\n".join(row.rstrip() for row in rows)


def verdict(lines: Sequence[Line]) -> tuple[int, str]:
    """The exit code, 0 only if there are lines and all are as expected, and a sentence."""
    wrong = [number for number, line in enumerate(lines, 1) if not line.ok]
    if not lines:
        return 1, "no scenario was run"
    if wrong:
        return 1, f"{len(wrong)} of {len(lines)} lines are not as expected: {', '.join(map(str, wrong))}"
    return 0, f"all {len(lines)} lines are as expected"


def _row(cells: Sequence[str], mark: str) -> str:
    number, *others, last = (cell.ljust(width) for cell, width in zip(cells, (*_WIDTHS, 0), strict=True))
    return "  ".join([number, *([mark] if mark else []), *others, last])
