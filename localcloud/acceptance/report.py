"""What a Go test binary said (`-test.v`), as results and as a table."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Not only at the start of a line: what a test prints need not end with one.
_TURN = re.compile(r"=== (?:RUN|NAME|CONT|PAUSE)\s+(Test\S+)$")
_RESULT = re.compile(r"--- (PASS|FAIL|SKIP): (Test\S+) \(")
_PLACE = re.compile(r"^.*?[\w.]+\.go:\d+: ")
"""Where in the test: what a test prints may come before it in the same line."""
_WORDS = {"PASS": "passed", "FAIL": "failed", "SKIP": "skipped"}
_REASON = 300
"""Characters of a reason."""


@dataclass(frozen=True)
class Result:
    """One test: `outcome` is passed, failed or skipped; `reason` is why not passed, in the test's own words."""

    test: str
    outcome: str
    reason: str


def results(output: str) -> list[Result]:
    """One result for each test without subtests, and for each that failed by itself, in the order in which they ended.

    A test that started and never ended (the binary crashed, or ran out of time) has failed.
    """
    said: dict[str, list[str]] = {}
    ended: dict[str, str] = {}
    current = ""
    for line in output.splitlines():
        if turn := _TURN.search(line):
            current = turn[1]
            said.setdefault(current, [])
        elif found := _RESULT.search(line):
            current = found[2]
            ended[current] = _WORDS[found[1]]
        elif current:
            said.setdefault(current, []).append(line)
    outcomes = {name: ended.get(name, "failed") for name in [*ended, *said]}
    return [
        Result(name, outcome, "" if outcome == "passed" else _reason(said.get(name, [])))
        for name, outcome in outcomes.items()
        for below in [{result for other, result in outcomes.items() if other.startswith(f"{name}/")}]
        if not below or (outcome == "failed" and "failed" not in below)
    ]


def _reason(lines: Sequence[str]) -> str:
    """The first error that Terraform or the test reports, in one line."""
    text = [_PLACE.sub("", line).strip() for line in lines]
    errors = (i for i, line in enumerate(text) if line.startswith(("Error: ", "panic: ")))
    reports = (i for i, line in enumerate(lines) if _PLACE.match(line))
    start = next(errors, next(reports, None))
    if start is None:
        return "it did not end"
    end = next((i for i in range(start + 1, len(text)) if not text[i] or text[i].startswith("with ")), len(text))
    return re.sub(r"\s+", " ", " ".join(text[start:end])).strip()[:_REASON]


def table(packages: Iterable[tuple[str, Sequence[Result]]]) -> str:
    """The counts by package, and a row for each test, as Markdown."""
    packages = list(packages)
    rows = ["| Package | Passed | Failed | Skipped |", "|---|---|---|---|"]
    for package, found in packages:
        counts = [sum(result.outcome == word for result in found) for word in _WORDS.values()]
        rows.append(f"| {package} | {' | '.join(map(str, counts))} |")
    rows += ["", "| Package | Test | Result | Reason |", "|---|---|---|---|"]
    for package, found in packages:
        for result in sorted(found, key=lambda one: (one.outcome == "passed", one.outcome, one.test)):
            reason = result.reason.replace("|", r"\|")
            rows.append(f"| {package} | {result.test} | {result.outcome} | {reason} |")
    return "\n".join(rows)
